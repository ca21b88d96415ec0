"""Accueil des vacances et des jours sans école : les règles des accueils de loisirs, en heures."""

from ctgkit.droit.alsh import offre_nouvelle

__all__ = ["offre_nouvelle"]
