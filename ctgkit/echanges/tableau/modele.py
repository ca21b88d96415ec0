"""Ce qu'un format déclare (colonnes → indicateurs du catalogue) et ce qu'une lecture donne."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ctgkit.errors import Defaut

PUBLIE, MASQUE, ESTIME, A_COMPLETER = "publie", "masque", "estime", "a_completer"
STATUTS = (PUBLIE, MASQUE, ESTIME, A_COMPLETER)


@dataclass(frozen=True)
class Mesure:
    """Un indicateur et la colonne qui le donne.

    `colonnes` sont des motifs de noms simplifiés ; plusieurs colonnes s'additionnent. `{aa}` y tient lieu
    d'année. Avec un `diviseur`, la valeur est un pourcentage calculé ici, donc `estime`.
    """

    code: str
    colonnes: tuple[str, ...]
    additive: bool = True
    diviseur: str = ""
    minimum: float | None = 0.0
    maximum: float | None = None
    note: str = ""
    mois: int = 12
    mois_seul: bool = False
    precision: str = ""

    @classmethod
    def count(cls, code: str, *colonnes: str, **reste: object) -> "Mesure":
        """Un effectif ou un montant : il s'additionne quand deux communes fusionnent."""
        return cls(code, colonnes, **reste)

    @classmethod
    def rate(cls, code: str, colonne: str, **reste: object) -> "Mesure":
        """Un taux, une médiane, un indice : il ne s'additionne ni ne se moyenne."""
        return cls(code, (colonne,), additive=False, **reste)

    @classmethod
    def share(cls, code: str, colonne: str, diviseur: str, **reste: object) -> "Mesure":
        """Une part que le fichier ne donne pas, mais dont il donne les deux termes."""
        return cls(code, (colonne,), additive=False, diviseur=diviseur, maximum=100.0, **reste)


@dataclass(frozen=True)
class Maille:
    """Un niveau géographique du fichier : la colonne du code, et les mesures qui s'y rapportent."""

    niveau: str
    colonne: str
    mesures: tuple[Mesure, ...]
    libelle: str = ""
    code: Callable[[str], str] | None = None


class Skipped(Exception):
    """Une ligne que l'on ne lit pas, pour une raison que l'on dit et que l'on compte."""


@dataclass(frozen=True)
class Rejet:
    """Une ligne ou une cellule que l'on ne peut pas reprendre : où, pourquoi, ce qui a été lu."""

    raison: str
    ligne: int | None = None
    colonne: str = ""
    valeur: str = ""
    adresse: str = ""

    def as_defaut(self, fichier: str) -> Defaut:
        lieu = self.adresse or self.colonne
        return Defaut(fichier, self.raison, "", self.ligne, lieu, self.valeur)


@dataclass(frozen=True)
class Brut:
    """Une valeur lue, avant de tenir compte des fusions et des doublons."""

    code: str
    geo: str
    niveau: str
    annee: int | None
    valeur: float | None
    statut: str
    source: str
    reference: str
    ligne: int
    colonne: str
    mois: int | None = None
    mesure: Mesure | None = None
    texte: str = ""
    detail: str = ""

    @property
    def cle(self) -> tuple[str, str, str, int | None, str]:
        return (self.code, self.geo, self.niveau, self.annee, self.source)

    def but(self, **change: object) -> "Brut":
        return replace(self, **change)
