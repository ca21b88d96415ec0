"""Une figure plotly en SVG autonome, sans navigateur : la même définition sert à l'écran et sur le papier."""

from dataclasses import replace
from html import escape
from typing import Any

from ctgkit.figures.svg.axes import Echelle, make_scale, ticks
from ctgkit.figures.svg.decor import CORPS, LETTRE, Cadre, draw_legend, grid, legend, notes, shapes, under, wrap
from ctgkit.figures.svg.lecture import Dessin, Trace, plain, read_figure
from ctgkit.figures.svg.marques import ENCRE, Hachures, bar_width, bars, curves, text

POLICE = "Liberation Sans, Segoe UI, Arial, DejaVu Sans, sans-serif"
TITRE, LETTRE_TITRE = 16, 8.6


def draw(figure: Any, largeur: int = 760, hauteur: int = 0, titre: bool = True, description: str = "") -> str:
    """Le SVG d'une figure : barres, lignes, surfaces, cartes en contours ; `CtgError` pour un autre type."""
    dessin = read_figure(figure)
    lignes = wrap(dessin.titre, largeur - 16, LETTRE_TITRE) if titre and dessin.titre else []
    places, sous = legend(dessin, largeur)
    x, y, cadre = _layout(dessin, largeur, hauteur, 12 + 20 * len(lignes), sous)
    hachures, pied = Hachures(), under(dessin, x, cadre)
    corps = [text(8, 22, "\n".join(lignes), plus=f' font-size="{TITRE}" font-weight="bold"')] if lignes else []
    corps += grid(dessin, x, y, cadre) + shapes(dessin, x, y, cadre) + bars(dessin, x, y, hachures)
    corps += curves(dessin, x, y, hachures) + notes(dessin, x, y, cadre)
    corps += draw_legend(places, cadre.bas + pied + 4, hachures)
    nom, fin = dessin.titre or "Graphique", cadre.bas + pied + sous + 6
    entete = f"<title>{escape(nom)}</title>" + (f"<desc>{escape(plain(description))}</desc>" if description else "")
    taille = f'width="{largeur}" height="{fin:.0f}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {taille} viewBox="0 0 {largeur} {fin:.0f}" role="img" '
        f'font-family="{POLICE}" font-size="{CORPS}" fill="{ENCRE}">{entete}{hachures.defs()}'
        f'<rect {taille} fill="#fff"/>{"".join(corps)}</svg>'
    )


def _layout(dessin: Dessin, largeur: int, hauteur: int, haut: float, sous: float) -> tuple[Echelle, Echelle, Cadre]:
    x, y = _scales(dessin)
    gauche, droite = _left(dessin, y, largeur), largeur - 20 - _ends(dessin)
    bas = max((hauteur or _height(dessin, x, y, largeur)) - 40 - sous, haut + 60)
    if dessin.axe_x.lie or dessin.axe_y.lie:
        unite = min((droite - gauche) / ((x.haut - x.bas) or 1), (bas - haut) / ((y.haut - y.bas) or 1))
        droite, bas = gauche + unite * (x.haut - x.bas), haut + unite * (y.haut - y.bas)
    x, y = x.over(gauche, droite), y.over(bas, haut)
    tournees = [
        replace(e, depart=e.arrivee, arrivee=e.depart) if axe.inverse else e
        for e, axe in ((x, dessin.axe_x), (y, dessin.axe_y))
    ]
    return *tournees, Cadre(gauche, haut, droite, bas)


def _scales(dessin: Dessin) -> tuple[Echelle, Echelle]:
    barres = [t for t in dessin.traces if t.genre == "bar"]
    couchee = any(t.couchee for t in barres)
    return _scale(dessin, barres, True, couchee), _scale(dessin, barres, False, not couchee)


def _scale(dessin: Dessin, barres: list[Trace], horizontal: bool, mesure: bool) -> Echelle:
    """L'axe des mesures contient zéro et les sommets empilés ; l'autre laisse la place d'une demi-barre."""
    axe = dessin.axe_x if horizontal else dessin.axe_y
    vues = [v for t in dessin.traces for v in (t.x if horizontal else t.y)]
    if not barres:
        return make_scale(axe, vues, part=0.03 if horizontal and not _is_map(dessin) else 0, rond=not horizontal)
    if mesure:
        return make_scale(axe, vues + _tops(dessin, barres), zero=True)
    muette = make_scale(axe, vues)
    return make_scale(axe, vues, marge=bar_width(barres, muette, "overlay", 0)[0] * 0.66, rond=False)


def _is_map(dessin: Dessin) -> bool:
    return dessin.axe_x.lie or dessin.axe_y.lie or any(t.fond == "toself" for t in dessin.traces)


def _tops(dessin: Dessin, barres: list[Trace]) -> list[float]:
    """Les sommets des barres empilées ou posées sur une base."""
    sommets: dict[tuple[Any, bool], float] = {}
    for trace in barres:
        positions, mesures = (trace.y, trace.x) if trace.couchee else (trace.x, trace.y)
        for i, (p, m) in enumerate(zip(positions, mesures, strict=False)):
            if isinstance(m, int | float):
                cle = (p if dessin.mode in ("stack", "relative") else (id(trace), i), m < 0)
                sommets[cle] = sommets.get(cle, trace.base[i]) + m
    return list(sommets.values())


def _left(dessin: Dessin, y: Echelle, largeur: int) -> float:
    noms = [t for _, t in ticks(y, dessin.axe_y)] if dessin.axe_y.visible else []
    place = max((LETTRE * len(ligne) for nom in noms for ligne in nom.split("\n")), default=0)
    return 14 + min(place, largeur * 0.42) + 22 * bool(dessin.axe_y.titre)


def _ends(dessin: Dessin) -> float:
    """La place des textes écrits au bout des barres couchées."""
    ecrits = [t for t in dessin.traces if t.genre == "bar" and t.couchee and t.ecrit]
    return max((LETTRE * len(texte) for t in ecrits for texte in t.textes), default=0)


def _height(dessin: Dessin, x: Echelle, y: Echelle, largeur: int) -> int:
    if dessin.axe_x.lie or dessin.axe_y.lie:
        return round(min(largeur * (y.haut - y.bas) / ((x.haut - x.bas) or 1), largeur * 1.1)) + 20
    if y.genre == "category":
        groupes = len([t for t in dessin.traces if t.genre == "bar"]) if dessin.mode == "group" else 1
        return 90 + len(y.noms) * max(30, 18 * groupes)
    return round(largeur * 0.52)
