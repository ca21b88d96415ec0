"""Un territoire et ce qu'il contient, figés : aucun fichier, aucun calcul.

Chaque liste est une `Table` rangée par colonnes : on y lit des objets, le moteur y lit des tableaux numpy.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

Ligne = TypeVar("Ligne")
_TABLEAUX = {"date": "datetime64[D]", "float": float, "int": float, "bool": float}


class Table(Generic[Ligne]):
    """Des lignes d'un même type.

    Inconnu : NaN pour un nombre ou un oui/non, NaT pour une date, chaîne vide pour un texte.
    """

    def __init__(self, record: type[Ligne], colonnes: Mapping[str, np.ndarray]) -> None:
        self.record = record
        self.colonnes = MappingProxyType(dict(colonnes))
        for tableau in self.colonnes.values():
            tableau.flags.writeable = False

    @classmethod
    def of(cls, record: type[Ligne], lignes: Iterable[Ligne] = ()) -> "Table[Ligne]":
        lignes = list(lignes)
        return cls(record, {c.name: to_array(_kind(c), [getattr(x, c.name) for x in lignes]) for c in fields(record)})

    def __len__(self) -> int:
        return len(next(iter(self.colonnes.values())))

    def __getitem__(self, colonne: str) -> np.ndarray:
        return self.colonnes[colonne]

    def __iter__(self) -> Iterator[Ligne]:
        natures = [_kind(c) for c in fields(self.record)]
        colonnes = [to_list(k, self.colonnes[c.name]) for k, c in zip(natures, fields(self.record), strict=True)]
        return (self.record(*ligne) for ligne in zip(*colonnes, strict=True))

    def __eq__(self, autre: object) -> bool:
        return isinstance(autre, Table) and self.record is autre.record and list(self) == list(autre)

    __hash__ = None


def _kind(champ: Any) -> str:
    """`date`, `float`, `int`, `bool` ou `str`, lu dans l'annotation du champ."""
    annotation = str(champ.type)
    return next((k for k in ("date", "float", "int", "bool") if k in annotation), "str")


def column_kinds(record: type) -> dict[str, str]:
    return {c.name: _kind(c) for c in fields(record)}


def to_array(nature: str, valeurs: list[Any]) -> np.ndarray:
    if nature == "str":
        tableau = np.empty(len(valeurs), dtype=object)
        tableau[:] = ["" if v is None else v for v in valeurs]
        return tableau
    if nature == "date":
        return np.array([np.datetime64("NaT") if v is None else v for v in valeurs], dtype="datetime64[D]")
    return np.array([np.nan if v is None else v for v in valeurs], dtype=_TABLEAUX[nature])


def to_list(nature: str, tableau: np.ndarray) -> list[Any]:
    if nature in ("str", "date"):
        return tableau.tolist()
    lu = {"int": int, "bool": bool, "float": float}[nature]
    return [None if np.isnan(v) else lu(v) for v in tableau.tolist()]


@dataclass(frozen=True)
class Commune:
    code_insee: str
    nom: str
    population: int | None = None
    annee_population: int | None = None
    lat: float | None = None
    lon: float | None = None
    adhesion: date | None = None
    effet: date | None = None
    potentiel_financier_hab: float | None = None
    niveau_de_vie: float | None = None
    zone_prioritaire: bool | None = None


@dataclass(frozen=True)
class Structure:
    id: str
    nom: str
    type: str
    code_insee: str
    competence: str = ""
    gestionnaire: str = ""
    statut_gestionnaire: str = ""
    cofinancee: bool | None = None
    quantite: float | None = None
    unite: str = ""
    ouverture: date | None = None
    fermeture: date | None = None
    charges_eur: float | None = None
    participations_eur: float | None = None
    reference_eur: float | None = None


@dataclass(frozen=True)
class Reference:
    """Ce que la Caf a versé l'année N-1 (Cej ou bonus) à un territoire de compétence, pour un type de service."""

    competence: str
    type: str
    annee: int
    montant_eur: float | None = None
    source: str = ""
    statut: str = ""


@dataclass(frozen=True)
class Engagement:
    """L'argent que la commune maintient : la seconde moitié du double engagement."""

    competence: str
    annee: int
    credits_eur: float | None = None
    source: str = ""


@dataclass(frozen=True)
class Notification:
    structure: str
    annee: int
    dispositif: str
    notifie_eur: float | None = None
    percu_eur: float | None = None
    date: "date | None" = None
    source: str = ""


@dataclass(frozen=True)
class Indicateur:
    """Une valeur publiée ; `statut` vaut publie, masque, estime ou a_completer."""

    code: str
    geo: str
    niveau: str
    annee: int | None = None
    valeur: float | None = None
    statut: str = "publie"
    source: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Fait:
    """Un fait lu dans un document, à une ligne précise ; deux documents peuvent se contredire."""

    cle: str
    valeur: str
    document: str
    ligne: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Manque:
    """Ce qu'un document laisse vide (« XX », « à définir », liste sans dates)."""

    quoi: str
    document: str = ""
    ligne: int | None = None
    attend: str = ""
    proposition: str = ""


@dataclass(frozen=True)
class Convention:
    debut: date | None = None
    fin: date | None = None
    deliberation: date | None = None


@dataclass(frozen=True)
class Precedent:
    type: str = ""
    fin: date | None = None


@dataclass(frozen=True)
class Comparateur:
    code: str = ""
    nom: str = ""


REPARTITIONS = ("lisse", "historique", "personnalisee")


@dataclass(frozen=True)
class Scenario:
    """Ce que l'on change ; son code court est l'empreinte de son contenu : même code, même résultat."""

    nom: str = "Référence"
    repartition: str = "lisse"
    poids: Mapping[str, float] = field(default_factory=dict)
    mouvements: tuple[Mapping[str, Any], ...] = ()
    base: str = ""

    @property
    def code(self) -> str:
        contenu = [self.repartition, dict(self.poids), [dict(m) for m in self.mouvements], self.base]
        ecrit = json.dumps(contenu, sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.sha256(ecrit.encode()).hexdigest()[:8].upper()


@dataclass(frozen=True)
class Territoire:
    code: str
    nom: str
    type: str = "epci"
    siren: str = ""
    departement: str = ""
    caf: str = ""
    convention: Convention = Convention()
    precedent: Precedent = Precedent()
    date_reference: date | None = None
    annee_reference: int | None = None
    comparateur: Comparateur = Comparateur()
    nature: str = "reel"
    communes: Table[Commune] = field(default_factory=lambda: Table.of(Commune))
    structures: Table[Structure] = field(default_factory=lambda: Table.of(Structure))
    references: Table[Reference] = field(default_factory=lambda: Table.of(Reference))
    engagements: Table[Engagement] = field(default_factory=lambda: Table.of(Engagement))
    notifications: Table[Notification] = field(default_factory=lambda: Table.of(Notification))
    indicateurs: Table[Indicateur] = field(default_factory=lambda: Table.of(Indicateur))
    faits: tuple[Fait, ...] = ()
    a_completer: tuple[Manque, ...] = ()
    parametres_locaux: Mapping[str, Any] = field(default_factory=dict)
    relations: tuple[Mapping[str, Any], ...] = ()
    plan: Mapping[str, Any] = field(default_factory=dict)
    gouvernance: Mapping[str, Any] = field(default_factory=dict)
    contours: Mapping[str, tuple[tuple[tuple[float, float], ...], ...]] = field(default_factory=dict)

    TABLES: ClassVar[Mapping[str, type]] = MappingProxyType(
        {
            "communes": Commune,
            "structures": Structure,
            "references": Reference,
            "engagements": Engagement,
            "notifications": Notification,
            "indicateurs": Indicateur,
        }
    )

    @property
    def est_fictif(self) -> bool:
        return self.nature == "fictif"

    @property
    def debut_reference(self) -> date | None:
        """Le jour qui sépare l'offre existante de l'offre nouvelle : par défaut le début de la convention."""
        return self.date_reference or self.convention.debut

    @property
    def annees(self) -> tuple[int, ...]:
        """Les années de la convention."""
        debut, fin = self.convention.debut, self.convention.fin
        return tuple(range(debut.year, fin.year + 1)) if debut and fin else ()
