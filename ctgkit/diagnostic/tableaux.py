"""Les tableaux que l'on montre et que l'on exporte : toujours des `Publiable`, jamais des valeurs brutes."""

from collections.abc import Sequence
from typing import Any

from ctgkit.diagnostic.coherence import Alerte, check_coherence
from ctgkit.diagnostic.comparaison import MesureComparee, compare_theme
from ctgkit.diagnostic.doutes import with_doubts
from ctgkit.diagnostic.mesures import MASQUE as STATUT_MASQUE
from ctgkit.diagnostic.mesures import STATUTS, Mesure
from ctgkit.diagnostic.noms import name_lieu
from ctgkit.diagnostic.secret.publication import MASQUE, Publiable, Publication
from ctgkit.formats import dates_longues
from ctgkit.texte import csv_text

COLONNES_MESURES = {
    "code": "Code",
    "theme": "Thème",
    "indicateur": "Indicateur",
    "valeur": "Valeur",
    "unite": "Unité",
    "ecrite": "Valeur écrite",
    "lieu": "Lieu",
    "annee": "Année",
    "repere": "Repère",
    "valeur_repere": "Valeur du repère",
    "annee_repere": "Année du repère",
    "ecart": "Écart",
    "valeur_recente": "Valeur la plus récente",
    "annee_recente": "Année la plus récente",
    "lecture": "Lecture",
    "statut": "Statut",
    "source": "Source",
    "reference": "Référence",
    "avertissements": "À savoir",
}
COLONNES_ALERTES = {
    "id": "Repère de l’alerte",
    "niveau": "Niveau",
    "theme": "Thème",
    "titre": "Alerte",
    "calcul": "Calcul",
    "chiffres": "Où c’est écrit",
    "explications": "Ce qui pourrait l’expliquer",
    "expliquee": "Expliquée",
}


def tableau_mesures(
    publication: Publication, theme: str = "", geo: str = "", annee: int | None = None, repere: str = ""
) -> Publiable:
    """Une ligne par indicateur renseigné : valeur, repère, écart, lecture, source."""
    lues = with_doubts(compare_theme(publication, theme, geo, annee, repere), check_coherence(publication))
    lignes = [_ligne_mesure(publication, c) for c in lues]
    titre = f"Diagnostic, {name_lieu(publication.territoire, geo) if geo else publication.territoire.nom}"
    return publication.tableau(titre, COLONNES_MESURES, lignes, _notes(publication))


def tableau_alertes(publication: Publication, alertes: Sequence[Alerte]) -> Publiable:
    lignes = [
        {
            "id": a.id,
            "niveau": a.nom_niveau,
            "theme": publication.catalogue.themes.get(a.theme, ""),
            "titre": a.titre,
            "calcul": dates_longues(a.calcul),
            "chiffres": " ; ".join(dict.fromkeys(f"{c.valeur} ({c.ou})" if c.ou else c.valeur for c in a.chiffres)),
            "explications": " ; ".join(a.explications),
            "expliquee": (a.raison or "oui") if a.expliquee else "non",
        }
        for a in alertes
    ]
    return publication.tableau(f"Cohérence, {publication.territoire.nom}", COLONNES_ALERTES, lignes)


def valeur_ou_mot(mesure: Mesure) -> float | str | None:
    """Le nombre ; « masqué » ou « à compléter » quand c'est le cas ; rien quand on ne sait pas."""
    if mesure.est_connue:
        return mesure.valeur
    return {STATUT_MASQUE: MASQUE, "a_completer": STATUTS["a_completer"]}.get(mesure.statut)


def _ligne_mesure(publication: Publication, comparaison: MesureComparee) -> dict[str, Any]:
    mesure, repere = comparaison.mesure, comparaison.repere
    recente = comparaison.recente or mesure
    return {
        "code": mesure.code,
        "theme": publication.catalogue.themes[mesure.definition.theme],
        "indicateur": mesure.definition.libelle,
        "valeur": valeur_ou_mot(mesure),
        "unite": mesure.definition.unite,
        "ecrite": mesure.texte,
        "lieu": mesure.nom_geo,
        "annee": mesure.annee,
        "repere": repere.nom_geo if repere.est_connue else None,
        "valeur_repere": valeur_ou_mot(repere),
        "annee_repere": repere.annee if repere.est_connue else None,
        "ecart": comparaison.ecart_ecrit or None,
        "valeur_recente": valeur_ou_mot(recente),
        "annee_recente": recente.annee,
        "lecture": comparaison.lecture,
        "statut": STATUTS[mesure.statut],
        "source": mesure.source,
        "reference": mesure.calcul or mesure.reference,
        "avertissements": " ; ".join(filter(None, (*comparaison.avertissements, comparaison.motif))),
    }


def _notes(publication: Publication) -> tuple[str, ...]:
    masquees = sum(x.statut == "masque" for x in publication.lignes)
    return (f"{masquees} valeurs masquées par le secret statistique dans ce territoire",) if masquees else ()


def to_csv(tableau: Publiable) -> str:
    """Point-virgule et virgule décimale ; un texte qui serait pris pour une formule reçoit une apostrophe."""
    return csv_text([tableau.colonnes.values(), *([ligne[c] for c in tableau.colonnes] for ligne in tableau.lignes)])
