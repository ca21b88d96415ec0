"""Les axes d'un graphique imprimé : où tombe une valeur, quels repères écrire, en nombres français."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ctgkit.figures.svg.lecture import Axe
from ctgkit.formats import FINE, nombre

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_PAS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Echelle:
    """`depart` et `arrivee` en points ; `noms` pour des catégories, sinon des nombres de `bas` à `haut`."""

    genre: str
    bas: float
    haut: float
    depart: float
    arrivee: float
    noms: tuple[str, ...] = ()

    def number(self, valeur: Any) -> float | None:
        if valeur is None:
            return None
        if self.genre == "category":
            return float(self.noms.index(str(valeur))) if str(valeur) in self.noms else _float(valeur)
        if self.genre == "date":
            return float(date.fromisoformat(str(valeur)[:10]).toordinal()) if _DATE.match(str(valeur)) else None
        return _float(valeur)

    def at(self, valeur: float) -> float:
        part = (valeur - self.bas) / ((self.haut - self.bas) or 1)
        return self.depart + part * (self.arrivee - self.depart)

    def place(self, valeur: Any) -> float | None:
        lu = self.number(valeur)
        return None if lu is None else self.at(lu)

    def over(self, depart: float, arrivee: float) -> "Echelle":
        return Echelle(self.genre, self.bas, self.haut, depart, arrivee, self.noms)


def make_scale(  # noqa: PLR0913
    axe: Axe, vues: Sequence[Any], *, zero: bool = False, marge: float = 0.0, part: float = 0.0, rond: bool = True
) -> Echelle:
    """L'échelle d'un axe d'après ce qui s'y trouve : zéro compris, laissant une marge, ou aux bornes rondes."""
    genre = axe.genre or kind(vues)
    if genre == "category":
        noms = tuple(dict.fromkeys(str(v) for v in vues if v is not None))
        return Echelle(genre, -0.5, max(len(noms), 1) - 0.5, 0, 1, noms)
    lire = Echelle(genre, 0, 1, 0, 1).number
    bornes = [n for n in map(lire, axe.bornes) if n is not None]
    if len(bornes) == 2:
        return Echelle(genre, min(bornes), max(bornes), 0, 1)
    lus = [n for n in map(lire, vues) if n is not None] + [0.0] * zero
    bas, haut = min(lus, default=0.0), max(lus, default=1.0)
    if bas == haut and not marge:
        bas, haut = bas - (not zero) * (abs(bas) or 1) / 2, haut + (abs(haut) or 1) / 2
    marge += part * (haut - bas)
    if marge or not rond or genre != "linear":
        return Echelle(genre, bas - marge, haut + marge, 0, 1)
    return Echelle(genre, *_rounded(bas, haut, step(haut - bas)), 0, 1)


def kind(vues: Iterable[Any]) -> str:
    presentes = [v for v in vues if v is not None]
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in presentes):
        return "linear"
    return "date" if all(isinstance(v, str) and _DATE.match(v) for v in presentes) else "category"


def ticks(echelle: Echelle, axe: Axe) -> list[tuple[float, str]]:
    """Les repères : position sur l'échelle et texte."""
    if axe.reperes:
        textes = axe.textes or tuple(label(v, False) for v in axe.reperes)
        lus = [(echelle.number(v), t) for v, t in zip(axe.reperes, textes, strict=False)]
        return [(n, t) for n, t in lus if n is not None]
    if echelle.genre == "category":
        return [(float(i), nom + axe.suffixe) for i, nom in enumerate(echelle.noms)]
    if echelle.genre == "date":
        annees = range(date.fromordinal(math.ceil(echelle.bas)).year, date.fromordinal(int(echelle.haut)).year + 1)
        return [(n, str(a)) for a in annees if echelle.bas <= (n := date(a, 1, 1).toordinal()) <= echelle.haut]
    pas = step(echelle.haut - echelle.bas)
    annees = 1900 <= echelle.bas <= echelle.haut <= 2200
    pas = max(round(step(echelle.haut - echelle.bas, 12)), 1) if annees else pas
    premier = math.ceil(echelle.bas / pas - 1e-9)
    nombre_de_pas = math.floor(echelle.haut / pas + 1e-9) - premier
    reperes = [(premier + i) * pas for i in range(nombre_de_pas + 1)]
    return [(v, label(v, annees, pas) + axe.suffixe) for v in reperes]


def label(valeur: Any, annee: bool, pas: float = 1) -> str:
    if not isinstance(valeur, int | float):
        return str(valeur)
    if annee:
        return str(round(valeur))
    decimales = max(0, -math.floor(math.log10(pas) + 1e-9)) if pas < 1 else int(not float(pas).is_integer())
    return nombre(valeur, decimales).replace(" ", FINE)


def step(etendue: float, reperes: int = 5) -> float:
    """Un pas rond : 1, 2, 2,5 ou 5 fois une puissance de dix."""
    vise = max(etendue, 1e-9) / reperes
    ordre = 10.0 ** math.floor(math.log10(vise))
    return next(k * ordre for k in _PAS if k * ordre >= vise * (1 - 1e-9))


def _rounded(bas: float, haut: float, pas: float) -> tuple[float, float]:
    return math.floor(bas / pas + 1e-9) * pas, math.ceil(haut / pas - 1e-9) * pas


def _float(valeur: Any) -> float | None:
    return float(valeur) if isinstance(valeur, int | float) else None
