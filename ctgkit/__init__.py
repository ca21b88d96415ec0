"""Atelier CTG : ce dont un carnet a besoin, chargé seulement quand on le demande.

`import ctgkit as ctg`, puis `lieu = ctg.load_territoire("exemple")`, `r = ctg.simulate(lieu)`, `r.figure()`…
"""

import importlib
from typing import Any

from ctgkit.errors import CtgError

_MODULES = {
    "carnet.export": ("export",),
    "carnet.lieu": ("Lieu", "find_territoires", "list_territoires", "load_territoire"),
    "carnet.plan": ("PlanActions", "open_plan"),
    "carnet.simulation": ("Comparaison", "Simulation", "compare_scenarios", "read_scenario", "simulate"),
    "territoire": ("Scenario",),
    "views": ("bonus_panel", "diagnostic_panel", "plan_panel", "territoire_panel"),
}
_OU = {nom: module for module, noms in _MODULES.items() for nom in noms}
__all__ = ["CtgError", *sorted(_OU)]  # noqa: PLE0604


def __getattr__(nom: str) -> Any:
    if nom not in _OU:
        raise AttributeError(f"module 'ctgkit' has no attribute '{nom}'")
    return getattr(importlib.import_module(f"ctgkit.{_OU[nom]}"), nom)


def __dir__() -> list[str]:
    return sorted([*globals(), *_OU])
