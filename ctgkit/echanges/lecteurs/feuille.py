"""Un tableau de texte, quelle que soit la sorte de fichier d'où il vient."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

Rang = tuple[int, Sequence[str]]
LIMITE_COLONNES = 16_384
ENTETE_AU_PLUS_LOIN = 40


@dataclass(frozen=True)
class Feuille:
    """`lignes` relit le fichier depuis le début ; `souple` : une ligne de tableur s'arrête à sa dernière cellule."""

    lignes: Callable[[], Iterator[Rang]]
    nom: str = ""
    souple: bool = False
    lettres: bool = False

    def debut(self, combien: int = ENTETE_AU_PLUS_LOIN) -> list[Rang]:
        return list(islice(self.lignes(), combien))

    def adresse(self, ligne: int, colonne: int) -> str:
        """`Feuille1!B12` dans un tableur ; rien dans un fichier texte, où l'on dit la ligne et la colonne."""
        if not self.lettres:
            return ""
        return f"{self.nom}!{letters(colonne)}{ligne}" if self.nom else f"{letters(colonne)}{ligne}"


@dataclass(frozen=True)
class Document:
    """Un fichier ouvert : plusieurs façons de le découper en feuilles, ou un contenu structuré (GeoJSON)."""

    nom: str
    lectures: tuple[tuple[Feuille, ...], ...] = ()
    objet: object = None
    avis: tuple[str, ...] = field(default=())


def letters(colonne: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    lettres = ""
    while colonne >= 0:
        lettres = chr(ord("A") + colonne % 26) + lettres
        colonne = colonne // 26 - 1
    return lettres
