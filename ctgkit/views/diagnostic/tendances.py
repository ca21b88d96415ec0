"""Ce qui change : une ligne par indicateur, sa série dessinée, son évolution dite en une phrase."""

from dataclasses import dataclass

from markupsafe import Markup

from ctgkit.diagnostic import measure_tendance, write_valeur
from ctgkit.diagnostic.comparaison import Tendance
from ctgkit.views.diagnostic.ecarts import COULEURS, shape
from ctgkit.views.diagnostic.lecture import Lecture

LARGEUR, HAUTEUR, BORD = 300, 74, 58


@dataclass(frozen=True)
class Evolution:
    tendance: Tendance
    svg: Markup
    mot: str


def read_trends(lecture: Lecture) -> tuple[Evolution, ...]:
    """Les évolutions connues du thème : les séries d'abord, puis celles que la source écrit sans sa série."""
    publication, lieu = lecture.publication, lecture.etat.lieu
    definitions = [d for d in publication.catalogue.of_theme(lecture.etat.theme) if not d.evolution_de]
    tendances = [measure_tendance(publication, d.code, lieu) for d in definitions]
    connues = sorted((t for t in tendances if t.est_connue), key=lambda t: -len(t.points))
    return tuple(Evolution(t, trend_svg(t), _word(t)) for t in connues)


def _word(t: Tendance) -> str:
    """Ce que l'évolution change : « besoin en hausse » ; une baisse des naissances n'est pas une bonne nouvelle."""
    if not t.evolution:
        return "stable"
    if t.defavorable is None:
        return "contexte"
    hausse = t.defavorable if t.definition.sens == "besoin" else not t.defavorable
    return f"{t.definition.sens} en {'hausse' if hausse else 'baisse'}"


def trend_svg(t: Tendance) -> Markup:
    """La série, ses deux bouts chiffrés, ses années ; rien quand la source n'écrit que l'évolution."""
    if len(t.points) < 2:
        return Markup("")
    annees, valeurs = zip(*t.points, strict=True)
    bas, etendue = min(valeurs), (max(valeurs) - min(valeurs)) or 1.0

    def place(annee: int, v: float) -> tuple[float, float]:
        x = BORD + (annee - annees[0]) / (annees[-1] - annees[0]) * (LARGEUR - 2 * BORD)
        return x, 46 - (v - bas) / etendue * 32

    points = [place(a, v) for a, v in t.points]
    couleur = COULEURS[t.definition.sens]
    chemin = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    marques = Markup("").join(shape(t.definition.sens, x, y, 5) for x, y in points)
    dit = " ; ".join(f"{a} : {write_valeur(t.definition, v)}" for a, v in t.points)
    return Markup(
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}, {}.">'
        '<path d="{}" fill="none" stroke="{}" stroke-width="3"/>{}{}</svg>'
    ).format(LARGEUR, HAUTEUR, t.definition.libelle, dit, chemin, couleur, marques, _ends(t, points))


def _ends(t: Tendance, points: list[tuple[float, float]]) -> Markup:
    texte = Markup(
        '<text x="{:.1f}" y="{:.1f}" text-anchor="{a}" class="g-texte g-fort">{}</text>'
        '<text x="{:.1f}" y="70" text-anchor="middle" class="g-axe">{}</text>'
    )
    bouts = ((t.points[0], points[0], -10, "end"), (t.points[-1], points[-1], 10, "start"))
    return Markup("").join(
        texte.format(x + jeu, y + 5, write_valeur(t.definition, v, unite=False), x, annee, a=ancre)
        for (annee, v), (x, y), jeu, ancre in bouts
    )
