"""Ce qui se contredit dans une fiche : dates, communes, argent. Un contrôle signale, il ne corrige pas."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ctgkit.formats import date_longue, euros, liste
from ctgkit.plan.argent import Financement
from ctgkit.plan.modele import Fiche
from ctgkit.plan.valeurs import day
from ctgkit.territoire import Territoire


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
        yield Controle(f"Adhésion non renseignée : {_some(sans)}.", False)


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


def _some(noms: Iterable[str]) -> str:
    """Trois noms, puis le compte."""
    tous = list(noms)
    return liste(tous) if len(tous) <= 4 else f"{', '.join(tous[:3])} et {len(tous) - 3} autres"
