"""Retrouver, dans une ligne de titres, les colonnes qu'un format attend."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ctgkit.echanges.tableau.codes import simplify
from ctgkit.echanges.tableau.modele import Maille, Mesure


@dataclass(frozen=True)
class Entete:
    """Les titres tels qu'écrits, et leurs noms simplifiés."""

    ligne: int
    titres: tuple[str, ...]
    noms: tuple[str, ...] = ()
    largeur: int = 0

    @classmethod
    def of(cls, ligne: int, cellules: Sequence[str]) -> "Entete":
        titres = tuple(c.strip().lstrip("\ufeff") for c in cellules)
        pleines = [i for i, titre in enumerate(titres) if titre]
        return cls(ligne, titres, tuple(map(simplify, titres)), pleines[-1] + 1 if pleines else 0)

    def find(self, motif: str) -> int | None:
        return next((i for i, _ in self.matches(motif)), None)

    def matches(self, motif: str) -> Iterator[tuple[int, int | None]]:
        """Les colonnes qui répondent au motif, avec l'année que leur nom porte."""
        modele = _pattern(motif)
        for i, nom in enumerate(self.noms):
            if nom and (trouve := modele.fullmatch(nom)):
                yield i, _year(trouve)

    def doubles(self, rangs: Iterable[int]) -> list[str]:
        """Les titres lus qui existent aussi ailleurs : seule leur première colonne compte."""
        return sorted({self.titres[r] for r in rangs if self.noms.count(self.noms[r]) > 1})


@lru_cache(maxsize=2048)
def _pattern(motif: str) -> re.Pattern[str]:
    return re.compile(motif.replace("{aa}", r"(?P<aa>\d\d)").replace("{aaaa}", r"(?P<aaaa>(?:19|20)\d\d)"))


def _year(trouve: re.Match[str]) -> int | None:
    annees = trouve.groupdict()
    if annees.get("aaaa"):
        return int(annees["aaaa"])
    return 2000 + int(annees["aa"]) if annees.get("aa") else None


@dataclass(frozen=True)
class Lue:
    """Une mesure et les colonnes qui la donnent dans ce fichier-ci."""

    mesure: Mesure
    rangs: tuple[int, ...]
    annee: int | None = None
    diviseur: int | None = None
    note: int | None = None


@dataclass(frozen=True)
class MailleLue:
    maille: Maille
    code: int
    libelle: int | None
    mesures: tuple[Lue, ...]


@dataclass(frozen=True)
class Resolution:
    """Ce qu'un format a retrouvé dans un en-tête."""

    entete: Entete
    mailles: tuple[MailleLue, ...]
    annee: int | None = None
    autres: Mapping[str, int] = field(default_factory=dict)

    @property
    def score(self) -> int:
        return sum(len(m.mesures) for m in self.mailles) + len(self.autres)

    def used(self) -> frozenset[int]:
        rangs = {self.annee, *self.autres.values()}
        for maille in self.mailles:
            rangs |= {maille.code, maille.libelle}
            for lue in maille.mesures:
                rangs |= {*lue.rangs, lue.diviseur, lue.note}
        return frozenset(r for r in rangs if r is not None)


def resolve_level(maille: Maille, entete: Entete) -> MailleLue | None:
    code = entete.find(maille.colonne)
    if code is None:
        return None
    lues = tuple(lue for mesure in maille.mesures for lue in _resolve_measure(mesure, entete))
    libelle = entete.find(maille.libelle) if maille.libelle else None
    return MailleLue(maille, code, libelle, lues) if lues else None


def _resolve_measure(mesure: Mesure, entete: Entete) -> Iterator[Lue]:
    """Une fois par année quand les noms de colonnes en portent plusieurs ; jamais une somme incomplète."""
    note = entete.find(mesure.note) if mesure.note else None
    par_colonne = [_by_year(entete, colonne) for colonne in mesure.colonnes]
    for annee, premier in (par_colonne[0] if par_colonne else {}).items():
        rangs = [premier, *(rangs.get(annee) for rangs in par_colonne[1:])]
        diviseur = _divider(mesure, entete, annee)
        if None not in rangs and (diviseur is not None or not mesure.diviseur):
            yield Lue(mesure, tuple(rangs), annee, diviseur, note)


def _by_year(entete: Entete, colonne: str) -> dict[int | None, int]:
    rangs: dict[int | None, int] = {}
    for rang, annee in entete.matches(colonne):
        rangs.setdefault(annee, rang)
    return rangs


def _divider(mesure: Mesure, entete: Entete, annee: int | None) -> int | None:
    if not mesure.diviseur:
        return None
    return next((rang for rang, a in entete.matches(mesure.diviseur) if a == annee), None)
