"""Ce qui entoure les marques d'un graphique imprimé : repères, lignes de référence, annotations, légende."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from ctgkit.figures.svg.axes import Echelle, ticks
from ctgkit.figures.svg.lecture import Dessin, Trace, color, plain
from ctgkit.figures.svg.marques import ENCRE, FILET, Hachures, line, path, symbol, text

CORPS, LETTRE = 13, 6.9
MAX_REPERES = 24
_ANCRES = {"left": "start", "right": "end"}


@dataclass(frozen=True)
class Cadre:
    """Le rectangle du tracé, en points."""

    gauche: float
    haut: float
    droite: float
    bas: float


def grid(dessin: Dessin, x: Echelle, y: Echelle, cadre: Cadre) -> list[str]:
    lignes = _rows(dessin, y, cadre) if dessin.axe_y.visible else []
    lignes += _columns(dessin, x, y.genre == "category", cadre) if dessin.axe_x.visible else []
    if dessin.axe_y.titre:
        place = f' transform="translate(14 {(cadre.haut + cadre.bas) / 2:.0f}) rotate(-90)"'
        lignes.append(text(0, 0, dessin.axe_y.titre, "middle", place))
    if dessin.axe_x.titre:
        milieu = (cadre.gauche + cadre.droite) / 2
        lignes.append(text(milieu, cadre.bas + under(dessin, x, cadre) - 4, dessin.axe_x.titre, "middle"))
    return lignes


def _rows(dessin: Dessin, y: Echelle, cadre: Cadre) -> list[str]:
    rendues = []
    for valeur, nom in ticks(y, dessin.axe_y):
        ou, lignes = y.at(valeur), wrap(nom, cadre.gauche - 10)
        if y.genre != "category":
            rendues.append(line((cadre.gauche, ou), (cadre.droite, ou), FILET if valeur else ENCRE))
        rendues.append(text(cadre.gauche - 8, ou + 4 - 7.5 * (len(lignes) - 1), "\n".join(lignes), "end"))
    return rendues


def _columns(dessin: Dessin, x: Echelle, trait: bool, cadre: Cadre) -> list[str]:
    rendues = []
    for valeur, nom in _spaced(ticks(x, dessin.axe_x)):
        ou = x.at(valeur)
        if trait and x.genre == "linear":
            rendues.append(line((ou, cadre.haut), (ou, cadre.bas), FILET if valeur else ENCRE))
        rendues.append(text(ou, cadre.bas + 19, "\n".join(wrap(nom, _column_width(dessin, x, cadre))), "middle"))
    return rendues


def under(dessin: Dessin, x: Echelle, cadre: Cadre) -> float:
    """La place des repères et du titre sous le tracé."""
    lignes = 0
    if dessin.axe_x.visible:
        large = _column_width(dessin, x, cadre)
        lignes = max((len(wrap(nom, large)) for _, nom in _spaced(ticks(x, dessin.axe_x))), default=1)
    return 12 + 15 * lignes + 20 * bool(dessin.axe_x.titre)


def _spaced(reperes: list[tuple[float, str]]) -> list[tuple[float, str]]:
    return reperes[:: -(-len(reperes) // MAX_REPERES) or 1]


def _column_width(dessin: Dessin, x: Echelle, cadre: Cadre) -> float:
    return (cadre.droite - cadre.gauche) / max(len(_spaced(ticks(x, dessin.axe_x))), 1)


def shapes(dessin: Dessin, x: Echelle, y: Echelle, cadre: Cadre) -> list[str]:
    """Les lignes et bandes de référence ajoutées à la figure."""
    rendues = []
    for forme in dessin.formes:
        coins = [_spot(forme, f"{nom}{i}", nom, e, cadre) for i in (0, 1) for nom, e in (("x", x), ("y", y))]
        if None not in coins:
            rendues.append(_shape(forme, *coins))
    return rendues


def _shape(forme: Mapping[str, Any], x0: float, y0: float, x1: float, y1: float) -> str:
    if forme.get("type") == "rect":
        fond, opacite = escape(color(forme.get("fillcolor")) or "#ECE8DF"), float(forme.get("opacity") or 1)
        return f'<path d="{path([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], "Z")}" fill="{fond}" opacity="{opacite:g}"/>'
    trait = forme.get("line") or {}
    tiret = "" if trait.get("dash") in (None, "", "solid") else ' stroke-dasharray="6 4"'
    epaisseur = float(trait.get("width") or 2)
    return line((x0, y0), (x1, y1), color(trait.get("color")) or "#636973", f' stroke-width="{epaisseur:g}"{tiret}')


def notes(dessin: Dessin, x: Echelle, y: Echelle, cadre: Cadre) -> list[str]:
    rendues = []
    for note in dessin.notes:
        ou = _spot(note, "x", "x", x, cadre), _spot(note, "y", "y", y, cadre)
        if None in ou:
            continue
        fleche = note.get("showarrow") is not False
        dx, dy = (float(note.get(c) or 0) if fleche else 0.0 for c in ("ax", "ay"))
        ancre = _ANCRES.get(str(note.get("xanchor")), "middle")
        rendues.append(text(ou[0] + dx, ou[1] + dy + 4, plain(note.get("text")), ancre))
    return rendues


def _spot(objet: Mapping[str, Any], cle: str, nom: str, echelle: Echelle, cadre: Cadre) -> float | None:
    """Une position donnée dans les unités de l'axe, ou en part du cadre."""
    repere = str(objet.get(f"{nom}ref") or nom)
    if repere != "paper" and "domain" not in repere:
        return echelle.place(objet.get(cle))
    part = float(objet.get(cle) or 0)
    if nom == "x":
        return cadre.gauche + part * (cadre.droite - cadre.gauche)
    return cadre.bas - part * (cadre.bas - cadre.haut)


def legend(dessin: Dessin, largeur: int) -> tuple[list[tuple[float, float, Trace]], float]:
    """Chaque série nommée et sa place, passée à la ligne quand le cadre est plein ; la hauteur totale."""
    nommees = [t for t in dessin.traces if t.nom and t.legende]
    if len(nommees) < 2 or all(t.fond == "toself" for t in nommees):
        return [], 0
    places, x, ligne = [], 8.0, 0
    for trace in nommees:
        large = 40 + LETTRE * len(trace.nom)
        if x > 8 and x + large > largeur:
            x, ligne = 8.0, ligne + 1
        places.append((x, ligne * 20.0, trace))
        x += large
    return places, (ligne + 1) * 20 + 4


def draw_legend(places: list[tuple[float, float, Trace]], depart: float, hachures: Hachures) -> list[str]:
    return [part for x, dy, trace in places for part in _legend_item(x, depart + dy + 10, trace, hachures)]


def _legend_item(x: float, y: float, trace: Trace, hachures: Hachures) -> list[str]:
    couleur = trace.couleur_fond or next(iter(trace.couleurs), ENCRE)
    motif = next((m for m in (*trace.motifs, trace.motif_fond) if m), "")
    if trace.genre == "bar" or trace.fond:
        fond = escape(hachures.fill(trace.couleur_motif or couleur, motif))
        marque = f'<rect x="{x:.0f}" y="{y - 10:.0f}" width="14" height="12" fill="{fond}" stroke="{escape(couleur)}"/>'
    elif trace.trait:
        marque = line((x, y - 4), (x + 16, y - 4), couleur, ' stroke-width="3"')
    else:
        marque = symbol(trace.symbole, (x + 7, y - 4), 11, couleur)
    return [marque, text(x + 22, y, trace.nom)]


def wrap(texte: str, large: float, lettre: float = LETTRE) -> list[str]:
    """Coupe un texte à la largeur donnée, trois lignes au plus."""
    lettres = max(int(large / lettre), 6)
    lignes = [morceau for ligne in texte.split("\n") for morceau in (textwrap.wrap(ligne, lettres) or [""])]
    return lignes if len(lignes) <= 3 else [*lignes[:2], lignes[2][: lettres - 1] + "…"]
