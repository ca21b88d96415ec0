"""Le serveur de l'atelier : Voilà lancé depuis Python, notre gabarit, la page d'accueil sans calcul."""

__all__ = []
