"""Les services et les dispositifs, trouvés dans les fichiers de ce dossier : rien à déclarer ailleurs."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ctgkit.droit import bonus_territoire
from ctgkit.droit.bareme import Bareme, Reference
from ctgkit.droit.lecture import read_bareme, read_yaml

DOSSIER = Path(__file__).parent
BONUS_TERRITOIRE, BONUS_TRAJECTOIRE = "bonus_territoire", "bonus_trajectoire"


@dataclass(frozen=True)
class Service:
    """Un type de service : son unité, le dispositif qui le paie, et ce que l'on sait de la règle de l'existant."""

    code: str
    libelle: str
    unite: str
    court: str = ""
    ordre: int = 1000
    famille: str = ""
    dispositif: str = BONUS_TERRITOIRE
    existant_statut: str = "a_confirmer"
    existant_reference: Reference = field(default_factory=Reference)
    existant_question: str = ""

    @property
    def offre_nouvelle(self) -> Callable[..., Any]:
        return getattr(_module(self.code), "offre_nouvelle", bonus_territoire.montant_nouveau)


@dataclass(frozen=True)
class Dispositif:
    """Un financement à côté du bonus territoire : la fonction du même nom, nourrie par ses arguments."""

    code: str
    libelle: str
    fichier: str
    services: tuple[str, ...] = ()
    quantite: str = "quantite"
    dans_le_bonus: bool = False
    arguments: Mapping[str, str] = field(default_factory=dict)

    @property
    def regle(self) -> Callable[..., Any]:
        return getattr(_module(self.fichier), self.code)

    @property
    def palier(self) -> str:
        """Le paramètre qui se lit selon la croissance des places, s'il y en a un."""
        lus = [s.partition(" selon ")[0] for s in self.arguments.values() if s.endswith(" selon croissance")]
        return f"{self.fichier}.{lus[0]}" if lus else ""


def _module(nom: str) -> Any:
    return importlib.import_module(f"ctgkit.droit.{nom}")


@lru_cache(maxsize=1)
def _documents() -> Mapping[str, Mapping[str, Any]]:
    return MappingProxyType({c.stem: read_yaml(c) for c in sorted(DOSSIER.glob("*.yaml"))})


@lru_cache(maxsize=1)
def bareme() -> Bareme:
    """Tous les paramètres de droit national."""
    documents = dict(_documents())
    return read_bareme(documents, documents.pop("sources"))


@lru_cache(maxsize=1)
def services() -> Mapping[str, Service]:
    """Les types de service, dans l'ordre où un agent les cite."""
    lus = [_service(nom, d["service"]) for nom, d in _documents().items() if "service" in d]
    return MappingProxyType({s.code: s for s in sorted(lus, key=lambda s: (s.ordre, s.code))})


@lru_cache(maxsize=1)
def dispositifs() -> Mapping[str, Dispositif]:
    """Les financements à côté du bonus territoire."""
    blocs = {nom: d["dispositif"] for nom, d in _documents().items() if "dispositif" in d}
    lus = [Dispositif(**{**b, "services": tuple(b["services"]), "fichier": nom}) for nom, b in blocs.items()]
    return MappingProxyType({d.code: d for d in lus})


@lru_cache(maxsize=1)
def libelles_dispositifs() -> Mapping[str, str]:
    """Le nom de chaque dispositif, celui du bonus territoire d'abord."""
    payeurs = [d["service"] for d in _documents().values() if "dispositif" in d.get("service", {})]
    propres = {b["dispositif"]: b.get("libelle_dispositif", b["libelle"]) for b in payeurs}
    lies = {d.code: d.libelle for d in dispositifs().values()}
    return MappingProxyType({BONUS_TERRITOIRE: "Bonus territoire", **propres, **lies})


@lru_cache(maxsize=1)
def propres() -> tuple[str, ...]:
    """Ceux qui paient l'offre même d'une structure : le bonus territoire, et ce que déclarent les services."""
    return tuple(dict.fromkeys([BONUS_TERRITOIRE, *(s.dispositif for s in services().values())]))


@lru_cache(maxsize=1)
def dans_le_bonus() -> tuple[str, ...]:
    """Ce que la convention apporte : les dispositifs propres, et ceux qui se disent « dans le bonus »."""
    return (*propres(), *(d.code for d in dispositifs().values() if d.dans_le_bonus))


def _service(nom: str, bloc: Mapping[str, Any]) -> Service:
    existant = bloc.get("existant") or {}
    source = _documents()["sources"].get(existant.get("reference"), {})
    champs = {c: bloc[c] for c in ("court", "ordre", "famille", "dispositif") if c in bloc}
    return Service(
        code=bloc.get("code", nom),
        libelle=bloc["libelle"],
        unite=bloc["unite"],
        existant_statut=existant.get("statut", "a_confirmer"),
        existant_reference=Reference(source.get("titre", ""), source.get("url", "")),
        existant_question=existant.get("question", ""),
        **champs,
    )
