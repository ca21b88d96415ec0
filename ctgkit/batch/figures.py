"""Une figure plotly lue telle que le carnet l'enregistre : ses séries, et le tableau qui la double."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ctgkit.formats import nombre

MIME = "application/vnd.plotly.v1+json"


@dataclass(frozen=True)
class Serie:
    """Une trace : ses positions, ses valeurs, sa couleur."""

    nom: str
    type: str
    x: tuple[Any, ...]
    y: tuple[Any, ...]
    couleur: str
    horizontale: bool = False
    trait: bool = True
    points: bool = True
    fermee: bool = False
    texte: str = ""


@dataclass(frozen=True)
class Figure:
    titre: str
    axe_x: str
    axe_y: str
    empilee: bool
    series: tuple[Serie, ...]

    @property
    def horizontale(self) -> bool:
        return any(s.horizontale for s in self.series)

    @property
    def categories(self) -> list[str]:
        """Les positions, dans l'ordre où les séries les donnent."""
        vues = (str(v) for s in self.series for v in (s.y if s.horizontale else s.x))
        return list(dict.fromkeys(vues))

    def valeurs(self, serie: Serie) -> dict[str, float]:
        positions, mesures = (serie.y, serie.x) if serie.horizontale else (serie.x, serie.y)
        paires = zip(positions, mesures, strict=False)
        return {str(p): float(m) for p, m in paires if isinstance(m, int | float) and np.isfinite(m)}

    def tableau(self) -> tuple[list[str], list[list[str]]]:
        """En-têtes et lignes : une ligne par position et une colonne par série ; par contour, sur une carte."""
        if any(s.fermee for s in self.series):
            return ["Contour", "Valeur"], [[s.nom, s.texte] for s in self.series]
        colonnes = [self.valeurs(s) for s in self.series]
        entetes = [self.axe_y if self.horizontale else self.axe_x, *(s.nom for s in self.series)]
        return entetes, [[c, *(shown(v.get(c)) for v in colonnes)] for c in self.categories]


PALETTE = ("#1D2732", "#12617B", "#AF3D1B", "#636973", "#6A4A9C", "#857A68")
DESSINES = ("bar", "scatter", "scattergl")


def read_figure(brut: Mapping[str, Any]) -> Figure:
    mise_en_page = brut.get("layout", {})
    series = tuple(_serie(t, i, mise_en_page) for i, t in enumerate(brut.get("data", [])))
    return Figure(
        titre=_texte(mise_en_page.get("title")),
        axe_x=_texte(mise_en_page.get("xaxis", {}).get("title")),
        axe_y=_texte(mise_en_page.get("yaxis", {}).get("title")),
        empilee=mise_en_page.get("barmode") in ("stack", "relative"),
        series=series,
    )


def shown(valeur: float | None) -> str:
    if valeur is None:
        return nombre(None)
    return nombre(valeur, 0 if float(valeur).is_integer() else 1)


def _serie(trace: Mapping[str, Any], rang: int, mise_en_page: Mapping[str, Any]) -> Serie:
    couleurs = mise_en_page.get("colorway") or PALETTE
    declarees = [trace.get(cle, {}).get("color") for cle in ("marker", "line")]
    mode = str(trace.get("mode", "lines+markers"))
    return Serie(
        nom=str(trace.get("name") or f"série {rang + 1}"),
        type=str(trace.get("type", "scatter")),
        x=_array(trace.get("x")),
        y=_array(trace.get("y")),
        couleur=next((c for c in declarees if isinstance(c, str)), couleurs[rang % len(couleurs)]),
        horizontale=trace.get("orientation") == "h",
        trait="lines" in mode,
        points="markers" in mode,
        fermee=trace.get("fill") == "toself",
        texte=_texte(trace.get("text") or trace.get("hovertext") or ""),
    )


def _array(brut: Any) -> tuple[Any, ...]:
    """Une liste, ou le tableau compact (`dtype`, `bdata`) que plotly écrit pour numpy."""
    if isinstance(brut, Mapping) and "bdata" in brut:
        return tuple(np.frombuffer(base64.b64decode(brut["bdata"]), dtype=brut["dtype"]).tolist())
    return tuple(brut or ())


def _texte(titre: Any) -> str:
    texte = titre.get("text", "") if isinstance(titre, Mapping) else titre
    return str(texte or "").replace("<br>", " ").replace("<b>", "").replace("</b>", "")
