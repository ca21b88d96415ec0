"""Dire une quantité avec son unité, un montant avec ses bornes."""

import numpy as np

from ctgkit.formats import INSECABLE, nombre
from ctgkit.simulation.resultat import Resultat

_PAR = {"places": "par place", "heures": "par heure", "etp": "par équivalent temps plein"}


def per_unit(unite: str) -> str:
    return _PAR.get(unite, f"par {unite.removesuffix('s')}")


def name(quantite: float, unite: str) -> str:
    """`25 places`, `1 place`, `6,67 places`, `1,5 ETP`."""
    if np.isnan(quantite):
        return "quantité inconnue"
    decimales = 0 if abs(quantite - round(quantite)) < 0.005 else 2
    mot = "ETP" if unite == "etp" else unite if round(abs(quantite), decimales) >= 2 else unite.removesuffix("s")
    return f"{nombre(quantite, decimales)}{INSECABLE}{mot}"


def quantity(resultat: Resultat, i: int) -> str:
    """La quantité d'une ligne de la table."""
    return name(
        float(resultat.lignes["quantite"][i]),
        resultat.cadre.services[resultat.cadre.service[resultat.lignes["structure"][i]]].unite,
    )
