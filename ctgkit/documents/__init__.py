"""Les documents : une déclaration, tous les formats."""

from ctgkit.documents.formats import extensions, render
from ctgkit.documents.gabarit import fill
from ctgkit.documents.modele import (
    Bloc,
    Case,
    Champs,
    Colonne,
    DessinDecrit,
    Document,
    Image,
    Liste,
    Morceau,
    Paragraphe,
    SautDePage,
    Section,
    Tableau,
)

__all__ = [
    "Bloc",
    "Case",
    "Champs",
    "Colonne",
    "DessinDecrit",
    "Document",
    "Image",
    "Liste",
    "Morceau",
    "Paragraphe",
    "SautDePage",
    "Section",
    "Tableau",
    "extensions",
    "fill",
    "render",
]
