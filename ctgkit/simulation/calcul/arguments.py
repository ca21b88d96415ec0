"""D'où viennent les arguments d'un dispositif qui ne sont pas des paramètres : quantités, croissance, comptes."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ctgkit.simulation.calcul.croissance import growth

if TYPE_CHECKING:
    from ctgkit.simulation.calcul.complements import Contexte

Bornes = tuple[np.ndarray, np.ndarray]


def _eligible(c: "Contexte") -> Bornes:
    q, cofinancee = c.cadre.quantites, c.cadre.cofinancee[c.qui]
    q0, part = q.reference[c.qui], c.yearly(q.part_haut)
    bas = np.nan_to_num(c.yearly(q.part_bas) * q0) + c.yearly(q.nouveau_bas)
    existant = np.where(np.isnan(q0), np.inf, q0)
    haut = np.multiply(part, existant, out=np.zeros(len(c.qui)), where=part > 0) + c.yearly(q.nouveau_haut)
    return bas * (cofinancee == 1), np.where(cofinancee != 0, haut, 0.0)


def _open(c: "Contexte") -> Bornes:
    ouverte = c.yearly(c.cadre.quantites.ouverte)
    return np.where(np.isfinite(ouverte), ouverte, 0.0), np.where(np.isfinite(ouverte), ouverte, np.inf)


def _column(nom: str) -> Callable[["Contexte"], Bornes]:
    return lambda c: (c.cadre.etat.territoire.structures[nom][c.qui],) * 2


SOURCES: Mapping[str, Callable[["Contexte"], Bornes]] = {
    "quantite": _eligible,
    "ouverte": _open,
    "croissance": lambda c: growth(c.comptes),
    "gestionnaire_public": lambda c: c.public,
    "charges_eur": _column("charges_eur"),
    "participations_eur": _column("participations_eur"),
}
TOUJOURS_CONNUES = ("quantite", "croissance")
