"""Une figure plotly (son dictionnaire) lue pour le dessin : le gabarit appliqué, les tableaux en listes."""

import base64
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import numpy as np

from ctgkit.errors import CtgError

PALETTE = ("#12617B", "#AF3D1B", "#1D2732", "#636973", "#6A4A9C", "#857A68")
DESSINEES = ("bar", "scatter", "scattergl")
_COULEUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]+|(rgb|hsl)a?\([\d.,%\s]+\)")


class Dessin:
    """Ce qu'il faut pour dessiner : les traces, leurs couleurs, et la mise en page où le gabarit parle en dernier."""

    def __init__(self, figure: Any) -> None:
        brut = figure.to_plotly_json() if hasattr(figure, "to_plotly_json") else figure
        self.mise: dict[str, Any] = dict(brut.get("layout") or {})
        self.modele: dict[str, Any] = dict((self.mise.get("template") or {}).get("layout") or {})
        couleurs = self.mise.get("colorway") or _house(self.modele.get("colorway")) or PALETTE
        self.traces = [_trace(t, couleurs[rang % len(couleurs)]) for rang, t in enumerate(brut.get("data") or ())]

    def get(self, cle: str, defaut: Any = None) -> Any:
        """Un réglage simple : celui de la figure, sinon celui du gabarit."""
        return next((m[cle] for m in (self.mise, self.modele) if m.get(cle) is not None), defaut)

    def part(self, cle: str, du_gabarit: str = "") -> dict[str, Any]:
        """Un réglage en dictionnaire, le gabarit dessous : `xaxis2` suit le gabarit de `xaxis`."""
        return merged(self.modele.get(du_gabarit or cle), self.mise.get(cle))

    @property
    def posee(self) -> bool:
        """La figure dit ses marges (les nôtres les disent toutes) ; sinon on les calcule."""
        return self.get("margin") is not None


def merged(dessous: Any, dessus: Any) -> dict[str, Any]:
    fait = dict(dessous or {})
    for cle, valeur in (dessus or {}).items():
        fait[cle] = merged(fait.get(cle), valeur) if isinstance(valeur, Mapping) else valeur
    return fait


def _house(couleurs: Any) -> Any:
    """Les couleurs d'un gabarit choisi ; celles que plotly met de lui-même laissent la place aux nôtres."""
    return None if not couleurs or str(couleurs[0]).lower() == "#636efa" else couleurs


def _trace(brut: Mapping[str, Any], couleur: str) -> dict[str, Any]:
    genre = str(brut.get("type") or "scatter")
    if genre not in DESSINEES:
        raise CtgError(
            f"Ce graphique ne s'imprime pas encore : type « {genre} ».",
            str(brut.get("name") or ""),
            "Le donner en tableau, ou le tracer en barres, en lignes ou en contours fermés.",
        )
    trace = {**brut, "type": "bar" if genre == "bar" else "scatter", "couleur": couleur}
    x, y = values(brut.get("x")), values(brut.get("y"))
    ordre = tuple(range(max(len(x), len(y))))
    return trace | {"x": x or ordre, "y": y or ordre, "couchee": brut.get("orientation") == "h"}


def values(brut: Any) -> tuple[Any, ...]:
    """Une liste, un tableau numpy, ou le tableau compact (`dtype`, `bdata`) que plotly écrit ; vide devient None."""
    if isinstance(brut, Mapping) and "bdata" in brut:
        brut = np.frombuffer(base64.b64decode(brut["bdata"]), dtype=brut["dtype"])
    return tuple(map(_one, brut)) if brut is not None else ()


def _one(valeur: Any) -> Any:
    if isinstance(valeur, str):
        return valeur
    valeur = valeur.item() if hasattr(valeur, "item") else valeur
    if isinstance(valeur, datetime | date):
        return valeur.isoformat()[:10]
    return None if isinstance(valeur, float) and not np.isfinite(valeur) else valeur


def each(brut: Any, nombre: int, defaut: Any = None) -> tuple[Any, ...]:
    """Une valeur pour chaque point, qu'elle soit commune ou donnée point par point."""
    if brut is None or isinstance(brut, str | int | float):
        return (defaut if brut is None else brut,) * nombre
    lues = tuple(defaut if v is None else v for v in values(brut))
    return lues + (defaut,) * (nombre - len(lues))


def color(brut: Any, defaut: str = "") -> str:
    """Une couleur écrite ; ni une échelle de nombres, ni un texte qui n'en est pas une."""
    return brut if isinstance(brut, str) and _COULEUR.fullmatch(brut) else defaut


def number(brut: Any, defaut: float) -> float:
    return float(brut) if isinstance(brut, int | float) and not isinstance(brut, bool) else defaut
