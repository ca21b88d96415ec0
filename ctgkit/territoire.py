"""Un territoire et ce qu'il contient, figés : aucun fichier, aucun calcul.

Chaque liste est une `Table` rangée par colonnes : on y lit des objets, le moteur y lit des tableaux numpy.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import liste, pluriel
from ctgkit.mouvements import check, check_known, normalise, read_day, read_number
from ctgkit.texte import slug

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


# Le mot « non » de la colonne `adhesion` : une source dit que la commune n'a pas délibéré. Vide, on ne sait pas.
PAS_DELIBERE = date(9999, 12, 31)


@dataclass(frozen=True)
class Commune:
    """Une commune et les critères du bonus ; `source_criteres` dit d'où viennent ceux qui ont été importés.

    `qpv` et `frr` disent ce que porte la commune ; `zone_prioritaire`, ce que la Caf retient, n'en est pas déduite.
    """

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
    qpv: bool | None = None
    population_qpv: int | None = None
    frr: bool | None = None
    revenu_fiscal_hab: float | None = None
    population_3_16: int | None = None
    source_criteres: str = ""

    @property
    def origines(self) -> dict[str, str]:
        """La source de chaque critère importé, écrite « qpv : dgcl-criteres-2026 | … » ; un critère tapé n'en a pas."""
        paires = (x.partition(":") for x in self.source_criteres.split("|"))
        return {critere.strip(): source.strip() for critere, _, source in paires if source.strip()}


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


PERIODES = ("an", "convention", "inconnue")


@dataclass(frozen=True)
class Reference:
    """Ce que la Caf a versé l'année N-1 (Cej ou bonus) à un territoire de compétence, pour un type de service.

    `periode` : ce que couvre le montant, l'une de `PERIODES` ; vide, il est par an.
    """

    competence: str
    type: str
    annee: int
    montant_eur: float | None = None
    periode: str = ""
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
    """Une valeur publiée ; `statut` vaut publie, masque, estime ou a_completer.

    `depuis` : la première année d'une évolution écrite, `annee` étant la dernière.
    """

    code: str
    geo: str
    niveau: str
    annee: int | None = None
    valeur: float | None = None
    statut: str = "publie"
    source: str = ""
    reference: str = ""
    depuis: int | None = None


@dataclass(frozen=True)
class Fait:
    """Un fait lu dans un document, à une ligne précise ; deux documents peuvent se contredire."""

    cle: str
    valeur: str
    document: str
    ligne: int | None = None
    note: str = ""
    libelle: str = ""

    @property
    def nom(self) -> str:
        """Ce que l'on montre : le libellé, à défaut la clé en toutes lettres."""
        return self.libelle or self.cle.replace("_", " ")


@dataclass(frozen=True)
class Clause:
    """Un devoir ou un rythme écrit dans la convention de ce territoire ; `quand` se lit dans `horloge.clause_day`."""

    quoi: str
    document: str
    ligne: int | None = None
    dit: str = ""
    quand: str = ""
    tous_les_mois: int | None = None
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
class Marque:
    """L'édition du calcul avec laquelle le scénario de ce code a été gardé, le jour, et ses chiffres d'alors.

    `bonus_eur` : par année, bas, haut (`None` : rien ne borne) et haut connu ; vide quand ils n'ont pas été gardés.
    """

    code: str
    edition: int = 1
    jour: date | None = None
    bonus_eur: Mapping[int, tuple[float, float | None, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """Ce que l'on change ; son code court est l'empreinte de son contenu : même code, mêmes mouvements.

    Il s'écrit en mouvements, dans les mots de son YAML, et chaque mouvement donne un autre scénario :
    `Scenario("20 places").ouvrir("eaje", commune="00001", quantite=20, date="2027-09-01")`.
    `marque` : ce que dit de lui le journal ou le fichier d'où il vient ; elle ne vaut que pour le code qu'elle porte.
    """

    nom: str = "Référence"
    repartition: str = "lisse"
    poids: Mapping[str, float] = field(default_factory=dict)
    mouvements: tuple[Mapping[str, Any], ...] = ()
    base: str = ""
    marque: Marque | None = field(default=None, compare=False, repr=False)

    @property
    def code(self) -> str:
        contenu = [self.repartition, dict(self.poids), [dict(m) for m in self.mouvements], self.base]
        ecrit = json.dumps(contenu, sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.sha256(ecrit.encode()).hexdigest()[:8].upper()

    @property
    def garde(self) -> Marque | None:
        """Sa marque, tant qu'il est resté celui qu'elle décrit."""
        return self.marque if self.marque and self.marque.code == self.code else None

    def ouvrir(
        self, type: str | None = None, commune: str | None = None, quantite: Any = None, date: Any = None, **autres: Any
    ) -> "Scenario":
        """Une structure nouvelle ; `autres` : son nom, son gestionnaire, ses charges… (colonnes de structures.csv)."""
        ou = f"{self.nom}, mouvement {len(self.mouvements) + 1}, ouvrir"
        structure = {"type": type, "code_insee": commune, "quantite": quantite, **autres}
        natures = column_kinds(Structure)
        for cle in structure:
            check_known(cle, natures, "clé", ou)
        ecrite = {c: _written(natures[c], v, f"{ou}, {c}") for c, v in structure.items() if v is not None}
        manquent = [f"« {m} »" for m, c in (("type", type), ("commune", commune), ("quantite", quantite)) if c is None]
        check(not manquent, f"il manque {liste(manquent)}", ou)
        return self._add("ouvrir", structure=ecrite, date=date)

    def fermer(self, structure: str | None = None, date: Any = None, **autres: Any) -> "Scenario":
        """Une structure ferme ce jour-là."""
        return self._add("fermer", structure=structure, date=date, **autres)

    def quantite(
        self, structure: str | None = None, quantite: Any = None, date: Any = None, **autres: Any
    ) -> "Scenario":
        """Une structure passe à cette quantité ; sans date, elle l'avait déjà au départ."""
        return self._add("quantite", structure=structure, quantite=quantite, date=date, **autres)

    def adherer(self, commune: str | None = None, date: Any = None, effet: Any = None, **autres: Any) -> "Scenario":
        """Une commune délibère ce jour-là ; à défaut d'effet écrit, il se déduit."""
        return self._add("adherer", code_insee=commune, date=date, effet=effet, **autres)

    def credits(
        self, competence: str | None = None, annee: Any = None, credits_eur: Any = None, **autres: Any
    ) -> "Scenario":
        """Une collectivité inscrit ces crédits une année."""
        return self._add("credits", competence=competence, annee=annee, credits_eur=credits_eur, **autres)

    def parametre(self, code: str | None = None, valeur: Any = None, depuis: Any = None, **autres: Any) -> "Scenario":
        """Un montant donné par la Caf, ou supposé, à partir d'une date."""
        return self._add("parametre", code=code, valeur=valeur, depuis=depuis, **autres)

    def repartir(self, repartition: str, poids: Mapping[str, float] | None = None) -> "Scenario":
        """Partage l'offre existante : « lisse », « historique », ou « personnalisee » avec des poids."""
        check_known(repartition, REPARTITIONS, "choix", f"{self.nom}, répartition")
        return replace(self, repartition=repartition, poids=dict(poids or {}))

    def vary(self, champ: str, valeurs: Iterable[Any]) -> tuple["Scenario", ...]:
        """Le même scénario pour chaque valeur d'un champ de son dernier mouvement qui le porte."""
        propres = [normalise(m, f"{self.nom}, mouvement {rang}") for rang, m in enumerate(self.mouvements, 1)]
        portent = [(i, cles) for i, m in enumerate(propres) if (cles := _path(m, champ))]
        presents = {c for m in propres for corps in m.values() for c in (*corps, *_inner(corps))}
        proche = did_you_mean(champ, presents)
        check(bool(portent), f"aucun mouvement ne porte « {champ} » {proche}".strip(), f"{self.nom}, vary")
        i, (verbe, *cles) = portent[-1]
        corps = propres[i][verbe]
        rendus = []
        for valeur in valeurs:
            neuf = {**corps, champ: valeur} if len(cles) == 1 else {**corps, cles[0]: {**corps[cles[0]], champ: valeur}}
            change = normalise({verbe: neuf}, f"{self.nom}, mouvement {i + 1}")
            autres = (*propres[:i], change, *propres[i + 1 :])
            rendus.append(replace(self, nom=f"{self.nom}, {champ} {valeur}", mouvements=autres))
        return tuple(rendus)

    def _add(self, verbe: str, **corps: Any) -> "Scenario":
        ou = f"{self.nom}, mouvement {len(self.mouvements) + 1}"
        return replace(self, mouvements=(*self.mouvements, normalise({verbe: corps}, ou)))


def _inner(corps: Mapping[str, Any]) -> Mapping[str, Any]:
    return corps["structure"] if isinstance(corps.get("structure"), Mapping) else {}


def _path(mouvement: Mapping[str, Any], champ: str) -> tuple[str, ...]:
    """Où se trouve ce champ dans un mouvement : dans son corps, ou dans la structure qu'il ouvre."""
    ((verbe, corps),) = mouvement.items()
    if champ in corps:
        return (verbe, champ)
    return (verbe, "structure", champ) if champ in _inner(corps) else ()


def _written(nature: str, valeur: Any, ou: str) -> Any:
    """Un champ de structure tel que le YAML l'écrit : `20`, `2027-09-01`."""
    if nature == "float":
        lu = read_number(valeur, ou)
        return int(lu) if lu.is_integer() else lu
    if nature == "date":
        return read_day(valeur, ou).isoformat()
    return valeur if nature == "bool" else str(valeur)


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
    clauses: tuple[Clause, ...] = ()
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

    @property
    def documents(self) -> tuple[str, ...]:
        """Les documents que citent les faits, les manques et les clauses, dans leur ordre."""
        cites = (x.document for x in (*self.faits, *self.a_completer, *self.clauses))
        return tuple(dict.fromkeys(filter(None, cites)))

    @property
    def nom_convention(self) -> str:
        annees = f" {self.annees[0]}-{self.annees[-1]}" if self.annees else ""
        return f"Convention territoriale globale{annees}"

    def find_commune(self, dite: str | int) -> Commune:
        """D'après son code Insee ou son nom, accents et casse indifférents ; deux homonymes ne se devinent pas."""
        dite = f"{dite:05d}" if isinstance(dite, int) else dite  # papermill -p lit 01004 comme un nombre
        connues = list(self.communes)
        trouvees = [c for c in connues if c.code_insee == dite] or [c for c in connues if slug(c.nom) == slug(dite)]
        if len(trouvees) == 1:
            return trouvees[0]
        if trouvees:
            codes = liste([c.code_insee for c in trouvees])
            quoi = f"{pluriel(len(trouvees), 'commune')} de « {self.code} » portent le nom « {dite[:60]} » : {codes}."
            raise CtgError(quoi, "commune", "Donner le code Insee de celle que l'on veut.")
        voisine = did_you_mean(dite, [x for c in connues for x in (c.code_insee, c.nom)])
        raise CtgError(
            f"Commune inconnue de « {self.code} » : « {dite[:60]} » {voisine}".strip(),
            "commune",
            f"Donner le code Insee ou le nom d'une de ses {pluriel(len(connues), 'commune')}.",
        )
