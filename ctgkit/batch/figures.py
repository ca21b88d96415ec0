"""Une figure plotly dans un rapport : son dessin, sans navigateur, et toujours le tableau de ses valeurs."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.figures.svg.lecture import values
from ctgkit.figures.svg.rendu import draw
from ctgkit.figures.svg.texte import plain
from ctgkit.formats import nombre

MIME = "application/vnd.plotly.v1+json"


def draw_figure(brut: Mapping[str, Any]) -> str:
    """Le SVG, ou rien pour un type de graphique qui ne s'imprime pas : le tableau reste."""
    try:
        svg = draw(brut, titre=False, description=figure_title(brut))
    except CtgError:
        return ""
    # Deux dessins d'une même page ne doivent pas se prendre leurs hachures.
    marque = hashlib.sha256(svg.encode()).hexdigest()[:6]
    return re.sub(r'(id="|url\(#)', rf"\1d{marque}-", svg)


def figure_title(brut: Mapping[str, Any]) -> str:
    return plain((brut.get("layout") or {}).get("title")).replace("\n", " ")


def figure_table(brut: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """En-têtes et lignes : une ligne par position, une colonne par série ; sur une carte, une ligne par contour."""
    traces, mise = brut.get("data") or [], brut.get("layout") or {}
    if any(t.get("fill") == "toself" for t in traces):
        return ["Contour", "Valeur"], [[plain(t.get("name")), _hover(t)] for t in traces]
    couchees = any(t.get("orientation") == "h" for t in traces)
    axe = plain((mise.get("yaxis" if couchees else "xaxis") or {}).get("title")) or "Position"
    colonnes = [_column(t) for t in traces]
    positions = list(dict.fromkeys(p for c in colonnes for p in c))
    noms = [plain(t.get("name")) or f"Série {rang}" for rang, t in enumerate(traces, start=1)]
    return [axe, *noms], [[str(p), *(shown(c.get(p)) for c in colonnes)] for p in positions]


def _column(trace: Mapping[str, Any]) -> dict[Any, Any]:
    cles = ("y", "x") if trace.get("orientation") == "h" else ("x", "y")
    positions, mesures = (values(trace.get(cle)) for cle in cles)
    return dict(zip(positions or range(len(mesures)), mesures, strict=False))


def _hover(trace: Mapping[str, Any]) -> str:
    texte = trace.get("hovertext") or trace.get("text") or ""
    return plain(texte if isinstance(texte, str) else next(iter(texte), ""))


def shown(valeur: Any) -> str:
    if isinstance(valeur, str):
        return valeur
    if valeur is None or isinstance(valeur, bool):
        return nombre(None) if valeur is None else ("oui" if valeur else "non")
    return nombre(valeur, 0 if float(valeur).is_integer() else 1)
