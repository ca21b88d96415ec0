"""Accueil avant et après la classe : les règles des accueils de loisirs, en heures."""

from ctgkit.droit.alsh import offre_nouvelle

__all__ = ["offre_nouvelle"]
