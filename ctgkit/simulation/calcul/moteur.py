"""Simuler : un territoire et un scénario, année par année, jusqu'à la table des montants."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ctgkit import droit
from ctgkit.simulation.calcul.cadre import frame, misplaced
from ctgkit.simulation.calcul.complements import complements, contexts
from ctgkit.simulation.calcul.conditions import INCONNUES, Raison, reasons
from ctgkit.simulation.calcul.existant import shares, without_reference, without_structure
from ctgkit.simulation.calcul.groupes import STATUT, broken
from ctgkit.simulation.calcul.lignes import Lignes, stack
from ctgkit.simulation.calcul.montants import Bonus
from ctgkit.simulation.resultat import Resultat
from ctgkit.simulation.scenario.application import apply
from ctgkit.simulation.scenario.etat import Etat
from ctgkit.simulation.scenario.lecture import resolve
from ctgkit.territoire import Scenario, Territoire


def simulate(
    territoire: Territoire,
    scenario: Scenario | None = None,
    annees: Iterable[int] | None = None,
    scenarios: Mapping[str, Any] | None = None,
) -> Resultat:
    """Ce que le scénario donne à chaque structure, chaque année de la convention (ou les années demandées).

    `scenarios` donne par leur nom ceux que `scenario.base` peut citer.
    """
    scenario = scenario or Scenario()
    return compute(apply(territoire, resolve(scenario, scenarios) if scenario.base else scenario, annees))


def compute(etat: Etat) -> Resultat:
    """Les montants d'un territoire déjà changé par son scénario."""
    cadre = frame(etat)
    parts = shares(cadre)
    q, par_an = cadre.quantites, cadre.fenetres.per_year
    mois = par_an(q.mois_ouverts), par_an(q.mois_comptes)
    raisons = reasons(cadre.cofinancee, cadre.eligible, mois, etat.annees)
    raisons |= broken(etat, cadre.groupes) * Raison.ENGAGEMENT_ROMPU
    dispositifs = tuple(droit.libelles_dispositifs())
    lignes = _doubtful(
        stack([*Bonus(cadre, parts, raisons, dispositifs).rows(), *complements(contexts(cadre), raisons)])
    )
    if etat.territoire.est_fictif:
        lignes = _fictitious(lignes)
    constats = (*etat.alertes, *misplaced(cadre), *parts.alertes)
    constats += (*without_structure(cadre, parts), *without_reference(cadre, parts))
    contextes = {(c.dispositif.code, c.annee): c for c in contexts(cadre)}
    return Resultat(cadre, parts, lignes, dispositifs, contextes, constats)


def _doubtful(lignes: Lignes) -> Lignes:
    """Un montant qui repose sur une inconnue est à confirmer."""
    inconnu = (lignes["raisons"] & INCONNUES) > 0
    statut = np.where(inconnu, np.maximum(lignes["statut"], STATUT["a_confirmer"]), lignes["statut"])
    return replace(lignes, colonnes={**lignes.colonnes, "statut": statut.astype(np.int8)})


def _fictitious(lignes: Lignes) -> Lignes:
    statut = np.full(len(lignes), STATUT["fictif"], np.int8)
    return replace(lignes, colonnes={**lignes.colonnes, "statut": statut})
