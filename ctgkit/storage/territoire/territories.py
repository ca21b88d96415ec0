"""Lire un territoire entier ou rien, relever tous ses défauts, dresser la liste de ceux que l'on a."""

import difflib
import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ctgkit.errors import CtgError, Defaut, InvalidFilesError
from ctgkit.storage.fichiers import explain
from ctgkit.storage.report import Report
from ctgkit.storage.territoire.annexes import READERS, read_identity
from ctgkit.storage.territoire.checks import check_format, check_links, check_national, check_table, repair_codes
from ctgkit.storage.territoire.folders import FICHE, find_folder, territory_folders
from ctgkit.storage.territoire.tables import Reading, parse_table, read_table
from ctgkit.territoire import Convention, Table, Territoire

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
