"""Les vues : le seul endroit pour ipywidgets et plotly. Rien n'est chargé avant d'être demandé."""

import importlib
from typing import Any

_MODULES = {
    "read_fiche_commune": "ctgkit.views.fiche_commune",
    "read_synthese": "ctgkit.views.synthese",
    "show_fiche_commune": "ctgkit.views.fiche_commune",
    "show_sources": "ctgkit.views.page_territoire",
    "show_synthese": "ctgkit.views.synthese",
    "show_territoire": "ctgkit.views.page_territoire",
    "territoire_panel": "ctgkit.views.page_territoire",
}
__all__ = [
    "read_fiche_commune",
    "read_synthese",
    "show_fiche_commune",
    "show_sources",
    "show_synthese",
    "show_territoire",
    "territoire_panel",
]


def __getattr__(nom: str) -> Any:
    if nom not in _MODULES:
        raise AttributeError(f"module 'ctgkit.views' has no attribute '{nom}'")
    return getattr(importlib.import_module(_MODULES[nom]), nom)
