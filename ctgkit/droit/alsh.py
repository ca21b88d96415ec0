"""Accueils de loisirs sans hébergement, en heures : périscolaire, extrascolaire et adolescents suivent ces règles."""

from ctgkit.droit.bonus_territoire import Nombre, montant_nouveau


def offre_nouvelle(heures: Nombre, montant: Nombre) -> Nombre:
    """Les heures nouvelles reçoivent un montant par heure."""
    return montant_nouveau(heures, montant)
