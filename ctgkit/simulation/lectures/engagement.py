"""Le double engagement : la Caf garde son financement, la collectivité garde le sien."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctgkit.droit import bonus_territoire as regle
from ctgkit.errors import CtgError
from ctgkit.formats import euros
from ctgkit.simulation.agregats import axis
from ctgkit.simulation.calcul.cadre import Cadre
from ctgkit.simulation.calcul.conditions import sentences
from ctgkit.simulation.lignes import EXISTANT

if TYPE_CHECKING:
    from ctgkit.simulation.resultat import Resultat


@dataclass(frozen=True)
class Credits:
    """Les crédits de chaque collectivité (lignes) et de chaque année (colonnes), et ceux de l'année de référence."""

    annees: np.ndarray
    reference: np.ndarray


def credits(cadre: Cadre) -> Credits:
    etat, competences = cadre.etat, cadre.groupes.competences
    t = etat.territoire.engagements
    qui = pd.Index(competences).get_indexer(t["competence"])
    _check_duplicates(t["competence"], t["annee"])
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


def broken(cadre: Cadre) -> np.ndarray:
    """Pour chaque structure et chaque année : la collectivité baisse-t-elle ses crédits ?"""
    c = credits(cadre)
    etats = regle.engagement(c.annees, c.reference[:, None]) == regle.ROMPU
    return etats[cadre.groupes.competence_de_structure]


def _check_duplicates(competences: np.ndarray, annees: np.ndarray) -> None:
    double = pd.DataFrame({"k": competences, "a": annees}).duplicated().to_numpy()
    if double.any():
        i = int(np.flatnonzero(double)[0])
        raise CtgError(
            f"Deux montants de crédits pour « {competences[i]} » en {annees[i]:.0f}.",
            "engagements.csv",
            "Garder une ligne par territoire de compétence et par année.",
        )


def engagements(r: "Resultat") -> pd.DataFrame:
    """Une ligne par territoire de compétence et par année : les deux moitiés du double engagement."""
    g, annees = r.cadre.groupes, r.annees
    nombre, c = len(g.competences), credits(r.cadre)
    bonus = _bonus(r, nombre)
    presentes = g.ligne >= 0
    reference = np.bincount(g.competence[presentes], g.reference[presentes], nombre)
    reference = np.where(np.bincount(g.competence[presentes], minlength=nombre) > 0, reference, np.nan)
    return pd.DataFrame(
        {
            "competence": np.repeat(g.competences, len(annees)),
            "annee": np.tile(annees, nombre),
            "bas": bonus[0].ravel(),
            "haut": bonus[1].ravel(),
            "reference_eur": np.repeat(reference, len(annees)),
            "maintien": regle.maintien(bonus[0], bonus[1], reference[:, None]).ravel(),
            "credits_eur": c.annees.ravel(),
            "credits_reference_eur": np.repeat(c.reference, len(annees)),
            "engagement": regle.engagement(c.annees, c.reference[:, None]).ravel(),
        }
    )


def _bonus(r: "Resultat", nombre: int) -> np.ndarray:
    totaux = r.aggregate("competence", "annee")
    rang = pd.Index(r.cadre.groupes.competences).get_indexer(totaux["competence"])
    y = np.searchsorted(r.annees, totaux["annee"])
    bonus = np.zeros((2, nombre, len(r.annees)))
    for i, borne in enumerate(("bas", "haut")):
        bonus[i, rang, y] = totaux[borne]
    return bonus


def losses(r: "Resultat", competence: str, annee: int, combien: int = 3) -> list[str]:
    """Ce qui manque à l'offre existante d'un territoire de compétence, et pourquoi, les plus gros manques d'abord."""
    lignes = r.lignes
    ici = (axis(r, lignes, "competence").labels == competence) & (lignes["annee"] == annee)
    perte = lignes.where(ici & (lignes["part"] == EXISTANT))
    qui, noms = perte["structure"], r.territoire.structures["nom"]
    manque = r.parts.bas[qui] - perte["bas"]
    ordre = [i for i in np.argsort(-manque)[:combien].tolist() if manque[i] > 0.005]
    pourquoi = [" ".join(sentences(int(perte["raisons"][i]))) for i in ordre]
    return [f"{noms[qui[i]]} : {euros(manque[i])} de moins. {p}".strip() for i, p in zip(ordre, pourquoi, strict=True)]
