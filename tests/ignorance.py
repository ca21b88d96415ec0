"""L'ignorance est monotone : ce qu'il faut pour vider une case d'un territoire, et la liste des vides qui disent."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from ctgkit.territoire import Table, Territoire

TABLES_DU_BONUS = ("communes", "structures", "references", "engagements", "notifications")
# Les seules cases dont le vide a un sens à lui ; partout ailleurs, vider une case ne fait qu'ignorer.
VIDE_A_UN_SENS: Mapping[tuple[str, str], str] = {
    ("structures", "fermeture"): "aucune fermeture n'est prévue",
    ("structures", "ouverture"): "ouverte depuis longtemps : supposé, et dit dans une remarque",
    ("structures", "code_insee"): "la structure est intercommunale",
    ("structures", "gestionnaire"): "un classement : comptée à part, sans changer aucun autre montant",
    ("communes", "effet"): "déduit de l'adhésion, et à confirmer",
    ("references", "periode"): "le montant est par an",
    ("notifications", "notifie_eur"): "la Caf n'a pas encore notifié",
}
# Sans elles une ligne ne se lit pas : le chargement refuse le fichier.
OBLIGATOIRES: Mapping[str, tuple[str, ...]] = {
    "communes": ("code_insee", "nom"),
    "structures": ("id", "nom", "type"),
    "references": ("competence", "type", "annee"),
    "engagements": ("competence", "annee"),
    "notifications": ("structure", "annee", "dispositif"),
}
_VIDES = {"f": np.nan, "M": np.datetime64("NaT"), "O": "", "U": ""}


def known_cells(lieu: Territoire) -> Iterator[tuple[str, str, int]]:
    """Chaque case remplie dont le vide ne ferait qu'ignorer : la table, la colonne, la ligne."""
    for nom in TABLES_DU_BONUS:
        for colonne, lues in getattr(lieu, nom).colonnes.items():
            if colonne not in OBLIGATOIRES[nom] and (nom, colonne) not in VIDE_A_UN_SENS:
                yield from ((nom, colonne, i) for i in range(len(lues)) if not _is_empty(lues[i]))


def _is_empty(valeur: object) -> bool:
    return valeur == "" or bool(pd.isna(valeur))


def emptied(lieu: Territoire, nom: str, colonne: str, ligne: int) -> Territoire:
    """Le même territoire, cette case vidée."""
    table = getattr(lieu, nom)
    lues = table[colonne].copy()
    lues[ligne] = _VIDES[lues.dtype.kind]
    return replace(lieu, **{nom: Table(table.record, {**table.colonnes, colonne: lues})})
