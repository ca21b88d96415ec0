"""Une feuille d'un classeur Excel, ligne à ligne."""

import re
from collections.abc import Iterator

from ctgkit.echanges.lecteurs.archives import LIMITE_TEXTE, Archive, local, walk_fragment
from ctgkit.echanges.lecteurs.feuille import LIMITE_COLONNES, Rang
from ctgkit.echanges.lecteurs.rangs import LazyRow, NotPlainXml, split_rows
from ctgkit.echanges.lecteurs.xlsx_styles import CellReader, integer
from ctgkit.echanges.tableau.modele import UnreadableFileError, unreadable

LIMITE_CELLULES = 40_000_000
_LIMITE_LIGNES = 1_048_576
_ATTRIBUTS = rb"""((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*"""
_RANG = re.compile(rb"<row" + _ATTRIBUTS + rb"(/?)>")
_CELLULE = re.compile(rb"<c" + _ATTRIBUTS + rb"(?:/>|>(.*?)</c>)", re.S)
_ATTRIBUT = re.compile(rb"""\s([\w:.-]+)\s*=\s*(?:"([^"&]*)"|'([^'&]*)')""")
_SIMPLE = re.compile(rb"<v>([^<&]*)</v>|<is><t>([^<&]*)</t></is>")


class XlsxSheet:
    def __init__(self, archive: Archive, chemin: str, nom: str, lecteur: CellReader) -> None:
        self._archive, self._chemin, self._nom, self._lecteur = archive, chemin, nom, lecteur
        self._colonnes: dict[str, int] = {}
        self._depliees = 0

    def rows(self) -> Iterator[Rang]:
        derniere = 0
        try:
            for numero, cellules in self._fast():
                yield numero, cellules
                derniere = numero
        except NotPlainXml:
            yield from (rang for rang in self._exact() if rang[0] > derniere)

    def _exact(self) -> Iterator[Rang]:
        lignes = _Rows(self._archive.nom, self._nom, self._lecteur, self.column)
        for _ in self._archive.walk(self._chemin, lignes.start, lignes.end, lignes.text):
            yield from lignes.pretes
            lignes.pretes.clear()

    def _fast(self) -> Iterator[Rang]:
        """Découpe le XML aux fins de ligne ; une ligne n'est dépliée que si on la demande."""
        numero = 0
        for brut in split_rows(self._archive, self._chemin, b"</row>"):
            for debut in _RANG.finditer(brut):
                suivant = integer(_attributes(debut[1]).get("r")) or numero + 1
                if not numero < suivant <= _LIMITE_LIGNES:
                    raise self._wrong("lignes dans le désordre", suivant)
                numero = suivant
                if not debut[2] and _CELLULE.search(brut, debut.end()):
                    yield numero, LazyRow(brut[debut.start() :], self._peek, self._parse)

    def _parse(self, brut: bytes) -> list[str]:
        lignes = _Rows(self._archive.nom, self._nom, self._lecteur, self.column)
        walk_fragment(self._archive.nom, brut + b"</row>", lignes.start, lignes.end, lignes.text)
        cellules = list(lignes.pretes[0][1]) if lignes.pretes else []
        self._depliees += len(cellules)
        if self._depliees > LIMITE_CELLULES:
            raise self._wrong("feuille démesurée", 0)
        return cellules

    def _peek(self, brut: bytes, rang: int) -> str | None:
        """La cellule d'une colonne, si elle s'écrit au plus simple ; rien au moindre doute."""
        colonne = -1
        for trouve in _CELLULE.finditer(brut):
            attributs = _attributes(trouve[1])
            place = self.column(attributs.get("r", ""), 0)
            colonne = colonne + 1 if place < 0 else place
            if colonne >= rang:
                return self._simple(attributs, trouve[2]) if colonne == rang else ""
        return None

    def _simple(self, attributs: dict[str, str], contenu: bytes | None) -> str | None:
        if contenu is None:
            return ""
        simple = _SIMPLE.fullmatch(contenu)
        return self._lecteur.value(attributs, (simple[1] or simple[2] or b"").decode(), False) if simple else None

    def column(self, reference: str, ligne: int) -> int:
        """Le rang de la colonne de `B12` ; −1 quand la cellule ne dit pas son adresse."""
        lettres = reference.rstrip("0123456789")
        if not lettres:
            return -1
        if lettres not in self._colonnes:
            self._colonnes[lettres] = _rank(lettres)
        if not 0 <= self._colonnes[lettres] < LIMITE_COLONNES:
            raise self._wrong("adresse de cellule impossible", ligne)
        return self._colonnes[lettres]

    def _wrong(self, constat: str, ligne: int) -> UnreadableFileError:
        return unreadable(self._archive.nom, constat, "A1 à XFD1048576", (ligne or None, self._nom))


class _Rows:
    """Ce que l'analyseur XML appelle ; les lignes complètes attendent dans `pretes`."""

    def __init__(self, fichier: str, nom: str, lecteur: CellReader, column: object) -> None:
        self._fichier, self._nom, self._lecteur, self._column = fichier, nom, lecteur, column
        self.pretes: list[Rang] = []
        self._ligne: list[str] = []
        self._numero = self._colonne = self._total = 0
        self._attributs: dict[str, str] = {}
        self._morceaux: list[str] = []
        self._formule = self._lire = False

    def start(self, nom: str, attributs: dict[str, str]) -> None:
        if ":" in nom:
            nom = local(nom)
        if nom in ("v", "t"):
            self._lire = True
        elif nom == "c":
            self._attributs = attributs
            self._formule = False
        elif nom == "f":
            self._formule = True
        elif nom == "row":
            suivant = integer(attributs.get("r")) or self._numero + 1
            if suivant <= self._numero:
                raise unreadable(
                    self._fichier, "lignes dans le désordre", "un classeur ordinaire", (suivant, self._nom)
                )
            self._numero, self._ligne, self._colonne = suivant, [], -1

    def text(self, morceau: str) -> None:
        if self._lire:
            self._morceaux.append(morceau)

    def end(self, nom: str) -> None:
        if ":" in nom:
            nom = local(nom)
        if nom in ("v", "t"):
            self._lire = False
        elif nom == "c":
            self._close_cell()
        elif nom == "row" and self._ligne:
            self.pretes.append((self._numero, self._ligne))

    def _close_cell(self) -> None:
        place = self._column(self._attributs.get("r", ""), self._numero)
        self._colonne = self._colonne + 1 if place < 0 else place
        brut = "".join(self._morceaux)
        self._morceaux.clear()
        manque = self._colonne - len(self._ligne)
        self._total += max(manque, 0) + 1
        if self._total > LIMITE_CELLULES or len(brut) > LIMITE_TEXTE:
            raise unreadable(self._fichier, "feuille démesurée", "un tableau ordinaire", (self._numero, self._nom))
        if manque < 0:
            raise unreadable(
                self._fichier, "cellules dans le désordre", "un classeur ordinaire", (self._numero, self._nom)
            )
        self._ligne.extend([""] * manque)
        self._ligne.append(self._lecteur.value(self._attributs, brut, self._formule))


def _attributes(brut: bytes) -> dict[str, str]:
    return {m[1].decode(): (m[2] or m[3] or b"").decode() for m in _ATTRIBUT.finditer(brut)}


def _rank(lettres: str) -> int:
    rang = 0
    for lettre in lettres[:4]:
        if not "A" <= lettre <= "Z":
            return -1
        rang = rang * 26 + ord(lettre) - ord("A") + 1
    return rang - 1
