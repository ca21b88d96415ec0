"""Les noms publics de `ctgkit`, et le module où chacun se trouve : la seule liste."""

import importlib
from typing import Any

_MODULES = {
    "batch.rapports": ("run_reports",),
    "carnet.diagnostic": ("DiagnosticPartage", "read_diagnostic"),
    "carnet.export": ("export",),
    "carnet.lieu": ("Lieu", "find_territoires", "list_territoires", "load_territoire"),
    "carnet.plan": ("PlanActions", "open_plan"),
    "carnet.simulation": ("Comparaison", "Simulation", "Simulations", "compare_scenarios", "read_scenario", "simulate"),
    "errors": ("CtgError",),
    "noyaux.parametres": ("check_papermill",),
    "territoire": ("Scenario",),
    "views.bonus.page": ("bonus_panel",),
    "views.diagnostic.page": ("diagnostic_panel",),
    "views.plan.page": ("plan_panel",),
    "views.territoire.page": ("territoire_panel",),
}
PUBLICS = {nom: module for module, noms in sorted(_MODULES.items()) for nom in noms}


def load(nom: str) -> Any:
    return getattr(importlib.import_module(f"ctgkit.{PUBLICS[nom]}"), nom)
