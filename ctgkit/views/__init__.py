"""Les vues : le seul endroit pour ipywidgets et plotly. Rien n'est chargé avant d'être demandé."""

import importlib
from typing import Any

_MODULES = {
    "bonus_panel": "ctgkit.views.page_bonus",
    "bonus_table": "ctgkit.views.page_bonus",
    "diagnostic_panel": "ctgkit.views.page_diagnostic",
    "diagnostic_table": "ctgkit.views.diagnostic_fixe",
    "open_bonus": "ctgkit.views.page_bonus",
    "plan_panel": "ctgkit.views.page_plan",
    "read_fiche_commune": "ctgkit.views.fiche_commune",
    "read_synthese": "ctgkit.views.synthese",
    "show_bonus": "ctgkit.views.page_bonus",
    "show_bonus_sources": "ctgkit.views.page_bonus",
    "show_diagnostic": "ctgkit.views.diagnostic_fixe",
    "show_fiche_commune": "ctgkit.views.fiche_commune",
    "show_plan": "ctgkit.views.plan_fixe",
    "show_sources": "ctgkit.views.page_territoire",
    "show_synthese": "ctgkit.views.synthese",
    "show_territoire": "ctgkit.views.page_territoire",
    "territoire_panel": "ctgkit.views.page_territoire",
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
