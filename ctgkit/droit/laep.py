"""Lieux d'accueil enfants-parents, en heures."""

import numpy as np

from ctgkit.droit.bonus_territoire import Nombre


def ps_laep(heures: Nombre, depenses: Nombre, plafond: Nombre, taux: Nombre) -> Nombre:
    """La prestation de service couvre une part du coût, dans la limite d'un plafond horaire."""
    return taux * np.minimum(depenses, heures * plafond)
