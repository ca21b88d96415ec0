"""Les vues : le seul endroit pour ipywidgets et plotly. Rien n'est chargé avant d'être demandé."""

import importlib
from typing import Any

_MODULES = {
    "bonus_panel": "ctgkit.views.bonus.page",
    "bonus_table": "ctgkit.views.bonus.page",
    "diagnostic_panel": "ctgkit.views.diagnostic.page",
    "diagnostic_table": "ctgkit.views.diagnostic.page",
    "open_bonus": "ctgkit.views.bonus.page",
    "plan_panel": "ctgkit.views.plan.page",
    "read_fiche_commune": "ctgkit.views.rapports",
    "read_synthese": "ctgkit.views.rapports",
    "show_bonus": "ctgkit.views.bonus.page",
    "show_bonus_sources": "ctgkit.views.bonus.page",
    "show_diagnostic": "ctgkit.views.diagnostic.page",
    "show_fiche_commune": "ctgkit.views.rapports",
    "show_plan": "ctgkit.views.plan.page",
    "show_sources": "ctgkit.views.territoire.page",
    "show_synthese": "ctgkit.views.rapports",
    "show_territoire": "ctgkit.views.territoire.page",
    "territoire_panel": "ctgkit.views.territoire.page",
}
__all__ = [
    "bonus_panel",
    "bonus_table",
    "diagnostic_panel",
    "diagnostic_table",
    "open_bonus",
    "plan_panel",
    "read_fiche_commune",
    "read_synthese",
    "show_bonus",
    "show_bonus_sources",
    "show_diagnostic",
    "show_fiche_commune",
    "show_plan",
    "show_sources",
    "show_synthese",
    "show_territoire",
    "territoire_panel",
]


def __getattr__(nom: str) -> Any:
    if nom not in _MODULES:
        raise AttributeError(f"module 'ctgkit.views' has no attribute '{nom}'")
    return getattr(importlib.import_module(_MODULES[nom]), nom)
