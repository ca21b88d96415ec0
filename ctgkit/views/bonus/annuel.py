"""Le bonus année par année, pour le papier : un dessin sans navigateur, une phrase, un tableau derrière."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from ctgkit.figures.svg.rendu import draw
from ctgkit.formats import euros
from ctgkit.fourchette import Fourchette

OFFRE, ENCRE = "#12617B", "#1D2732"


@dataclass(frozen=True)
class Annee:
    """Les bornes d'une année ; `haut` vaut None quand rien ne le borne, `visible` est la borne que l'on sait."""

    annee: int
    bas: float
    haut: float | None
    visible: float

    @property
    def texte(self) -> str:
        return Fourchette(self.bas, self.haut).tell()

    @property
    def bas_connu(self) -> float | None:
        return self.bas if self.bas or self.haut is not None else None


def read_years(lignes: Iterable[tuple[int, float, float, float]]) -> tuple[Annee, ...]:
    return tuple(Annee(int(a), bas, Fourchette(bas, haut).plafond, max(bas, su)) for a, bas, haut, su in lignes)


def years_svg(annees: tuple[Annee, ...], titre: str) -> Markup:
    """Le minimum en plein, ce qui reste incertain en hachures."""
    noms = [str(a.annee) for a in annees]
    bas = {"type": "bar", "name": "Au minimum", "x": noms, "y": [a.bas for a in annees], "marker": {"color": OFFRE}}
    plus = {
        "type": "bar", "name": "Incertain", "x": noms, "y": [a.visible - a.bas for a in annees],
        "marker": {"color": OFFRE, "pattern": {"shape": "/"}},
    }  # fmt: skip
    incertain = any(a.visible > a.bas for a in annees)
    mise = {"barmode": "stack", "yaxis": {"ticksuffix": " €"}, "xaxis": {"type": "category"}}
    phrase = f"{titre} : " + " ; ".join(f"{a.annee}, {a.texte}" for a in annees)
    svg = draw({"data": [bas, plus] if incertain else [bas], "layout": mise}, 620, 230, titre=False, description=phrase)
    return Markup(svg.replace('role="img"', 'role="img" aria-label="{}"', 1)).format(phrase)


def total_sentence(annees: tuple[Annee, ...]) -> str:
    """De la première à la dernière année, en euros et en toutes lettres."""
    connues = [a for a in annees if a.bas or a.haut]
    if not connues:
        return "Le bonus territoire reste inconnu : aucun montant de référence n'est renseigné."
    premier, dernier = connues[0], connues[-1]
    if premier == dernier:
        return f"Le bonus territoire serait de {premier.texte} en {premier.annee}."
    sens = "passerait" if premier.bas != dernier.bas else "resterait"
    au_moins = "au moins " if premier.haut is None or dernier.haut is None else ""
    return (
        f"Le bonus territoire {sens} de {au_moins}{euros(premier.bas)} en {premier.annee} "
        f"à {au_moins}{euros(dernier.bas)} en {dernier.annee}."
    )
