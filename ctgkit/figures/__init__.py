"""Tout graphique : une table entre, une figure plotly sort, dans le gabarit « atelier » ; la même en SVG.

Chaque figure porte dans `layout.meta` sa phrase, sa description, son tableau et ce qu'un clic y désigne.
"""

import importlib
from typing import Any

_NOMS = {
    "bonus": ("SANS_BONUS", "TOUT_INCONNU", "bonus_by_year", "money", "prudence", "scenarios"),
    "carte": ("territory_map",),
    "comparaison": ("gaps", "spread"),
    "decision": ("coverage", "evolutions", "priorities"),
    "gabarit": ("config", "nice_step", "template"),
    "plan": ("calendar", "convention", "issues", "states"),
    "svg": ("draw",),
}
_OU = {nom: module for module, noms in _NOMS.items() for nom in noms}
__all__ = tuple(_OU)


def __getattr__(nom: str) -> Any:
    """Chargé à la demande : plotly ne coûte rien à qui ne dessine pas."""
    if nom not in _OU:
        raise AttributeError(nom)
    return getattr(importlib.import_module(f"{__name__}.{_OU[nom]}"), nom)
