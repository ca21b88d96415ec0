"""Prestation de service unique des crèches."""

import numpy as np

from ctgkit.droit.bonus_territoire import Nombre


def psu(heures: Nombre, depenses: Nombre, taux: Nombre, total_horaire: Nombre, participations: Nombre) -> Nombre:
    """La Caf complète les participations des familles jusqu'à une part du coût horaire, dans la limite d'un plafond.

    La part des familles du régime général et les heures de préparation n'y sont pas.
    """
    total = np.minimum(np.multiply(depenses, taux), np.multiply(heures, total_horaire))
    return np.maximum(total - participations, 0.0)
