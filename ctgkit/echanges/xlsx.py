"""Les classeurs Excel, lus ligne à ligne : aucune formule n'est exécutée, aucune valeur n'est devinée."""

from collections.abc import Iterator
from posixpath import join, normpath

from ctgkit.echanges.archives import LIMITE_TEXTE, Archive, finish, local
from ctgkit.echanges.feuille import LIMITE_COLONNES, Feuille, Rang
from ctgkit.echanges.modele import FaultyCell, unreadable
from ctgkit.echanges.xlsx_styles import SharedTexts, Styles, ignore, integer, number_text

_CLASSEUR = "xl/workbook.xml"
_LIMITE_CELLULES = 40_000_000


def xlsx_sheets(archive: Archive) -> tuple[Feuille, ...]:
    if _CLASSEUR not in archive:
        raise unreadable(archive.nom, "ce n'est pas un classeur Excel", "un fichier .xlsx")
    _refuse_macros(archive)
    feuilles, depuis_1904 = _sheets(archive)
    liens = _targets(archive)
    styles = Styles(archive, depuis_1904)
    partages = SharedTexts(archive)
    return tuple(
        Feuille(
            lambda c=liens[lien], n=nom: _Sheet(archive, c, n, styles, partages).rows(), nom, souple=True, lettres=True
        )
        for nom, lien in feuilles
        if liens.get(lien, "") in archive
    )


def _refuse_macros(archive: Archive) -> None:
    if "[Content_Types].xml" in archive and b"macroEnabled" in b"".join(archive.blocks("[Content_Types].xml")):
        raise unreadable(archive.nom, "classeur avec macros", "le même classeur enregistré sans macro (.xlsx)")


def _sheets(archive: Archive) -> tuple[list[tuple[str, str]], bool]:
    feuilles: list[tuple[str, str]] = []
    dates_1904 = []

    def debut(nom: str, attributs: dict[str, str]) -> None:
        if local(nom) == "sheet":
            lien = next((v for k, v in attributs.items() if local(k) == "id"), "")
            feuilles.append((attributs.get("name", ""), lien))
        elif local(nom) == "workbookPr":
            dates_1904.append(attributs.get("date1904") in ("1", "true"))

    finish(archive.walk(_CLASSEUR, debut, ignore))
    return feuilles, any(dates_1904)


def _targets(archive: Archive) -> dict[str, str]:
    liens: dict[str, str] = {}

    def debut(nom: str, attributs: dict[str, str]) -> None:
        if local(nom) == "Relationship" and attributs.get("TargetMode") != "External":
            cible = attributs.get("Target", "")
            liens[attributs.get("Id", "")] = cible.lstrip("/") if cible.startswith("/") else normpath(join("xl", cible))

    if "xl/_rels/workbook.xml.rels" in archive:
        finish(archive.walk("xl/_rels/workbook.xml.rels", debut, ignore))
    return liens


class _Sheet:
    """Une feuille en cours de lecture : les lignes complètes attendent dans `_pretes`."""

    def __init__(self, archive: Archive, chemin: str, nom: str, styles: Styles, partages: SharedTexts) -> None:
        self._archive, self._chemin, self._nom = archive, chemin, nom
        self._styles, self._partages = styles, partages
        self._pretes: list[Rang] = []
        self._ligne: list[str] = []
        self._numero = self._colonne = self._total = 0
        self._attributs: dict[str, str] = {}
        self._morceaux: list[str] = []
        self._formule = self._lire = False
        self._colonnes: dict[str, int] = {}

    def rows(self) -> Iterator[Rang]:
        for _ in self._archive.walk(self._chemin, self._start, self._end, self._text):
            yield from self._pretes
            self._pretes.clear()

    def _start(self, nom: str, attributs: dict[str, str]) -> None:
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
            self._numero = integer(attributs.get("r")) or self._numero + 1
            self._ligne, self._colonne = [], -1

    def _text(self, morceau: str) -> None:
        if self._lire:
            self._morceaux.append(morceau)

    def _end(self, nom: str) -> None:
        if ":" in nom:
            nom = local(nom)
        if nom in ("v", "t"):
            self._lire = False
        elif nom == "c":
            self._close_cell()
        elif nom == "row" and self._ligne:
            self._pretes.append((self._numero, self._ligne))

    def _close_cell(self) -> None:
        self._colonne = self._place(self._attributs.get("r", ""))
        brut = "".join(self._morceaux)
        self._morceaux.clear()
        manque = self._colonne - len(self._ligne)
        self._total += max(manque, 0) + 1
        if self._total > _LIMITE_CELLULES or len(brut) > LIMITE_TEXTE:
            raise unreadable(self._archive.nom, "feuille démesurée", "un tableau ordinaire", (self._numero, self._nom))
        if manque < 0:
            raise unreadable(self._archive.nom, "cellules dans le désordre", "un classeur enregistré par un tableur",
                             (self._numero, self._nom))  # fmt: skip
        self._ligne.extend([""] * manque)
        self._ligne.append(self._value(brut))

    def _place(self, reference: str) -> int:
        lettres = reference.rstrip("0123456789")
        if not lettres:
            return self._colonne + 1
        if lettres not in self._colonnes:
            self._colonnes[lettres] = _column(lettres)
        colonne = self._colonnes[lettres]
        if not 0 <= colonne < LIMITE_COLONNES:
            raise unreadable(self._archive.nom, "adresse de cellule impossible", "A1 à XFD1048576",
                             (self._numero, ""), valeur=reference[:20])  # fmt: skip
        return colonne

    def _value(self, brut: str) -> str:
        sorte = self._attributs.get("t", "n")
        if not brut:
            return (
                FaultyCell("", "formule jamais calculée : la valeur n'est pas dans le fichier") if self._formule else ""
            )
        if sorte == "e":
            return FaultyCell(brut, "erreur de calcul dans le tableur")
        if sorte == "s":
            return self._shared(brut)
        if sorte == "b":
            return "oui" if brut == "1" else "non"
        return brut if sorte != "n" else self._number(brut)

    def _shared(self, brut: str) -> str:
        try:
            return self._partages[int(brut)]
        except (ValueError, IndexError):
            return FaultyCell(brut, "texte absent du classeur")

    def _number(self, brut: str) -> str:
        style = self._attributs.get("s", "")
        try:
            valeur = float(brut)
            if style in self._styles.dates:
                return self._styles.day(valeur)
            return number_text(valeur * 100 if style in self._styles.pourcents else valeur)
        except (ValueError, OverflowError):
            return brut


def _column(lettres: str) -> int:
    rang = 0
    for lettre in lettres[:4]:
        if not "A" <= lettre <= "Z":
            return -1
        rang = rang * 26 + ord(lettre) - ord("A") + 1
    return rang - 1
