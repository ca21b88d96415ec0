"""Les fichiers texte : encodage reconnu, guillemets vérifiés, aucune ligne perdue en silence."""

import codecs
import csv
import io
import re
from collections.abc import Iterator

from ctgkit.echanges.lecteurs.feuille import (
    LIMITE_COLONNES,
    FaultyCell,
    FeuilleLue,
    Rang,
    UnreadableFileError,
    unreadable,
)
from ctgkit.formats import nombre
from ctgkit.texte import CsvQuoteError, csv_rows

SEPARATEURS = (";", ",", "\t", "|")
LIMITE_LIGNE = 1_000_000
_LIMITE_CELLULE = 131_072
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_GUILLEMET = '"'
_UTF8 = "UTF-8 (dans Excel : « CSV UTF-8 »)"
_INTERDITS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def text_sheets(nom: str, octets: bytes) -> tuple[tuple[tuple[FeuilleLue, ...], ...], tuple[str, ...]]:
    """Une lecture par séparateur possible, et ce qu'il faut savoir de l'encodage."""
    encodage, avis = _encoding(nom, octets)
    lectures = tuple(
        (FeuilleLue(lambda s=separateur: _rows(nom, octets, encodage, s)),)
        for separateur in SEPARATEURS
        if separateur.encode() in octets
    )
    return lectures or ((FeuilleLue(lambda: _rows(nom, octets, encodage, ";")),),), avis


def _encoding(nom: str, octets: bytes) -> tuple[str, tuple[str, ...]]:
    encodage = next((e for bom, e in _BOMS if octets.startswith(bom)), "utf-8")
    avis: tuple[str, ...] = ()
    try:
        texte = octets.decode(encodage)
    except UnicodeDecodeError as erreur:
        if encodage != "utf-8":
            raise undecodable(nom, octets, erreur.start) from erreur
        texte, encodage = _decode_windows(nom, octets, erreur.start), "cp1252"
        avis = ("Le fichier est en Windows-1252 et non en UTF-8 : les accents ont été lus ainsi.",)
    if mauvais := _INTERDITS.search(texte):
        ligne, colonne = _place(texte, mauvais.start())
        constat = "caractère de contrôle : ce n'est pas un tableau de texte"
        lieu = (ligne, f"caractère {colonne}")
        raise unreadable(nom, constat, "un fichier CSV, XLSX, ODS, JSON ou GeoJSON", lieu, f"U+{ord(mauvais[0]):04X}")
    if "\ufffd" in texte:
        ligne, _ = _place(texte, texte.index("\ufffd"))
        avis += (f"Des accents étaient déjà perdus avant l'import (ligne {ligne}).",)
    return encodage, avis


def _decode_windows(nom: str, octets: bytes, fautif: int) -> str:
    try:
        return octets.decode("cp1252")
    except UnicodeDecodeError as erreur:
        raise undecodable(nom, octets, fautif) from erreur


def undecodable(nom: str, octets: bytes, position: int, attendu: str = _UTF8) -> UnreadableFileError:
    ligne = octets.count(b"\n", 0, position) + 1
    colonne = position - octets.rfind(b"\n", 0, position)
    return unreadable(nom, "encodage illisible", attendu, (ligne, f"octet {colonne}"), f"0x{octets[position]:02X}")


def _place(texte: str, position: int) -> tuple[int, int]:
    return texte.count("\n", 0, position) + 1, position - texte.rfind("\n", 0, position)


def _rows(nom: str, octets: bytes, encodage: str, separateur: str) -> Iterator[Rang]:
    """Chaque ligne avec le numéro où elle commence ; un guillemet mal fermé arrête tout, il n'avale rien."""
    csv.field_size_limit(_LIMITE_CELLULE)
    try:
        for debut, fin, cellules in csv_rows(_lines(nom, _flow(octets, encodage)), separateur):
            if len(cellules) > LIMITE_COLONNES:
                attendu = f"au plus {nombre(LIMITE_COLONNES)}"
                raise unreadable(nom, f"{nombre(len(cellules))} colonnes", attendu, (debut, ""))
            yield debut, _flag_swallowed(cellules, separateur) if fin > debut else cellules
    except CsvQuoteError as erreur:
        texte = next((x for i, x in enumerate(_flow(octets, encodage), 1) if i == erreur.ligne), "")
        colonne = f"caractère {texte.find(_GUILLEMET) + 1}" if _GUILLEMET in texte else ""
        raise unreadable(nom, str(erreur), erreur.attendu, (erreur.ligne, colonne), texte.strip()[:60]) from erreur


def _flow(octets: bytes, encodage: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(octets), encoding=encodage, newline="")


def _flag_swallowed(cellules: list[str], separateur: str) -> list[str]:
    """Une cellule sur plusieurs lignes qui contient autant de séparateurs qu'une ligne en a sans doute avalé une."""
    if any("\n" in c and c.count(separateur) >= max(1, len(cellules) - 1) for c in cellules):
        raison = "guillemet sans doute mal fermé : une cellule contient la ligne suivante"
        return [FaultyCell(c, raison) for c in cellules]
    return cellules


def _lines(nom: str, flux: io.TextIOWrapper) -> Iterator[str]:
    for numero, ligne in enumerate(flux, 1):
        if len(ligne) > LIMITE_LIGNE:
            raise unreadable(
                nom, f"ligne de {nombre(len(ligne))} caractères", "des lignes séparées", (numero, "caractère 1")
            )
        yield ligne
