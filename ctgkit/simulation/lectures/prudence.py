"""Une vue prudente, à côté des bornes : des tirages où les ouvertures glissent et où les inconnues sont tirées."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ctgkit.errors import CtgError
from ctgkit.simulation.lectures.questions import questions
from ctgkit.simulation.lectures.tirages import Hypotheses, draw_existing, draw_new
from ctgkit.simulation.resultat import Resultat

QUANTILES = (10, 50, 90)


@dataclass(frozen=True)
class Prudence:
    """`quantiles` : P10, P50 et P90 du total par année ; `non_tire` : ce que rien ne borne, laissé à son minimum."""

    quantiles: pd.DataFrame
    hypotheses: Hypotheses
    non_tire: tuple[str, ...]


def prudence(r: Resultat, hypotheses: Hypotheses | None = None) -> Prudence:
    """P10 à P90 du bonus par année ; même graine, mêmes tirages."""
    h = hypotheses or Hypotheses()
    if h.tirages < 1 or h.glissement_mois < 0 or not 0 <= h.occupation_min <= 1:
        raise CtgError(
            "Hypothèses de prudence impossibles.",
            f"{h.tirages} tirages, {h.glissement_mois} mois, occupation {h.occupation_min}",
            "Au moins un tirage, un glissement positif ou nul, une occupation entre 0 et 1.",
        )
    rangs = np.percentile(draw_existing(r, h) + draw_new(r, h), QUANTILES, axis=1).round(2)
    colonnes = {f"p{q}": rangs[i] for i, q in enumerate(QUANTILES)}
    sans_borne = tuple(q.question for q in questions(r) if q.effet_haut is None)
    return Prudence(pd.DataFrame({"annee": r.annees, **colonnes}), h, sans_borne)
