"""Les rapports d’une commune et d’un territoire : lus, puis montrés dans un carnet."""

from ctgkit.carnet.lieu import Lieu, read_lieu
from ctgkit.documents.catalogue.rapport import commune as fiche_de_commune
from ctgkit.documents.catalogue.rapport import territoire as synthese_de_territoire
from ctgkit.documents.catalogue.rapport.commune import FicheCommune, commune_document
from ctgkit.documents.catalogue.rapport.territoire import Synthese, territoire_document
from ctgkit.territoire import Territoire
from ctgkit.views.composants.montre import Montre

PUBLICS = dict.fromkeys(("read_fiche_commune", "read_synthese", "show_fiche_commune", "show_synthese"), "")


def read_fiche_commune(lieu: Lieu | Territoire, commune: str, annee: int) -> FicheCommune:
    """Tout ce que la fiche montre, lu au 31 décembre de l'année."""
    return fiche_de_commune.read_fiche_commune(read_lieu(lieu), commune, annee)


def read_synthese(lieu: Lieu | Territoire, annee: int) -> Synthese:
    """Tout ce que la synthèse montre, lu au 31 décembre de l'année."""
    return synthese_de_territoire.read_synthese(read_lieu(lieu), annee)


def show_fiche_commune(fiche: FicheCommune) -> Montre:
    """La fiche, sans contrôle : pour JupyterLab, un lot, une impression."""
    return Montre(commune_document(fiche))


def show_synthese(synthese: Synthese) -> Montre:
    """La synthèse, sans contrôle : pour JupyterLab, un lot, une impression."""
    return Montre(territoire_document(synthese))
