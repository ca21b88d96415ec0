"""Du brouillon aux montants : chaque changement que le moteur refuse est mis de côté, avec la raison."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ctgkit.errors import CtgError
from ctgkit.mouvements import A_CORRIGER
from ctgkit.simulation import Changement, Ecart, Resultat, compare_scenarios, simulate, smallest_changes
from ctgkit.territoire import Scenario, Territoire
from ctgkit.views.bonus.etat import Brouillon
from ctgkit.views.bonus.montants import Gain


@dataclass(frozen=True, eq=False)
class Calcul:
    """`refus` : pour chaque saisie mise de côté (ou « repartition »), ce que le moteur en a dit."""

    brouillon: Brouillon
    reference: Resultat
    resultat: Resultat
    refus: Mapping[str, str]

    @cached_property
    def ecart(self) -> Ecart:
        return compare_scenarios(self.reference, self.resultat).ecarts[0]

    @cached_property
    def par_an(self) -> Mapping[int, Gain]:
        """L'écart de tout le territoire, chaque année."""
        return {annee: gain for (annee,), gain in self.gains("annee").items()}

    @cached_property
    def gain(self) -> Gain:
        """L'écart sur toute la période."""
        return sum(self.par_an.values(), Gain(0.0, 0.0))

    def gains(self, *axes: str) -> dict[tuple, Gain]:
        t = self.ecart.par(*axes)
        cles = zip(*(t[a].tolist() for a in axes), strict=True)
        return {cle: Gain(b, h) for cle, b, h in zip(cles, t["bas"].tolist(), t["haut"].tolist(), strict=True)}

    @property
    def change(self) -> bool:
        """Le scénario compte-t-il au moins un changement ?"""
        s = self.resultat.scenario
        return bool(s.mouvements) or s.repartition != self.reference.scenario.repartition

    def nearest(self, annee: int) -> list[Changement]:
        if annee not in self._proches:
            self._proches[annee] = smallest_changes(self.resultat, annee)
        return self._proches[annee]

    @cached_property
    def _proches(self) -> dict[int, list[Changement]]:
        return {}


def reference(territoire: Territoire) -> Resultat:
    """Rien ne change : ce à quoi tout se compare."""
    return simulate(territoire, Scenario("Référence"))


def compute(territoire: Territoire, brouillon: Brouillon, base: Resultat) -> Calcul:
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
        return Calcul(brouillon, base, resultat, refus)


def _same(scenario: Scenario, base: Resultat) -> bool:
    return not scenario.mouvements and scenario.repartition == base.scenario.repartition


def _blame(brouillon: Brouillon, erreur: CtgError, sans: frozenset[str]) -> str:
    """La saisie dont le moteur parle ; à défaut, la répartition."""
    comptees = brouillon.counted(sans)
    return comptees[erreur.rang - 1].cle if erreur.rang and erreur.rang <= len(comptees) else "repartition"


def _said(erreur: CtgError) -> str:
    return f"{erreur.quoi} {erreur.que_faire if erreur.code != A_CORRIGER else ''}".strip()
