"""Accueil de loisirs et accueil de jeunes de 12 à 17 ans : les règles des accueils de loisirs, en heures."""

from ctgkit.droit.alsh import offre_nouvelle

__all__ = ["offre_nouvelle"]
