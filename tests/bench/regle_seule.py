"""La règle seule, avec les fonctions mêmes de la simulation : ce que les deux témoins calculent aussi."""

from dataclasses import replace

import numpy as np

from ctgkit.droit.bonus_territoire import montant_nouveau
from ctgkit.simulation import Resultat
from ctgkit.simulation.calcul.complements import growth
from ctgkit.simulation.calcul.existant import shares
from ctgkit.simulation.calcul.quantites import quantities


def totals(r: Resultat, prix: np.ndarray) -> dict[str, float]:
    """Adhésion, ouverture, existant lissé, nouveau entre deux bornes, bonus trajectoire au plus bas."""
    cadre = r.cadre
    jour = np.datetime64(cadre.etat.date_reference, "D")
    admises = (cadre.eligible.sur, cadre.eligible.possible, cadre.eligible.dernier)
    q = quantities(cadre.etat.periodes, cadre.nombre, jour, cadre.fenetres, admises)
    cadre = replace(cadre, quantites=q)
    existant = (q.part_haut * shares(cadre).bas[:, None]).sum()
    neuves = np.flatnonzero(prix[1])
    offre = q.nouveau_bas[neuves] * (cadre.cofinancee[neuves] == 1)[:, None]
    bas, haut = (montant_nouveau(offre, p[neuves, None]).sum() for p in prix)
    return {"bonus_bas": existant + bas, "bonus_haut": existant + haut, "trajectoire": _trajectoire(r, cadre)}


def _trajectoire(r: Resultat, cadre) -> float:
    commun = replace(r.contextes["bonus_trajectoire", r.annees[0]].commun, cadre=cadre)
    q, qui = cadre.quantites, commun.qui
    cofinancees = (cadre.cofinancee[qui] == 1)[:, None]
    eligibles = (q.part_haut[qui] * q.reference[qui, None] + q.nouveau_bas[qui]) * cofinancees
    total = 0.0
    for y in range(len(r.annees)):
        code, jour = "bonus_trajectoire.montant", r.cadre.fenetres.jours[y]
        taux = growth(commun.counts(y))
        total += (np.minimum(*(cadre.bounds(code, jour, qui, t)[0] for t in taux)) * eligibles[:, y]).sum()
    return float(total)
