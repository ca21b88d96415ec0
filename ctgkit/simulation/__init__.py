"""La simulation : un territoire et un scénario deviennent des montants, leurs raisons et leurs bornes."""

from ctgkit.simulation.changements import Changement, smallest_changes
from ctgkit.simulation.comparer import Comparaison, Ecart, compare
from ctgkit.simulation.engagement import engagements
from ctgkit.simulation.explication import Etape, explain
from ctgkit.simulation.financement import financing, follow_up, instalments
from ctgkit.simulation.moteur import simulate
from ctgkit.simulation.prudence import Prudence, prudence
from ctgkit.simulation.resultat import AVERTISSEMENT, Resultat
from ctgkit.simulation.scenario import ScenarioError, as_mapping, read_scenario, resolve
from ctgkit.simulation.sorties import as_json, flat_table
from ctgkit.simulation.tirages import Hypotheses

__all__ = [
    "AVERTISSEMENT",
    "Changement",
    "Comparaison",
    "Ecart",
    "Etape",
    "Hypotheses",
    "Prudence",
    "Resultat",
    "ScenarioError",
    "as_json",
    "as_mapping",
    "compare",
    "engagements",
    "explain",
    "financing",
    "flat_table",
    "follow_up",
    "instalments",
    "prudence",
    "read_scenario",
    "resolve",
    "simulate",
    "smallest_changes",
]
