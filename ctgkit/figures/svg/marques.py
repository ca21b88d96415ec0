"""Les marques d'un graphique imprimé : barres, hachures, lignes, surfaces, symboles."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise

from ctgkit.figures.svg.axes import Echelle
from ctgkit.figures.svg.lecture import Dessin, Trace

ENCRE, FILET = "#1D2732", "#DACFBC"
_TIRETS = {"dash": "8 5", "dot": "2 4", "dashdot": "8 4 2 4", "longdash": "14 6"}
Point = tuple[float, float]


class Hachures:
    """Un motif par couleur, déclaré une fois."""

    def __init__(self) -> None:
        self.couleurs: dict[str, str] = {}

    def fill(self, couleur: str, motif: str) -> str:
        if not motif:
            return couleur
        return f"url(#{self.couleurs.setdefault(couleur, f'hachures{len(self.couleurs)}')})"

    def defs(self) -> str:
        motifs = (
            f'<pattern id="{nom}" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            f'<rect width="7" height="7" fill="#fff"/><rect width="2.6" height="7" fill="{escape(couleur)}"/></pattern>'
            for couleur, nom in self.couleurs.items()
        )
        return f"<defs>{''.join(motifs)}</defs>" if self.couleurs else ""


def bars(dessin: Dessin, x: Echelle, y: Echelle, hachures: Hachures) -> list[str]:
    """Les barres, debout ou couchées, groupées ou empilées, chacune avec son texte au bout."""
    marques, sommets = [], {}
    barres = [t for t in dessin.traces if t.genre == "bar"]
    for rang, trace in enumerate(barres):
        rangs, valeurs = (y, x) if trace.couchee else (x, y)
        largeur, decalage = bar_width(barres, rangs, dessin.mode, rang)
        positions, mesures = (trace.y, trace.x) if trace.couchee else (trace.x, trace.y)
        for i, (p, m) in enumerate(zip(map(rangs.number, positions), map(valeurs.number, mesures), strict=False)):
            if p is None or m is None:
                continue
            depart = trace.base[i] + (sommets.get((p, m < 0), 0.0) if dessin.mode in ("stack", "relative") else 0.0)
            sommets[p, m < 0] = depart + m
            bouts = sorted((rangs.at(p + decalage - largeur / 2), rangs.at(p + decalage + largeur / 2)))
            etendue = sorted((valeurs.at(depart), valeurs.at(depart + m)))
            marques.append(_bar(trace, i, bouts, etendue, hachures))
    return marques


def bar_width(barres: Sequence[Trace], rangs: Echelle, mode: str, rang: int) -> tuple[float, float]:
    """Largeur d'une barre et décalage du groupe, dans l'unité de l'axe."""
    lus = sorted({n for t in barres for n in map(rangs.number, t.y if t.couchee else t.x) if n is not None})
    ecart = min((b - a for a, b in pairwise(lus)), default=1.0) * 0.76
    cote_a_cote = len(barres) if mode == "group" else 1
    largeur = ecart / cote_a_cote
    return largeur, (rang - (cote_a_cote - 1) / 2) * largeur if cote_a_cote > 1 else 0.0


def _bar(trace: Trace, i: int, bouts: list[float], etendue: list[float], hachures: Hachures) -> str:
    fond = hachures.fill(trace.couleur_motif or trace.couleurs[i], trace.motifs[i])
    bord = f' stroke="{escape(trace.couleurs[i])}"' if trace.motifs[i] else ""
    (x, x2), (y, y2) = (etendue, bouts) if trace.couchee else (bouts, etendue)
    style = f'fill="{escape(fond)}"{bord}{_alpha(trace.opacite)}'
    barre = f'<rect x="{x:.1f}" y="{y:.1f}" width="{x2 - x:.1f}" height="{y2 - y:.1f}" {style}/>'
    if not (trace.ecrit and trace.textes[i]):
        return barre
    if trace.couchee:
        return barre + text(x2 + 6, (y + y2) / 2 + 4, trace.textes[i])
    return barre + text((x + x2) / 2, y - 5, trace.textes[i], "middle")


def curves(dessin: Dessin, x: Echelle, y: Echelle, hachures: Hachures) -> list[str]:
    """Les lignes, points et surfaces ; une bande « tonexty » se ferme sur la série précédente."""
    marques, precedente = [], []
    for trace in (t for t in dessin.traces if t.genre == "scatter"):
        places = zip(map(x.place, trace.x), map(y.place, trace.y), strict=False)
        points = [None if None in p else p for p in places]
        marques += _surface(trace, points, precedente, y, hachures)
        marques += _stroke(trace, points) + _points(trace, points)
        precedente = [p for p in points if p]
    return marques


def _stroke(trace: Trace, points: list[Point | None]) -> list[str]:
    if not (trace.trait and trace.epaisseur and trace.couleurs):
        return []
    tiret = f' stroke-dasharray="{_TIRETS[trace.tiret]}"' if trace.tiret in _TIRETS else ""
    ferme = "Z" if trace.fond == "toself" else ""
    couleur = ENCRE if ferme and trace.couleurs[0] == trace.couleur_fond else trace.couleurs[0]
    style = f'fill="none" stroke="{escape(couleur)}" stroke-width="{trace.epaisseur:g}"{tiret}{_alpha(trace.opacite)}'
    return [f'<path d="{path(points, ferme)}" {style} stroke-linejoin="round"/>']


def _points(trace: Trace, points: list[Point | None]) -> list[str]:
    presents, marques = [(i, p) for i, p in enumerate(points) if p], []
    if trace.points:
        marques += [symbol(trace.symbole, p, trace.taille, trace.couleurs[i], trace.opacite) for i, p in presents]
    if trace.ecrit:
        ecart = trace.taille / 2 + 5 if trace.points else 0
        marques += [text(p[0], p[1] - ecart, trace.textes[i], "middle") for i, p in presents if trace.textes[i]]
    return marques


def _surface(
    trace: Trace, points: list[Point | None], precedente: list[Point], y: Echelle, hachures: Hachures
) -> list[str]:
    presents = [p for p in points if p]
    if not trace.fond or not presents:
        return []
    contour: list[Point | None] = points
    if trace.fond.startswith("tonext") and precedente:
        contour = [*presents, *reversed(precedente)]
    elif trace.fond.startswith("tozero"):
        zero = y.at(max(y.bas, min(0.0, y.haut)))
        contour = [(presents[0][0], zero), *presents, (presents[-1][0], zero)]
    couleur = trace.couleur_fond or trace.couleurs[0]
    fond = hachures.fill(trace.couleur_motif or couleur, trace.motif_fond)
    voile = "" if trace.couleur_fond or trace.motif_fond else ' fill-opacity="0.35"'
    titre = f"<title>{escape(trace.nom)}</title>" if trace.nom else ""
    style = f'fill="{escape(fond)}" fill-rule="evenodd"{voile}{_alpha(trace.opacite)}'
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


def symbol(nom: str, point: Point, taille: float, couleur: str, opacite: float = 1.0) -> str:
    (x, y), r, vide = point, taille / 2, nom.endswith("-open")
    style = f'fill="{"#fff" if vide else escape(couleur)}" stroke="{escape(couleur)}"' + _alpha(opacite)
    if nom.startswith("square"):
        return f'<rect x="{x - r:.1f}" y="{y - r:.1f}" width="{2 * r:.1f}" height="{2 * r:.1f}" {style}/>'
    if nom.startswith("line-ns"):
        return f'<path d="M{x:.1f} {y - r:.1f}V{y + r:.1f}" {style} stroke-width="3"/>'
    coins = {"diamond": ((0, -1), (1, 0), (0, 1), (-1, 0)), "triangle": ((0, -1), (1, 0.8), (-1, 0.8))}
    for forme, traits in coins.items():
        if nom.startswith(forme):
            return f'<path d="{path([(x + a * r, y + b * r) for a, b in traits], "Z")}" {style}/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" {style}/>'


def text(x: float, y: float, texte: str, ancre: str = "start", plus: str = "") -> str:
    lignes = texte.split("\n")
    if len(lignes) == 1:
        return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{ancre}"{plus}>{escape(texte)}</text>'
    suite = "".join(f'<tspan x="{x:.1f}" dy="{1.15 * bool(i)}em">{escape(t)}</tspan>' for i, t in enumerate(lignes))
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{ancre}"{plus}>{suite}</text>'


def line(debut: Point, fin: Point, couleur: str = FILET, plus: str = "") -> str:
    (x1, y1), (x2, y2) = debut, fin
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{escape(couleur)}"{plus}/>'


def _opacity(trace: Trace) -> str:
    return _alpha(trace.opacite)


def _alpha(opacite: float) -> str:
    return f' opacity="{opacite:g}"' if opacite < 1 else ""
