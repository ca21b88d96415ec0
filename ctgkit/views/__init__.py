"""Les vues : le seul endroit pour ipywidgets et plotly. Rien n'est chargé avant d'être demandé."""

import importlib
from typing import Any

_MODULES = {
    "show_sources": "ctgkit.views.page_territoire",
    "show_territoire": "ctgkit.views.page_territoire",
    "territoire_panel": "ctgkit.views.page_territoire",
}
__all__ = ["show_sources", "show_territoire", "territoire_panel"]


def __getattr__(nom: str) -> Any:
    if nom not in _MODULES:
        raise AttributeError(f"module 'ctgkit.views' has no attribute '{nom}'")
    return getattr(importlib.import_module(_MODULES[nom]), nom)
