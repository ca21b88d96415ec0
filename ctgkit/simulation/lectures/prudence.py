"""Une vue prudente, à côté des bornes : des tirages où les ouvertures glissent et où les inconnues sont tirées.

L'offre nouvelle est recomptée par le moteur lui-même, sur autant de copies du territoire que de tirages.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ctgkit.errors import CtgError
from ctgkit.simulation.calcul.cadre import Cadre
from ctgkit.simulation.calcul.complements import contexts
from ctgkit.simulation.calcul.conditions import Admises
from ctgkit.simulation.calcul.lignes import EXISTANT, NOUVEAU
from ctgkit.simulation.calcul.montants import Bonus
from ctgkit.simulation.calcul.quantites import JAMAIS, TOUJOURS, first_month, month, quantities
from ctgkit.simulation.lectures.agregats import aggregate
from ctgkit.simulation.lectures.questions import questions
from ctgkit.simulation.resultat import Resultat
from ctgkit.simulation.scenario.etat import Periodes
from ctgkit.territoire import Structure, Table

QUANTILES = (10, 50, 90)
_CASES = 100_000
_COPIES_MAX = 2_000_000


@dataclass(frozen=True)
class Hypotheses:
    """Ce que l'on tire au sort. Des hypothèses de travail, sans source : chacun les change et les cite.

    `glissement_mois` : une ouverture ou un agrandissement à venir glisse de 0 à autant de mois.
    `occupation_min` : une offre nouvelle comptée en heures se réalise entre cette part et la totalité.
    Un montant connu entre deux bornes est tiré entre elles.
    Le bonus trajectoire se compte par territoire de compétence, là où des places existaient déjà ; une offre nouvelle
    ne compte que cofinancée à coup sûr.
    """

    tirages: int = 1000
    graine: int = 2026
    glissement_mois: int = 6
    occupation_min: float = 0.9


@dataclass(frozen=True)
class Prudence:
    """`quantiles` : P10, P50 et P90 du total par année, entre ses bornes, si les dates et l'activité se tiennent.

    `retrait_p50`, `retrait_p90` : ce que les retards et l'activité partielle en retireraient une fois sur deux, une
    fois sur dix. `non_tire` : ce que rien ne borne, laissé à son minimum.
    """

    quantiles: pd.DataFrame
    hypotheses: Hypotheses
    non_tire: tuple[str, ...]


def prudence(resultat: Resultat, hypotheses: Hypotheses | None = None) -> Prudence:
    """P10 à P90 du bonus par année ; même graine, mêmes tirages, moins nombreux sur un très grand territoire."""
    h = hypotheses or Hypotheses()
    if h.tirages < 1 or h.glissement_mois < 0 or not 0 <= h.occupation_min <= 1:
        raise CtgError(
            "Hypothèses de prudence impossibles.",
            f"{h.tirages} tirages, {h.glissement_mois} mois, occupation {h.occupation_min}",
            "Au moins un tirage, un glissement positif ou nul, une occupation entre 0 et 1.",
        )
    h = replace(h, tirages=min(h.tirages, max(_COPIES_MAX // max(resultat.cadre.nombre, 1), 20)))
    a_l_heure = replace(h, glissement_mois=0, occupation_min=1.0)
    neuf = _draw_new(resultat, a_l_heure)
    tires, perdus = (
        _within(resultat, _draw_existing(resultat, h) + neuf),
        np.maximum(neuf - _draw_new(resultat, h), 0.0),
    )
    rangs, retraits = (np.percentile(t, QUANTILES, axis=1).round(2) for t in (tires, perdus))
    colonnes = {f"p{q}": rangs[i] for i, q in enumerate(QUANTILES)}
    colonnes |= {f"retrait_p{q}": retraits[i] for i, q in enumerate(QUANTILES) if q >= 50}
    sans_borne = tuple(q.question for q in questions(resultat) if q.effet_haut is None)
    return Prudence(pd.DataFrame({"annee": resultat.annees, **colonnes}), h, sans_borne)


def _within(resultat: Resultat, tires: np.ndarray) -> np.ndarray:
    """Les tirages d'une année ne sortent pas de ses bornes : la vue prudente ne contredit jamais le minimum."""
    lus = aggregate(resultat, "annee").set_index("annee").reindex(resultat.annees).fillna(0.0)
    return np.clip(tires, lus["bas"].to_numpy()[:, None], lus["haut_connu"].to_numpy()[:, None])


def _draw_existing(resultat: Resultat, hypotheses: Hypotheses) -> np.ndarray:
    """L'offre existante, que la Caf conserve : aucun retard ne la change. Une ligne par année."""
    bas, haut = _existing_bounds(resultat)
    sures = (bas == haut).all(1)
    total = np.repeat(bas[sures].sum(0)[:, None], hypotheses.tirages, axis=1)
    for numero, lot in enumerate(_chunks(np.flatnonzero(~sures), max(_CASES // hypotheses.tirages, 1))):
        alea = np.random.default_rng((hypotheses.graine, 1, numero))
        tire = alea.random((len(lot), hypotheses.tirages))
        total += bas[lot].sum(0)[:, None] + (haut[lot] - bas[lot]).T @ tire
    return total


def _existing_bounds(resultat: Resultat) -> tuple[np.ndarray, np.ndarray]:
    """Par structure et par année ; les parts incertaines d'une enveloppe à égalité, car leur somme est sûre."""
    lignes = resultat.lignes.where(resultat.lignes["part"] == EXISTANT)
    bornes = np.zeros((2, resultat.cadre.nombre, len(resultat.annees)))
    y = np.searchsorted(resultat.annees, lignes["annee"])
    bornes[:, lignes["structure"], y] = lignes["bas"], lignes["haut_connu"]
    g, parts = resultat.cadre.groupes.de_structure, resultat.parts
    floues = parts.membre & ~parts.sure[g] & parts.conservee[g]
    if floues.any():
        nombre = np.bincount(g, floues, len(resultat.cadre.groupes))
        egales = np.stack([borne[g[floues]] / nombre[g[floues]] for borne in parts.enveloppe])
        q = resultat.cadre.quantites
        ouverte = np.stack([resultat.cadre.fenetres.per_year(part)[floues] for part in (q.part_bas, q.part_haut)])
        bornes[:, floues] = egales[:, :, None] * ouverte
    return bornes[0], bornes[1]


def _draw_new(resultat: Resultat, hypotheses: Hypotheses) -> np.ndarray:
    """L'offre nouvelle et le bonus trajectoire : là où rien ne peut glisser, une seule copie suffit."""
    competence = resultat.cadre.groupes.competence_de_structure
    nouvelles = np.unique(resultat.lignes["structure"][resultat.lignes["part"] == NOUVEAU])
    mobile = np.isin(competence, competence[nouvelles])
    maintien = np.random.default_rng((hypotheses.graine, 3)).random(hypotheses.tirages)
    fixes, stables = np.flatnonzero(~mobile), np.zeros((int((~mobile).sum()), 1), int)
    total = _count(resultat, fixes, stables, hypotheses, np.random.default_rng((hypotheses.graine, 4))).drawn(maintien)
    qui = np.flatnonzero(mobile)
    for numero, lot in enumerate(_chunks(np.arange(hypotheses.tirages), max(_CASES // max(len(qui), 1), 1))):
        alea = np.random.default_rng((hypotheses.graine, 2, numero))
        glisse = alea.integers(0, hypotheses.glissement_mois + 1, (len(qui), len(lot)))
        total[:, lot] += _count(resultat, qui, glisse, hypotheses, alea).drawn(maintien[lot])
    return total


@dataclass(frozen=True)
class _Comptes:
    """Par année et par copie : l'offre nouvelle tirée, et les bornes du bonus trajectoire."""

    nouveau: np.ndarray
    paliers: np.ndarray

    def drawn(self, maintien: np.ndarray) -> np.ndarray:
        bas, haut = self.paliers
        return self.nouveau + bas + (haut - bas) * maintien


def _count(
    resultat: Resultat, qui: np.ndarray, glisse: np.ndarray, hypotheses: Hypotheses, alea: np.random.Generator
) -> _Comptes:
    n, copies = glisse.shape
    cadre = _copy(resultat.cadre, qui, glisse)
    sure = cadre.cofinancee == 1
    tire, occupation = alea.random((n, copies)), _occupancy(alea, _hourly(resultat.cadre)[qui], hypotheses, copies)
    nouveau, paliers = np.zeros((len(resultat.annees), copies)), np.zeros((2, len(resultat.annees), copies))
    bonus = Bonus(cadre, resultat.parts, np.zeros((n * copies, len(resultat.annees)), int), resultat.dispositifs)
    for y in range(len(resultat.annees)):
        lu = bonus.new(y)
        copie, rang = np.divmod(lu["structure"], max(n, 1))
        montant = (lu["bas"] + (lu["haut_connu"] - lu["bas"]) * tire[rang, copie]) * sure[lu["structure"]]
        nouveau[y] = np.bincount(copie, montant * occupation[rang, copie], copies)
    for c in contexts(cadre, a_part=True):
        if c.dispositif.palier and c.arguments:
            (compte,), (bas, haut) = c.comptes, c.apply(c.arguments)
            compte_ici = sure[c.qui] & (compte.base[compte.perimetre] > 0)
            for i, borne in enumerate((bas, np.where(np.isinf(haut), bas, haut))):
                paliers[i, c.y] += np.bincount(c.qui // n, borne * compte_ici, copies)
    return _Comptes(nouveau, paliers)


def _copy(cadre: Cadre, qui: np.ndarray, glisse: np.ndarray) -> Cadre:
    """Le cadre de ces structures, une copie par colonne de `glisse` : de combien de mois chacune glisse."""
    n, copies = glisse.shape
    g, structures = cadre.groupes, cadre.etat.territoire.structures

    def tile(tableau: np.ndarray) -> np.ndarray:
        return np.tile(tableau[qui], copies)

    periodes = _slide(cadre, qui, glisse)
    e = cadre.eligible
    eligible = Admises(tile(e.sur), tile(e.possible), tile(e.dernier), tile(e.deduite))
    ailleurs = np.repeat(np.arange(copies) * len(g.competences), n)
    return replace(
        cadre,
        etat=replace(
            cadre.etat,
            territoire=replace(
                cadre.etat.territoire,
                structures=Table(Structure, {c: tile(t) for c, t in structures.colonnes.items()}),
            ),
            periodes=periodes,
        ),
        service=tile(cadre.service),
        commune=tile(cadre.commune),
        cofinancee=tile(cadre.cofinancee),
        groupes=replace(
            g,
            competences=np.tile(g.competences, copies),
            de_structure=tile(g.de_structure),
            competence_de_structure=tile(g.competence_de_structure) + ailleurs,
        ),
        eligible=eligible,
        quantites=quantities(
            periodes,
            n * copies,
            np.datetime64(cadre.etat.date_reference, "D"),
            cadre.fenetres,
            (eligible.sur, eligible.possible, eligible.dernier),
        ),
    )


def _slide(cadre: Cadre, qui: np.ndarray, glisse: np.ndarray) -> Periodes:
    """Les périodes des copies : d'abord une par structure, puis les suivantes, comme le moteur les attend."""
    p, (n, copies) = cadre.etat.periodes, glisse.shape
    place = np.full(cadre.nombre, -1)
    place[qui] = np.arange(n)
    ici = np.flatnonzero(place[p.structure] >= 0)
    choisies = np.concatenate([np.tile(ici[:n], copies), np.tile(ici[n:], copies)])
    copie = np.concatenate([np.repeat(np.arange(copies), n), np.repeat(np.arange(copies), len(ici) - n)])
    rang = place[p.structure[choisies]]
    dates = []
    for jours, glissant in zip((p.debut, p.fin), _movable(cadre), strict=True):
        mois = first_month(jours[choisies], JAMAIS) + glisse[rang, copie]
        glissees = np.where(glissant[choisies], mois, 0).astype("datetime64[M]").astype("datetime64[D]")
        dates.append(np.where(glissant[choisies], glissees, jours[choisies]))
    return Periodes(rang + copie * n, *dates, p.quantite[choisies])


def _movable(cadre: Cadre) -> tuple[np.ndarray, np.ndarray]:
    """Les débuts et les fins de période qui glissent : ceux où l'offre nouvelle augmente, après la première année."""
    p = cadre.etat.periodes
    nouveau = np.maximum(np.nan_to_num(p.quantite) - np.nan_to_num(cadre.quantites.reference[p.structure]), 0.0)
    mois = np.concatenate([first_month(p.debut, TOUJOURS), first_month(p.fin, JAMAIS)])
    cle = np.concatenate([p.structure, p.structure]) * (4 * JAMAIS) + mois
    uniques, rang = np.unique(cle, return_inverse=True)
    augmente = np.bincount(rang, np.concatenate([nouveau, -nouveau]), len(uniques)) > 0
    glissant = augmente[rang] & (mois > month(cadre.etat.annees[0]))
    return glissant[: len(nouveau)], glissant[len(nouveau) :]


def _hourly(cadre: Cadre) -> np.ndarray:
    return np.isin(cadre.service, [i for i, s in enumerate(cadre.services) if s.unite == "heures"])


def _occupancy(alea: np.random.Generator, heures: np.ndarray, hypotheses: Hypotheses, tirages: int) -> np.ndarray:
    """1 pour des places ou des postes ; entre le minimum et 1 pour des heures."""
    occupation = np.ones((len(heures), tirages))
    occupation[heures] = hypotheses.occupation_min + (1 - hypotheses.occupation_min) * alea.random(
        (int(heures.sum()), tirages)
    )
    return occupation


def _chunks(qui: np.ndarray, taille: int) -> Iterator[np.ndarray]:
    return (qui[i : i + taille] for i in range(0, len(qui), taille))
