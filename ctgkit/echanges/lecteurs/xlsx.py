"""Les classeurs Excel, lus ligne à ligne : aucune formule n'est exécutée, aucune valeur n'est devinée."""

from posixpath import join, normpath

from ctgkit.echanges.lecteurs.archives import Archive, finish, local
from ctgkit.echanges.lecteurs.feuille import Feuille
from ctgkit.echanges.lecteurs.xlsx_feuille import XlsxSheet
from ctgkit.echanges.lecteurs.xlsx_styles import CellReader, SharedTexts, Styles, ignore
from ctgkit.echanges.tableau.modele import unreadable

_CLASSEUR = "xl/workbook.xml"


def xlsx_sheets(archive: Archive) -> tuple[Feuille, ...]:
    if _CLASSEUR not in archive:
        raise unreadable(archive.nom, "ce n'est pas un classeur Excel", "un fichier .xlsx")
    _refuse_macros(archive)
    feuilles, depuis_1904 = _sheets(archive)
    liens = _targets(archive)
    lecteur = CellReader(Styles(archive, depuis_1904), SharedTexts(archive))
    return tuple(
        Feuille(
            lambda chemin=liens[lien], nom=nom: XlsxSheet(archive, chemin, nom, lecteur).rows(),
            nom,
            souple=True,
            lettres=True,
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
