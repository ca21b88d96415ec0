"""Lire un territoire entier ou rien, relever tous ses défauts, dresser la liste de ceux que l'on a."""

import difflib
import json
import math
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from ctgkit import droit
from ctgkit.errors import CtgError, Defaut, InvalidFilesError
from ctgkit.formats import liste
from ctgkit.storage.fichiers import explain
from ctgkit.storage.report import Report, near_misses, suggestion
from ctgkit.storage.territoire.annexes import READERS, read_identity
from ctgkit.storage.territoire.commun import national_codes
from ctgkit.storage.territoire.folders import FICHE, find_folder, territory_folders
from ctgkit.storage.territoire.tables import Reading, parse_table, read_table, rows_with, where
from ctgkit.territoire import (
    PERIODES,
    Commune,
    Convention,
    Engagement,
    Indicateur,
    Reference,
    Structure,
    Table,
    Territoire,
)

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
_POSITIVES = {
    "population",
    "quantite",
    "potentiel_financier_hab",
    "niveau_de_vie",
    "population_qpv",
    "revenu_fiscal_hab",
    "population_3_16",
}
_PLAGES = {"lat": (-90.0, 90.0), "lon": (-180.0, 180.0)}
_INSEE = re.compile(r"[0-9]{5}|2[AB][0-9]{3}")
_SANS_ZERO = re.compile(r"[1-9][0-9]{0,3}")
_COLONNES = {"communes": "code_insee", "structures": "code_insee", "indicateurs": "geo"}


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
        _check_periodes(reading)


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


def _check_periodes(reading: Reading) -> None:
    lues = reading.cellules["periode"]
    inconnues = rows_with(reading, "periode", set(lues) - {*PERIODES, ""})
    reading.erreurs("periode", inconnues, "période inconnue", lambda i: _known(lues[i], PERIODES))


def repair_codes(lus: Mapping[str, Reading]) -> None:
    """`1004` redevient `01004` quand ce code est une commune du territoire ou de France."""
    connus: Collection[str] = ()
    for nom, colonne in _COLONNES.items():
        if nom in lus:
            _repair(lus[nom], colonne, connus)
        if nom == "communes" and nom in lus:
            connus = set(lus[nom].cellules[colonne])


def _repair(reading: Reading, colonne: str, connus: Collection[str]) -> None:
    codes = reading.cellules[colonne]
    courts = {c for c in set(codes) if _SANS_ZERO.fullmatch(c)}
    repares = {c for c in courts if c.zfill(5) in connus or c.zfill(5) in national_codes()}
    rangs = rows_with(reading, colonne, repares)
    reading.avis(colonne, rangs, "zéro initial perdu, rétabli à la lecture", lambda i: codes[i].zfill(5))
    if repares:
        reading.replace(colonne, [c.zfill(5) if c in repares else c for c in codes])


def check_format(communes: Reading) -> None:
    codes = set(communes.cellules["code_insee"]) - {""}
    fautifs = rows_with(communes, "code_insee", {c for c in codes if not _INSEE.fullmatch(c)})
    attendu = "un code Insee à 5 signes : 01004, 2A004, 59606"
    communes.erreurs("code_insee", fautifs, "code de commune refusé", attendu)


def check_national(communes: Reading) -> None:
    """Une commune réelle peut avoir fusionné, ou son code être mal saisi : à vérifier, sans rien refuser."""
    connus = national_codes()
    inconnus = {c for c in communes.cellules["code_insee"] if connus and _INSEE.fullmatch(c) and c not in connus}
    attendu = "un code en vigueur, ou une commune fusionnée depuis"
    constat = "code absent de la liste nationale des communes"
    communes.avis("code_insee", rows_with(communes, "code_insee", inconnus), constat, attendu)


def check_links(lus: Mapping[str, Reading]) -> None:
    structures = lus.get("structures")
    for nom in {"structures", "references"} & set(lus):
        _check_service_types(lus[nom])
    if structures is None:
        return
    _check_units(structures)
    if "communes" in lus:
        _check_communes(structures, lus["communes"])
    if "notifications" in lus:
        _check_notified(lus["notifications"], structures)
    for nom in {"references", "engagements"} & set(lus):
        _check_competences(lus[nom], structures)


def _check_communes(structures: Reading, communes: Reading) -> None:
    connues, lues = dict.fromkeys(communes.cellules["code_insee"]), structures.cellules["code_insee"]
    inconnues = rows_with(structures, "code_insee", set(lues) - set(connues) - {""})
    attendu = "une commune de communes.csv"
    structures.erreurs("code_insee", inconnues, "commune inconnue", lambda i: attendu + suggestion(lues[i], connues))
    if "code_insee" not in structures.absentes:
        attendu_vide = "un code de communes.csv ; sans lui l'adhésion de la commune ne se vérifie pas"
        vides = rows_with(structures, "code_insee", {""})
        structures.avis("code_insee", vides, "commune non renseignée", attendu_vide)


def _check_service_types(reading: Reading) -> None:
    """Un centre social ou une ludothèque sont légitimes : un type sans règle est signalé, une fois, jamais refusé."""
    connus, lus = droit.services(), reading.cellules["type"]
    premiers: dict[str, int] = {}
    for i, lu in enumerate(lus):
        if lu and lu not in connus:
            premiers.setdefault(lu, i)
    attendu = f"un des types {', '.join(connus)}, ou ce type s'il est voulu"
    constat = "type sans règle de financement connue"
    reading.avis("type", list(premiers.values()), constat, lambda i: attendu + suggestion(lus[i], connus))


def _check_units(structures: Reading) -> None:
    unites, types = {s.code: s.unite for s in droit.services().values()}, structures.cellules["type"]
    paires = enumerate(zip(types, structures.cellules["unite"], strict=True))
    fautifs = [i for i, (lu, unite) in paires if unite and unites.get(lu, unite) != unite]
    constat = "unité contraire au type de service"
    structures.erreurs("unite", fautifs, constat, lambda i: f"{unites[types[i]]} pour {types[i]}")


def _check_notified(notifications: Reading, structures: Reading) -> None:
    connues, lues = dict.fromkeys(structures.cellules["id"]), notifications.cellules["structure"]
    inconnues = rows_with(notifications, "structure", set(lues) - set(connues) - {""})
    attendu = "un id de structures.csv"
    notifications.avis("structure", inconnues, "structure inconnue", lambda i: attendu + suggestion(lues[i], connues))


def _check_competences(reading: Reading, structures: Reading) -> None:
    """Un territoire de compétence sans structure peut exister ; un nom presque pareil est une faute de frappe."""
    connues = dict.fromkeys(c for c in structures.cellules["competence"] if c)
    proches = near_misses(reading.cellules["competence"], connues)
    rangs = rows_with(reading, "competence", set(proches))
    lues = reading.cellules["competence"]
    reading.avis("competence", rangs, "compétence absente de structures.csv", lambda i: proches[lues[i]])


OCTETS_MAX = 20 * 1024 * 1024
POINTS_MAX = 400_000
# Les noms que prend le code d'une commune dans les fichiers publics.
_CODES_COMMUNE = ("code", "code_insee", "insee_com", "codgeo", "insee", "com", "depcom", "com_code")
Anneau = tuple[tuple[float, float], ...]
_TABLES = {nom: f"{nom}.csv" for nom in Territoire.TABLES}
FICHIERS = (FICHE, *_TABLES.values(), *(f"{nom}.yaml" for nom in READERS))


class _TooBig(ValueError):
    """Un fichier que l'on refuse pour sa taille."""


def find_contours(dossier: Path) -> Path | None:
    """`contours.geojson`, sinon le premier GeoJSON du dossier."""
    fichiers = sorted(f for f in dossier.glob("*.geojson") if f.is_file())
    nommes = [f for f in fichiers if f.name == "contours.geojson"]
    return (nommes or fichiers or [None])[0]


def read_contours(chemin: Path, codes: set[str], report: Report) -> dict[str, tuple[Anneau, ...]]:
    """Par commune du territoire, ses contours extérieurs en (longitude, latitude) ; les autres sont ignorées."""
    try:
        if chemin.stat().st_size > OCTETS_MAX:
            raise _TooBig("fichier de plus de 20 Mo : le réduire aux communes du territoire")
        objet = json.loads(chemin.read_text(encoding="utf-8-sig"))
        return _collect(objet["features"], codes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, IndexError) as erreur:
        detail = str(erreur) if isinstance(erreur, _TooBig) else ""
        report.avis(detail or "contours illisibles : la carte restera schématique", "un GeoJSON de communes, en degrés")
        return {}


def _collect(elements: list[Any], codes: set[str]) -> dict[str, tuple[Anneau, ...]]:
    contours: dict[str, tuple[Anneau, ...]] = {}
    points = 0
    for element in elements:
        code = _commune_code(element["properties"])
        if code not in codes:
            continue
        contours[code] = contours.get(code, ()) + tuple(_rings(element["geometry"]))
        points += sum(map(len, contours[code]))
        if points > POINTS_MAX:
            raise _TooBig("fichier trop détaillé : le simplifier avant de le déposer")
    return {code: anneaux for code, anneaux in contours.items() if anneaux}


def _commune_code(proprietes: Mapping[str, Any]) -> str:
    connues = {str(cle).lower(): valeur for cle, valeur in proprietes.items()}
    return next((str(connues[c]).zfill(5) for c in _CODES_COMMUNE if connues.get(c)), "")


def _rings(geometrie: Mapping[str, Any]) -> Iterator[Anneau]:
    polygones = {"Polygon": [geometrie["coordinates"]], "MultiPolygon": geometrie["coordinates"]}[geometrie["type"]]
    for polygone in polygones:
        anneau = tuple((float(x), float(y)) for x, y, *_ in polygone[0])
        if len(anneau) < 3 or not all(math.isfinite(v) for point in anneau for v in point):
            raise ValueError("contour incomplet")
        yield anneau


@dataclass(frozen=True)
class TerritoireResume:
    """Un territoire dans une liste : sa fiche seulement. `defauts` n'est pas vide quand elle ne se lit pas."""

    code: str
    nom: str
    nature: str
    type: str
    chemin: Path
    convention: Convention = field(default_factory=Convention)
    defauts: tuple[Defaut, ...] = ()

    @property
    def annees(self) -> tuple[int, ...]:
        debut, fin = self.convention.debut, self.convention.fin
        return tuple(range(debut.year, fin.year + 1)) if debut and fin else ()


def load_territoire(code_ou_chemin: str | os.PathLike[str]) -> Territoire:
    """Le territoire entier ; une seule erreur, avec tous les défauts, si un seul fichier ne se lit pas."""
    dossier = find_folder(code_ou_chemin)
    champs, reports = _read_folder(dossier, complet=False)
    erreurs = [d for d in _all(reports) if d.niveau == "erreur"]
    if erreurs:
        raise InvalidFilesError(erreurs, str(dossier), "Corriger ces lignes puis relancer « ctg verifier ».")
    return Territoire(**champs)


def verify(code_ou_chemin: str | os.PathLike[str]) -> list[Defaut]:
    """Tous les défauts du dossier, erreurs et avis, fichier par fichier dans l'ordre des lignes."""
    _, reports = _read_folder(find_folder(code_ou_chemin), complet=True)
    return _all(reports)


def list_territoires() -> list[TerritoireResume]:
    """Les territoires du dossier de données ; un territoire abîmé y figure avec ses défauts, sans cacher les autres."""
    return [_summary(dossier) for dossier in territory_folders()]


def _summary(dossier: Path) -> TerritoireResume:
    report = Report(FICHE)
    try:
        champs = read_identity(find_folder(dossier) / FICHE, report, dossier.name)
    except CtgError as erreur:
        champs = {}
        report.erreur(erreur.quoi.rstrip("."))
    return TerritoireResume(
        code=dossier.name,
        nom=champs.get("nom") or dossier.name,
        nature=champs.get("nature", ""),
        type=champs.get("type", ""),
        chemin=dossier,
        convention=champs.get("convention", Convention()),
        defauts=tuple(d for d in report.defauts if d.niveau == "erreur"),
    )


def _read_folder(dossier: Path, complet: bool) -> tuple[dict[str, Any], dict[str, Report]]:
    reports = {nom: Report(nom) for nom in FICHIERS}
    champs = read_identity(dossier / FICHE, reports[FICHE], dossier.resolve().name)
    lus = _read_tables(dossier, {nom: reports[fichier] for nom, fichier in _TABLES.items()})
    champs |= {nom: reading.table() for nom, reading in lus.items()}
    for nom, lire in READERS.items():
        chemin = dossier / f"{nom}.yaml"
        if os.path.lexists(chemin):
            champs[nom] = lire(chemin, reports[chemin.name])
    if trace := find_contours(dossier):
        codes = set(champs["communes"]["code_insee"]) if "communes" in champs else set()
        champs["contours"] = read_contours(trace, codes, reports.setdefault(trace.name, Report(trace.name)))
    if complet:
        _check_more(dossier, champs, lus, reports)
    return champs, reports


def read_tables(textes: Mapping[str, str], ou: str = "") -> dict[str, Table]:
    """Les tables d'un territoire depuis leurs textes CSV, par les mêmes contrôles que ses fichiers."""
    reports = {nom: Report(nom) for nom in textes}
    lus = _checked({nom: parse_table(texte, Territoire.TABLES[nom], reports[nom]) for nom, texte in textes.items()})
    if erreurs := [d for d in _all(reports) if d.niveau == "erreur"]:
        raise InvalidFilesError(erreurs, ou, "Corriger ce tableau, puis exécuter à nouveau la cellule.")
    return {nom: reading.table() for nom, reading in lus.items()}


def _read_tables(dossier: Path, reports: Mapping[str, Report]) -> dict[str, Reading]:
    presents = {nom: dossier / fichier for nom, fichier in _TABLES.items() if os.path.lexists(dossier / fichier)}
    return _checked({nom: read_table(f, Territoire.TABLES[nom], reports[nom]) for nom, f in presents.items()})


def _checked(readings: Mapping[str, Reading | None]) -> dict[str, Reading]:
    lus = {nom: reading for nom, reading in readings.items() if reading is not None}
    repair_codes(lus)
    for reading in lus.values():
        check_table(reading)
    if "communes" in lus:
        check_format(lus["communes"])
    check_links(lus)
    return lus


def _check_more(
    dossier: Path, champs: Mapping[str, Any], lus: Mapping[str, Reading], reports: dict[str, Report]
) -> None:
    """Ce qui mérite d'être dit à la vérification sans retarder chaque lecture."""
    if not os.path.lexists(dossier / "communes.csv"):
        reports["communes.csv"].avis("fichier absent", "la liste des communes du territoire")
    elif "communes" in lus and champs.get("nature") == "reel" and not reports[FICHE].has_error:
        check_national(lus["communes"])
    for nom in _names(dossier):
        proches = difflib.get_close_matches(nom, FICHIERS, n=1, cutoff=0.85)
        if proches and nom not in FICHIERS:
            reports[nom] = Report(nom)
            reports[nom].avis(f"fichier non lu (vouliez-vous dire « {proches[0]} » ?)", "un des fichiers du contrat")


def _names(dossier: Path) -> list[str]:
    try:
        return sorted(os.listdir(dossier))
    except OSError as erreur:
        raise CtgError(f"Dossier impossible à lire : {explain(erreur)}.", str(dossier)) from erreur


def _all(reports: Mapping[str, Report]) -> list[Defaut]:
    return [defaut for report in reports.values() for defaut in report.defauts]
