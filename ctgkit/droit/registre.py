"""Les services et les dispositifs, trouvés dans les fichiers de ce dossier : rien à déclarer ailleurs."""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ctgkit.droit import bonus_territoire
from ctgkit.droit.bareme import Bareme, ReferenceDroit
from ctgkit.droit.lecture import read_bareme, read_yaml

DOSSIER = Path(__file__).parent
_SOURCES = "sources"
BONUS_TERRITOIRE, BONUS_TRAJECTOIRE = "bonus_territoire", "bonus_trajectoire"


@dataclass(frozen=True)
class Service:
    """Un type de service : son unité, le dispositif qui le paie, et ce que l'on sait de la règle de l'existant.

    `offre_nouvelle` : la règle commune, ou celle du fichier Python qui porte le même nom.
    """

    code: str
    libelle: str
    unite: str
    court: str = ""
    ordre: int = 1000
    famille: str = ""
    dispositif: str = BONUS_TERRITOIRE
    existant_statut: str = "a_confirmer"
    existant_reference: ReferenceDroit = field(default_factory=ReferenceDroit)
    existant_question: str = ""

    @property
    def offre_nouvelle(self) -> Callable[..., Any]:
        return _rule(self.code, "offre_nouvelle") or bonus_territoire.montant_nouveau


@dataclass(frozen=True)
class Dispositif:
    """Un financement à côté du bonus territoire : une règle, nourrie par ses arguments.

    La règle est la fonction du même nom, dans le fichier Python à côté du YAML ; à défaut, `formule` la nomme.
    """

    code: str
    libelle: str
    fichier: str
    services: tuple[str, ...] = ()
    quantite: str = "quantite"
    dans_le_bonus: bool = False
    formule: str = "produit"
    arguments: Mapping[str, str] = field(default_factory=dict)

    @property
    def regle(self) -> Callable[..., Any]:
        return _rule(self.fichier, self.code) or _rule("regles", self.formule)

    @property
    def palier(self) -> str:
        """Le paramètre qui se lit selon la croissance des places, s'il y en a un."""
        lus = [s.partition(" selon ")[0] for s in self.arguments.values() if s.endswith(" selon croissance")]
        return f"{self.fichier}.{lus[0]}" if lus else ""


@cache
def _rule(fichier: str, nom: str) -> Callable[..., Any] | None:
    """La règle écrite à côté du YAML du même nom, s'il y en a une."""
    module = f"{__package__}.{fichier}"
    return getattr(importlib.import_module(module), nom, None) if importlib.util.find_spec(module) else None


@dataclass(frozen=True)
class RegistreDroit:
    """Ce que disent les fichiers d'un dossier de droit, lus une fois."""

    documents: Mapping[str, Mapping[str, Any]]

    @cached_property
    def bareme(self) -> Bareme:
        return read_bareme({n: d for n, d in self.documents.items() if n != _SOURCES}, self.documents[_SOURCES])

    @cached_property
    def services(self) -> Mapping[str, Service]:
        lus = [self._service(nom, d["service"]) for nom, d in self.documents.items() if "service" in d]
        return MappingProxyType({s.code: s for s in sorted(lus, key=lambda s: (s.ordre, s.code))})

    def _service(self, nom: str, bloc: Mapping[str, Any]) -> Service:
        existant = bloc.get("existant") or {}
        source = self.documents[_SOURCES].get(existant.get("reference"), {})
        return Service(
            code=bloc.get("code", nom),
            libelle=bloc["libelle"],
            unite=bloc["unite"],
            existant_statut=existant.get("statut", "a_confirmer"),
            existant_reference=ReferenceDroit(source.get("titre", ""), source.get("url", "")),
            existant_question=existant.get("question", ""),
            **{c: bloc[c] for c in ("court", "ordre", "famille", "dispositif") if c in bloc},
        )

    @cached_property
    def dispositifs(self) -> Mapping[str, Dispositif]:
        blocs = {nom: d["dispositif"] for nom, d in self.documents.items() if "dispositif" in d}
        lus = [Dispositif(**{**b, "services": tuple(b["services"]), "fichier": nom}) for nom, b in blocs.items()]
        return MappingProxyType({d.code: d for d in lus})

    @cached_property
    def libelles(self) -> Mapping[str, str]:
        payeurs = [d["service"] for d in self.documents.values() if "dispositif" in d.get("service", {})]
        propres = {b["dispositif"]: b.get("libelle_dispositif", b["libelle"]) for b in payeurs}
        lies = {d.code: d.libelle for d in self.dispositifs.values()}
        return MappingProxyType({BONUS_TERRITOIRE: "Bonus territoire", **propres, **lies})


@lru_cache(maxsize=2)
def _registre(dossier: Path) -> RegistreDroit:
    return RegistreDroit(MappingProxyType({c.stem: read_yaml(c) for c in sorted(dossier.glob("*.yaml"))}))


def bareme() -> Bareme:
    """Tous les paramètres de droit national."""
    return _registre(DOSSIER).bareme


def services() -> Mapping[str, Service]:
    """Les types de service, dans l'ordre où un agent les cite."""
    return _registre(DOSSIER).services


def dispositifs() -> Mapping[str, Dispositif]:
    """Les financements à côté du bonus territoire."""
    return _registre(DOSSIER).dispositifs


def libelles_dispositifs() -> Mapping[str, str]:
    """Le nom de chaque dispositif, celui du bonus territoire d'abord."""
    return _registre(DOSSIER).libelles


def propres() -> tuple[str, ...]:
    """Ceux qui paient l'offre même d'une structure : le bonus territoire, et ce que déclarent les services."""
    return tuple(dict.fromkeys([BONUS_TERRITOIRE, *(s.dispositif for s in services().values())]))


def dans_le_bonus() -> tuple[str, ...]:
    """Ce que la convention apporte : les dispositifs propres, et ceux qui se disent « dans le bonus »."""
    return (*propres(), *(d.code for d in dispositifs().values() if d.dans_le_bonus))
