"""Le plan d'actions : ses champs déclarés une fois, ses règles, ce qui manque, ce qui change."""

from ctgkit.plan.argent import Financement, bind, read_financing
from ctgkit.plan.champs import Champ, champ, champs, labels, read_value, requis, to_stored, write_value
from ctgkit.plan.completude import Constat, Matrice, complete, complete_plan, cover
from ctgkit.plan.differences import compare_plans
from ctgkit.plan.modele import Element, Fiche, Plan, file_items, read_plan, replay
from ctgkit.plan.rangement import AXES, Filtre, arrange, keep
from ctgkit.plan.suivi import check_frozen, count_states, follow, freeze, is_late, progress, state, states

__all__ = [
    "AXES",
    "Champ",
    "Constat",
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
    "compare_plans",
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
    "progress",
    "read_financing",
    "read_plan",
    "read_value",
    "replay",
    "requis",
    "state",
    "states",
    "to_stored",
    "write_value",
]
