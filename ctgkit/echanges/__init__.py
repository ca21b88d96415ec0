"""Importer et exporter : un fichier par format, trouvé tout seul ; rien ne s'écrit sans avoir été montré."""

from ctgkit.echanges.apercu import Apercu
from ctgkit.echanges.correspondances import Correspondance, Proposition
from ctgkit.echanges.importation import Choix, apply, preview
from ctgkit.echanges.reconnaissance import known_formats
from ctgkit.echanges.sorties import Bilan

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
