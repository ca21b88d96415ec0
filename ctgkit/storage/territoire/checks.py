"""Ce qu'un tableau doit respecter à lui seul : cellules obligatoires, doublons, bornes, mots permis, dates en ordre."""

import math
from dataclasses import MISSING, fields

import numpy as np

from ctgkit.formats import liste
from ctgkit.storage.territoire.report import near_misses, suggestion
from ctgkit.storage.territoire.tables import Reading, rows_with, where
from ctgkit.territoire import Commune, Engagement, Indicateur, Reference, Structure

STATUTS_INDICATEUR = ("publie", "masque", "estime", "a_completer")
STATUTS_REFERENCE = ("officiel", "secondaire", "a_confirmer", "fictif", "local", "notifie", "paye", "estime")
NIVEAUX = ("commune", "epci", "departement", "region", "france", "iris", "qpv", "competence")
_UNIQUES = {
    Commune: ("code_insee",),
    Structure: ("id",),
    Reference: ("competence", "type", "annee"),
    Engagement: ("competence", "annee"),
}
_FACULTATIVES = {(Structure, "code_insee")}
_POSITIVES = {"population", "quantite", "potentiel_financier_hab", "niveau_de_vie"}
_PLAGES = {"lat": (-90.0, 90.0), "lon": (-180.0, 180.0)}


def check_table(reading: Reading) -> None:
    _check_required(reading)
    _check_unique(reading)
    for colonne in reading.colonnes:
        _check_range(reading, colonne)
    if reading.record is Structure:
        _check_dates(reading)
    elif reading.record is Indicateur:
        _check_indicateurs(reading)
    elif reading.record is Reference:
        _check_statuts(reading)


def _check_required(reading: Reading) -> None:
    for champ in fields(reading.record):
        exige = champ.default is MISSING and (reading.record, champ.name) not in _FACULTATIVES
        if exige and champ.name not in reading.absentes:
            reading.erreurs(champ.name, rows_with(reading, champ.name, {""}), "cellule obligatoire vide", "une valeur")


def _check_unique(reading: Reading) -> None:
    cle = _UNIQUES.get(reading.record, ())
    if not cle or reading.absentes & set(cle):
        return
    premieres: dict[tuple[str, ...], int] = {}
    doublons: dict[int, int] = {}
    for i, valeurs in enumerate(zip(*(reading.cellules[c] for c in cle), strict=True)):
        premiere = premieres.setdefault(valeurs, i)
        if premiere != i and any(valeurs):
            doublons[i] = reading.lignes[premiere]
    attendu = f"une seule ligne par {', '.join(cle)}"
    reading.erreurs(cle[0], list(doublons), "doublon", lambda i: f"{attendu} (déjà ligne {doublons[i]})")


def _check_range(reading: Reading, colonne: str) -> None:
    bas, haut, constat, attendu = _range(colonne)
    valeurs = reading.colonnes[colonne]
    if valeurs.dtype.kind == "f" and constat:
        reading.erreurs(colonne, where((valeurs < bas) | (valeurs > haut)), constat, attendu)


def _range(colonne: str) -> tuple[float, float, str, str]:
    if colonne in _PLAGES:
        bas, haut = _PLAGES[colonne]
        return bas, haut, "coordonnée hors du globe", f"des degrés entre {bas:.0f} et {haut:.0f}"
    if colonne.startswith("annee"):
        return 1900, 2100, "année invraisemblable", "une année entre 1900 et 2100"
    if colonne in _POSITIVES or colonne.endswith("_eur"):
        return 0, math.inf, "valeur négative", "un nombre positif ou nul"
    return -math.inf, math.inf, "", ""


def _check_dates(reading: Reading) -> None:
    fautifs = where(reading.colonnes["fermeture"] < reading.colonnes["ouverture"])
    ouvertures = reading.cellules["ouverture"]
    attendu = "une date après l'ouverture"
    reading.erreurs("fermeture", fautifs, "fermeture avant l'ouverture", lambda i: f"{attendu} ({ouvertures[i]})")


def _check_indicateurs(reading: Reading) -> None:
    statuts = reading.colonnes["statut"]
    if reading.absentes & {"statut", "valeur"}:
        return
    inconnus = where(~np.isin(statuts, STATUTS_INDICATEUR))
    reading.erreurs("statut", inconnus, "statut inconnu", lambda i: _known(statuts[i], STATUTS_INDICATEUR))
    remplie = np.array([bool(texte) for texte in reading.cellules["valeur"]], dtype=bool)
    trop = where(np.isin(statuts, ("masque", "a_completer")) & remplie)
    attendu = "une cellule vide quand le statut est"
    reading.erreurs("valeur", trop, "valeur présente malgré le statut", lambda i: f"{attendu} {statuts[i]}")
    manque = where(np.isin(statuts, ("publie", "estime")) & ~remplie)
    reading.erreurs("valeur", manque, "valeur absente", "un nombre, ou le statut a_completer ou masque")
    niveaux = reading.colonnes["niveau"]
    inconnus = where(~np.isin(niveaux, (*NIVEAUX, "")))
    reading.avis("niveau", inconnus, "niveau inconnu", lambda i: _known(niveaux[i], NIVEAUX))


def _known(lu: str, possibles: tuple[str, ...]) -> str:
    return liste(list(possibles)) + suggestion(lu, possibles)


def _check_statuts(reading: Reading) -> None:
    """La liste est ouverte : seul un mot presque juste est signalé."""
    proches = near_misses(reading.cellules["statut"], STATUTS_REFERENCE)
    rangs = rows_with(reading, "statut", set(proches))
    reading.avis("statut", rangs, "statut inhabituel", lambda i: proches[reading.cellules["statut"][i]])
