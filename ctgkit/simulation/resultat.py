"""Le résultat d'une simulation : des tableaux figés. Ce qui s'en lit est dans `lectures/`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from ctgkit.simulation.calcul.cadre import Cadre
from ctgkit.simulation.calcul.complements import Contexte
from ctgkit.simulation.calcul.existant import Parts
from ctgkit.simulation.calcul.lignes import Lignes
from ctgkit.simulation.remarques import Remarque
from ctgkit.territoire import Scenario, Territoire

AVERTISSEMENT = "Seule la notification de la Caf fait foi."
Lu = TypeVar("Lu")


@dataclass(frozen=True, eq=False)
class Resultat:
    """`contextes` : les dispositifs à côté du bonus territoire, par code et par année ; `constats` : du calcul."""

    cadre: Cadre
    parts: Parts
    lignes: Lignes
    dispositifs: tuple[str, ...]
    contextes: Mapping[tuple[str, int], Contexte]
    constats: tuple[Remarque, ...] = ()

    @property
    def territoire(self) -> Territoire:
        """Le territoire tel que le scénario le change."""
        return self.cadre.etat.territoire

    @property
    def scenario(self) -> Scenario:
        return self.cadre.etat.scenario

    @property
    def annees(self) -> tuple[int, ...]:
        return self.cadre.etat.annees


def read_once(lecture: Callable[[Resultat], Lu]) -> Callable[[Resultat], Lu]:
    """Une lecture longue, faite une fois par résultat et oubliée avec lui."""
    faites: WeakKeyDictionary[Resultat, Lu] = WeakKeyDictionary()

    @wraps(lecture)
    def lire(resultat: Resultat) -> Lu:
        if resultat not in faites:
            faites[resultat] = lecture(resultat)
        return faites[resultat]

    return lire
