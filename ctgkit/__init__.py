"""Atelier CTG : la façade des carnets. Rien n'est chargé avant d'être demandé."""

import importlib
from typing import Any

from ctgkit.errors import CtgError

_MODULES = {
    "list_territoires": "ctgkit.storage",
    "load_territoire": "ctgkit.storage",
    "open_plan": "ctgkit.storage.plans",
}
__all__ = ["CtgError", "list_territoires", "load_territoire", "open_plan"]


def __getattr__(nom: str) -> Any:
    if nom not in _MODULES:
        raise AttributeError(f"module 'ctgkit' has no attribute '{nom}'")
    return getattr(importlib.import_module(_MODULES[nom]), nom)
