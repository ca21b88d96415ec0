"""Les classeurs LibreOffice, lus ligne à ligne ; les répétitions démesurées sont refusées, pas dépliées."""

from collections.abc import Iterator

from ctgkit.echanges.archives import LIMITE_TEXTE, Archive, finish, local
from ctgkit.echanges.feuille import LIMITE_COLONNES, Feuille, Rang
from ctgkit.echanges.modele import FaultyCell, unreadable
from ctgkit.echanges.xlsx import number_text

_CONTENU = "content.xml"
_LIMITE_LIGNES = 1_048_576
_LIMITE_CELLULES = 40_000_000
_CELLULES = ("table-cell", "covered-table-cell")
_IGNORES = ("annotation", "tracked-changes", "shapes")


def ods_sheets(archive: Archive) -> tuple[Feuille, ...]:
    _refuse_encrypted(archive)
    noms = _Tables(archive)
    finish(archive.walk(_CONTENU, noms.start, lambda _: None))
    return tuple(
        Feuille(lambda r=rang: _Sheet(archive, r).rows(), nom, souple=True, lettres=True)
        for rang, nom in enumerate(noms.noms)
    )


def _refuse_encrypted(archive: Archive) -> None:
    if "META-INF/manifest.xml" in archive and b"encryption-data" in b"".join(archive.blocks("META-INF/manifest.xml")):
        raise unreadable(archive.nom, "classeur protégé par un mot de passe", "un classeur sans mot de passe")
    if _CONTENU not in archive:
        raise unreadable(archive.nom, "ce n'est pas un classeur LibreOffice", "un fichier .ods")


class _Tables:
    """Les noms des feuilles ; une feuille liée à un autre fichier est refusée."""

    def __init__(self, archive: Archive) -> None:
        self._nom = archive.nom
        self.noms: list[str] = []

    def start(self, nom: str, attributs: dict[str, str]) -> None:
        nom = local(nom)
        if nom == "table":
            self.noms.append(attributs.get("table:name", ""))
        elif nom in ("table-source", "cell-range-source", "dde-source"):
            raise unreadable(
                self._nom, "classeur relié à d'autres fichiers", "un classeur dont les liaisons sont rompues"
            )


class _Sheet:
    def __init__(self, archive: Archive, rang: int) -> None:
        self._archive, self._cible = archive, rang
        self._table, self._ignore, self._profondeur = -1, 0, 0
        self._pretes: list[Rang] = []
        self._ligne: list[str] = []
        self._numero = self._vides = self._total = 0
        self._repete_ligne = 1
        self._attributs: dict[str, str] = {}
        self._textes: list[str] = []

    def rows(self) -> Iterator[Rang]:
        for _ in self._archive.walk(_CONTENU, self._start, self._end, self._text):
            yield from self._pretes
            self._pretes.clear()

    def _start(self, nom: str, attributs: dict[str, str]) -> None:
        nom = local(nom)
        if self._ignore or nom in _IGNORES:
            self._ignore += 1
        elif nom == "table":
            self._table += 1
        elif self._table != self._cible:
            return
        elif nom == "table-row":
            self._ligne, self._vides = [], 0
            self._repete_ligne = _times(attributs.get("table:number-rows-repeated"))
        elif nom in _CELLULES:
            self._attributs, self._textes, self._profondeur = attributs, [], 0
        elif nom == "p":
            self._profondeur += 1
            if self._textes:
                self._textes.append("\n")
        elif nom in ("s", "tab", "line-break"):
            self._textes.append(" ")

    def _text(self, morceau: str) -> None:
        if self._profondeur and not self._ignore and self._table == self._cible:
            self._textes.append(morceau)

    def _end(self, nom: str) -> None:
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
        valeur, fois = self._value(), _times(self._attributs.get("table:number-columns-repeated"))
        if not valeur and not isinstance(valeur, FaultyCell):
            self._vides += fois
            return
        if len(self._ligne) + self._vides + fois > LIMITE_COLONNES:
            raise unreadable(
                self._archive.nom, "trop de colonnes", f"au plus {LIMITE_COLONNES}", (self._numero + 1, "")
            )
        self._ligne.extend([""] * self._vides + [valeur] * fois)
        self._vides = 0

    def _close_row(self) -> None:
        premiere = self._numero + 1
        self._numero += self._repete_ligne
        if not self._ligne:
            return
        self._total += len(self._ligne) * self._repete_ligne
        if self._numero > _LIMITE_LIGNES or self._total > _LIMITE_CELLULES:
            raise unreadable(self._archive.nom, "feuille démesurée", f"au plus {_LIMITE_LIGNES} lignes", (premiere, ""))
        self._pretes.extend((numero, self._ligne) for numero in range(premiere, self._numero + 1))

    def _value(self) -> str:
        sorte = self._attributs.get("office:value-type", "")
        texte = "".join(self._textes)
        if len(texte) > LIMITE_TEXTE:
            raise unreadable(self._archive.nom, "cellule démesurée", "un tableau ordinaire", (self._numero + 1, ""))
        if texte.startswith(("#N/", "#REF", "#VAL", "#DIV", "#NOM", "#NAME", "Err:")):
            return FaultyCell(texte, "erreur de calcul dans le tableur")
        if sorte in ("float", "percentage", "currency"):
            return self._number(sorte, texte)
        if sorte == "date":
            return self._attributs.get("office:date-value", texte)[:10]
        if sorte == "string":
            return self._attributs.get("office:string-value", "") or texte
        if not texte and "table:formula" in self._attributs:
            return FaultyCell("", "formule jamais calculée : la valeur n'est pas dans le fichier")
        return texte

    def _number(self, sorte: str, texte: str) -> str:
        try:
            valeur = float(self._attributs.get("office:value", ""))
            return number_text(valeur * 100 if sorte == "percentage" else valeur)
        except (ValueError, OverflowError):
            return FaultyCell(texte, "valeur absente de la cellule")


def _times(texte: str | None) -> int:
    return max(1, int(texte)) if texte and texte.isascii() and texte.isdigit() and len(texte) < 9 else 1
