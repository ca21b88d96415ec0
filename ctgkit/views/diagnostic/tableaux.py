"""Le tableau derrière un graphique : des lignes publiables, montrées et téléchargées telles quelles."""

from collections.abc import Callable

from ctgkit.diagnostic import Publiable, tableau_alertes, tableau_couverture, tableau_mesures, to_csv
from ctgkit.diagnostic.tableaux import valeur_ou_mot
from ctgkit.texte import slug
from ctgkit.views.diagnostic.lecture import LectureDiagnostic
from ctgkit.views.diagnostic.priorites import CRITERES

BOM = "\ufeff"


def csv_bytes(tableau: Publiable) -> bytes:
    return (BOM + to_csv(tableau)).encode()


def file_name(tableau: Publiable) -> str:
    return slug(tableau.titre)[:60] + ".csv"


def theme_table(lecture: LectureDiagnostic) -> Publiable:
    """Tous les chiffres que montre la page, avec leur source et leur référence."""
    e = lecture.etat
    theme = e.theme if e.portee == "theme" else ""
    return tableau_mesures(lecture.publication, theme, e.lieu, lecture.annee, e.repere)


def map_table(lecture: LectureDiagnostic) -> Publiable:
    carte = lecture.carte
    if carte is None:
        return lecture.publication.tableau("Aucun chiffre par commune", {"commune": "Commune"}, ())
    libelle = carte.definition.libelle
    colonnes = {"code_insee": "Code", "commune": "Commune", "valeur": libelle, "unite": "Unité"}
    colonnes |= {"annee": "Année", "source": "Source"}
    lignes = [
        {
            "code_insee": m.geo,
            "commune": m.nom_geo,
            "valeur": valeur_ou_mot(m),
            "unite": m.definition.unite,
            "annee": m.annee,
            "source": m.source,
        }
        for m in carte.rangees
    ]
    return lecture.publication.tableau(f"{libelle}, par commune", colonnes, lignes)


def trend_table(lecture: LectureDiagnostic) -> Publiable:
    colonnes = {"code": "Code", "indicateur": "Indicateur", "annee": "Année", "valeur": "Valeur", "unite": "Unité"}
    lignes = [
        dict(zip(colonnes, (t.definition.code, t.definition.libelle, annee, v, t.definition.unite), strict=True))
        for t in lecture.tendances
        if len(t.points) > 1
        for annee, v in t.points
    ]
    return lecture.publication.tableau(f"Évolutions, {lecture.nom_theme}", colonnes, lignes)


def priorities_table(lecture: LectureDiagnostic) -> Publiable:
    """Chaque note, son poids, d'où elle vient, et le calcul en toutes lettres."""
    colonnes = {"theme": "Thème", "score": "Score sur 10", "calcul": "Calcul"}
    for cle, nom in CRITERES.items():
        colonnes |= {f"note_{cle}": nom, f"poids_{cle}": f"Poids : {nom}", f"pourquoi_{cle}": f"D'où vient : {nom}"}
    lignes = []
    for p in lecture.priorites:
        ligne = {"theme": p.nom, "score": None if p.score is None else round(p.score, 1), "calcul": p.calcul}
        for cle, c in zip(CRITERES, p.criteres, strict=True):
            ligne |= {f"note_{cle}": c.note, f"poids_{cle}": c.poids, f"pourquoi_{cle}": c.explication}
        lignes.append(ligne)
    return lecture.publication.tableau("Priorités des thèmes", colonnes, lignes)


TABLEAUX: dict[str, Callable[[LectureDiagnostic], Publiable]] = {
    "theme": theme_table,
    "carte": map_table,
    "communes": lambda lecture: lecture.communes.tableau,
    "tendances": trend_table,
    "priorites": priorities_table,
    "couverture": lambda lecture: tableau_couverture(lecture.publication),
    "alertes": lambda lecture: tableau_alertes(lecture.publication, lecture.alertes),
}
