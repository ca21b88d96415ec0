"""Les communes fusionnées ou séparées : sous quels codes une commune d'aujourd'hui a pu être comptée."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import yaml

from ctgkit.echanges.tableau.codes import COMMUNE, read_code
from ctgkit.errors import CtgError
from ctgkit.formats import date_longue

FICHIER = "mouvements_communes.yaml"


@dataclass(frozen=True)
class Mouvement:
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


class Mouvements:
    """Tous les mouvements connus, du plus récent au plus ancien."""

    def __init__(self, mouvements: Iterable[Mouvement] = ()) -> None:
        uniques = {(m.jour, m.codes): m for m in mouvements}
        self.tous = tuple(sorted(uniques.values(), key=lambda m: m.jour, reverse=True))

    def perimetres(self, code: str) -> list[tuple[frozenset[str], Mouvement | None]]:
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


def load_mouvements(dossier: Path | None = None) -> Mouvements:
    """Ceux de l'atelier, complétés par ceux que le territoire a importés."""
    locaux = dossier / FICHIER if dossier else None
    return Mouvements([*_shipped(), *(_read_local(locaux) if locaux and locaux.is_file() else ())])


@lru_cache(maxsize=1)
def _shipped() -> tuple[Mouvement, ...]:
    texte = files(__package__).joinpath(FICHIER).read_text(encoding="utf-8")
    contenu = yaml.safe_load(texte)
    villes = (_city(code, ville) for code, ville in contenu["arrondissements"].items())
    return (*villes, *(_mouvement(m) for m in contenu["mouvements"]))


def _city(code: str, ville: Mapping[str, object]) -> Mouvement:
    codes = range(int(str(ville["premier"])), int(str(ville["dernier"])) + 1)
    return Mouvement(date.max, {str(c): f"{ville['nom']} {c % 100 % 80}e" for c in codes}, {code: str(ville["nom"])})


def _read_local(chemin: Path) -> tuple[Mouvement, ...]:
    try:
        contenu = yaml.safe_load(chemin.read_text(encoding="utf-8-sig"))
        return tuple(_mouvement(m) for m in contenu["mouvements"])
    except (OSError, yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as erreur:
        raise CtgError(
            "La liste des mouvements de communes du territoire est illisible.",
            str(chemin),
            "Corriger ce fichier, ou l'effacer et réimporter le fichier « mouvements de communes » de l'Insee.",
        ) from erreur


def _mouvement(m: Mapping[str, object]) -> Mouvement:
    jour = m["date"]
    if not isinstance(jour, date):
        raise TypeError(jour)
    avant, apres = (_codes(m[cote]) for cote in ("avant", "apres"))
    return Mouvement(jour, avant, apres)


def _codes(cote: object) -> dict[str, str]:
    return {read_code(COMMUNE, str(code)): str(nom or code) for code, nom in dict(cote).items()}
