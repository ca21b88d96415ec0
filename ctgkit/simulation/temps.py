"""Le temps en mois : un mois compte quand la structure est ouverte son premier jour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

JAMAIS, TOUJOURS = 10**6, -(10**6)


def first_month(jours: np.ndarray, inconnu: int) -> np.ndarray:
    """Le premier mois dont le premier jour n'est pas avant cette date (en mois depuis 1970)."""
    jours = np.asarray(jours, "datetime64[D]")
    mois = jours.astype("datetime64[M]")
    suivant = mois.astype(np.int64) + (jours > mois.astype("datetime64[D]"))
    return np.where(np.isnat(jours), inconnu, suivant)


def month(annee: int, numero: int = 1) -> int:
    return (annee - 1970) * 12 + numero - 1


def overlap(debut: np.ndarray, fin: np.ndarray, debuts: np.ndarray, fins: np.ndarray) -> np.ndarray:
    """Les mois communs à chaque période (lignes) et à chaque fenêtre (colonnes)."""
    commun = np.minimum(fin[:, None], fins[None, :]) - np.maximum(debut[:, None], debuts[None, :])
    return np.maximum(commun, 0)


@dataclass(frozen=True)
class Fenetres:
    """Les années découpées là où un paramètre change en cours d'année ; le plus souvent, une fenêtre par année."""

    annees: tuple[int, ...]
    annee: np.ndarray
    debut: np.ndarray
    fin: np.ndarray
    jours: tuple[date, ...]

    def per_year(self, valeurs: np.ndarray) -> np.ndarray:
        """La somme des fenêtres de chaque année."""
        if len(self.annee) == len(self.annees):
            return valeurs
        premieres = np.flatnonzero(np.diff(self.annee, prepend=-1))
        return np.add.reduceat(valeurs, premieres, axis=1)


def windows(annees: Sequence[int], changements: Iterable[date]) -> Fenetres:
    coupes = {month(a) for a in annees} | {(c.year - 1970) * 12 + c.month - 1 + (c.day > 1) for c in changements}
    debuts = sorted(m for m in coupes if any(month(a) <= m < month(a + 1) for a in annees))
    annee = [m // 12 + 1970 for m in debuts]
    fins = [min([s for s in debuts if s > m] + [month(a + 1)]) for m, a in zip(debuts, annee, strict=True)]
    return Fenetres(
        tuple(annees),
        np.array([list(annees).index(a) for a in annee], np.int64),
        np.array(debuts, np.int64),
        np.array(fins, np.int64),
        tuple(date(m // 12 + 1970, m % 12 + 1, 1) for m in debuts),
    )
