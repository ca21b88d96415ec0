"""Dire un territoire de compétence et un service par leur nom, jamais par leur code."""

from ctgkit import droit
from ctgkit.simulation.resultat import Resultat, read_once
from ctgkit.territoire import Territoire
from ctgkit.texte import minuscule, slug

SANS_COMPETENCE = "territoire de compétence non renseigné"


def competence_names(territoire: Territoire) -> dict[str, str]:
    """Un territoire de compétence qui porte le nom d'une commune s'écrit comme elle."""
    communes = territoire.communes["nom"].tolist()
    codes = zip(territoire.communes["code_insee"].tolist(), communes, strict=True)
    return {slug(nom): nom for nom in communes} | dict(codes)


@read_once
def _known(resultat: Resultat) -> dict[str, str]:
    return competence_names(resultat.territoire)


def name_competence(resultat: Resultat, code: str) -> str:
    """`Vermontel` ; à défaut du nom d'une commune, le code en mots : `agglo-exemple` se dit « Agglo exemple »."""
    return _known(resultat).get(code) or code.replace("-", " ").capitalize() or SANS_COMPETENCE


def name_service(code: str) -> str:
    """`accueil adolescents`."""
    services = droit.services()
    libelle = (services[code].court or services[code].libelle) if code in services else code.replace("_", " ")
    return minuscule(libelle)
