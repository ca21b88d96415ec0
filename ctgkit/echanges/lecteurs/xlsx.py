"""Les classeurs Excel, lus ligne à ligne par openpyxl : aucune formule n'est exécutée, aucune valeur n'est devinée."""

import io
import re
import warnings
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element, iterparse
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.utils import coordinate_to_tuple
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import FORMULA_TAG, ROW_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.xml.constants import REL_NS, SHEET_MAIN_NS

from ctgkit.echanges.lecteurs.feuille import (
    ERREUR_DE_CALCUL,
    JAMAIS_CALCULEE,
    LIMITE_CELLULES,
    LIMITE_COLONNES,
    LIMITE_LIGNES,
    LIMITE_TEXTE,
    FaultyCell,
    FeuilleLue,
    Rang,
    UnreadableFileError,
    number_text,
    unreadable,
)
from ctgkit.echanges.lecteurs.zip import Archive

CLASSEUR = "xl/workbook.xml"
_NS = f"{{{SHEET_MAIN_NS}}}"
_STRICT = b"http://purl.oclc.org/ooxml/"
_TEXTES = "xl/sharedStrings.xml"
_PROTEGE = re.compile(r"_x((?![Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")
_HORS_CODE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_DATE, _POURCENT, _NOMBRE = "date", "pourcent", "nombre"
Cellule = dict[str, Any]


def xlsx_sheets(archive: Archive) -> tuple[FeuilleLue, ...]:
    """Les feuilles du classeur, cachées comprises, une fois chaque partie du fichier reconnue sans piège."""
    if b"macroEnabled" in archive.read("[Content_Types].xml"):
        raise unreadable(archive.nom, "classeur avec macros", "le même classeur enregistré sans macro (.xlsx)")
    archive.check_xml()
    archive = _transitional(archive)
    try:
        with warnings.catch_warnings(action="ignore"):
            classeur = load_workbook(io.BytesIO(archive.octets), read_only=True, data_only=True, keep_links=False)
            textes = _texts(archive)
    except Exception as erreur:  # openpyxl ne dit pas ce qu'un classeur mal fait lui fait lever
        constat = "classeur dont la structure ne se lit pas"
        raise unreadable(archive.nom, constat, "le même classeur, rouvert et réenregistré en .xlsx") from erreur
    feuilles = (_FeuilleExcel(archive.nom, classeur, feuille, textes) for feuille in classeur.worksheets)
    return tuple(FeuilleLue(f.rows, f.nom, souple=True, lettres=True) for f in feuilles)


def _transitional(archive: Archive) -> Archive:
    """« Classeur Open XML strict » d'Excel : les mêmes feuilles, sous des noms d'espaces qu'openpyxl ne connaît pas."""
    if _STRICT not in archive.read(CLASSEUR):
        return archive
    flux = io.BytesIO()
    with ZipFile(flux, "w", ZIP_DEFLATED) as courant:
        for nom in archive.names():
            octets = archive.read(nom).replace(_STRICT + b"spreadsheetml/main", SHEET_MAIN_NS.encode())
            courant.writestr(nom, octets.replace(_STRICT + b"officeDocument/relationships", REL_NS.encode()))
    return Archive(archive.nom, flux.getvalue())


def _texts(archive: Archive) -> list[str]:
    """Les textes partagés tels quels : openpyxl ne sait plus ensuite si un `_x0041_` était protégé."""
    if _TEXTES not in archive:
        return []
    textes = []
    for _, element in iterparse(io.BytesIO(archive.read(_TEXTES))):
        if element.tag == f"{_NS}si":
            morceaux = (*element.iterfind(f"{_NS}t"), *element.iterfind(f"{_NS}r/{_NS}t"))
            textes.append("".join(t.text or "" for t in morceaux))
            element.clear()
    return textes


def unescape(texte: str) -> str:
    """`_x000D_` est un retour, `_x005F_x000D_` les signes eux-mêmes : le classeur protège ce que XML n'écrit pas."""
    return _PROTEGE.sub(lambda m: chr(int(m[1], 16)), texte) if "_x" in texte else texte


class _FeuilleExcel:
    def __init__(self, fichier: str, classeur: Workbook, feuille: ReadOnlyWorksheet, textes: list[str]) -> None:
        self.fichier, self.nom, self.textes = fichier, feuille.title, textes
        self._classeur, self._feuille = classeur, feuille
        self._styles: dict[int, str] = {}

    def rows(self) -> Iterator[Rang]:
        derniere = total = 0
        with self._feuille._get_source() as source:
            for numero, cellules in _Cellules(source, self).rows():
                if numero <= derniere:
                    raise self.wrong("lignes dans le désordre", numero)
                if numero > LIMITE_LIGNES:
                    raise self.wrong("adresse de cellule impossible", numero)
                derniere = numero
                if cellules:
                    ligne = self._row(numero, cellules)
                    total += len(ligne)
                    if total > LIMITE_CELLULES:
                        raise self.wrong("feuille démesurée", numero)
                    yield numero, ligne

    def _row(self, numero: int, cellules: list[Cellule]) -> list[str]:
        ligne: list[str] = []
        for cellule in cellules:
            manque = cellule["column"] - 1 - len(ligne)
            if manque < 0:
                raise self.wrong("cellules dans le désordre", numero)
            if cellule["column"] > LIMITE_COLONNES:
                raise self.wrong("adresse de cellule impossible", numero)
            texte = self._text(cellule)
            if len(texte) > LIMITE_TEXTE:
                raise self.wrong("cellule démesurée", numero)
            ligne.extend([""] * manque)
            ligne.append(texte)
        return ligne

    def _text(self, cellule: Cellule) -> str:
        """Ce que montre une cellule : sa valeur enregistrée, jamais le résultat d'une formule que l'on exécuterait."""
        valeur, sorte = cellule["value"], cellule["data_type"]
        if sorte == "f":
            return FaultyCell("", JAMAIS_CALCULEE)
        if sorte == "e":
            return FaultyCell(str(valeur or ""), ERREUR_DE_CALCUL)
        if isinstance(valeur, str):
            return valeur if isinstance(valeur, FaultyCell) else unescape(valeur)
        if isinstance(valeur, bool):
            return "oui" if valeur else "non"
        if isinstance(valeur, int | float):
            return self._number(valeur, cellule["style_id"])
        return "" if valeur is None else str(valeur)[:10]

    def _number(self, valeur: float, style: int) -> str:
        """Un nombre que son format montre en date ou en pourcentage se lit comme on le voit."""
        try:
            sorte = self._kind(style)
            if sorte == _DATE:
                return (self._classeur.epoch.date() + timedelta(days=int(valeur))).isoformat()
            return number_text(valeur * 100 if sorte == _POURCENT else valeur)
        except (ValueError, OverflowError):
            return str(valeur)

    def _kind(self, style: int) -> str:
        if style not in self._styles:
            try:
                code = ReadOnlyCell(self._feuille, 1, 1, None, style_id=style).number_format
            except IndexError:
                code = ""
            code = _HORS_CODE.sub("", code).lower()
            sorte = _DATE if any(signe in code for signe in "ydj") else _POURCENT if "%" in code else _NOMBRE
            self._styles[style] = sorte
        return self._styles[style]

    def wrong(self, constat: str, ligne: int | None) -> UnreadableFileError:
        return unreadable(self.fichier, constat, "une feuille de A1 à XFD1048576", (ligne, self.nom))


class _Cellules(WorkSheetParser):
    """Les cellules d'openpyxl, sans rien de ce qui suit la grille ; une formule sans valeur y est dite."""

    def __init__(self, source: Any, feuille: _FeuilleExcel) -> None:
        super().__init__(source, feuille.textes, data_only=True)
        self._de = feuille

    def rows(self) -> Iterator[tuple[int, list[Cellule]]]:
        for _, element in iterparse(self.source):
            if element.tag == ROW_TAG:
                try:
                    ligne = self.parse_row(element)
                except ValueError as erreur:
                    raise self._de.wrong("adresse de cellule impossible", self.row_counter or None) from erreur
                element.clear()
                self.row_dimensions.clear()
                yield ligne

    def parse_cell(self, element: Element) -> Cellule:
        try:
            cellule = super().parse_cell(element)
        except (ValueError, IndexError, OverflowError, TypeError):
            coordinate_to_tuple(element.get("r", "A1"))
            lu = FaultyCell(element.findtext(VALUE_TAG, ""), "valeur illisible dans le classeur")
            return {"column": self.col_counter, "value": lu, "data_type": "s", "style_id": 0}
        if cellule["value"] is None and element.find(FORMULA_TAG) is not None:
            cellule["data_type"] = "f"
        return cellule
