"""Ce qui manque avant signature, les besoins sans action, ce qui se contredit : signalé, jamais corrigé."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ctgkit.formats import date_longue, euros, liste
from ctgkit.plan.argent import Financement
from ctgkit.plan.champs import Champ, day, requis
from ctgkit.plan.modele import Element, Fiche, Plan
from ctgkit.plan.suivi import FINIES
from ctgkit.territoire import Territoire

POUR_UN_INDICATEUR = ("libelle", "valeur_initiale", "cible", "source")


@dataclass(frozen=True)
class Completude:
    """Les champs requis d'une fiche : combien sont remplis, lesquels manquent."""

    total: int
    manques: tuple[Champ, ...]

    @property
    def remplis(self) -> int:
        return self.total - len(self.manques)

    @property
    def est_prete(self) -> bool:
        return not self.manques


def complete(plan: Plan, fiche: Fiche) -> Completude:
    champs = requis()
    return Completude(len(champs), tuple(c for c in champs if not is_filled(plan, fiche, c)))


def is_filled(plan: Plan, fiche: Fiche, champ: Champ) -> bool:
    if champ.cle == "enjeux":
        return bool(plan.enjeux_of(fiche))
    if champ.cle == "indicateurs":
        return any(is_complete(i) for i in fiche.rows("indicateurs"))
    return fiche[champ.cle] not in (None, "", [])


def is_complete(indicateur: Mapping[str, Any]) -> bool:
    """Un départ, une cible et une source : de quoi évaluer un jour."""
    return all(indicateur.get(c) not in (None, "") for c in POUR_UN_INDICATEUR)


@dataclass(frozen=True)
class CompletudePlan:
    a_signer: int
    pretes: int
    remplis: int
    total: int
    par_champ: tuple[tuple[Champ, int], ...]
    par_role: tuple[tuple[str, int], ...]
    objectifs_sans_fiche: tuple[str, ...]


def complete_plan(plan: Plan) -> CompletudePlan:
    """Une fiche réalisée ou abandonnée n'est plus à signer : elle ne compte ni prête, ni incomplète."""
    lues = [complete(plan, f) for f in plan.fiches if f.statut not in FINIES]
    manques = Counter(c for x in lues for c in x.manques)
    roles: Counter[str] = Counter()
    for champ, fois in manques.items():
        roles[champ.qui] += fois
    seuls = tuple(o.cle for o in plan.objectifs if not plan.fiches_of(o.cle))
    return CompletudePlan(
        a_signer=len(lues),
        pretes=sum(x.est_prete for x in lues),
        remplis=sum(x.remplis for x in lues),
        total=sum(x.total for x in lues),
        par_champ=tuple(manques.most_common()),
        par_role=tuple(roles.most_common()),
        objectifs_sans_fiche=seuls,
    )


@dataclass(frozen=True)
class Constat:
    """Une phrase du diagnostic. `sens` : besoin, offre ou contexte."""

    code: str
    phrase: str
    domaine: str = ""
    sens: str = "besoin"
    source: str = ""
    ecart: str = ""
    defavorable: bool = False
    retenu: bool = False

    @property
    def appelle_une_action(self) -> bool:
        """Un écart défavorable, ou un constat que le groupe a retenu."""
        return self.defavorable or self.retenu


@dataclass(frozen=True)
class Rang:
    """Un constat et ce que le plan en fait."""

    constat: Constat
    fiches: tuple[Fiche, ...]
    objectifs: tuple[str, ...]
    indicateurs: int

    @property
    def est_sans_action(self) -> bool:
        return not self.fiches


@dataclass(frozen=True)
class Matrice:
    rangs: tuple[Rang, ...]
    fiches_sans_constat: tuple[Fiche, ...]
    objectifs_sans_fiche: tuple[Element, ...]

    @property
    def sans_action(self) -> tuple[Constat, ...]:
        """Les besoins que rien ne traite."""
        return tuple(r.constat for r in self.rangs if r.est_sans_action and r.constat.appelle_une_action)


def cover(plan: Plan, constats: Iterable[Constat]) -> Matrice:
    retenus = {c.code: c for c in constats}
    cites = {code for f in plan.fiches for code in f["constats"]}
    utiles = [c for c in retenus.values() if c.appelle_une_action or c.code in cites]
    inconnus = [Constat(code, f"Constat {code}, absent du diagnostic") for code in sorted(cites - set(retenus))]
    rangs = tuple(_row(plan, c) for c in (*utiles, *inconnus))
    orphelines = tuple(f for f in plan.fiches if not f["constats"])
    seuls = tuple(o for o in plan.objectifs if not plan.fiches_of(o.cle))
    return Matrice(rangs, orphelines, seuls)


def _row(plan: Plan, constat: Constat) -> Rang:
    fiches = tuple(f for f in plan.fiches if constat.code in f["constats"])
    objectifs = tuple(dict.fromkeys(o for f in fiches for o in f["objectifs"]))
    return Rang(constat, fiches, objectifs, sum(is_complete(i) for f in fiches for i in f.rows("indicateurs")))


@dataclass(frozen=True)
class Controle:
    phrase: str
    concorde: bool


def check(fiche: Fiche, territoire: Territoire, financement: Financement) -> tuple[Controle, ...]:
    return (*_dates(fiche, territoire), *_etapes(fiche), *_communes(fiche, territoire), *_argent(financement))


def _dates(fiche: Fiche, territoire: Territoire) -> Iterator[Controle]:
    debut, fin, terme = fiche.day("date_debut"), fiche.day("date_fin"), territoire.convention.fin
    if debut and fin and fin < debut:
        yield Controle("L'échéance tombe avant le début.", False)
    if fin and terme:
        rang = "avant" if fin <= terme else "après"
        yield Controle(f"L'échéance tombe {rang} la fin de la convention, le {date_longue(terme)}.", fin <= terme)


def _etapes(fiche: Fiche) -> Iterator[Controle]:
    fin = fiche.day("date_fin")
    tardives = [e for e in fiche.rows("etapes") if fin and (j := day(e.get("date"))) and j > fin]
    if tardives:
        noms = liste([f"« {e.get('libelle') or 'sans nom'} »" for e in tardives])
        yield Controle(f"Après l'échéance de la fiche : {noms}.", False)
    elif fin and fiche.rows("etapes"):
        yield Controle("Toutes les étapes tiennent dans l'échéance.", True)


def _communes(fiche: Fiche, territoire: Territoire) -> Iterator[Controle]:
    adhesions = {c.code_insee: c for c in territoire.communes}
    inconnues = [c for c in fiche["territoire"] if c not in adhesions]
    if inconnues:
        yield Controle(f"Hors du territoire : {liste(inconnues)}.", False)
    sans = [adhesions[c].nom for c in fiche["territoire"] if c in adhesions and not adhesions[c].adhesion]
    if sans and len(sans) < len(adhesions):
        yield Controle(f"Adhésion non renseignée : {liste(sans, 3)}.", False)


def _argent(financement: Financement) -> Iterator[Controle]:
    total = sum(x.montant for x in financement.lignes if x.montant is not None)
    if financement.cout is not None and total > financement.cout + 1:
        yield Controle(
            f"Les financements saisis ({euros(total)}) dépassent le budget ({euros(financement.cout)}).", False
        )
    for ligne in financement.lignes:
        if ligne.est_hors_fourchette:
            yield Controle(
                f"{ligne.financeur} : {euros(ligne.montant)} saisis, hors de ce que la simulation calcule.", False
            )
