"""Les marques d'un dessin : barres, hachures, lignes, surfaces, symboles."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any
from zlib import crc32

from ctgkit.figures.svg.axes import Axe
from ctgkit.figures.svg.lecture import color, each, number
from ctgkit.figures.svg.texte import BlocDeTexte, plain

ENCRE, JOUR_MS = "#1D2732", 86_400_000
_TIRETS = {"dash": "8 5", "dot": "2 4", "dashdot": "8 4 2 4", "longdash": "14 6"}
_PIXELS = re.compile(r"[\d.]+px([, ][\d.]+px)*")
Point = tuple[float, float]
Axes = Mapping[str, Axe]


class Hachures:
    """Un motif par couleur et par taille, déclaré une fois ; son nom est propre au dessin."""

    def __init__(self, graine: str) -> None:
        self.prefixe = f"hachures{crc32(graine.encode()):x}-"
        self.motifs: dict[tuple[str, str, float], str] = {}

    def fill(self, motif: Mapping[str, Any], couleur: str) -> str:
        """Le fond d'une marque : sa couleur, ou le motif que l'on déclare."""
        if not motif.get("shape"):
            return couleur
        cle = color(motif.get("fgcolor"), couleur), color(motif.get("bgcolor"), "#fff"), number(motif.get("size"), 8)
        motif_id = self.motifs.setdefault(cle, f"{self.prefixe}{len(self.motifs)}")
        return f"url(#{motif_id})"

    def defs(self) -> str:
        motifs = (
            f'<pattern id="{nom}" width="{t:g}" height="{t:g}" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate(45)"><rect width="{t:g}" height="{t:g}" fill="{escape(fond)}"/>'
            f'<rect width="{t * 0.3:g}" height="{t:g}" fill="{escape(trait)}"/></pattern>'
            for (trait, fond, t), nom in self.motifs.items()
        )
        return f"<defs>{''.join(motifs)}</defs>" if self.motifs else ""


def bars(traces: Sequence[dict[str, Any]], mode: str, axes: Axes, hachures: Hachures) -> list[str]:
    """Les barres, debout ou couchées, groupées, empilées ou superposées, chacune avec son texte."""
    rendues, sommets = [], {}
    barres = [t for t in traces if t["type"] == "bar"]
    for rang, trace in enumerate(barres):
        rangs, mesure = bar_axes(trace, axes)
        largeurs, decalage = bar_widths(barres, trace, rangs, mode, rang)
        for i, (p, m, depart) in enumerate(bar_places(trace, rangs, mesure, mode, sommets)):
            if p is None or m is None:
                continue
            bouts = sorted((rangs.at(p + decalage - largeurs[i] / 2), rangs.at(p + decalage + largeurs[i] / 2)))
            etendue = sorted((mesure.at(depart), mesure.at(depart + m)))
            rendues.append(_bar(trace, i, bouts, etendue, hachures))
    return rendues


def bar_axes(trace: Mapping[str, Any], axes: Axes) -> tuple[Axe, Axe]:
    """L'axe des rangs, puis celui des mesures."""
    x, y = axes[trace.get("xaxis") or "x"], axes[trace.get("yaxis") or "y"]
    return (y, x) if trace["couchee"] else (x, y)


def bar_places(
    trace: Mapping[str, Any], rangs: Axe, mesure: Axe, mode: str, sommets: dict[Any, float]
) -> list[tuple[float | None, float | None, float]]:
    """Pour chaque barre : son rang, sa longueur, d'où elle part. Une durée s'écrit en millisecondes."""
    positions, longueurs = (trace["y"], trace["x"]) if trace["couchee"] else (trace["x"], trace["y"])
    bases, lues = each(trace.get("base"), len(positions)), []
    for position, longueur, base in zip(positions, longueurs, bases, strict=False):
        p, m, depart = rangs.number(position), mesure.number(longueur), mesure.number(base) or 0.0
        if m is not None and mesure.genre == "date":
            m /= JOUR_MS
        if p is not None and m is not None and mode in ("stack", "relative"):
            depart += sommets.get((p, m < 0), 0.0)
            sommets[p, m < 0] = depart + m
        lues.append((p, m, depart))
    return lues


def bar_widths(
    barres: Sequence[dict[str, Any]], trace: Mapping[str, Any], rangs: Axe, mode: str, rang: int
) -> tuple[tuple[float, ...], float]:
    """La largeur de chaque barre et le décalage du groupe, dans l'unité de l'axe."""
    nombre = len(trace["x"])
    if trace.get("width") is not None:
        return each(trace["width"], nombre), 0.0
    lus = sorted({n for t in barres for n in map(rangs.number, t["y"] if t["couchee"] else t["x"]) if n is not None})
    ecart = min((b - a for a, b in pairwise(lus)), default=1.0) * 0.76
    cote_a_cote = len(barres) if mode == "group" else 1
    large = ecart / cote_a_cote
    return (large,) * nombre, (rang - (cote_a_cote - 1) / 2) * large if cote_a_cote > 1 else 0.0


def _bar(trace: Mapping[str, Any], i: int, bouts: list[float], etendue: list[float], hachures: Hachures) -> str:
    marque = trace.get("marker") or {}
    couleur = color(each(marque.get("color"), i + 1)[i], trace["couleur"])
    motif, contour = marque.get("pattern") or {}, marque.get("line") or {}
    motif = {**motif, "shape": each(motif.get("shape"), i + 1, "")[i]} if motif else motif
    # Sans couleur de trait, un motif de plotly est de la couleur de la barre, sur fond clair.
    bord = color(each(contour.get("color"), i + 1)[i], couleur if motif.get("shape") else "")
    trait = f' stroke="{escape(bord)}" stroke-width="{number(contour.get("width"), 1):g}"' if bord else ""
    (x, x2), (y, y2) = (etendue, bouts) if trace["couchee"] else (bouts, etendue)
    fond = hachures.fill(motif, couleur)
    barre = (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{x2 - x:.1f}" height="{y2 - y:.1f}" fill="{escape(fond)}"{trait}'
        f"{_alpha(trace, marque)}/>"
    )
    texte = each(trace.get("text"), i + 1, "")[i]
    return barre + _bar_text(trace, texte, (x, y, x2, y2)) if texte not in ("", None) else barre


def _bar_text(trace: Mapping[str, Any], texte: Any, boite: tuple[float, float, float, float]) -> str:
    x, y, x2, y2 = boite
    if trace.get("textposition") == "inside":
        bloc = BlocDeTexte.of(texte, trace.get("insidetextfont") or trace.get("textfont"))
        return bloc.svg((x + x2) / 2, (y + y2 - bloc.hauteur) / 2, "middle")
    bloc = BlocDeTexte.of(texte, trace.get("textfont") or {"size": 13})
    if trace["couchee"]:
        return bloc.svg(x2 + 6, (y + y2 - bloc.hauteur) / 2)
    return bloc.svg((x + x2) / 2, y - 4 - bloc.hauteur, "middle")


def curves(traces: Sequence[dict[str, Any]], axes: Axes, hachures: Hachures) -> list[str]:
    """Les lignes, points et surfaces ; une bande « tonexty » se ferme sur la série précédente."""
    rendues: list[str] = []
    precedente: list[Point] = []
    for trace in (t for t in traces if t["type"] == "scatter"):
        x, y = axes[trace.get("xaxis") or "x"], axes[trace.get("yaxis") or "y"]
        couples = zip(map(x.place, trace["x"]), map(y.place, trace["y"]), strict=False)
        points = [None if px is None or py is None else (px, py) for px, py in couples]
        rendues += _surface(trace, points, precedente, y, hachures) + _stroke(trace, points) + _points(trace, points)
        precedente = [p for p in points if p]
    return rendues


def dashes(tiret: Any) -> str:
    """Les tirets de plotly : un mot, ou des pixels."""
    ecrit = str(tiret or "")
    motif = _TIRETS.get(ecrit) or (ecrit.replace("px", "").replace(",", " ") if _PIXELS.fullmatch(ecrit) else "")
    return f' stroke-dasharray="{motif}"' if motif else ""


def _mode(trace: Mapping[str, Any]) -> str:
    return str(trace.get("mode") or "lines+markers")


def _stroke(trace: Mapping[str, Any], points: list[Point | None]) -> list[str]:
    ligne = trace.get("line") or {}
    large = number(ligne.get("width"), 2)
    if "lines" not in _mode(trace) or not large or not any(points):
        return []
    ferme = "Z" if trace.get("fill") == "toself" else ""
    couleur = color(ligne.get("color"), ENCRE if ferme else trace["couleur"])
    style = f'fill="none" stroke="{escape(couleur)}" stroke-width="{large:g}"{dashes(ligne.get("dash"))}{_alpha(trace)}'
    return [f'<path d="{path(points, ferme)}" {style} stroke-linejoin="round"/>']


def _points(trace: Mapping[str, Any], points: list[Point | None]) -> list[str]:
    marque, rendues, nombre = trace.get("marker") or {}, [], len(points)
    tailles = each(marque.get("size"), nombre, 8)
    if "markers" in _mode(trace):
        defaut = color((trace.get("line") or {}).get("color"), trace["couleur"])
        formes, couleurs = each(marque.get("symbol"), nombre, "circle"), each(marque.get("color"), nombre, defaut)
        contour = marque.get("line") or {}
        bords, larges = each(contour.get("color"), nombre, ""), each(contour.get("width"), nombre, 0)
        for i, point in enumerate(points):
            if point:
                couleur = color(couleurs[i], defaut)
                trait = color(bords[i], couleur), number(larges[i], 0)
                rendues.append(
                    symbol(str(formes[i]), point, number(tailles[i], 8), couleur, trait, _alpha(trace, marque))
                )
    if trace.get("text") and "text" in _mode(trace):
        for i, texte in enumerate(each(trace["text"], nombre, "")):
            if points[i] and texte:
                bloc = BlocDeTexte.of(texte, trace.get("textfont") or {"size": 13})
                ecart = number(tailles[i], 8) / 2 + 3 if "markers" in _mode(trace) else -bloc.hauteur / 2
                rendues.append(bloc.svg(points[i][0], points[i][1] - ecart - bloc.hauteur, "middle"))
    return rendues


def _surface(
    trace: Mapping[str, Any], points: list[Point | None], precedente: list[Point], y: Axe, hachures: Hachures
) -> list[str]:
    fond, presents = str(trace.get("fill") or "none"), [p for p in points if p]
    if fond == "none" or not presents:
        return []
    contour: list[Point | None] = points
    if fond.startswith("tonext") and precedente:
        contour = [*presents, *reversed(precedente)]
    elif fond.startswith("tozero"):
        bas, haut = sorted((y.bas, y.haut))
        zero = y.at(max(bas, min(0.0, haut)))
        contour = [(presents[0][0], zero), *presents, (presents[-1][0], zero)]
    motif = trace.get("fillpattern") or {}
    couleur = color(trace.get("fillcolor"))
    voile = "" if couleur or motif.get("shape") else ' fill-opacity="0.35"'
    peint = hachures.fill(motif, couleur or color((trace.get("line") or {}).get("color"), trace["couleur"]))
    nom = plain(trace.get("name"))
    titre = f"<title>{escape(nom)}</title>" if nom else ""
    style = f'fill="{escape(peint)}" fill-rule="evenodd"{voile}{_alpha(trace)}'
    return [f'<path d="{path(contour, "Z")}" {style}>{titre}</path>']


def path(points: Iterable[Point | None], fin: str = "") -> str:
    """Un tracé qui s'interrompt là où la valeur manque."""
    trace, neuf = [], True
    for point in points:
        if point:
            trace.append(f"{'M' if neuf else 'L'}{point[0]:.1f} {point[1]:.1f}")
        elif fin and not neuf:
            trace.append(fin)
        neuf = point is None
    return "".join(trace) + (fin if trace and not neuf else "")


_COINS = {
    "diamond": ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
    "triangle": ((0, -1), (1, 0.8), (-1, 0.8)),
    "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
}


def symbol(  # noqa: PLR0913, PLR0917
    nom: str, point: Point, taille: float, couleur: str, trait: tuple[str, float] = ("", 0), alpha: str = ""
) -> str:
    (x, y), r, (bord, large) = point, taille / 2, trait
    if nom.startswith("line-"):
        bout = (
            f"M{x:.1f} {y - r * 1.4:.1f}V{y + r * 1.4:.1f}"
            if "ns" in nom
            else f"M{x - r * 1.4:.1f} {y:.1f}H{x + r * 1.4:.1f}"
        )
        return f'<path d="{bout}" stroke="{escape(bord or couleur)}" stroke-width="{large or 3:g}"{alpha}/>'
    vide = nom.endswith("-open")
    large = large or 2 * vide
    style = f'fill="{"#fff" if vide else escape(couleur)}"{alpha}'
    style += f' stroke="{escape(couleur if vide else bord)}" stroke-width="{large:g}"' if large else ""
    for forme, coins in _COINS.items():
        if nom.startswith(forme):
            return f'<path d="{path([(x + a * r, y + b * r) for a, b in coins], "Z")}" {style}/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" {style}/>'


def _alpha(trace: Mapping[str, Any], marque: Mapping[str, Any] | None = None) -> str:
    lues = [o for o in (trace.get("opacity"), (marque or {}).get("opacity")) if isinstance(o, int | float)]
    return f' opacity="{lues[0]:g}"' if lues and lues[0] < 1 else ""
