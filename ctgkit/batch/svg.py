"""Une figure dessinée en SVG sans navigateur : barres, lignes, contours fermés."""

import math
from collections.abc import Callable, Iterable
from itertools import accumulate

from markupsafe import Markup, escape

from ctgkit.batch.figures import DESSINES, Figure, Serie, shown

LARGEUR, HAUTEUR = 760, 380
GAUCHE, DROITE, HAUT, BAS = 86, 14, 16, 62


def draw(figure: Figure) -> Markup:
    """Le dessin, ou rien quand une série n'a pas de rendu imprimé."""
    if not figure.series or any(s.type not in DESSINES for s in figure.series):
        return Markup("")
    if any(s.fermee for s in figure.series):
        return _outlines(figure)
    return _upright(figure) if not figure.horizontale else _lying(figure)


def _frame(figure: Figure, dessin: list[str], hauteur: float = HAUTEUR) -> Markup:
    resume = f"{figure.titre or 'Graphique'} : {', '.join(s.nom for s in figure.series)}"
    return Markup(
        f'<svg viewBox="0 0 {LARGEUR} {hauteur:.0f}" role="img" aria-label="{escape(resume)}" '
        f'font-family="Liberation Sans, Arial, sans-serif" font-size="13">{"".join(dessin)}</svg>'
    )


def _upright(figure: Figure) -> Markup:
    """Positions en bas, valeurs en hauteur ; l'axe des barres part toujours de zéro."""
    bas, haut, pas = _bounds(figure)
    grand, large = HAUTEUR - HAUT - BAS, (LARGEUR - GAUCHE - DROITE) / max(len(figure.categories), 1)
    hauteur_de = lambda v: HAUT + grand * (haut - v) / (haut - bas)  # noqa: E731
    dessin = []
    for v in _ticks(bas, haut, pas):
        y = hauteur_de(v)
        trait = "#1D2732" if v == 0 else "#DACFBC"
        dessin.append(_line(GAUCHE, y, LARGEUR - DROITE, y, trait) + _text(GAUCHE - 8, y + 4, shown(v), "end"))
    saut = math.ceil(len(figure.categories) / 24)
    for i, nom in enumerate(figure.categories[::saut]):
        dessin.append(_text(GAUCHE + large * (i * saut + 0.5), HAUTEUR - BAS + 18, nom, "middle"))
    dessin += _bars(figure, large, hauteur_de) + _curves(figure, large, hauteur_de) + _legend(figure, HAUTEUR - 14)
    return _frame(figure, dessin)


def _bars(figure: Figure, large: float, hauteur_de: Callable[[float], float]) -> list[str]:
    barres = [s for s in figure.series if s.type == "bar"]
    cote = 1 if figure.empilee else max(len(barres), 1)
    dessin, sommets = [], {c: [0.0, 0.0] for c in figure.categories}
    for rang, serie in enumerate(barres):
        for i, (c, v) in ((figure.categories.index(c), (c, v)) for c, v in figure.valeurs(serie).items()):
            depart = sommets[c][v < 0] if figure.empilee else 0.0
            sommets[c][v < 0] += v
            x = GAUCHE + large * (i + 0.15) + (0 if figure.empilee else large * 0.7 / cote * rang)
            haut, bas = sorted((hauteur_de(depart), hauteur_de(depart + v)))
            dessin.append(_rect(x, haut, large * 0.7 / cote, bas - haut, serie.couleur))
    return dessin


def _curves(figure: Figure, large: float, hauteur_de: Callable[[float], float]) -> list[str]:
    dessin = []
    for serie in (s for s in figure.series if s.type != "bar"):
        valeurs, couleur = figure.valeurs(serie), escape(serie.couleur)
        points = [
            (GAUCHE + large * (i + 0.5), hauteur_de(valeurs[c])) if c in valeurs else None
            for i, c in enumerate(figure.categories)
        ]
        if serie.trait:
            dessin.append(f'<path fill="none" stroke="{couleur}" stroke-width="2.5" d="{_path(points)}"/>')
        if serie.points:
            dessin += [f'<circle cx="{p[0]:.1f}" cy="{p[1]:.1f}" r="4" fill="{couleur}"/>' for p in points if p]
    return dessin


def _path(points: Iterable[tuple[float, float] | None]) -> str:
    """Un tracé qui s'interrompt là où la valeur manque."""
    trace, neuf = [], True
    for point in points:
        if point:
            trace.append(f"{'M' if neuf else 'L'}{point[0]:.1f} {point[1]:.1f}")
        neuf = point is None
    return "".join(trace)


def _lying(figure: Figure) -> Markup:
    """Barres couchées : un nom par ligne, lisible en entier, la valeur écrite au bout."""
    bas, haut, _ = _bounds(figure)
    marge, rang = 250, 26
    large_de = lambda v: marge + (LARGEUR - marge - 90) * (v - bas) / (haut - bas)  # noqa: E731
    barres = [s for s in figure.series if s.type == "bar"]
    cote = rang * 0.74 / max(len(barres), 1)
    dessin = []
    for i, c in enumerate(figure.categories):
        dessin.append(_text(marge - 8, HAUT + rang * (i + 0.62), c[:38], "end"))
        for j, v in enumerate(figure.valeurs(s).get(c) for s in barres):
            if v is None:
                continue
            gauche, droite = sorted((large_de(0), large_de(v)))
            y = HAUT + rang * (i + 0.13) + cote * j
            dessin.append(_rect(gauche, y, droite - gauche, cote, barres[j].couleur))
            dessin.append(_text(droite + 5, y + cote * 0.5 + 4, shown(v), "start"))
    hauteur = HAUT + rang * len(figure.categories) + 40
    return _frame(figure, dessin + _legend(figure, hauteur - 12), hauteur)


def _outlines(figure: Figure) -> Markup:
    """Des contours fermés (une carte) : même échelle sur les deux axes, ordonnée vers le haut."""
    points = [(float(x), float(y)) for s in figure.series for x, y in zip(s.x, s.y, strict=False) if None not in (x, y)]
    gauche, droite = min(x for x, _ in points), max(x for x, _ in points)
    bas, haut = min(y for _, y in points), max(y for _, y in points)
    echelle = min((LARGEUR - 20) / ((droite - gauche) or 1), 560 / ((haut - bas) or 1))
    dessin = [_outline(s, lambda x, y: (10 + (x - gauche) * echelle, 10 + (haut - y) * echelle)) for s in figure.series]
    return _frame(figure, dessin, (haut - bas) * echelle + 20)


def _outline(serie: Serie, place: Callable[[float, float], tuple[float, float]]) -> str:
    points = [None if None in (x, y) else place(float(x), float(y)) for x, y in zip(serie.x, serie.y, strict=False)]
    titre = f"<title>{escape(serie.nom)}</title>"
    return f'<path d="{_path(points)}Z" fill="{escape(serie.couleur)}" stroke="#1D2732">{titre}</path>'


def _bounds(figure: Figure) -> tuple[float, float, float]:
    """Le bas, le haut et le pas de l'axe des valeurs, zéro compris."""
    tout = [v for s in figure.series for v in figure.valeurs(s).values()]
    if figure.empilee:
        for c in figure.categories:
            colonne = [figure.valeurs(s).get(c, 0.0) for s in figure.series if s.type == "bar"]
            tout += [*accumulate(max(v, 0) for v in colonne), *accumulate(min(v, 0) for v in colonne)]
    bas, haut = min([0.0, *tout]), max([0.0, *tout])
    pas = _step((haut - bas) or 1.0)
    return math.floor(bas / pas) * pas, (math.ceil(haut / pas) or 1) * pas, pas


def _step(etendue: float) -> float:
    ordre = 10.0 ** math.floor(math.log10(etendue / 5))
    return next(k * ordre for k in (1, 2, 2.5, 5, 10) if k * ordre * 5 >= etendue)


def _ticks(bas: float, haut: float, pas: float) -> list[float]:
    return [bas + i * pas for i in range(round((haut - bas) / pas) + 1)]


def _legend(figure: Figure, y: float) -> list[str]:
    if len(figure.series) < 2:
        return []
    places = accumulate((26 + 7.2 * len(s.nom) for s in figure.series), initial=GAUCHE)
    return [
        _rect(x, y - 10, 12, 12, s.couleur) + _text(x + 17, y, s.nom, "start")
        for x, s in zip(places, figure.series, strict=False)
    ]


def _rect(x: float, y: float, large: float, haut: float, couleur: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{large:.1f}" height="{haut:.1f}" fill="{escape(couleur)}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, couleur: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{couleur}"/>'


def _text(x: float, y: float, texte: str, ancre: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{ancre}">{escape(texte)}</text>'
