"""La table des montants : une ligne par structure, année, dispositif et part, rangée par colonnes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ctgkit.droit.bonus_territoire import arrondi

PARTS = ("existant", "nouveau", "ensemble")
EXISTANT, NOUVEAU, ENSEMBLE = range(3)
MONTANTS = ("bas", "haut", "haut_connu")
_UNITAIRES = ("unitaire_bas", "unitaire_haut")
_TYPES = {
    **{"structure": np.int32, "annee": np.int16, "dispositif": np.int8, "part": np.int8, "quantite": np.float64},
    **dict.fromkeys((*_UNITAIRES, *MONTANTS), np.float64),
    **{"statut": np.int8, "raisons": np.int16},
}
Colonnes = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Lignes:
    """`bas`, `haut` : les bornes du montant (`haut` infini si rien ne le borne).

    `haut_connu` : la borne haute sans ce qui n'est pas publié ; c'est elle que deux scénarios comparent.
    """

    colonnes: Colonnes

    def __len__(self) -> int:
        return len(self.colonnes["annee"])

    def __getitem__(self, colonne: str) -> np.ndarray:
        return self.colonnes[colonne]

    def where(self, masque: np.ndarray) -> "Lignes":
        return Lignes(MappingProxyType({c: t[masque] for c, t in self.colonnes.items()}))


def block(
    structure: np.ndarray,
    annee: int,
    unitaire: Sequence[np.ndarray],
    montant: Sequence[np.ndarray],
    **colonnes: np.ndarray | float,
) -> Colonnes:
    """Les lignes d'une année, d'un dispositif et d'une part ; `montant` : bas, haut, haut connu."""
    bornes = dict(zip((*_UNITAIRES, *MONTANTS), (*unitaire, *montant), strict=True))
    donnees = {"structure": structure, "annee": annee, **bornes, **colonnes}
    return {c: np.broadcast_to(np.asarray(donnees[c], t), len(structure)) for c, t in _TYPES.items()}


def stack(blocs: Sequence[Colonnes]) -> Lignes:
    """Toutes les lignes, au centime ; l'offre existante l'est déjà, groupe par groupe."""
    colonnes = {}
    for nom, genre in _TYPES.items():
        tableau = np.concatenate([b[nom] for b in blocs]) if blocs else np.empty(0, genre)
        colonnes[nom] = arrondi(tableau) if nom in MONTANTS else tableau
        colonnes[nom].flags.writeable = False
    return Lignes(MappingProxyType(colonnes))
