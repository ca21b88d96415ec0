"""Contrat territorial réservataire employeur : un montant unique par place nouvelle."""

from ctgkit.droit.bonus_territoire import Nombre, montant_nouveau


def offre_nouvelle(places: Nombre, montant: Nombre) -> Nombre:
    """Chaque place nouvelle réservée par un employeur reçoit un montant unique."""
    return montant_nouveau(places, montant)
