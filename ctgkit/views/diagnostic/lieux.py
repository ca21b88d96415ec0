"""Nommer un lieu dans les phrases de la page : « du Nord », « au Nord », « le Nord »."""

import re

from ctgkit.diagnostic.noms import du_lieu


def short(nom: str) -> str:
    """« Territoire d'exemple (données fictives) » : la précision est déjà en tête de page."""
    return re.sub(r" \([^)]*\)$", "", nom)


def of_place(nom: str, niveau: str = "", code: str = "") -> str:
    """Sans aucun chiffre, le niveau ne se lit pas : un code à deux ou trois caractères est un département."""
    nom = short(nom)
    niveau = niveau or ("departement" if len(code) in (2, 3) else "")
    return f"du d{nom[1:]}" if nom.startswith("Département ") else du_lieu(nom, niveau, code)


def to_place(du: str) -> str:
    """« du Nord » devient « au Nord », « d'Anzin » devient « à Anzin »."""
    for debut, suite in (("du ", "au "), ("des ", "aux "), ("de ", "à "), ("d’", "à ")):
        if du.startswith(debut):
            return suite + du.removeprefix(debut)
    return f"à {du}"


def the_place(du: str) -> str:
    """« du Nord » devient « le Nord », « d'Anzin » devient « Anzin »."""
    for debut, suite in (("du ", "le "), ("des ", "les "), ("de ", ""), ("d’", "")):
        if du.startswith(debut):
            return suite + du.removeprefix(debut)
    return du
