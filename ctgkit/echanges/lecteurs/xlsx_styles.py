"""Ce qu'un classeur Excel range à part : les formats qui font d'un nombre une date, et les textes partagés."""

import re
from datetime import date, timedelta

from ctgkit.echanges.lecteurs.archives import Archive, finish, local
from ctgkit.echanges.tableau.modele import FaultyCell

_DATES_CONNUES = frozenset((*range(14, 18), 22, *range(27, 37), *range(50, 59)))
JAMAIS_CALCULEE = "formule jamais calculée : la valeur n'est pas dans le fichier"
_POURCENTS = frozenset((9, 10))
_PROTEGE = re.compile(r"_x((?![Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")
_HORS_CODE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


class Styles:
    """Quels formats de cellule montrent une date ou un pourcentage : la valeur enregistrée ne le dit pas."""

    def __init__(self, archive: Archive, depuis_1904: bool) -> None:
        self.origine = date(1904, 1, 1) if depuis_1904 else date(1899, 12, 30)
        self._codes: dict[int, str] = {}
        self._formats: list[int] = []
        self._dans_cellules = False
        if "xl/styles.xml" in archive:
            finish(archive.walk("xl/styles.xml", self._start, self._end))
        self.dates = frozenset(str(i) for i, f in enumerate(self._formats) if self._is_date(f))
        self.pourcents = frozenset(str(i) for i, f in enumerate(self._formats) if self._is_percent(f))

    def _start(self, nom: str, attributs: dict[str, str]) -> None:
        if local(nom) == "numFmt":
            self._codes[integer(attributs.get("numFmtId"))] = _HORS_CODE.sub(
                "", attributs.get("formatCode", "")
            ).lower()
        elif local(nom) == "cellXfs":
            self._dans_cellules = True
        elif local(nom) == "xf" and self._dans_cellules:
            self._formats.append(integer(attributs.get("numFmtId")))

    def _end(self, nom: str) -> None:
        if local(nom) == "cellXfs":
            self._dans_cellules = False

    def _is_date(self, numero: int) -> bool:
        return (
            any(signe in self._codes[numero] for signe in "ydj") if numero in self._codes else numero in _DATES_CONNUES
        )

    def _is_percent(self, numero: int) -> bool:
        return "%" in self._codes[numero] if numero in self._codes else numero in _POURCENTS

    def day(self, serie: float) -> str:
        return (self.origine + timedelta(days=int(serie))).isoformat()


def integer(texte: str | None) -> int:
    return int(texte) if texte and texte.isascii() and texte.isdigit() and len(texte) < 10 else 0


class SharedTexts:
    """Les textes que le classeur n'écrit qu'une fois, lus quand une feuille en demande un."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._textes: list[str] | None = None

    def __getitem__(self, rang: int) -> str:
        if self._textes is None:
            self._textes = self._load()
        if rang < 0:
            raise IndexError(rang)
        return self._textes[rang]

    def _load(self) -> list[str]:
        textes: list[str] = []
        morceaux: list[str] = []
        lire = phonetique = False

        def debut(nom: str, _: dict[str, str]) -> None:
            nonlocal lire, phonetique
            phonetique = phonetique or local(nom) == "rPh"
            lire = local(nom) == "t" and not phonetique

        def fin(nom: str) -> None:
            nonlocal lire, phonetique
            lire = False
            phonetique = phonetique and local(nom) != "rPh"
            if local(nom) == "si":
                textes.append(unescape("".join(morceaux)))
                morceaux.clear()

        def texte(morceau: str) -> None:
            if lire:
                morceaux.append(morceau)

        if "xl/sharedStrings.xml" in self._archive:
            finish(self._archive.walk("xl/sharedStrings.xml", debut, fin, texte))
        return textes


def unescape(texte: str) -> str:
    """`_x000D_` est un retour, `_x005F_x000D_` les signes eux-mêmes : le classeur protège ce que XML n'écrit pas."""
    return _PROTEGE.sub(lambda m: chr(int(m[1], 16)), texte) if "_x" in texte else texte


class CellReader:
    """Ce que montre une cellule : sa valeur enregistrée, jamais le résultat d'une formule que l'on exécuterait."""

    def __init__(self, styles: Styles, partages: SharedTexts) -> None:
        self._styles, self._partages = styles, partages

    def value(self, attributs: dict[str, str], brut: str, formule: bool) -> str:
        sorte = attributs.get("t", "n")
        if not brut:
            return FaultyCell("", JAMAIS_CALCULEE) if formule else ""
        if sorte == "e":
            return FaultyCell(brut, "erreur de calcul dans le tableur")
        if sorte == "s":
            return self._shared(brut)
        if sorte == "b":
            return "oui" if brut == "1" else "non"
        return unescape(brut) if sorte != "n" else self._number(brut, attributs.get("s", ""))

    def _shared(self, brut: str) -> str:
        try:
            return self._partages[int(brut) if brut.isdigit() else -1]
        except (ValueError, IndexError):
            return FaultyCell(brut, "texte absent du classeur")

    def _number(self, brut: str, style: str) -> str:
        try:
            valeur = float(brut.replace("_", "?"))
            if style in self._styles.dates:
                return self._styles.day(valeur)
            return number_text(valeur * 100 if style in self._styles.pourcents else valeur)
        except (ValueError, OverflowError):
            return brut


def number_text(valeur: float) -> str:
    """Le nombre tel que le tableur l'affiche : quinze chiffres, sans puissance de dix."""
    texte = f"{valeur:.15g}"
    if "e" not in texte:
        return texte
    return f"{valeur:.0f}" if abs(valeur) >= 1 else f"{valeur:.20f}".rstrip("0").rstrip(".")


def ignore(_: str) -> None:
    return
