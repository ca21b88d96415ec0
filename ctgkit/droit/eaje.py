"""Établissements d'accueil du jeune enfant : 0 à 3 ans, en places financées par la Psu."""

from ctgkit.droit.bonus_territoire import Nombre, montant_nouveau


def offre_nouvelle(places: Nombre, montant: Nombre) -> Nombre:
    """Chaque place nouvelle reçoit le montant de la tranche de son territoire (circulaire 2021-004, § 2.2)."""
    return montant_nouveau(places, montant)
