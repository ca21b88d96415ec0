"""La croissance des places cofinancées depuis l'année de départ du bonus trajectoire, entre deux bornes.

La date exacte de 2023, le périmètre (territoire de compétence ou Ctg entière) et parfois le cofinancement ne sont pas
connus : on compte de toutes les façons possibles, et l'on garde la plus petite et la plus grande croissance.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from ctgkit.droit.bonus_trajectoire import croissance
from ctgkit.simulation.calcul.cadre import Cadre
from ctgkit.simulation.calcul.temps import JAMAIS, TOUJOURS, first_month, month, overlap

ANNEE_BASE = "bonus_trajectoire.annee_base"


@dataclass(frozen=True)
class Depart:
    """Ce qui ne change pas d'une année à l'autre : les périmètres possibles, et les places de l'année de départ."""

    qui: np.ndarray
    perimetres: list[np.ndarray]
    comptes: list[np.ndarray]
    mensuelles: list[np.ndarray]


@dataclass(frozen=True)
class Places:
    """Les places cofinancées d'un périmètre, au départ et une année donnée."""

    perimetre: np.ndarray
    base: np.ndarray
    annee: np.ndarray


def start(cadre: Cadre, qui: np.ndarray) -> Depart:
    """Chaque façon de compter : périmètre × cofinancement incertain × mois de départ."""
    cofinancee, competence = cadre.cofinancee[qui], cadre.groupes.competence_de_structure[qui]
    plusieurs = bool((competence != competence[:1]).any())
    return Depart(
        qui=qui,
        perimetres=[competence] + [np.zeros(len(qui), int)] * plusieurs,
        comptes=[cofinancee == 1] + [cofinancee != 0] * bool(np.isnan(cofinancee).any()),
        mensuelles=_base(cadre, qui),
    )


def growth(comptes: list[Places]) -> tuple[np.ndarray, np.ndarray]:
    """La plus petite et la plus grande croissance qui s'appliquent à chaque structure ; NaN quand on ne sait pas."""
    toutes = [croissance(p.annee, p.base)[p.perimetre] for p in comptes]
    return np.min(toutes, axis=0), np.max(toutes, axis=0)


def counts(cadre: Cadre, y: int, depart: Depart) -> list[Places]:
    ouvertes = cadre.fenetres.per_year(cadre.quantites.ouverte)[depart.qui, y]
    trouves = []
    for perimetre, compte in product(depart.perimetres, depart.comptes):
        nombre = int(perimetre.max(initial=-1)) + 1
        annee = np.bincount(perimetre, np.where(compte, ouvertes, 0.0), nombre)
        mois = [np.bincount(perimetre, np.where(compte, m, 0.0), nombre) for m in depart.mensuelles]
        bornes = [np.min(mois, axis=0), np.max(mois, axis=0)]
        trouves += [Places(perimetre, b, annee) for b in (bornes if len(mois) > 1 else bornes[:1])]
    return trouves


def _base(cadre: Cadre, qui: np.ndarray) -> list[np.ndarray]:
    """Les places ouvertes chaque mois de l'année de départ ; une seule fois quand rien n'y change."""
    annee = int(cadre.value(ANNEE_BASE, cadre.etat.bareme[ANNEE_BASE].valeurs[0].depuis).bas)
    p = cadre.etat.periodes
    choisies = np.flatnonzero(np.isin(p.structure, qui)) if len(qui) < cadre.nombre else np.arange(len(p.structure))
    debut, fin = first_month(p.debut[choisies], TOUJOURS), first_month(p.fin[choisies], JAMAIS)
    debuts = np.arange(month(annee), month(annee + 1))
    bouge = ((debut > debuts[0]) & (debut <= debuts[-1])) | ((fin > debuts[0]) & (fin <= debuts[-1]))
    debuts = debuts if bouge.any() else debuts[:1]
    ouverts = overlap(debut, fin, debuts, debuts + 1)
    rang = np.empty(cadre.nombre, int)
    rang[qui] = np.arange(len(qui))
    quantite = np.where(ouverts.T > 0, p.quantite[choisies], 0.0)
    return [np.bincount(rang[p.structure[choisies]], m, len(qui)) for m in quantite]
