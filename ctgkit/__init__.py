"""Atelier CTG : la façade des carnets. Rien n'est chargé avant d'être demandé."""

import importlib
from typing import Any

from ctgkit.errors import CtgError

_MODULES = {"load_territoire": "ctgkit.storage", "list_territoires": "ctgkit.storage"}
__all__ = ["CtgError", "list_territoires", "load_territoire"]


def __getattr__(nom: str) -> Any:
    if nom not in _MODULES:
        raise AttributeError(f"module 'ctgkit' has no attribute '{nom}'")
    return getattr(importlib.import_module(_MODULES[nom]), nom)
