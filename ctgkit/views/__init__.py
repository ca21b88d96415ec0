"""Les vues : le seul endroit pour ipywidgets et plotly. Rien n'est chargé avant d'être demandé.

Une page est un dossier d'ici ; son `__init__.py` dit ses noms publics (`PUBLICS`) et le module où chacun se trouve.
"""

import importlib
import pkgutil
from typing import Any


def _pages(nom: str = "") -> list[str]:
    """Les dossiers, celui dont le nom demandé parle d'abord."""
    dossiers = [m.name for m in pkgutil.iter_modules(__path__) if m.ispkg]
    return sorted(dossiers, key=lambda dossier: dossier not in nom)


def _publics(page: str) -> dict[str, str]:
    return getattr(importlib.import_module(f"{__name__}.{page}"), "PUBLICS", {})


def __getattr__(nom: str) -> Any:
    if not nom.startswith("_"):
        for page in _pages(nom):
            if nom in (publics := _publics(page)):
                module = f"{__name__}.{page}.{publics[nom]}".rstrip(".")
                return getattr(importlib.import_module(module), nom)
    raise AttributeError(f"module 'ctgkit.views' has no attribute '{nom}'")


def __dir__() -> list[str]:
    return sorted(nom for page in _pages() for nom in _publics(page))
