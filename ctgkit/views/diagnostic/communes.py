"""Des communes côte à côte."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ctgkit.diagnostic import MASQUE, Mesure, Publiable, Publication, find_jumelles, measure
from ctgkit.diagnostic.carte import mapped
from ctgkit.diagnostic.tableaux import valeur_ou_mot
from ctgkit.formats import liste

JUMELLES = 4


@dataclass(frozen=True)
class Comparees:
    """Une ligne par indicateur, une colonne par lieu ; `textes` : ce que l'on lit, le tableau : ce que l'on exporte."""

    lieux: tuple[tuple[str, str], ...]
    lignes: tuple[tuple[str, tuple[Mesure, ...]], ...]
    tableau: Publiable
    proches: tuple[tuple[str, tuple], ...]


def read_communes(
    publication: Publication, communes: Sequence[str], larges: Sequence[tuple[str, str]], theme: str, annee: int | None
) -> Comparees:
    """Les communes choisies, puis les lieux plus larges (code, nom), sur les indicateurs du thème."""
    territoire = publication.territoire
    noms = dict(zip(territoire.communes["code_insee"].tolist(), territoire.communes["nom"].tolist(), strict=True))
    lieux = {c: noms[c] for c in communes}
    lieux |= {geo: nom for geo, nom in larges if geo and geo not in lieux}
    lignes = tuple(
        (publication.catalogue[code].libelle, tuple(measure(publication, code, g, annee) for g in lieux))
        for code in _codes(publication, theme)
    )
    proches = tuple((noms[c], find_jumelles(publication, c, JUMELLES)) for c in communes[-1:])
    return Comparees(tuple(lieux.items()), lignes, _table(publication, lieux, lignes), proches)


def _codes(publication: Publication, theme: str) -> list[str]:
    """Ceux du thème qui existent par commune ; à défaut tous : le cadrage et le contexte situent une commune."""
    possibles = list(mapped(publication))
    return [c for c in possibles if publication.catalogue[c].theme == theme] or possibles


def _years(mesures: Sequence[Mesure], lieux: Mapping[str, str]) -> str:
    """Une année pour tous, sinon celle de chaque lieu : on ne lit pas d'écart entre deux années."""
    connues = [m for m in mesures if m.est_connue]
    if len({m.quand for m in connues}) == 1:
        return connues[0].quand
    return liste([f"{lieux[m.geo]} : {m.quand}" for m in connues])


def _table(publication: Publication, lieux: Mapping[str, str], lignes: tuple) -> Publiable:
    colonnes = {"indicateur": "Indicateur", **lieux, "annees": "Années"}
    contenu = [
        {
            "indicateur": libelle,
            **{m.geo: valeur_ou_mot(m) for m in mesures},
            "annees": _years(mesures, lieux),
        }
        for libelle, mesures in lignes
    ]
    notes = (f"« {MASQUE} » : secret statistique, ce n’est pas un zéro",)
    return publication.tableau("Communes comparées", colonnes, contenu, notes)
