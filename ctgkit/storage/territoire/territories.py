"""Lire un territoire entier ou rien, relever tous ses défauts, dresser la liste de ceux que l'on a."""

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ctgkit.errors import CtgError, Defaut, InvalidFilesError
from ctgkit.storage.territoire import annexes
from ctgkit.storage.territoire.checks import check_table
from ctgkit.storage.territoire.codes import check_format, check_national, repair_codes
from ctgkit.storage.territoire.contours import find_contours, read_contours
from ctgkit.storage.territoire.folders import FICHE, find_folder, territory_folders
from ctgkit.storage.territoire.identity import read_identity
from ctgkit.storage.territoire.links import check_links
from ctgkit.storage.territoire.report import Report
from ctgkit.storage.territoire.tables import Reading, parse_table, read_table
from ctgkit.storage.territoire.texts import explain
from ctgkit.territoire import Convention, Table, Territoire

_TABLES = {nom: f"{nom}.csv" for nom in Territoire.TABLES}
FICHIERS = (FICHE, *_TABLES.values(), *(f"{nom}.yaml" for nom in annexes.READERS))


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
        raise InvalidFilesError(erreurs, str(dossier))
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
    for nom, lire in annexes.READERS.items():
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
        raise InvalidFilesError(erreurs, ou)
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
