"""Retrouver, dans une ligne de titres, les colonnes qu'un format déclare."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ctgkit.echanges.lecteurs.feuille import FeuilleLue
from ctgkit.echanges.tableau.codes import simplify


@dataclass(frozen=True)
class Donnee:
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
    def count(cls, code: str, *colonnes: str, **reste: Any) -> "Donnee":
        """Un effectif ou un montant : il s'additionne quand deux communes fusionnent."""
        return cls(code, colonnes, **reste)

    @classmethod
    def rate(cls, code: str, colonne: str = "", **reste: Any) -> "Donnee":
        """Un taux, une médiane, un indice : il ne s'additionne ni ne se moyenne."""
        return cls(code, (colonne,), additive=False, **reste)

    @classmethod
    def share(cls, code: str, colonne: str, diviseur: str, **reste: Any) -> "Donnee":
        """Une part que le fichier ne donne pas, mais dont il donne les deux termes."""
        return cls(code, (colonne,), additive=False, diviseur=diviseur, maximum=100.0, **reste)


@dataclass(frozen=True)
class Maille:
    """Un niveau géographique du fichier : la colonne du code, et les données qui s'y rapportent."""

    niveau: str
    colonne: str
    donnees: tuple[Donnee, ...]
    libelle: str = ""
    code: Callable[[str], str] | None = None


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

    def find_all(self, motifs: Mapping[str, str]) -> dict[str, int]:
        """Le rang de chaque colonne trouvée, sous le nom que le format lui donne."""
        return {cle: rang for cle, motif in motifs.items() if (rang := self.find(motif)) is not None}

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
class DonneeTrouvee:
    """Une donnée et les colonnes qui la donnent dans ce fichier-ci."""

    donnee: Donnee
    rangs: tuple[int, ...]
    annee: int | None = None
    diviseur: int | None = None
    note: int | None = None


@dataclass(frozen=True)
class MailleTrouvee:
    maille: Maille
    code: int
    libelle: int | None
    donnees: tuple[DonneeTrouvee, ...]


@dataclass(frozen=True)
class Piste:
    """Ce qu'un format a retrouvé : ses colonnes, puis le format et la feuille où il a été reconnu."""

    entete: Entete = Entete(0, ())
    mailles: tuple[MailleTrouvee, ...] = ()
    annee: int | None = None
    autres: Mapping[str, int] = field(default_factory=dict)
    format: Any = None
    feuille: FeuilleLue | None = None

    @property
    def score(self) -> int:
        return sum(len(m.donnees) for m in self.mailles) + len(self.autres)

    def used(self) -> frozenset[int]:
        rangs = {self.annee, *self.autres.values()}
        for maille in self.mailles:
            rangs |= {maille.code, maille.libelle}
            for trouvee in maille.donnees:
                rangs |= {*trouvee.rangs, trouvee.diviseur, trouvee.note}
        return frozenset(r for r in rangs if r is not None)


def find_level(maille: Maille, entete: Entete) -> MailleTrouvee | None:
    code = entete.find(maille.colonne)
    if code is None:
        return None
    trouvees = tuple(t for donnee in maille.donnees for t in _find_data(donnee, entete))
    libelle = entete.find(maille.libelle) if maille.libelle else None
    return MailleTrouvee(maille, code, libelle, trouvees) if trouvees else None


def _find_data(donnee: Donnee, entete: Entete) -> Iterator[DonneeTrouvee]:
    """Une fois par année quand les noms de colonnes en portent plusieurs ; jamais une somme incomplète."""
    note = entete.find(donnee.note) if donnee.note else None
    premiers, *suivants = (_by_year(entete, colonne) for colonne in donnee.colonnes)
    diviseurs = _by_year(entete, donnee.diviseur) if donnee.diviseur else {}
    for annee, premier in premiers.items():
        rangs = [premier, *(rangs.get(annee) for rangs in suivants)]
        diviseur = diviseurs.get(annee)
        if None not in rangs and (diviseur is not None or not donnee.diviseur):
            yield DonneeTrouvee(donnee, tuple(rangs), annee, diviseur, note)


def _by_year(entete: Entete, colonne: str) -> dict[int | None, int]:
    rangs: dict[int | None, int] = {}
    for rang, annee in entete.matches(colonne):
        rangs.setdefault(annee, rang)
    return rangs
