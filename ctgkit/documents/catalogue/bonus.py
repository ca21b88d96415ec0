"""Les documents d'une simulation : le classeur aux formules vivantes et la synthèse de deux pages."""

from collections.abc import Sequence
from pathlib import Path

from ctgkit.documents.catalogue.synthese_simulation import summary
from ctgkit.documents.classeur.bonus import simulation_workbook
from ctgkit.documents.formats import write_document, write_whole
from ctgkit.simulation import Resultat

__all__ = ["simulation_workbook", "summary", "write_simulation", "write_summary"]


def write_simulation(resultats: Sequence[Resultat], sortie: Path) -> Path:
    """Le classeur Excel d'un ou de plusieurs scénarios."""
    return write_whole(sortie, simulation_workbook(resultats))


def write_summary(resultat: Resultat, sortie: Path, reference: Resultat | None = None) -> Path:
    """La synthèse, dans le format du nom de fichier : docx, odt, pdf, html, pptx."""
    return write_document(summary(resultat, reference), sortie)
