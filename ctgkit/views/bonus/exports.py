"""Les fichiers que l'on emporte : ceux que le registre des documents connaît pour le bonus territoire."""

from ctgkit.documents.registre import Offre, offres
from ctgkit.errors import CtgError
from ctgkit.simulation import Resultat


def offered() -> dict[str, Offre]:
    """Par format, le document que la page y propose."""
    return {extension: offre for offre in offres("bonus").values() for extension in offre.formats}


def labels() -> dict[str, str]:
    """Par format, le nom de son bouton."""
    return {extension: offre.name(extension) for extension, offre in offered().items()}


def export(cle: str, reference: Resultat, scenario: Resultat) -> tuple[str, bytes, str]:
    """Le nom du fichier, son contenu et son type ; le nom porte le code : on sait toujours d'où il vient."""
    offertes = offered()
    if cle not in offertes:
        raise CtgError("Cet export n'existe pas.", cle[:40], "Choisir un des boutons d'export.")
    sources = {"resultat": scenario, "reference": None if scenario is reference else reference}
    ecrit = offertes[cle].write(cle, sources)
    nom = f"bonus-{scenario.territoire.code}-{scenario.scenario.code}.{cle}"
    return nom, ecrit.octets, ecrit.genre
