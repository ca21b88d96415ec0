"""Bonus inclusion handicap des crèches."""

import numpy as np

from ctgkit.droit.bonus_territoire import Nombre


def bonus_handicap(places: Nombre, part: Nombre, taux: Nombre, cout: Nombre, plafond: Nombre) -> Nombre:
    """Une part du coût par place, selon la part d'enfants concernés, dans la limite d'un plafond par place.

    La forme du produit se déduit des textes lus, sans y être écrite.
    """
    return np.multiply(places, np.minimum(plafond, np.multiply(np.multiply(part, taux), cout)))
