"""Une archive zip de fichiers CSV, comme l'Insee les diffuse : chaque fichier se lit, le mieux reconnu est retenu."""

from dataclasses import replace

from ctgkit.echanges.lecteurs.archives import MEGA, Archive
from ctgkit.echanges.lecteurs.feuille import Feuille
from ctgkit.echanges.lecteurs.texte import text_sheets
from ctgkit.echanges.tableau.modele import unreadable
from ctgkit.formats import nombre

_SUFFIXES = (".csv", ".txt")
_LIMITE_FICHIERS = 20


def zipped_sheets(archive: Archive, limite: int) -> tuple[tuple[tuple[Feuille, ...], ...], tuple[str, ...]]:
    """Une lecture par fichier et par séparateur possible ; les autres fichiers se disent « ignorés »."""
    noms = [n for n in archive.names() if n.lower().endswith(_SUFFIXES)]
    if not noms:
        raise unreadable(archive.nom, "archive zip qui n'est ni un classeur ni des fichiers CSV", "un fichier CSV, "
                         "XLSX, ODS, JSON ou GeoJSON, sorti de son archive")  # fmt: skip
    if len(noms) > _LIMITE_FICHIERS or archive.size(noms) > limite:
        raise unreadable(
            archive.nom, "archive trop grosse", f"au plus {_LIMITE_FICHIERS} fichiers et {limite // MEGA} Mo en tout",
            valeur=f"{nombre(len(noms))} fichiers, {nombre(archive.size(noms) / MEGA)} Mo",
        )  # fmt: skip
    lectures, avis = [], []
    for nom in noms:
        octets = b"".join(archive.blocks(nom))
        if octets.strip():
            feuilles, dit = text_sheets(f"{archive.nom}, {nom}", octets)
            lectures += [tuple(replace(f, nom=nom) for f in lecture) for lecture in feuilles]
            avis += dit
    if not lectures:
        raise unreadable(archive.nom, "archive dont les fichiers sont vides", "un fichier CSV rempli")
    return tuple(lectures), tuple(dict.fromkeys(avis))
