"""Un territoire et ce qu'il contient, figés : aucun fichier, aucun calcul."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar

from ctgkit.table import Table


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
