"""Atelier CTG : ce dont un carnet a besoin, chargé seulement quand on le demande.

`import ctgkit as ctg`, puis `lieu = ctg.load_territoire("exemple")`, `r = ctg.simulate(lieu)`, `r.figure()`…
Tous les noms et leurs exemples : `ctg aide-python`, ou la page Aide de l'atelier.
"""

from typing import Any

from ctgkit.carnet import facade

__all__ = sorted(facade.PUBLICS)  # noqa: PLE0605


def __getattr__(nom: str) -> Any:
    if nom not in facade.PUBLICS:
        raise AttributeError(f"module 'ctgkit' has no attribute '{nom}'")
    return facade.load(nom)


def __dir__() -> list[str]:
    return [*globals(), *facade.PUBLICS]
