"""Les tirages de la vue prudente, par lots pour que la mémoire ne dépende pas de la taille du territoire."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ctgkit.simulation.calcul.lignes import EXISTANT
from ctgkit.simulation.calcul.quantites import month
from ctgkit.simulation.lectures.mobiles import movable
from ctgkit.simulation.lectures.paliers import Paliers
from ctgkit.simulation.resultat import Resultat

_CASES = 2_000_000


@dataclass(frozen=True)
class Hypotheses:
    """Ce que l'on tire au sort. Des hypothèses de travail, sans source : chacun les change et les cite.

    `glissement_mois` : une ouverture ou un agrandissement à venir glisse de 0 à autant de mois.
    `occupation_min` : une offre comptée en heures se réalise entre cette part et la totalité.
    Un montant connu entre deux bornes est tiré entre elles.
    Le bonus trajectoire se compte par territoire de compétence.
    """

    tirages: int = 1000
    graine: int = 2026
    glissement_mois: int = 6
    occupation_min: float = 0.9


def draw_existing(r: Resultat, h: Hypotheses) -> np.ndarray:
    """L'offre existante : les heures selon l'occupation, les fourchettes tirées ; une ligne par année."""
    bas, haut = _existing_bounds(r)
    heures = _hourly(r)
    sures = ~heures & (bas == haut).all(1)
    total = np.repeat(bas[sures].sum(0)[:, None], h.tirages, axis=1)
    for numero, lot in enumerate(_chunks(np.flatnonzero(~sures), h)):
        alea = np.random.default_rng((h.graine, 1, numero))
        tire = alea.random((len(lot), h.tirages), dtype=np.float32)
        occupation = _occupancy(alea, heures[lot], h)
        total += bas[lot].T.astype(np.float32) @ occupation
        if (ecart := haut[lot] - bas[lot]).any():
            total += ecart.T.astype(np.float32) @ (tire * occupation)
    return total


def draw_new(r: Resultat, h: Hypotheses) -> np.ndarray:
    """L'offre nouvelle et le bonus trajectoire : les ouvertures glissent, les seuils se franchissent ou non."""
    mobiles, paliers = movable(r), Paliers.of(r)
    maintien = np.random.default_rng((h.graine, 3)).random(h.tirages)
    total = paliers.settled(mobiles, maintien)
    heures = _hourly(r)
    for numero, lot in enumerate(mobiles.lots(max(_CASES // h.tirages, 1))):
        alea = np.random.default_rng((h.graine, 2, numero))
        glisse = alea.integers(0, h.glissement_mois + 1, (len(lot.qui), h.tirages), dtype=np.int16)
        tranche = alea.random((len(lot.qui), h.tirages), dtype=np.float32)
        occupation = _occupancy(alea, heures[lot.qui], h)
        for y, annee in enumerate(r.annees):
            comptee, ouverte = lot.quantities(month(annee), glisse)
            bas, haut = (u[lot.qui, y][:, None] for u in mobiles.unitaires)
            total[y] += (comptee * (bas + (haut - bas) * tranche) * occupation).sum(0)
            total[y] += paliers.amounts(y, lot.qui, (comptee, ouverte), maintien)
    return total


def _hourly(r: Resultat) -> np.ndarray:
    return np.isin(r.cadre.service, [i for i, s in enumerate(r.cadre.services) if s.unite == "heures"])


def _occupancy(alea: np.random.Generator, heures: np.ndarray, h: Hypotheses) -> np.ndarray:
    """1 pour des places ou des postes ; entre le minimum et 1 pour des heures."""
    occupation = np.ones((len(heures), h.tirages), np.float32)
    tire = alea.random((int(heures.sum()), h.tirages), dtype=np.float32)
    occupation[heures] = np.float32(h.occupation_min) + np.float32(1 - h.occupation_min) * tire
    return occupation


def _chunks(qui: np.ndarray, h: Hypotheses) -> Iterator[np.ndarray]:
    taille = max(_CASES // h.tirages, 1)
    return (qui[i : i + taille] for i in range(0, len(qui), taille))


def _existing_bounds(r: Resultat) -> tuple[np.ndarray, np.ndarray]:
    """Par structure et par année ; les parts incertaines d'une enveloppe à égalité, car leur somme est sûre."""
    lignes = r.lignes.where(r.lignes["part"] == EXISTANT)
    bornes = np.zeros((2, r.cadre.nombre, len(r.annees)))
    y = np.searchsorted(r.annees, lignes["annee"])
    bornes[:, lignes["structure"], y] = lignes["bas"], lignes["haut_connu"]
    g, parts = r.cadre.groupes.de_structure, r.parts
    floues = parts.membre & ~parts.sure[g] & parts.conservee[g]
    if floues.any():
        nombre = np.bincount(g, floues, len(parts.enveloppe))
        egales = parts.enveloppe[g[floues]] / nombre[g[floues]]
        ouverte = r.cadre.fenetres.per_year(r.cadre.quantites.part_haut)[floues]
        bornes[:, floues] = egales[:, None] * ouverte
    return bornes[0], bornes[1]
