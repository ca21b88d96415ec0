"""Ce que rend tout lecteur : des feuilles de texte, quelle que soit la sorte de fichier d'où elles viennent."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ctgkit.errors import Defaut, InvalidFilesError

Rang = tuple[int, Sequence[str]]
MEGA = 1024 * 1024
LIMITE = 200 * MEGA
LIMITE_COLONNES = 16_384
LIMITE_LIGNES = 1_048_576
LIMITE_CELLULES = 40_000_000
LIMITE_TEXTE = 1_000_000
ENTETE_AU_PLUS_LOIN = 40
JAMAIS_CALCULEE = "formule jamais calculée : la valeur n'est pas dans le fichier"
ERREUR_DE_CALCUL = "erreur de calcul dans le tableur"


class UnreadableFileError(InvalidFilesError):
    """Un fichier que l'on n'a pas pu lire en entier : rien n'est repris."""

    def __init__(self, defauts: Iterable[Defaut]) -> None:
        super().__init__(defauts, que_faire="Corriger le fichier, ou le télécharger à nouveau, puis relancer l'import.")


def unreadable(
    fichier: str, constat: str, attendu: str = "", lieu: tuple[int | None, str] = (None, ""), valeur: str = ""
) -> UnreadableFileError:
    """`lieu` : la ligne, puis la colonne ou le caractère."""
    return UnreadableFileError([Defaut(fichier, constat, attendu, *lieu, valeur)])


class FaultyCell(str):
    """Une cellule de tableur sans valeur lisible : formule jamais calculée, ou erreur de calcul."""

    __slots__ = ("raison",)

    def __new__(cls, texte: str, raison: str) -> "FaultyCell":
        cellule = super().__new__(cls, texte)
        cellule.raison = raison
        return cellule


@dataclass(frozen=True)
class FeuilleLue:
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
class FichierLu:
    """Un fichier ouvert : plusieurs façons de le découper en feuilles, ou un contenu structuré (GeoJSON)."""

    nom: str
    lectures: tuple[tuple[FeuilleLue, ...], ...] = ()
    objet: object = None
    avis: tuple[str, ...] = ()

    @property
    def noms(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(f.nom for feuilles in self.lectures for f in feuilles if f.nom))


def letters(colonne: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    lettres = ""
    while colonne >= 0:
        lettres = chr(ord("A") + colonne % 26) + lettres
        colonne = colonne // 26 - 1
    return lettres


def number_text(valeur: float) -> str:
    """Le nombre tel que le tableur l'affiche : quinze chiffres, sans puissance de dix."""
    texte = f"{valeur:.15g}"
    if "e" not in texte:
        return texte
    return f"{valeur:.0f}" if abs(valeur) >= 1 else f"{valeur:.20f}".rstrip("0").rstrip(".")
