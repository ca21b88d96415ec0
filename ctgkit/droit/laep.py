"""Lieux d'accueil enfants-parents, en heures."""

import numpy as np

from ctgkit.droit.bonus_territoire import Nombre, montant_nouveau


def offre_nouvelle(heures: Nombre, montant: Nombre) -> Nombre:
    """Les heures nouvelles reçoivent un montant par heure."""
    return montant_nouveau(heures, montant)


def ps_laep(heures: Nombre, depenses: Nombre, plafond: Nombre, taux: Nombre) -> Nombre:
    """La prestation de service couvre une part du coût, dans la limite d'un plafond horaire."""
    return taux * np.minimum(depenses, heures * plafond)
