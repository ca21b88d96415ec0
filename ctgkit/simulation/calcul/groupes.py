"""Les territoires de compétence : ce que la Caf leur versait l'année N-1, et les crédits de la collectivité."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ctgkit import droit
from ctgkit.droit import bonus_territoire as regle
from ctgkit.errors import CtgError
from ctgkit.simulation.scenario.etat import Etat
from ctgkit.territoire import Territoire

STATUT = {nom: code for code, nom in enumerate(droit.STATUTS)}


def status(*statuts: str) -> int:
    return STATUT[droit.weakest(*statuts)]


@dataclass(frozen=True)
class Groupes:
    """Un groupe par territoire de compétence et par type ; `ligne` est celle de references.csv, ou -1.

    `reference_bas`, `reference_haut` : le montant d'une année, NaN quand il manque.
    """

    competences: np.ndarray
    types: np.ndarray
    de_structure: np.ndarray
    competence_de_structure: np.ndarray
    competence: np.ndarray
    type: np.ndarray
    reference_bas: np.ndarray
    reference_haut: np.ndarray
    ligne: np.ndarray
    statut: np.ndarray

    def __len__(self) -> int:
        return len(self.competence)


def groups(etat: Etat, service: np.ndarray, codes: list[str], familles: list[str]) -> Groupes:
    """Range chaque structure dans son groupe ; une référence « alsh » vaut pour les alsh_… sans référence propre."""
    s, r, e = etat.territoire.structures, etat.territoire.references, etat.territoire.engagements
    n, fin = len(s), len(s) + len(r)
    comp, competences = pd.factorize(np.concatenate([s["competence"], r["competence"], e["competence"]]))
    types = pd.Index(codes + sorted(set(r["type"].tolist()) - set(codes)))
    largeur = len(types) + 1
    cles_r = comp[n:fin] * largeur + types.get_indexer(r["type"])
    if (double := _first_duplicate(cles_r, r["annee"])) is not None:
        raise CtgError(
            f"Deux montants de référence pour « {r['competence'][double]} », {r['type'][double]}, "
            f"{r['annee'][double]:.0f}.",
            "references.csv",
            "Garder une seule ligne par territoire de compétence, type et année ; additionner si ce sont deux parts.",
        )
    famille = np.array([types.get_indexer([f])[0] if f else -1 for f in familles] + [-1])[service]
    propre, generale = comp[:n] * largeur + service, comp[:n] * largeur + famille
    par_famille = (famille >= 0) & ~np.isin(propre, cles_r) & np.isin(generale, cles_r)
    cles_s = np.where(par_famille, generale, propre)
    groupe, uniques = pd.factorize(np.concatenate([cles_s, cles_r]))
    uniques = np.asarray(uniques, np.int64)
    ligne = np.full(len(uniques), -1)
    choisies = _preferred(etat.territoire, etat.date_reference.year)
    ligne[groupe[n:][choisies]] = choisies
    bas, haut = (np.append(borne, np.nan)[ligne] for borne in yearly(etat.territoire))
    statuts = np.array([STATUT.get(x, STATUT["a_confirmer"]) for x in pd.unique(r["statut"])] + [0], int)
    rang = np.append(pd.factorize(r["statut"])[0], len(statuts) - 1)[ligne]
    return Groupes(
        np.asarray(competences, object),
        np.asarray(types, object),
        groupe[:n],
        comp[:n],
        uniques // largeur,
        uniques % largeur,
        bas,
        haut,
        ligne,
        np.where(bas < haut, np.maximum(statuts[rang], STATUT["a_confirmer"]), statuts[rang]),
    )


def yearly(territoire: Territoire) -> tuple[np.ndarray, np.ndarray]:
    """Ce que chaque ligne de references.csv vaut par an : entre sa part d'une année et son tout quand on ne sait pas.

    La part est au centime inférieur : les années d'une enveloppe ne totalisent jamais plus qu'elle.
    """
    montant, periode = territoire.references["montant_eur"], territoire.references["periode"]
    nombre = len(territoire.annees)
    part = np.floor(montant / nombre * 100 + 1e-6) / 100 if nombre else np.where(np.isnan(montant), np.nan, 0.0)
    par_an = np.isin(periode, ("", "an"))
    return np.where(par_an, montant, part), np.where((periode == "convention") & bool(nombre), part, montant)


def _preferred(territoire: Territoire, annee_debut: int) -> np.ndarray:
    """Les lignes de references.csv, la meilleure en dernier : l'année de référence, sinon la dernière avant la Ctg."""
    annees = territoire.references["annee"]
    voulue = territoire.annee_reference or annee_debut - 1
    return np.lexsort((annees, annees <= voulue, annees == voulue))


def _first_duplicate(cles: np.ndarray, annees: np.ndarray) -> int | None:
    """Le rang de la première ligne qui répète une clé et une année."""
    doubles = np.flatnonzero(pd.DataFrame({"cle": cles, "annee": annees}).duplicated())
    return int(doubles[0]) if len(doubles) else None


@dataclass(frozen=True)
class Credits:
    """Les crédits de chaque collectivité (lignes) et de chaque année (colonnes), et ceux de l'année de référence."""

    annees: np.ndarray
    reference: np.ndarray


def credits(etat: Etat, competences: np.ndarray) -> Credits:
    t = etat.territoire.engagements
    qui = pd.Index(competences).get_indexer(t["competence"])
    if (double := _first_duplicate(t["competence"], t["annee"])) is not None:
        raise CtgError(
            f"Deux montants de crédits pour « {t['competence'][double]} » en {t['annee'][double]:.0f}.",
            "engagements.csv",
            "Garder une ligne par territoire de compétence et par année.",
        )
    connus = {int(a) for a in np.unique(t["annee"][~np.isnan(t["annee"])])} | {a for _, a in etat.credits}
    reference = etat.territoire.annee_reference or etat.date_reference.year - 1
    colonnes = sorted(connus | set(etat.annees) | {reference})
    tableau = np.full((len(competences), len(colonnes)), np.nan)
    bons = (qui >= 0) & ~np.isnan(t["annee"])
    tableau[qui[bons], np.searchsorted(colonnes, t["annee"][bons])] = t["credits_eur"][bons]
    rangs = {k: i for i, k in enumerate(competences.tolist())} if etat.credits else {}
    for (nom, annee), montant in etat.credits.items():
        if nom in rangs:
            tableau[rangs[nom], colonnes.index(annee)] = montant
    return Credits(tableau[:, np.searchsorted(colonnes, etat.annees)], tableau[:, colonnes.index(reference)])


def broken(etat: Etat, groupes: Groupes) -> np.ndarray:
    """Pour chaque structure et chaque année : la collectivité baisse-t-elle ses crédits ?"""
    c = credits(etat, groupes.competences)
    etats = regle.engagement(c.annees, c.reference[:, None]) == regle.ROMPU
    return etats[groupes.competence_de_structure]
