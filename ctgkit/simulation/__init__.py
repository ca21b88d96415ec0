"""La simulation : un territoire et un scénario deviennent des montants, leurs raisons et leurs bornes."""

from ctgkit.mouvements import ScenarioError
from ctgkit.simulation.calcul.lignes import ENSEMBLE, EXISTANT, NOUVEAU, PARTS
from ctgkit.simulation.calcul.moteur import simulate
from ctgkit.simulation.lectures.agregats import Axe, aggregate, table
from ctgkit.simulation.lectures.alertes import alertes
from ctgkit.simulation.lectures.argent import money
from ctgkit.simulation.lectures.changements import Levier, smallest_changes
from ctgkit.simulation.lectures.comparaison import Ecart, EcartsScenarios, compare_scenarios
from ctgkit.simulation.lectures.constat import tell_year
from ctgkit.simulation.lectures.editions import Relecture, corrections_since, latest_edition, mark, reread
from ctgkit.simulation.lectures.engagement import engagements, financing, follow_up, instalments
from ctgkit.simulation.lectures.explication import Etape, explain, parameters
from ctgkit.simulation.lectures.noms import name_competence
from ctgkit.simulation.lectures.prudence import Hypotheses, Prudence, prudence
from ctgkit.simulation.lectures.questions import questions
from ctgkit.simulation.lectures.sorties import (
    VERDICTS,
    as_json,
    flat_csv,
    flat_table,
    json_text,
    report,
    tell_left,
)
from ctgkit.simulation.remarques import Question, Remarque
from ctgkit.simulation.resultat import AVERTISSEMENT, Resultat
from ctgkit.simulation.scenario.lecture import as_mapping, read_scenario, resolve

__all__ = [
    "AVERTISSEMENT",
    "ENSEMBLE",
    "EXISTANT",
    "NOUVEAU",
    "PARTS",
    "VERDICTS",
    "Axe",
    "Ecart",
    "EcartsScenarios",
    "Etape",
    "Hypotheses",
    "Levier",
    "Prudence",
    "Question",
    "Relecture",
    "Remarque",
    "Resultat",
    "ScenarioError",
    "aggregate",
    "alertes",
    "as_json",
    "as_mapping",
    "compare_scenarios",
    "corrections_since",
    "engagements",
    "explain",
    "financing",
    "flat_csv",
    "flat_table",
    "follow_up",
    "instalments",
    "json_text",
    "latest_edition",
    "mark",
    "money",
    "name_competence",
    "parameters",
    "prudence",
    "questions",
    "read_scenario",
    "report",
    "reread",
    "resolve",
    "simulate",
    "smallest_changes",
    "table",
    "tell_left",
    "tell_year",
]
