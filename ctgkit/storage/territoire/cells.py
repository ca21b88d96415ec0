"""Des cellules de texte aux tableaux numpy, une colonne à la fois ; chaque valeur distincte n'est lue qu'une fois."""

import math
import re
from collections.abc import Callable
from datetime import date

import numpy as np

from ctgkit.formats import read_date, read_nombre

ATTENDUS = {
    "float": ("nombre attendu", "un seul nombre, par exemple 1 234,50 ; vide si inconnu"),
    "int": ("nombre entier attendu", "un nombre entier, par exemple 2025 ; vide si inconnu"),
    "date": ("date attendue", "une date AAAA-MM-JJ ou JJ/MM/AAAA ; vide si inconnue"),
    "bool": ("oui ou non attendu", "oui ou non ; vide si inconnu"),
}
_OUI_NON = {"oui": 1.0, "vrai": 1.0, "true": 1.0, "1": 1.0, "x": 1.0, "non": 0.0, "faux": 0.0, "false": 0.0, "0": 0.0}
_SIMPLES = re.compile(r"(?:[0-9]{1,15}(?:[.,][0-9]{1,9})?(?:\n|\Z))*")
_ORIGINE = date(1970, 1, 1)


def read_number(texte: str) -> float:
    lu = read_nombre(texte)
    if not math.isfinite(lu):
        raise ValueError(texte)
    return lu


def read_integer(texte: str) -> int:
    lu = read_number(texte)
    if lu != int(lu) or abs(lu) > 1e15:
        raise ValueError(texte)
    return int(lu)


def read_day(texte: str) -> date:
    """Une date, dans les siècles où une convention peut exister : `0203` ou `20225` sont des fautes de frappe."""
    jour = read_date(texte)
    if not 1900 <= jour.year <= 2100:
        raise ValueError(texte)
    return jour


def read_bool(texte: str) -> float:
    if texte.lower() not in _OUI_NON:
        raise ValueError(texte)
    return _OUI_NON[texte.lower()]


def _days(texte: str) -> int:
    return (read_day(texte) - _ORIGINE).days


_LECTEURS: dict[str, tuple[Callable[[str], float], type, float]] = {
    "float": (read_number, np.float64, math.nan),
    "int": (read_integer, np.float64, math.nan),
    "bool": (read_bool, np.float64, math.nan),
    "date": (_days, np.int64, np.iinfo(np.int64).min),
}


def convert(nature: str, cellules: list[str]) -> tuple[np.ndarray, list[int]]:
    """Le tableau de la colonne et le rang des cellules illisibles (inconnues dans le tableau)."""
    if nature == "str":
        tableau = np.empty(len(cellules), dtype=object)
        tableau[:] = cellules
        return tableau, []
    lire, sorte, inconnu = _LECTEURS[nature]
    distinctes = list(set(cellules) - {""})
    lus = _read_simple(distinctes) if nature == "float" else None
    if lus is None:
        lus = _read_each(distinctes, lire)
    fautifs = (
        [i for i, texte in enumerate(cellules) if texte and texte not in lus] if len(lus) < len(distinctes) else []
    )
    valeurs = np.fromiter((lus.get(texte, inconnu) for texte in cellules), dtype=sorte, count=len(cellules))
    return (valeurs.view("datetime64[D]") if nature == "date" else valeurs), fautifs


def _read_simple(distinctes: list[str]) -> dict[str, float] | None:
    """Le cas courant, d'un seul coup : des chiffres et au plus une virgule. Rien dès qu'une seule cellule en sort."""
    texte = "\n".join(distinctes)
    if not _SIMPLES.fullmatch(texte):
        return None
    lus = list(map(float, texte.replace(",", ".").split("\n"))) if distinctes else []
    return dict(zip(distinctes, lus, strict=True)) if len(lus) == len(distinctes) else None


def _read_each(distinctes: list[str], lire: Callable[[str], float]) -> dict[str, float]:
    lus = {}
    for texte in distinctes:
        try:
            lus[texte] = lire(texte)
        except ValueError:
            continue
    return lus
