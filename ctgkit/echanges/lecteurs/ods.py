"""Les classeurs LibreOffice, ligne à ligne ; les répétitions démesurées sont refusées, pas dépliées."""

import io
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, iterparse
from xml.sax.saxutils import unescape

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

CONTENU = "content.xml"
_OASIS = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TABLE, _TEXTE, _OFFICE = (_OASIS % espace for espace in ("table", "text", "office"))
_FEUILLE, _RANG = f"{_TABLE}table", f"{_TABLE}table-row"
_CELLULES = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_IGNORES = (f"{_OFFICE}annotation", f"{_TABLE}tracked-changes", f"{_TABLE}shapes")
_PARAGRAPHE = f"{_TEXTE}p"
_BLANCS = (f"{_TEXTE}s", f"{_TEXTE}tab", f"{_TEXTE}line-break")
_REPERE = re.compile(rb"""<table:table\s(?:[^<>]*?\s)?table:name\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_LIENS = (b"<table:table-source", b"<table:cell-range-source", b"<table:dde-link", b"<office:dde-source")
_ENTITES = {"&quot;": '"', "&apos;": "'"}
_LIMITE_BALISE = 100_000
_ERREURS = ("#N/", "#REF", "#VAL", "#DIV", "#NOM", "#NAME", "Err:")


def ods_sheets(archive: Archive) -> tuple[FeuilleLue, ...]:
    if b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise unreadable(archive.nom, "classeur protégé par un mot de passe", "un classeur sans mot de passe")
    archive.check_xml()
    feuilles = (_FeuilleOds(archive, nom) for nom in dict.fromkeys(_names(archive)))
    return tuple(FeuilleLue(f.rows, f.nom, souple=True, lettres=True) for f in feuilles)


def _names(archive: Archive) -> Iterator[str]:
    """Les noms des feuilles, cherchés dans les octets : l'analyseur XML ne passe qu'à la lecture."""
    reste = b""
    for bloc in archive.blocks(CONTENU):
        texte = reste + bloc
        if any(lien in texte for lien in _LIENS):
            attendu = "un classeur dont les liaisons sont rompues"
            raise unreadable(archive.nom, "classeur relié à d'autres fichiers", attendu)
        coupe = max(texte.rfind(b"<"), 0)
        for trouve in _REPERE.finditer(texte, 0, coupe):
            yield unescape((trouve[1] or trouve[2] or b"").decode(errors="replace"), _ENTITES)
        reste = texte[coupe:][-_LIMITE_BALISE:]


class _FeuilleOds:
    def __init__(self, archive: Archive, nom: str) -> None:
        self._archive, self.nom = archive, nom

    def rows(self) -> Iterator[Rang]:
        numero = total = 0
        for element in self._elements():
            ligne, fois = self._row(element, numero + 1), _times(element, "rows")
            premiere, numero = numero + 1, numero + fois
            total += len(ligne) * fois
            if ligne and (numero > LIMITE_LIGNES or total > LIMITE_CELLULES):
                raise self._wrong("feuille démesurée", f"au plus {LIMITE_LIGNES} lignes", premiere)
            if ligne or fois == 1:
                yield from ((n, ligne) for n in range(premiere, numero + 1))

    def _elements(self) -> Iterator[Element]:
        """Les lignes de cette feuille, hors des commentaires, des dessins et du suivi des modifications."""
        dedans, ignores = False, 0
        try:
            for evenement, element in iterparse(_Flux(self._archive.blocks(CONTENU)), ("start", "end")):
                if element.tag in _IGNORES:
                    ignores += 1 if evenement == "start" else -1
                    if evenement == "end":
                        element.clear()
                elif ignores:
                    continue
                elif element.tag == _FEUILLE:
                    dedans = evenement == "start" and element.get(f"{_TABLE}name") == self.nom
                elif element.tag == _RANG and evenement == "end":
                    if dedans:
                        yield element
                    element.clear()
        except ParseError as erreur:
            raise self._wrong(f"XML mal formé dans « {CONTENU} »", "un classeur enregistré par un tableur") from erreur

    def _row(self, rang: Element, numero: int) -> list[str]:
        ligne: list[str] = []
        vides = 0
        for cellule in rang:
            if cellule.tag not in _CELLULES:
                continue
            valeur, fois = _value(cellule), _times(cellule, "columns")
            if len(valeur) > LIMITE_TEXTE:
                raise self._wrong("cellule démesurée", "un tableau ordinaire", numero)
            if not valeur and not isinstance(valeur, FaultyCell):
                vides += fois
                continue
            if len(ligne) + vides + fois > LIMITE_COLONNES:
                raise self._wrong("trop de colonnes", f"au plus {LIMITE_COLONNES}", numero)
            ligne.extend([""] * vides + [valeur] * fois)
            vides = 0
        return ligne

    def _wrong(self, constat: str, attendu: str, ligne: int | None = None) -> UnreadableFileError:
        return unreadable(self._archive.nom, constat, attendu, (ligne, self.nom))


class _Flux(io.RawIOBase):
    """Les blocs d'une archive, vus comme un fichier ouvert en lecture."""

    def __init__(self, blocs: Iterator[bytes]) -> None:
        self._blocs = blocs

    def read(self, _: int = -1) -> bytes:
        return next(self._blocs, b"")


def _text(cellule: Element) -> str:
    return "\n".join(_flat(p) if len(p) else p.text or "" for p in cellule.iterfind(_PARAGRAPHE))


def _flat(element: Element) -> str:
    fils = (f"{' ' if x.tag in _BLANCS else _flat(x)}{x.tail or ''}" for x in element)
    return f"{element.text or ''}{''.join(fils)}"


def _value(cellule: Element) -> str:
    texte, sorte = _text(cellule), cellule.get(f"{_OFFICE}value-type", "")
    if texte.startswith(_ERREURS):
        return FaultyCell(texte, ERREUR_DE_CALCUL)
    if sorte in ("float", "percentage", "currency"):
        return _number(cellule, texte, sorte)
    if sorte == "date":
        return cellule.get(f"{_OFFICE}date-value", texte)[:10]
    if sorte == "string":
        return cellule.get(f"{_OFFICE}string-value", "") or texte
    return FaultyCell("", JAMAIS_CALCULEE) if not texte and cellule.get(f"{_TABLE}formula") is not None else texte


def _number(cellule: Element, texte: str, sorte: str) -> str:
    try:
        valeur = float(cellule.get(f"{_OFFICE}value", "").replace("_", "?"))
        return number_text(valeur * 100 if sorte == "percentage" else valeur)
    except (ValueError, OverflowError):
        return FaultyCell(texte, "valeur absente de la cellule")


def _times(element: Element, quoi: str) -> int:
    texte = element.get(f"{_TABLE}number-{quoi}-repeated", "")
    return max(1, int(texte)) if texte.isascii() and texte.isdigit() and len(texte) < 9 else 1
