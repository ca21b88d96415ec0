"""Chargés de coopération, en équivalents temps plein : les postes de pilotage de l'ancien contrat évoluent."""

from ctgkit.droit.bonus_territoire import Nombre, montant_nouveau


def offre_nouvelle(etp: Nombre, montant: Nombre) -> Nombre:
    """Chaque équivalent temps plein nouveau reçoit un forfait annuel."""
    return montant_nouveau(etp, montant)
