"""Des communes côte à côte, et celles qui leur ressemblent."""

from dataclasses import dataclass

from ctgkit.diagnostic import MASQUE, Mesure, Publiable, find_jumelles, lieu_principal, measure
from ctgkit.diagnostic.tableaux import valeur_ou_mot
from ctgkit.formats import liste
from ctgkit.views.diagnostic.carte import mapped
from ctgkit.views.diagnostic.lecture import Lecture
from ctgkit.views.diagnostic.lieux import short

JUMELLES = 4


@dataclass(frozen=True)
class Comparees:
    """Une ligne par indicateur, une colonne par lieu ; `textes` : ce que l'on lit, le tableau : ce que l'on exporte."""

    lieux: tuple[tuple[str, str], ...]
    lignes: tuple[tuple[str, tuple[Mesure, ...]], ...]
    tableau: Publiable
    proches: tuple[tuple[str, tuple], ...]


def read_communes(lecture: Lecture) -> Comparees:
    publication = lecture.publication
    territoire = publication.territoire
    noms = dict(zip(territoire.communes["code_insee"].tolist(), territoire.communes["nom"].tolist(), strict=True))
    lieux = [(c, noms[c]) for c in lecture.etat.communes]
    principal = lieu_principal(territoire)
    larges = [(g, n) for g, n in ((principal, short(territoire.nom)), (lecture.repere, short(lecture.nom_repere))) if g]
    lieux += [x for x in dict.fromkeys(larges) if x[0] not in dict(lieux)]
    annee = lecture.etat.annee or None
    lignes = tuple(
        (publication.catalogue[code].libelle, tuple(measure(publication, code, g, annee) for g, _ in lieux))
        for code in _codes(lecture)
    )
    proches = tuple((noms[c], find_jumelles(publication, c, JUMELLES)) for c in lecture.etat.communes[-1:])
    return Comparees(tuple(lieux), lignes, _table(lecture, lieux, lignes), proches)


def _codes(lecture: Lecture) -> list[str]:
    """Ceux du thème qui existent par commune ; à défaut tous : le cadrage et le contexte situent une commune."""
    possibles = list(mapped(lecture.publication))
    catalogue = lecture.publication.catalogue
    du_theme = [c for c in possibles if catalogue[c].theme == lecture.etat.theme]
    return du_theme or possibles


def _table(lecture: Lecture, lieux: list, lignes: tuple) -> Publiable:
    colonnes = {"indicateur": "Indicateur", **dict(lieux), "annees": "Années"}
    contenu = [
        {
            "indicateur": libelle,
            **{m.geo: valeur_ou_mot(m) for m in mesures},
            "annees": liste(sorted({str(m.annee) for m in mesures if m.annee})),
        }
        for libelle, mesures in lignes
    ]
    notes = (f"« {MASQUE} » : secret statistique, ce n’est pas un zéro",)
    return lecture.publication.tableau("Communes comparées", colonnes, contenu, notes)
