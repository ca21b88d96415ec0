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

SEPARATEURS = (";", ",", "\t", "|")
LIMITE_LIGNE = 1_000_000
_LIMITE_CELLULE = 131_072
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
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
            raise _undecodable(nom, octets, erreur.start) from erreur
        texte, encodage = _decode_windows(nom, octets, erreur.start), "cp1252"
        avis = ("Le fichier est en Windows-1252 et non en UTF-8 : les accents ont été lus ainsi.",)
    if mauvais := _INTERDITS.search(texte):
        ligne, colonne = _place(texte, mauvais.start())
        raise unreadable(nom, "caractère de contrôle : ce n'est pas un tableau de texte", "un fichier CSV, XLSX, ODS, "
                         "JSON ou GeoJSON", (ligne, f"caractère {colonne}"), f"U+{ord(mauvais[0]):04X}")  # fmt: skip
    if "\ufffd" in texte:
        ligne, _ = _place(texte, texte.index("\ufffd"))
        avis += (f"Des accents étaient déjà perdus avant l'import (ligne {ligne}).",)
    return encodage, avis


def _decode_windows(nom: str, octets: bytes, fautif: int) -> str:
    try:
        return octets.decode("cp1252")
    except UnicodeDecodeError as erreur:
        raise _undecodable(nom, octets, fautif) from erreur


def _undecodable(nom: str, octets: bytes, position: int) -> UnreadableFileError:
    ligne = octets.count(b"\n", 0, position) + 1
    colonne = position - octets.rfind(b"\n", 0, position)
    return unreadable(nom, "encodage illisible", "UTF-8 (dans Excel : « CSV UTF-8 »)", (ligne, f"octet {colonne}"),
                      f"0x{octets[position]:02X}")  # fmt: skip


def _place(texte: str, position: int) -> tuple[int, int]:
    return texte.count("\n", 0, position) + 1, position - texte.rfind("\n", 0, position)


def _rows(nom: str, octets: bytes, encodage: str, separateur: str) -> Iterator[Rang]:
    """Chaque ligne avec le numéro où elle commence ; un guillemet mal fermé arrête tout, il n'avale rien."""
    csv.field_size_limit(_LIMITE_CELLULE)
    flux = io.TextIOWrapper(io.BytesIO(octets), encoding=encodage, newline="")
    lecteur = csv.reader(_lines(nom, flux), delimiter=separateur, strict=True)
    debut = 1
    try:
        for cellules in lecteur:
            if len(cellules) > LIMITE_COLONNES:
                raise unreadable(
                    nom, f"{nombre(len(cellules))} colonnes", f"au plus {nombre(LIMITE_COLONNES)}", (debut, "")
                )
            yield debut, _flag_swallowed(cellules, separateur) if lecteur.line_num > debut else cellules
            debut = lecteur.line_num + 1
    except csv.Error as erreur:
        raise _quote_error(nom, octets, encodage, debut, str(erreur)) from erreur


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


def _quote_error(nom: str, octets: bytes, encodage: str, ligne: int, erreur: str) -> UnreadableFileError:
    flux = io.TextIOWrapper(io.BytesIO(octets), encoding=encodage, newline="")
    texte = next((x for i, x in enumerate(flux, 1) if i == ligne), "")
    constat = "guillemet mal placé" if "expected after" in erreur else "guillemet ouvert et jamais refermé"
    position = texte.find('"') + 1
    colonne = f"caractère {position}" if position else ""
    return unreadable(nom, constat, 'un texte entre deux guillemets, ceux du dedans doublés ("")', (ligne, colonne),
                      texte.strip()[:60])  # fmt: skip
