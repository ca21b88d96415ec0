"""Une feuille d'un classeur LibreOffice, ligne à ligne ; les répétitions démesurées sont refusées, pas dépliées."""

import re
from collections.abc import Iterator

from ctgkit.echanges.lecteurs.archives import LIMITE_TEXTE, Archive, local, walk_fragment
from ctgkit.echanges.lecteurs.feuille import LIMITE_COLONNES, Rang
from ctgkit.echanges.lecteurs.rangs import LazyRow, NotPlainXml, split_rows
from ctgkit.echanges.lecteurs.xlsx_styles import JAMAIS_CALCULEE, number_text
from ctgkit.echanges.tableau.modele import FaultyCell, unreadable

CONTENU = "content.xml"
_LIMITE_LIGNES = 1_048_576
_LIMITE_CELLULES = 40_000_000
_CELLULES = ("table-cell", "covered-table-cell")
_IGNORES = ("annotation", "tracked-changes", "shapes")
_ATTRIBUTS = rb"""((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*"""
REPERE = re.compile(rb"<(?:(table:table)|table:table-row)" + _ATTRIBUTS + rb"(/?)>")
_CELLULE = re.compile(
    rb"<table:(?:covered-)?table-cell" + _ATTRIBUTS + rb"(?:/>|>(.*?)</table:(?:covered-)?table-cell>)", re.S
)
_ATTRIBUT = re.compile(rb"""\s([\w:.-]+)\s*=\s*(?:"([^"&]*)"|'([^'&]*)')""")
_SIMPLE = re.compile(rb"<text:p>([^<&]*)</text:p>")
_RARES = (b"table:tracked-changes", b"<table:shapes", b"table:is-sub-table")


class OdsSheet:
    def __init__(self, archive: Archive, rang: int) -> None:
        self._archive, self._cible = archive, rang

    def rows(self) -> Iterator[Rang]:
        derniere = 0
        try:
            for numero, cellules in self._fast():
                yield numero, cellules
                derniere = numero
        except NotPlainXml:
            yield from (rang for rang in self._exact() if rang[0] > derniere)

    def _exact(self) -> Iterator[Rang]:
        lignes = _Rows(self._archive.nom, self._cible)
        for _ in self._archive.walk(CONTENU, lignes.start, lignes.end, lignes.text):
            yield from lignes.pretes
            lignes.pretes.clear()

    def _fast(self) -> Iterator[Rang]:
        """Découpe le XML aux fins de ligne ; une ligne n'est dépliée que si on la demande."""
        table, numero, total = -1, 0, 0
        for brut in split_rows(self._archive, CONTENU, b"</table:table-row>", _RARES):
            for repere in REPERE.finditer(brut):
                if repere[1]:
                    table += 1
                    continue
                if table != self._cible:
                    continue
                fois = times(_attributes(repere[2]).get("table:number-rows-repeated"))
                premiere, numero = numero + 1, numero + fois
                if repere[3]:
                    continue
                ligne = LazyRow(brut[repere.start() :], self._peek, self._parse)
                if fois > 1:
                    total += fois * len(ligne)
                    self._check_size(premiere, numero, total, bool(ligne))
                    yield from ((n, ligne) for n in range(premiere, numero + 1) if len(ligne))
                else:
                    yield numero, ligne

    def _check_size(self, premiere: int, derniere: int, total: int, pleine: bool) -> None:
        if pleine and (derniere > _LIMITE_LIGNES or total > _LIMITE_CELLULES):
            raise unreadable(self._archive.nom, "feuille démesurée", f"au plus {_LIMITE_LIGNES} lignes", (premiere, ""))

    def _parse(self, brut: bytes) -> list[str]:
        lignes = _Rows(self._archive.nom, -1)
        walk_fragment(self._archive.nom, brut + b"</table:table-row>", lignes.start, lignes.end, lignes.text)
        return list(lignes.pretes[0][1]) if lignes.pretes else []

    def _peek(self, brut: bytes, rang: int) -> str | None:
        """La cellule d'une colonne, si tout ce qui la précède s'écrit au plus simple ; rien au moindre doute."""
        for colonne, trouve in enumerate(_CELLULE.finditer(brut)):
            if b"repeated" in trouve[1] or b"formula" in trouve[1]:
                return None
            if colonne == rang:
                attributs = _attributes(trouve[1])
                simple = _SIMPLE.fullmatch(trouve[2] or b"")
                texte = simple[1].decode() if simple else ""
                return _value(attributs, texte) if simple or not trouve[2] else None
        return None


class _Rows:
    """Ce que l'analyseur XML appelle ; les lignes complètes attendent dans `pretes`."""

    def __init__(self, fichier: str, cible: int) -> None:
        self._fichier, self._cible = fichier, cible
        self._table, self._ignore, self._profondeur = -1, 0, 0
        self.pretes: list[Rang] = []
        self._ligne: list[str] = []
        self._numero = self._vides = self._total = 0
        self._repete = 1
        self._attributs: dict[str, str] = {}
        self._textes: list[str] = []

    def start(self, nom: str, attributs: dict[str, str]) -> None:
        nom = local(nom)
        if self._ignore or nom in _IGNORES:
            self._ignore += 1
        elif nom == "table":
            self._table += 1
        elif self._table != self._cible:
            return
        elif nom == "table-row":
            self._ligne, self._vides = [], 0
            self._repete = times(attributs.get("table:number-rows-repeated"))
        elif nom in _CELLULES:
            self._attributs, self._textes, self._profondeur = attributs, [], 0
        else:
            self._start_text(nom)

    def _start_text(self, nom: str) -> None:
        if nom == "p":
            self._profondeur += 1
            if self._textes:
                self._textes.append("\n")
        elif nom in ("s", "tab", "line-break"):
            self._textes.append(" ")

    def text(self, morceau: str) -> None:
        if self._profondeur and not self._ignore and self._table == self._cible:
            self._textes.append(morceau)

    def end(self, nom: str) -> None:
        nom = local(nom)
        if self._ignore:
            self._ignore -= 1
        elif self._table != self._cible:
            return
        elif nom == "p":
            self._profondeur -= 1
        elif nom in _CELLULES:
            self._close_cell()
        elif nom == "table-row":
            self._close_row()

    def _close_cell(self) -> None:
        texte = "".join(self._textes)
        if len(texte) > LIMITE_TEXTE:
            raise unreadable(self._fichier, "cellule démesurée", "un tableau ordinaire", (self._numero + 1, ""))
        valeur, fois = _value(self._attributs, texte), times(self._attributs.get("table:number-columns-repeated"))
        if not valeur and not isinstance(valeur, FaultyCell):
            self._vides += fois
            return
        if len(self._ligne) + self._vides + fois > LIMITE_COLONNES:
            raise unreadable(self._fichier, "trop de colonnes", f"au plus {LIMITE_COLONNES}", (self._numero + 1, ""))
        self._ligne.extend([""] * self._vides + [valeur] * fois)
        self._vides = 0

    def _close_row(self) -> None:
        premiere = self._numero + 1
        self._numero += self._repete
        if not self._ligne:
            return
        self._total += len(self._ligne) * self._repete
        if self._cible >= 0 and (self._numero > _LIMITE_LIGNES or self._total > _LIMITE_CELLULES):
            raise unreadable(self._fichier, "feuille démesurée", f"au plus {_LIMITE_LIGNES} lignes", (premiere, ""))
        fois = self._repete if self._cible >= 0 else 1
        self.pretes.extend((numero, self._ligne) for numero in range(premiere, premiere + fois))


def _value(attributs: dict[str, str], texte: str) -> str:
    sorte = attributs.get("office:value-type", "")
    if texte.startswith(("#N/", "#REF", "#VAL", "#DIV", "#NOM", "#NAME", "Err:")):
        return FaultyCell(texte, "erreur de calcul dans le tableur")
    if sorte in ("float", "percentage", "currency"):
        return _number(attributs, texte)
    if sorte == "date":
        return attributs.get("office:date-value", texte)[:10]
    if sorte == "string":
        return attributs.get("office:string-value", "") or texte
    return FaultyCell("", JAMAIS_CALCULEE) if not texte and "table:formula" in attributs else texte


def _number(attributs: dict[str, str], texte: str) -> str:
    try:
        valeur = float(attributs.get("office:value", "").replace("_", "?"))
        return number_text(valeur * 100 if attributs["office:value-type"] == "percentage" else valeur)
    except (ValueError, OverflowError):
        return FaultyCell(texte, "valeur absente de la cellule")


def _attributes(brut: bytes) -> dict[str, str]:
    return {m[1].decode(): (m[2] or m[3] or b"").decode() for m in _ATTRIBUT.finditer(brut)}


def times(texte: str | None) -> int:
    return max(1, int(texte)) if texte and texte.isascii() and texte.isdigit() and len(texte) < 9 else 1
