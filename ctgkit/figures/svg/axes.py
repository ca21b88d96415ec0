"""Les axes d'un dessin : où tombe une valeur, quels repères écrire, en nombres français."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from ctgkit.figures.gabarit import graduations, nice_step, written
from ctgkit.figures.svg.lecture import values

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
MAX_REPERES = 24


@dataclass(frozen=True)
class Axe:
    """`debut` et `fin` en pixels, pour `bas` et `haut` ; `noms` pour des catégories."""

    nom: str
    genre: str
    bas: float
    haut: float
    debut: float = 0.0
    fin: float = 1.0
    noms: tuple[str, ...] = ()
    reglages: dict[str, Any] = field(default_factory=dict)

    @property
    def horizontal(self) -> bool:
        return self.nom.startswith("x")

    @property
    def visible(self) -> bool:
        return self.reglages.get("visible") is not False

    def number(self, valeur: Any) -> float | None:
        if valeur is None or isinstance(valeur, bool):
            return None
        if self.genre == "category":
            return float(self.noms.index(str(valeur))) if str(valeur) in self.noms else _float(valeur)
        if self.genre == "date" and isinstance(valeur, str):
            return float(date.fromisoformat(valeur[:10]).toordinal()) if _DATE.match(valeur) else None
        return _float(valeur)

    def at(self, valeur: float) -> float:
        return self.debut + (valeur - self.bas) / ((self.haut - self.bas) or 1) * (self.fin - self.debut)

    def place(self, valeur: Any) -> float | None:
        lu = self.number(valeur)
        return None if lu is None else self.at(lu)

    def over(self, debut: float, fin: float) -> "Axe":
        return replace(self, debut=debut, fin=fin)


def make_axis(  # noqa: PLR0913
    nom: str,
    reglages: dict[str, Any],
    vues: Sequence[Any],
    *,
    zero: bool = False,
    marge: float = 0.0,
    part: float = 0.0,
    rond: bool = True,
) -> Axe:
    """L'axe d'après ses réglages et ce qui s'y trouve : zéro compris, laissant une marge, ou aux bornes rondes."""
    genre = str(reglages.get("type") or "").strip("-") or kind(vues)
    noms = tuple(dict.fromkeys(str(v) for v in vues if v is not None)) if genre == "category" else ()
    axe = Axe(nom, genre, -0.5, max(len(noms), 1) - 0.5, noms=noms, reglages=reglages)
    donnees = [n for n in map(axe.number, values(reglages.get("range"))) if n is not None]
    renverse = reglages.get("autorange") == "reversed"
    if len(donnees) == 2:
        return replace(axe, bas=donnees[0], haut=donnees[1])
    if genre != "category":
        axe = replace(axe, **_extent(axe, [*vues, *[0.0] * zero], marge=marge, part=part, rond=rond))
    return replace(axe, bas=axe.haut, haut=axe.bas) if renverse else axe


def _extent(axe: Axe, vues: Sequence[Any], *, marge: float, part: float, rond: bool) -> dict[str, float]:
    lus = [n for n in map(axe.number, vues) if n is not None]
    bas, haut = min(lus, default=0.0), max(lus, default=1.0)
    if bas == haut and not marge:
        bas, haut = bas - (0.0 not in lus) * (abs(bas) or 1) / 2, haut + (abs(haut) or 1) / 2
    marge += part * (haut - bas)
    if marge or not rond or axe.genre != "linear":
        return {"bas": bas - marge, "haut": haut + marge}
    pas = nice_step(haut - bas)
    return {"bas": math.floor(bas / pas + 1e-9) * pas, "haut": math.ceil(haut / pas - 1e-9) * pas}


def kind(vues: Iterable[Any]) -> str:
    presentes = [v for v in vues if v is not None]
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in presentes):
        return "linear"
    return "date" if all(isinstance(v, str) and _DATE.match(v) for v in presentes) else "category"


def ticks(axe: Axe) -> list[tuple[float, str]]:
    """Les repères : position sur l'axe et texte."""
    suffixe = str(axe.reglages.get("ticksuffix") or "")
    donnes = values(axe.reglages.get("tickvals"))
    if donnes:
        textes = values(axe.reglages.get("ticktext")) or tuple(label(v) for v in donnes)
        lus = [(axe.number(v), str(t)) for v, t in zip(donnes, textes, strict=False)]
        return [(n, t) for n, t in lus if n is not None]
    if axe.genre == "category":
        return _thinned([(float(rang), nom + suffixe) for rang, nom in enumerate(axe.noms)])
    bas, haut = sorted((axe.bas, axe.haut))
    if axe.genre == "date":
        annees = range(date.fromordinal(math.ceil(bas)).year, date.fromordinal(int(haut)).year + 1)
        return [(n, str(a)) for a in annees if bas <= (n := date(a, 1, 1).toordinal()) <= haut]
    if 1900 <= bas <= haut <= 2200:
        pas = max(round(nice_step(haut - bas, 12)), 1)
        return [(float(a), str(a)) for a in range(math.ceil(bas - 1e-9), math.floor(haut + 1e-9) + 1, pas)]
    reperes = graduations(bas, haut)
    return list(zip(reperes, written(reperes, suffixe), strict=True))


def _thinned(reperes: list[tuple[float, str]]) -> list[tuple[float, str]]:
    return reperes[:: -(-len(reperes) // MAX_REPERES) or 1]


def label(valeur: Any) -> str:
    return written([valeur])[0] if isinstance(valeur, int | float) else str(valeur)


def _float(valeur: Any) -> float | None:
    return float(valeur) if isinstance(valeur, int | float) else None
