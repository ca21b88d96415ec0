"""Importer et exporter : un fichier par format, trouvé tout seul ; rien ne s'écrit sans avoir été montré."""

from ctgkit.echanges.importation import ChoixImport, apply, preview
from ctgkit.echanges.retour import undo
from ctgkit.echanges.tableau.apercu import ApercuImport, Proposition
from ctgkit.echanges.tableau.correspondances import Correspondance
from ctgkit.echanges.tableau.format import SANS_ANNEE
from ctgkit.echanges.tableau.reconnaissance import known_formats

__all__ = [
    "SANS_ANNEE",
    "ApercuImport",
    "ChoixImport",
    "Correspondance",
    "Proposition",
    "apply",
    "known_formats",
    "preview",
    "undo",
]
