"""Complément inclusif des accueils de loisirs."""

import numpy as np

from ctgkit.droit.bonus_territoire import Nombre


def complement_inclusif(heures: Nombre, montant: Nombre) -> Nombre:
    """Un montant par heure d'accueil d'un enfant bénéficiaire de l'Aeeh."""
    return np.multiply(heures, montant)
