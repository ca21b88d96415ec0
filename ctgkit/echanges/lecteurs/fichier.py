"""Ouvrir n'importe quel fichier : dire ce que c'est, ou pourquoi on ne sait pas le lire."""

import os
from pathlib import Path

from ctgkit.echanges.lecteurs import json, ods, xlsx
from ctgkit.echanges.lecteurs.csv import text_sheets
from ctgkit.echanges.lecteurs.feuille import LIMITE, MEGA, FichierLu, unreadable
from ctgkit.echanges.lecteurs.zip import Archive, zipped_sheets
from ctgkit.storage import read_bytes

_ZIP = b"PK"
_REFUSES = (
    (b"\xd0\xcf\x11\xe0", "ancien classeur Excel (.xls) ou classeur protégé par un mot de passe"),
    (b"%PDF", "document PDF"),
    (b"\x1f\x8b", "fichier compressé (.gz)"),
    (b"7z\xbc\xaf", "archive 7z"),
    (b"Rar!", "archive RAR"),
    (b"PAR1", "fichier Parquet"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"SQLite format 3", "base SQLite"),
)
_ACCEPTES = "un fichier CSV (ou son archive zip), XLSX, ODS, JSON ou GeoJSON"


def load_file(chemin: str | os.PathLike[str]) -> bytes:
    return read_bytes(chemin, LIMITE, _ACCEPTES)


def open_file(nom: str, octets: bytes) -> FichierLu:
    if len(octets) > LIMITE:
        raise unreadable(nom, "fichier trop gros", f"au plus {LIMITE // MEGA} Mo")
    if not octets.strip():
        raise unreadable(nom, "fichier vide", _ACCEPTES)
    if refuse := next((quoi for signature, quoi in _REFUSES if octets.startswith(signature)), ""):
        raise unreadable(nom, refuse, f"{_ACCEPTES} (ouvrir puis « Enregistrer sous »)")
    if octets.startswith(_ZIP):
        return _open_workbook(nom, octets)
    if octets.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        objet = json.load_json(nom, octets)
        return FichierLu(nom, json.json_sheets(nom, objet), objet)
    lectures, avis = text_sheets(nom, octets)
    return FichierLu(nom, lectures, avis=avis)


def _open_workbook(nom: str, octets: bytes) -> FichierLu:
    archive = Archive(nom, octets)
    if xlsx.CLASSEUR in archive:
        return FichierLu(nom, (xlsx.xlsx_sheets(archive),))
    if ods.CONTENU in archive:
        return FichierLu(nom, (ods.ods_sheets(archive),))
    if "xl/workbook.bin" in archive:
        raise unreadable(nom, "classeur Excel binaire (.xlsb)", "le même classeur enregistré en .xlsx")
    lectures, avis = zipped_sheets(archive)
    return FichierLu(nom, lectures, avis=avis)


def short_name(chemin: str | os.PathLike[str]) -> str:
    return Path(os.fspath(chemin)).name or "fichier"
