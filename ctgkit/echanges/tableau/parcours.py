"""Parcourir un tableau reconnu en comptant chaque ligne une fois : le socle des formats qui ne sont pas des mesures."""

from collections.abc import Callable, Sequence

from ctgkit.echanges.lecteurs.feuille import FaultyCell, FeuilleLue
from ctgkit.echanges.tableau.contexte import Releve
from ctgkit.echanges.tableau.entete import Resolution
from ctgkit.echanges.tableau.ligne import Ligne
from ctgkit.echanges.tableau.modele import Rejet, Skipped


def check_width(ligne: Ligne, feuille: FeuilleLue, largeur: int) -> None:
    """Une ligne coupée ou décalée d'un fichier texte est refusée ; un tableur omet les cellules vides de droite."""
    if feuille.souple:
        return
    if isinstance(ligne.cellules[0], FaultyCell):
        raise ValueError(ligne.cellules[0].raison)
    if len(ligne.cellules) < largeur:
        raise ValueError(f"ligne coupée : {len(ligne.cellules)} cellules au lieu de {largeur}")
    if any(map(str.strip, ligne.cellules[largeur:])):
        raise ValueError("ligne décalée : une cellule remplie n'a pas de titre de colonne")


def is_blank(cellules: Sequence[str]) -> bool:
    return not any(map(str.strip, cellules))


def browse(feuille: FeuilleLue, resolution: Resolution, releve: Releve, lire: Callable[[Ligne], bool]) -> None:
    """`lire` rend vrai quand la ligne concerne le territoire ; Skipped l'écarte, ValueError la refuse."""
    for numero, cellules in feuille.lignes():
        if numero <= resolution.entete.ligne:
            continue
        releve.lues += 1
        if is_blank(cellules):
            releve.vides += 1
            continue
        ligne = Ligne(numero, cellules, resolution.autres)
        try:
            check_width(ligne, feuille, resolution.entete.largeur)
            if lire(ligne):
                releve.reprises += 1
            else:
                releve.hors += 1
        except Skipped as ecart:
            releve.ecartees[str(ecart)] += 1
        except ValueError as refus:
            releve.refusees += 1
            releve.reject(Rejet(str(refus), numero))
