"""Bonus trajectoire de développement des crèches."""

import numpy as np

from ctgkit.droit.bonus_territoire import Nombre


def croissance(places: Nombre, places_base: Nombre) -> Nombre:
    """La croissance des places cofinancées depuis l'année de départ ; sans place au départ, elle n'est pas définie."""
    places, base = np.broadcast_arrays(np.asarray(places, float), np.asarray(places_base, float))
    return np.divide(places - base, base, out=np.full(base.shape, np.nan), where=base > 0)
