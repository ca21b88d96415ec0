"""Ce qui, dans un fichier national, concerne un territoire : ses communes, ce qui l'englobe, ses codes d'autrefois."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path

import yaml

from ctgkit.echanges.lecteurs.feuille import LIMITE
from ctgkit.echanges.tableau.codes import (
    CODE_FRANCE,
    COMMUNE,
    DEPARTEMENT,
    EPCI,
    FRANCE,
    IRIS,
    QPV,
    REGION,
    departement_of,
    read_code,
    region_of,
    simplify,
)
from ctgkit.errors import CtgError
from ctgkit.formats import date_longue
from ctgkit.storage import read_bytes
from ctgkit.territoire import Territoire

MOUVEMENTS = "mouvements_communes.yaml"


@dataclass(frozen=True)
class MouvementCommune:
    """Une fusion (plusieurs codes avant, un après) ou une séparation (un avant, plusieurs après)."""

    jour: date
    avant: Mapping[str, str]
    apres: Mapping[str, str]

    @property
    def permanent(self) -> bool:
        """Les arrondissements de Paris, Lyon et Marseille : un autre découpage, pas une fusion."""
        return self.jour == date.max

    @property
    def quand(self) -> str:
        return "réunion des arrondissements" if self.permanent else f"fusion du {date_longue(self.jour)}"

    @property
    def codes(self) -> frozenset[str]:
        return frozenset((*self.avant, *self.apres))


Couverture = tuple[frozenset[str], MouvementCommune | None]


class MouvementsCommunes:
    """Tous les mouvements connus, du plus récent au plus ancien."""

    def __init__(self, mouvements: Iterable[MouvementCommune] = ()) -> None:
        uniques = {(m.jour, m.codes): m for m in mouvements}
        self.tous = tuple(sorted(uniques.values(), key=lambda m: m.jour, reverse=True))

    def perimetres(self, code: str) -> list[Couverture]:
        """Les ensembles de codes qui ont couvert cette commune, du plus récent au plus ancien, et ce qui a changé."""
        courant, trouves = frozenset([code]), [(frozenset([code]), None)]
        for mouvement in self.tous:
            if courant & set(mouvement.apres):
                courant = (courant - set(mouvement.apres)) | set(mouvement.avant)
                trouves.append((courant, mouvement))
        return trouves

    def heirs(self, code: str) -> frozenset[str]:
        """Les communes d'aujourd'hui qui continuent un code, ancien ou non."""
        courants = frozenset([code])
        for mouvement in reversed(self.tous):
            if courants & set(mouvement.avant):
                courants = (courants - set(mouvement.avant)) | set(mouvement.apres)
        return courants

    def related(self, codes: Iterable[str]) -> frozenset[str]:
        """Tous les codes, anciens ou frères, qu'il faut lire pour bien compter ces communes."""
        return frozenset(
            voisin
            for code in codes
            for perimetre, mouvement in self.perimetres(code)
            for voisin in perimetre | (mouvement.codes if mouvement else frozenset())
        )

    def name(self, code: str) -> str:
        noms = (m.avant.get(code) or m.apres.get(code) for m in self.tous)
        return next((nom for nom in noms if nom), code)


@dataclass(frozen=True)
class Perimetre:
    """Les communes du territoire, les échelles qui l'englobent, et les codes disparus qu'il faut encore lire."""

    communes: Mapping[str, str]
    epci: frozenset[str] = frozenset()
    departements: frozenset[str] = frozenset()
    qpv: frozenset[str] = frozenset()
    mouvements: MouvementsCommunes = field(default_factory=MouvementsCommunes)

    @classmethod
    def of(cls, territoire: Territoire, mouvements: MouvementsCommunes, epci: str = "") -> "Perimetre":
        communes = {c.code_insee: c.nom for c in territoire.communes}
        autour = _around(territoire, epci)
        departements = {territoire.departement, *map(departement_of, communes)} - {""}
        qpv = {i.geo for i in territoire.indicateurs if i.niveau == QPV}
        return cls(
            communes,
            frozenset(c for c in autour if _is(EPCI, c)),
            frozenset({*departements, *(c for c in autour if _is(DEPARTEMENT, c))}),
            frozenset(qpv),
            mouvements,
        )

    @cached_property
    def voisines(self) -> frozenset[str]:
        """Codes anciens ou frères : on les lit, le tri par date se fait à la fin."""
        return self.mouvements.related(self.communes) - set(self.communes)

    @cached_property
    def regions(self) -> frozenset[str]:
        return frozenset(filter(None, map(region_of, self.departements)))

    @cached_property
    def codes_par_nom(self) -> Mapping[str, tuple[str, ...]]:
        """Les codes qui portent chaque nom : plusieurs quand deux communes du territoire ont le même."""
        noms: dict[str, tuple[str, ...]] = {}
        for code, nom in self.communes.items():
            noms[simplify(nom)] = (*noms.get(simplify(nom), ()), code)
        return {nom: codes for nom, codes in noms.items() if nom}

    @cached_property
    def par_nom(self) -> Mapping[str, str]:
        """Le code de chaque commune d'après son nom ; un nom porté deux fois ne désigne personne."""
        return {nom: codes[0] for nom, codes in self.codes_par_nom.items() if len(codes) == 1}

    def holds(self, niveau: str, code: str) -> bool:
        if niveau == COMMUNE:
            return code in self.communes or code in self.voisines
        if niveau == IRIS:
            return self.holds(COMMUNE, code[:5])
        lieux = {EPCI: self.epci, DEPARTEMENT: self.departements, REGION: self.regions, QPV: self.qpv}
        return code == CODE_FRANCE if niveau == FRANCE else code in lieux[niveau]


def _around(territoire: Territoire, epci: str) -> set[str]:
    codes = {territoire.comparateur.code, epci}
    if territoire.type != COMMUNE:
        codes |= {territoire.siren, territoire.code}
    return codes - {""}


def _is(niveau: str, code: str) -> bool:
    try:
        return read_code(niveau, code) == code
    except ValueError:
        return False


def load_mouvements(dossier: Path | None = None) -> MouvementsCommunes:
    """Ceux de l'atelier, complétés par ceux que le territoire a importés."""
    locaux = dossier / MOUVEMENTS if dossier else None
    return MouvementsCommunes([*_shipped(), *(_read_local(locaux) if locaux and locaux.is_file() else ())])


@lru_cache(maxsize=1)
def _shipped() -> tuple[MouvementCommune, ...]:
    texte = files(__package__).joinpath(MOUVEMENTS).read_text(encoding="utf-8")
    contenu = yaml.safe_load(texte)
    villes = (_city(code, ville) for code, ville in contenu["arrondissements"].items())
    return (*villes, *(_mouvement(m) for m in contenu["mouvements"]))


def _city(code: str, ville: Mapping[str, object]) -> MouvementCommune:
    codes = range(int(str(ville["premier"])), int(str(ville["dernier"])) + 1)
    return MouvementCommune(
        date.max, {str(c): f"{ville['nom']} {c % 100 % 80}e" for c in codes}, {code: str(ville["nom"])}
    )


def _read_local(chemin: Path) -> tuple[MouvementCommune, ...]:
    try:
        contenu = yaml.safe_load(read_bytes(chemin, LIMITE).decode("utf-8-sig"))
        return tuple(_mouvement(m) for m in contenu["mouvements"])
    except (CtgError, yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as erreur:
        raise CtgError(
            "La liste des mouvements de communes du territoire est illisible.",
            str(chemin),
            "Corriger ce fichier, ou l'effacer et réimporter le fichier « mouvements de communes » de l'Insee.",
        ) from erreur


def _mouvement(m: Mapping[str, object]) -> MouvementCommune:
    jour = m["date"]
    if not isinstance(jour, date):
        raise TypeError(jour)
    avant, apres = (_codes(m[cote]) for cote in ("avant", "apres"))
    return MouvementCommune(jour, avant, apres)


def _codes(cote: object) -> dict[str, str]:
    return {read_code(COMMUNE, str(code)): str(nom or code) for code, nom in dict(cote).items()}
