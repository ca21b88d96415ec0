"""Relais petite enfance, en équivalents temps plein."""

import numpy as np

from ctgkit.droit.bonus_territoire import Nombre


def ps_rpe(etp: Nombre, depenses: Nombre, plafond: Nombre, taux: Nombre) -> Nombre:
    """La prestation de service couvre une part des dépenses, dans la limite d'un plafond par équivalent temps plein."""
    return taux * np.minimum(depenses, etp * plafond)
