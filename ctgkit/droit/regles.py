"""Les règles que plusieurs dispositifs partagent : celui qui n'a pas de fichier Python à son nom en choisit une."""

from functools import reduce

import numpy as np

from ctgkit.droit.bonus_territoire import Nombre


def produit(**facteurs: Nombre) -> Nombre:
    """Un montant par place, par heure ou par unité."""
    return reduce(np.multiply, facteurs.values())


def part_du_cout(quantite: Nombre, depenses: Nombre, plafond: Nombre, taux: Nombre) -> Nombre:
    """La prestation de service couvre une part des dépenses, dans la limite d'un plafond par unité."""
    return taux * np.minimum(depenses, quantite * plafond)
