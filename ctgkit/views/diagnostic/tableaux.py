"""Le tableau derrière un graphique : des lignes publiables, montrées et téléchargées telles quelles."""

from collections.abc import Callable
from urllib.parse import quote

from ctgkit.diagnostic import Publiable, tableau_alertes, tableau_couverture, tableau_mesures, to_csv
from ctgkit.diagnostic.tableaux import valeur_ou_mot
from ctgkit.texte import slug
from ctgkit.views.diagnostic.carte import CarteDiagnostic, read_map
from ctgkit.views.diagnostic.communes import read_communes
from ctgkit.views.diagnostic.lecture import Lecture
from ctgkit.views.diagnostic.priorites import table as priorities_table
from ctgkit.views.diagnostic.tendances import read_trends

BOM = "\ufeff"


def csv_bytes(tableau: Publiable) -> bytes:
    return (BOM + to_csv(tableau)).encode()


def csv_link(tableau: Publiable) -> str:
    """Le fichier entier dans le lien : une page figée n'a personne à qui le demander."""
    return "data:text/csv;charset=utf-8," + quote(csv_bytes(tableau))


def file_name(tableau: Publiable) -> str:
    return slug(tableau.titre)[:60] + ".csv"


def theme_table(lecture: Lecture) -> Publiable:
    """Tous les chiffres que montre la page, avec leur source et leur référence."""
    e = lecture.etat
    theme = e.theme if e.portee == "theme" else ""
    return tableau_mesures(lecture.publication, theme, e.lieu, e.annee or None, e.repere)


def map_table(lecture: Lecture) -> Publiable:
    carte = read_map(lecture)
    if carte is None:
        return lecture.publication.tableau("Aucun chiffre par commune", {"commune": "Commune"}, ())
    colonnes = {
        "code_insee": "Code", "commune": "Commune", "valeur": carte.definition.libelle, "unite": "Unité",
        "annee": "Année", "source": "Source",
    }  # fmt: skip
    lignes = [
        {"code_insee": m.geo, "commune": m.nom_geo, "valeur": valeur_ou_mot(m), "unite": m.definition.unite,
         "annee": m.annee, "source": m.source}
        for m in ordered(carte)
    ]  # fmt: skip
    return lecture.publication.tableau(f"{carte.definition.libelle}, par commune", colonnes, lignes)


def ordered(carte: CarteDiagnostic) -> list:
    """De la plus grande valeur à la plus petite ; les masquées et les inconnues ensuite, par nom."""
    return sorted(
        carte.mesures.values(), key=lambda m: (not m.est_connue, -(m.valeur or 0), m.statut != "masque", m.nom_geo)
    )


def trend_table(lecture: Lecture) -> Publiable:
    tendances = [x.tendance for x in read_trends(lecture) if len(x.tendance.points) > 1]
    colonnes = {"code": "Code", "indicateur": "Indicateur", "annee": "Année", "valeur": "Valeur", "unite": "Unité"}
    lignes = [
        {"code": t.definition.code, "indicateur": t.definition.libelle, "annee": annee, "valeur": v,
         "unite": t.definition.unite}
        for t in tendances
        for annee, v in t.points
    ]  # fmt: skip
    return lecture.publication.tableau(f"Évolutions, {lecture.nom_theme}", colonnes, lignes)


TABLEAUX: dict[str, Callable[[Lecture], Publiable]] = {
    "theme": theme_table,
    "carte": map_table,
    "communes": lambda lecture: read_communes(lecture).tableau,
    "tendances": trend_table,
    "priorites": priorities_table,
    "couverture": lambda lecture: tableau_couverture(lecture.publication),
    "alertes": lambda lecture: tableau_alertes(lecture.publication, lecture.alertes),
}
