"""Le temps en mois : un mois compte quand la structure est ouverte son premier jour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

JAMAIS, TOUJOURS = 10**6, -(10**6)


@lru_cache(maxsize=1)
def _calendar() -> tuple[int, np.ndarray]:
    """Le premier mois plein de chaque jour du calendrier, d'avance : convertir des dates une à une est lent."""
    jours = np.arange("1900-01-01", "2200-01-01", dtype="datetime64[D]")
    mois = jours.astype("datetime64[M]")
    return int(jours[0].astype(np.int64)), mois.astype(np.int64) + (jours > mois.astype("datetime64[D]"))


def first_month(jours: np.ndarray, inconnu: int) -> np.ndarray:
    """Le premier mois dont le premier jour n'est pas avant cette date (en mois depuis 1970)."""
    debut, calendrier = _calendar()
    rang = np.asarray(jours, "datetime64[D]").astype(np.int64) - debut
    suivant = calendrier[np.clip(rang, 0, len(calendrier) - 1)]
    return np.where(np.isnat(jours), inconnu, suivant)


def month(annee: int, numero: int = 1) -> int:
    return (annee - 1970) * 12 + numero - 1


def overlap(debut: np.ndarray, fin: np.ndarray, debuts: np.ndarray, fins: np.ndarray) -> np.ndarray:
    """Les mois communs à chaque période (lignes) et à chaque fenêtre (colonnes)."""
    debut, fin, debuts, fins = (np.asarray(m, np.int32) for m in (debut, fin, debuts, fins))
    commun = np.minimum(fin[:, None], fins[None, :])
    commun -= np.maximum(debut[:, None], debuts[None, :])
    return np.maximum(commun, 0, out=commun)


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
