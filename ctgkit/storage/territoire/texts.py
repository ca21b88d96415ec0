"""Lire un fichier donné par quelqu'un : jamais trop gros, jamais bloquant, jamais mal décodé en silence."""

import errno
import os
import re
import stat
from pathlib import Path

from ctgkit.formats import FINE, nombre
from ctgkit.storage.territoire.report import Report

MEGA = 1024 * 1024
LIMITE_CSV = 50 * MEGA
LIMITE_YAML = 5 * MEGA

_UTF8 = "UTF-8 (dans Excel : Enregistrer sous, « CSV UTF-8 » ; dans le Bloc-notes : Encodage, UTF-8)"
_INTERDITS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_MAL_DECODE = re.compile("Ã[\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹Œ]|â€|\ufffd")
_SIGNATURES = {
    b"\xff\xfe": "encodage UTF-16 détecté",
    b"\xfe\xff": "encodage UTF-16 détecté",
    b"PK\x03\x04": "c'est un classeur ou une archive, pas un fichier texte",
    b"\xd0\xcf\x11\xe0": "c'est un ancien classeur Excel, pas un fichier texte",
}
_SYSTEME = {
    errno.ELOOP: "lien symbolique en boucle",
    errno.EACCES: "interdit par les droits du fichier",
    errno.EPERM: "interdit par les droits du fichier",
    errno.ENOENT: "fichier absent, ou lien symbolique cassé",
    errno.ENOTDIR: "un fichier se trouve là où un dossier est attendu",
    errno.ENAMETOOLONG: "nom trop long",
    errno.EEXIST: "un fichier de ce nom existe déjà",
    errno.ENOSPC: "disque plein",
    errno.EROFS: "support en lecture seule",
}


def explain(erreur: OSError) -> str:
    """La raison d'un refus du système, en français."""
    return _SYSTEME.get(erreur.errno or 0, f"refus du système (erreur n°{FINE}{erreur.errno})")


def read_text(chemin: Path, limite: int, report: Report) -> str | None:
    """Le texte du fichier, ou rien avec le défaut dans le relevé."""
    octets = _read_bytes(chemin, limite, report)
    texte = None if octets is None else _decode(octets, report)
    if texte is None or not _is_clean(texte, report):
        return None
    if trouve := _MAL_DECODE.search(texte):
        report.avis("texte sans doute mal décodé avant d'arriver ici", "des accents lisibles", *_place(texte, trouve))
    return texte


def _read_bytes(chemin: Path, limite: int, report: Report) -> bytes | None:
    try:
        etat = os.stat(chemin)
        if not stat.S_ISREG(etat.st_mode):
            quoi = "c'est un dossier" if stat.S_ISDIR(etat.st_mode) else "ce n'est pas un fichier ordinaire"
            report.erreur(quoi, f"un fichier nommé {chemin.name}")
            return None
        with open(chemin, "rb") as flux:
            octets = b"" if etat.st_size > limite else flux.read(limite + 1)
    except (OSError, ValueError) as erreur:
        report.erreur(explain(erreur) if isinstance(erreur, OSError) else "nom de fichier illisible")
        return None
    if max(etat.st_size, len(octets)) > limite:
        report.erreur(
            "fichier trop gros", f"au plus {limite // MEGA} Mo", valeur=f"{nombre(etat.st_size / MEGA, 1)} Mo"
        )
        return None
    return octets


def _decode(octets: bytes, report: Report) -> str | None:
    for signature, constat in _SIGNATURES.items():
        if octets.startswith(signature):
            report.erreur(constat, _UTF8)
            return None
    try:
        return octets.decode("utf-8").lstrip("\ufeff")
    except UnicodeDecodeError as erreur:
        _report_encoding(octets, erreur.start, report)
        return None


def _report_encoding(octets: bytes, position: int, report: Report) -> None:
    debut = octets.rfind(b"\n", 0, position) + 1
    fin = octets.find(b"\n", position)
    extrait = octets[max(debut, position - 25) : position + 25 if fin < 0 else min(fin, position + 25)]
    ligne = octets.count(b"\n", 0, position) + 1
    try:
        octets.decode("cp1252")
        report.erreur("encodage Windows (cp1252) détecté", _UTF8, ligne, valeur=extrait.decode("cp1252"))
    except UnicodeDecodeError:
        report.erreur("encodage illisible", _UTF8, ligne, valeur=extrait.decode("ascii", "replace"))


def _is_clean(texte: str, report: Report) -> bool:
    trouve = _INTERDITS.search(texte)
    if trouve:
        code = f"U+{ord(trouve[0]):04X}"
        report.erreur("caractère de contrôle invisible", "un fichier texte", _place(texte, trouve)[0], valeur=code)
    return not trouve


def _place(texte: str, trouve: re.Match[str]) -> tuple[int, str, str]:
    ligne = texte.count("\n", 0, trouve.start()) + 1
    return ligne, "", texte[max(0, trouve.start() - 15) : trouve.end() + 15]
