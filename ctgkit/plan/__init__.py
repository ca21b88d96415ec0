"""Le plan d'actions : ses champs déclarés une fois, ses règles, ce qui manque, ce qui change."""

from ctgkit.plan.argent import Financement, bind, read_financing
from ctgkit.plan.champs import Champ, champ, champs, labels, requis, sections
from ctgkit.plan.completude import Completude, CompletudePlan, complete, complete_plan
from ctgkit.plan.couverture import Constat, Matrice, cover
from ctgkit.plan.differences import Difference, compare
from ctgkit.plan.etats import count_states, is_late, state, states
from ctgkit.plan.modele import Element, Fiche, Plan, file_items, read_plan, replay
from ctgkit.plan.rangement import AXES, Filtre, arrange, keep
from ctgkit.plan.suivi import check_frozen, follow, freeze, progress
from ctgkit.plan.valeurs import plain, read_value, write_value

__all__ = [
    "AXES",
    "Champ",
    "Completude",
    "CompletudePlan",
    "Constat",
    "Difference",
    "Element",
    "Fiche",
    "Filtre",
    "Financement",
    "Matrice",
    "Plan",
    "arrange",
    "bind",
    "champ",
    "champs",
    "check_frozen",
    "compare",
    "complete",
    "complete_plan",
    "count_states",
    "cover",
    "file_items",
    "follow",
    "freeze",
    "is_late",
    "keep",
    "labels",
    "plain",
    "progress",
    "read_financing",
    "read_plan",
    "read_value",
    "replay",
    "requis",
    "sections",
    "state",
    "states",
    "write_value",
]
