"""Ludothèques, en heures d'ouverture : dans l'ancien contrat enfance jeunesse, sans règle nouvelle connue."""

from ctgkit.droit.bonus_territoire import Nombre, montant_nouveau


def offre_nouvelle(heures: Nombre, montant: Nombre) -> Nombre:
    """Si la Caf finance une offre nouvelle, c'est par un montant par heure."""
    return montant_nouveau(heures, montant)
