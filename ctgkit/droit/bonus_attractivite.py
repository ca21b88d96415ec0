"""Bonus attractivité des crèches."""

import numpy as np

from ctgkit.droit.bonus_territoire import Nombre


def bonus_attractivite(
    places: Nombre, est_public: Nombre, montant_public: Nombre, montant_prive: Nombre, revalorise: Nombre
) -> Nombre:
    """Un montant par place, selon le statut du gestionnaire, quand les salaires ont été relevés."""
    montant = np.multiply(est_public, montant_public) + np.multiply(np.subtract(1, est_public), montant_prive)
    return np.multiply(np.multiply(places, montant), revalorise)
