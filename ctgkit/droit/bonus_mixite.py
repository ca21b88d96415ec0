"""Bonus mixité sociale des crèches."""

import numpy as np

from ctgkit.droit.bonus_territoire import Nombre


def bonus_mixite(places: Nombre, montant: Nombre) -> Nombre:
    """Un montant par place, d'autant plus haut que la participation familiale moyenne est basse."""
    return np.multiply(places, montant)
