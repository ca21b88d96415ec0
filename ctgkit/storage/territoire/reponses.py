"""Écrire une réponse dans le fichier d'un territoire : la cellule, et rien d'autre de ce que l'on y avait tapé."""

import io
import os
from collections.abc import Mapping

from ctgkit.errors import CtgError
from ctgkit.storage.fichiers import LIMITE_CSV, locked, read_bytes, write_text
from ctgkit.storage.territoire.folders import find_folder
from ctgkit.texte import CsvQuoteError, csv_line, csv_rows

_BOM = "\ufeff"


def write_answer(
    dossier: str | os.PathLike[str], fichier: str, ligne: Mapping[str, str], colonne: str, valeur: str
) -> None:
    """Met `valeur` dans cette colonne des lignes que `ligne` désigne ; refusé si le fichier n'en a plus."""
    dossier = find_folder(dossier)
    chemin = dossier / fichier
    with locked(dossier):
        try:
            texte = read_bytes(chemin, LIMITE_CSV).decode()
            ecrit = _answered(texte.removeprefix(_BOM), ligne, colonne, valeur)
        except (UnicodeDecodeError, CsvQuoteError) as erreur:
            raise CtgError("Ce fichier ne se lit plus.", fichier, "Lancer « ctg verifier » et corriger.") from erreur
        if not ecrit:
            conseil = "Recharger la page : elle relit le territoire."
            raise CtgError("Cette ligne a changé depuis que la page l'a lue : rien n'est écrit.", fichier, conseil)
        write_text(chemin, _BOM * texte.startswith(_BOM) + ecrit)


def _answered(texte: str, ligne: Mapping[str, str], colonne: str, valeur: str) -> str:
    """Le fichier avec cette réponse, les autres lignes telles quelles ; vide si aucune ligne n'est celle-là."""
    lues, physiques = list(csv_rows(io.StringIO(texte, newline=""))), texte.splitlines(keepends=True)
    entete = [nom.strip() for nom in lues[0][2]] if lues else []
    if not {*ligne, colonne} <= set(entete):
        return ""
    rang, trouvees, ecrites = {nom: i for i, nom in enumerate(entete)}, 0, []
    for debut, fin, cellules in lues:
        visee = len(cellules) == len(entete) and all(cellules[rang[n]].strip() == v for n, v in ligne.items())
        if visee:
            cellules[rang[colonne]] = valeur
        trouvees += visee
        # Une ligne réécrite garde la fin de ligne de celle qu'elle remplace.
        saut = physiques[fin - 1][len(physiques[fin - 1].rstrip("\r\n")) :]
        ecrites.append(csv_line(cellules, saut) if visee else "".join(physiques[debut - 1 : fin]))
    return "".join(ecrites) if trouvees else ""
