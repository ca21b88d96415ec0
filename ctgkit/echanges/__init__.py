"""Importer et exporter : un fichier par format, trouvé tout seul ; rien ne s'écrit sans avoir été montré."""

from ctgkit.echanges.importation import Choix, apply, preview
from ctgkit.echanges.sorties import Bilan
from ctgkit.echanges.tableau.apercu import Apercu
from ctgkit.echanges.tableau.correspondances import Correspondance, Proposition
from ctgkit.echanges.tableau.reconnaissance import known_formats

__all__ = [
    "Apercu",
    "Bilan",
    "Choix",
    "Correspondance",
    "Proposition",
    "apply",
    "known_formats",
    "preview",
]
