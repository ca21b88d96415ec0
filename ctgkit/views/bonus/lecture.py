"""Ce que la page lit d'un brouillon : le moteur, ce qu'il refuse, ses montants, ses tableaux."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache

import numpy as np

from ctgkit import droit
from ctgkit.errors import CtgError
from ctgkit.formats import pluriel
from ctgkit.fourchette import Fourchette, Gain
from ctgkit.mouvements import A_CORRIGER
from ctgkit.simulation import (
    Ecart,
    Levier,
    Prudence,
    Resultat,
    aggregate,
    compare_scenarios,
    simulate,
    smallest_changes,
)
from ctgkit.simulation.lectures import constat
from ctgkit.simulation.lectures.unites import name
from ctgkit.territoire import Scenario, Territoire
from ctgkit.texte import minuscule
from ctgkit.views.bonus.etat import Brouillon, EtatBonus
from ctgkit.views.composants.memoire import Memoire


class MontantMontre(Fourchette):
    """`connu` : la borne haute sans ce qui n'est pas publié ; `haut` infini quand rien ne borne."""

    @property
    def phrase(self) -> str:
        """`de … à …`, `au moins …`, `inconnu`."""
        return self.tell()


PROCHES = 5


@dataclass(frozen=True, eq=False)
class CalculBonus:
    """`refus` : pour chaque saisie mise de côté (ou « repartition »), ce que le moteur en a dit."""

    brouillon: Brouillon
    reference: Resultat
    resultat: Resultat
    refus: Mapping[str, str]

    @cached_property
    def ecart(self) -> Ecart:
        return compare_scenarios(self.reference, self.resultat).ecarts[0]

    @property
    def par_an(self) -> Mapping[int, Gain]:
        return self.ecart.par_an

    @cached_property
    def gain(self) -> Gain:
        """L'écart sur toute la période."""
        return sum(self.par_an.values(), Gain(0.0, 0.0))

    def gains(self, *axes: str) -> dict[tuple, Gain]:
        t = self.ecart.par(*axes)
        cles = zip(*(t[a].tolist() for a in axes), strict=True)
        return {cle: Gain(b, h) for cle, b, h in zip(cles, t["bas"].tolist(), t["haut"].tolist(), strict=True)}

    def next_step(self, annee: int) -> tuple[str, Levier] | None:
        """À quelques places du palier suivant : la saisie où on les règle, et ce qu'elles feraient."""
        reglees = [s for s in self.brouillon.saisies if s.genre in ("quantite", "ouvrir")]
        if not reglees:
            return None
        rang = self.resultat.cadre.rangs.get(reglees[-1].champs.get("structure", ""))
        if rang is not None and not _counts_growth(self.resultat, rang):
            return None
        proches = (c for c in self.nearest(annee) if c.nature == "places" and c.quantite <= PROCHES)
        return next(((reglees[-1].cle, c) for c in proches), None)

    def opened(self, cle: str) -> str:
        """La structure que cette saisie ouvre ; vide tant que le moteur ne la compte pas."""
        ouvertures = [s.cle for s in self.brouillon.counted(frozenset(self.refus)) if s.genre == "ouvrir"]
        creees = self.resultat.cadre.etat.creees
        comptees = dict(zip(ouvertures, creees, strict=True)) if len(ouvertures) == len(creees) else {}
        return str(self.resultat.territoire.structures["id"][comptees[cle]]) if cle in comptees else ""

    @property
    def change(self) -> bool:
        return self.ecart.change

    def nearest(self, annee: int) -> list[Levier]:
        if annee not in self._proches:
            self._proches[annee] = smallest_changes(self.resultat, annee)
        return self._proches[annee]

    @cached_property
    def _proches(self) -> dict[int, list[Levier]]:
        return {}


def _counts_growth(resultat: Resultat, rang: int) -> bool:
    """Un dispositif paie-t-il la croissance de ce service ?"""
    service = resultat.cadre.services[resultat.cadre.service[rang]].code
    return any(d.palier and service in d.services for d in droit.dispositifs().values())


def reference(territoire: Territoire) -> Resultat:
    """Rien ne change : ce à quoi tout se compare."""
    return simulate(territoire, Scenario("Référence"))


def compute(territoire: Territoire, brouillon: Brouillon, base: Resultat) -> CalculBonus:
    refus: dict[str, str] = {}
    while True:
        sans = frozenset(refus)
        scenario = brouillon.scenario(sans)
        try:
            resultat = base if _same(scenario, base) else simulate(territoire, scenario)
        except CtgError as erreur:
            refus[_blame(brouillon, erreur, sans)] = _said(erreur)
            if len(refus) > len(sans):
                continue
            raise
        return CalculBonus(brouillon, base, resultat, refus)


def _same(scenario: Scenario, base: Resultat) -> bool:
    return not scenario.mouvements and scenario.repartition == base.scenario.repartition


def _blame(brouillon: Brouillon, erreur: CtgError, sans: frozenset[str]) -> str:
    """La saisie dont le moteur parle ; à défaut, la répartition."""
    comptees = brouillon.counted(sans)
    return comptees[erreur.rang - 1].cle if erreur.rang and erreur.rang <= len(comptees) else "repartition"


def _said(erreur: CtgError) -> str:
    return f"{erreur.quoi} {erreur.que_faire if erreur.code != A_CORRIGER else ''}".strip()


PREMIERES, PAGE = 12, 60
RIEN, EGAL = MontantMontre(0.0, 0.0, 0.0), Gain(0.0, 0.0)
Cases = Mapping[tuple, MontantMontre]


@dataclass(frozen=True)
class Rangee:
    """Une ligne : la référence de l'année regardée, chaque année, l'écart sur toute la période."""

    cle: str
    nom: str
    precision: str
    reference: MontantMontre
    cases: tuple[tuple[int, MontantMontre | Gain, bool], ...]
    ecart: Gain
    choisie: bool = False


@dataclass(frozen=True)
class TableauStructures:
    rangees: tuple[Rangee, ...]
    total: Rangee
    cachees: int
    suite: str
    ouvert: bool


@dataclass(frozen=True)
class Sommes:
    """Les montants du scénario, de la référence, et l'écart, par clé et par année, puis sur la période."""

    scenario: Cases
    reference: Cases
    ecart: Mapping[tuple, Gain]
    periode: Mapping[str, Gain]

    @classmethod
    def by(cls, calcul: CalculBonus, axe: str) -> "Sommes":
        ecarts, periode = calcul.gains(axe, "annee"), {}
        for (cle, _), gain in ecarts.items():
            periode[cle] = periode.get(cle, EGAL) + gain
        base, lui = amounts(calcul.reference, axe, "annee"), amounts(calcul.resultat, axe, "annee")
        return cls(lui, base, ecarts, periode)


@lru_cache(maxsize=16)
def amounts(resultat: Resultat, *axes: str) -> Cases:
    """Gardé d'un dessin à l'autre : la référence ne change jamais."""
    t = aggregate(resultat, *axes)
    cles = zip(*(t[a].tolist() for a in axes), strict=True)
    bornes = zip(t["bas"].tolist(), t["haut"].tolist(), t["haut_connu"].tolist(), strict=True)
    return {cle: MontantMontre(*b) for cle, b in zip(cles, bornes, strict=True)}


@lru_cache(maxsize=16)
def totals(resultat: Resultat) -> Mapping[int, MontantMontre]:
    """Le total du territoire, année par année."""
    return {a: MontantMontre(m.bas, m.haut, m.connu) for a, m in constat.totals(resultat).items()}


def by_axis(calcul: CalculBonus, etat: EtatBonus) -> TableauStructures:
    """Les lignes qui changent d'abord, puis les premières ; les autres se déplient."""
    sommes = Sommes.by(calcul, etat.axe)
    noms = _names(calcul, etat.axe)
    avec = {c for c, _ in sommes.scenario} | {c for c, _ in sommes.reference}
    presentes = [c for c in noms if c in avec]
    gardees = _kept(presentes, sommes, etat)
    rangees = tuple(_row(c, noms[c], sommes, calcul.resultat.annees, etat) for c in gardees)
    cachees = len(presentes) - len(gardees)
    return TableauStructures(
        rangees, _total(calcul, etat), cachees, _hidden(calcul, etat.axe, presentes, gardees), etat.lignes > 0
    )


def _kept(presentes: Sequence[str], sommes: Sommes, etat: EtatBonus) -> list[str]:
    if etat.lignes >= len(presentes) or len(presentes) <= PREMIERES + 2:
        return list(presentes)
    if etat.lignes:
        return list(presentes[: etat.lignes])
    changees = {c for c, g in sommes.periode.items() if not g.nul}
    voulues = [c for c in presentes if c in changees or c == etat.structure][: PREMIERES + 8]
    voulues += [c for c in presentes if c not in voulues][: max(PREMIERES - len(voulues), 0)]
    rang = {c: i for i, c in enumerate(presentes)}
    return sorted(voulues, key=rang.get)


def _row(cle: str, nom: tuple[str, str], sommes: Sommes, annees: Sequence[int], etat: EtatBonus) -> Rangee:
    cases = tuple(_case(cle, a, sommes, etat.vue) for a in annees)
    reference = sommes.reference.get((cle, etat.annee), RIEN)
    return Rangee(cle, *nom, reference, cases, sommes.periode.get(cle, EGAL), cle == etat.structure)


def _case(cle: str, annee: int, sommes: Sommes, vue: str) -> tuple[int, MontantMontre | Gain, bool]:
    gain = sommes.ecart.get((cle, annee), EGAL)
    montants = {"scenario": sommes.scenario, "reference": sommes.reference}
    return annee, gain if vue == "ecart" else montants[vue].get((cle, annee), RIEN), not gain.nul


def _total(calcul: CalculBonus, etat: EtatBonus) -> Rangee:
    lui, base = totals(calcul.resultat), totals(calcul.reference)
    cases = []
    for a in calcul.resultat.annees:
        gain = calcul.par_an.get(a, EGAL)
        vus = {"scenario": lui[a], "reference": base[a], "ecart": gain}
        cases.append((a, vus[etat.vue], not gain.nul))
    return Rangee("", "Territoire, en euros", "", base.get(etat.annee, RIEN), tuple(cases), calcul.gain)


def _hidden(calcul: CalculBonus, axe: str, presentes: Sequence[str], gardees: Sequence[str]) -> str:
    """Ce que les lignes repliées contiennent, en quelques mots."""
    if axe != "structure":
        return ""
    s, vues = calcul.resultat.territoire.structures, set(gardees)
    types = {t for i, t in zip(s["id"], s["type"], strict=True) if i in set(presentes) - vues}
    libelles = [x.court or x.libelle for x in droit.services().values() if x.code in types]
    return ", ".join(map(minuscule, libelles))


def _names(calcul: CalculBonus, axe: str) -> dict[str, tuple[str, str]]:
    """Chaque clé de l'axe, avec son nom et une précision, dans l'ordre d'affichage."""
    r = calcul.resultat
    if axe == "service":
        return {s.code: (s.libelle, "") for s in r.cadre.services}
    if axe == "gestionnaire":
        gerees = Counter(r.territoire.structures["gestionnaire"].astype(str).tolist())
        return {
            gestionnaire: (gestionnaire or "Gestionnaire non renseigné", pluriel(combien, "structure"))
            for gestionnaire, combien in sorted(gerees.items())
        }
    s, communes = r.territoire.structures, municipalities(r.territoire)
    ordre = np.argsort(np.where(r.cadre.service < 0, 99, r.cadre.service), kind="stable").tolist()
    unites = [x.unite for x in r.cadre.services]
    lus = {c: s[c].tolist() for c in ("id", "nom", "code_insee", "quantite")}
    return {lus["id"][i]: (lus["nom"][i], _precision(r, communes, lus, unites, i)) for i in ordre}


def _precision(
    resultat: Resultat, communes: Mapping[str, str], lus: Mapping[str, list], unites: list[str], i: int
) -> str:
    morceaux = [communes.get(lus["code_insee"][i], "intercommunal")]
    if resultat.cadre.service[i] >= 0:
        morceaux.append(name(lus["quantite"][i], unites[resultat.cadre.service[i]]))
    if i in resultat.cadre.etat.creees:
        morceaux.append("structure du scénario")
    elif resultat.cadre.cofinancee[i] == 0:
        morceaux.append("non cofinancée")
    return ", ".join(morceaux)


def municipalities(territoire: Territoire) -> dict[str, str]:
    return dict(zip(territoire.communes["code_insee"].tolist(), territoire.communes["nom"].tolist(), strict=True))


@dataclass(frozen=True)
class BonusCommune:
    nom: str
    reference: MontantMontre
    scenario: MontantMontre
    ecart: Gain
    vide: str = ""


def by_municipality(calcul: CalculBonus, annee: int) -> tuple[list[BonusCommune], BonusCommune]:
    """Chaque commune l'année regardée, même sans structure, puis l'intercommunal."""
    r = calcul.resultat
    sommes = Sommes.by(calcul, "commune")
    avec = set(r.territoire.structures["code_insee"].tolist())
    noms = municipalities(r.territoire) | ({"": "Intercommunal"} if "" in avec else {})
    vides = {c: "aucune structure renseignée" for c in noms if c not in avec}
    communes = [
        BonusCommune(
            nom,
            sommes.reference.get((c, annee), RIEN),
            sommes.scenario.get((c, annee), RIEN),
            sommes.ecart.get((c, annee), EGAL),
            vides.get(c, ""),
        )
        for c, nom in noms.items()
    ]
    ligne = _total(calcul, EtatBonus(annee=annee))
    montant = next((m for a, m, _ in ligne.cases if a == annee), RIEN)
    total = BonusCommune("Total, en euros", ligne.reference, montant, calcul.par_an.get(annee, EGAL))
    return sorted(communes, key=lambda c: bool(c.vide)), total


def next_page(total: int, lignes: int) -> int:
    """Combien de lignes montrer après « déplier » : une page de plus, jamais davantage d'un coup."""
    return min(lignes + PAGE, total)


@dataclass(frozen=True, eq=False)
class LectureBonus:
    """Tout ce dont une zone a besoin. `autres` : les scénarios comparés, par identifiant."""

    calcul: CalculBonus
    etat: EtatBonus
    jour: date
    autres: Mapping[str, CalculBonus] = field(default_factory=dict)
    prudence: Prudence | None = None
    memoire: Memoire | None = None
    adresse: str = ""

    @property
    def resultat(self) -> Resultat:
        return self.calcul.resultat

    @property
    def duree(self) -> str:
        return f"{pluriel(len(self.resultat.annees), 'an')}"
