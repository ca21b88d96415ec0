"""Comparer des scénarios : qui gagne, qui perd, ce qui ne change pas, et de combien, entre deux bornes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ctgkit.errors import CtgError
from ctgkit.simulation.agregats import DANS_LE_BONUS, Axe
from ctgkit.simulation.lectures.ecarts import line_gaps, same_counting
from ctgkit.simulation.resultat import Resultat

_BORNES = ["bas", "haut", "bas_connu", "haut_connu"]
_CLES = ["structure", "annee", "dispositif", "part"]
_LIEUX = ["nom", "commune", "competence", "service", "gestionnaire"]
GAGNE, PERD, INCHANGE, INCERTAIN = "gagne", "perd", "inchangé", "incertain"


@dataclass(frozen=True, eq=False)
class Ecart:
    """Un scénario face à la référence. `lignes` : l'écart de chaque ligne, `bas` et `haut`.

    `bas_connu` et `haut_connu` laissent de côté ce qui n'est pas publié (plancher, revalorisation).
    """

    reference: Resultat
    scenario: Resultat
    lignes: pd.DataFrame

    def par(self, *axes: Axe) -> pd.DataFrame:
        """L'écart par structure, commune, gestionnaire, année… et son sens : gagne, perd, inchangé, incertain."""
        sommes = self._conserved(axes).groupby(list(axes), as_index=False, sort=False)[_BORNES].sum()
        sommes[_BORNES] = sommes[_BORNES].round(2)
        sommes["sens"] = direction(sommes["bas"].to_numpy(), sommes["haut"].to_numpy())
        if "structure" in axes:
            noms = self.lignes[["structure", "nom"]].drop_duplicates("structure")
            sommes.insert(1, "nom", sommes[["structure"]].merge(noms, on="structure", how="left")["nom"])
        return sommes

    def _conserved(self, axes: Sequence[Axe]) -> pd.DataFrame:
        """Les écarts par service et par année, sans perdre l'enveloppe que les parts incertaines se partagent."""
        cles = list(dict.fromkeys([*axes, "service", "annee"]))
        sommes = self.lignes.groupby(cles, as_index=False, sort=False)[_BORNES].sum()
        if self.reference.parts.sure.all() and self.scenario.parts.sure.all():
            return sommes
        for suffixe, r in (("_a", self.reference), ("_b", self.scenario)):
            totaux = r.aggregate(*cles)[[*cles, "bas", "haut"]]
            sommes = sommes.merge(totaux, on=cles, how="left", suffixes=("", suffixe))
        connus = sommes[["bas_a", "haut_a", "bas_b", "haut_b"]].fillna(0.0)
        with np.errstate(invalid="ignore"):
            bas, haut = connus["bas_b"] - connus["haut_a"], connus["haut_b"] - connus["bas_a"]
        for debut in ("bas", "bas_connu"):
            sommes[debut] = np.fmax(sommes[debut], bas)
        for fin in ("haut", "haut_connu"):
            sommes[fin] = np.fmin(sommes[fin], haut)
        return sommes

    def total(self, annee: int | None = None) -> tuple[float, float]:
        """L'écart de tout le territoire, une année ou toutes."""
        par_an = self.par("annee")
        retenus = par_an if annee is None else par_an[par_an["annee"] == annee]
        return round(float(retenus["bas"].sum()), 2), round(float(retenus["haut"].sum()), 2)

    @cached_property
    def phrases(self) -> list[str]:
        from ctgkit.simulation.lectures.phrases import tell

        return tell(self)


@dataclass(frozen=True, eq=False)
class Comparaison:
    reference: Resultat
    ecarts: tuple[Ecart, ...]

    @property
    def phrases(self) -> list[str]:
        return [phrase for ecart in self.ecarts for phrase in ecart.phrases]


def compare(reference: Resultat, *autres: Resultat) -> Comparaison:
    """Chaque scénario face au premier, sur le bonus territoire, la coopération et le bonus trajectoire."""
    for autre in autres:
        if autre.annees != reference.annees:
            raise CtgError(
                "Les scénarios comparés ne portent pas sur les mêmes années.",
                autre.scenario.nom,
                f"Simuler chacun de {reference.annees[0]} à {reference.annees[-1]}.",
            )
    return Comparaison(reference, tuple(Ecart(reference, autre, _gaps(reference, autre)) for autre in autres))


def direction(bas: np.ndarray, haut: np.ndarray) -> np.ndarray:
    """Le sens d'un écart ; un écart nul d'un côté et positif de l'autre ne peut que gagner."""
    nul = (np.abs(bas) < 0.005) & (np.abs(haut) < 0.005)
    return np.select([nul, bas > -0.005, haut < 0.005], [INCHANGE, GAGNE, PERD], INCERTAIN)


def _gaps(a: Resultat, b: Resultat, dispositifs: Sequence[str] = DANS_LE_BONUS) -> pd.DataFrame:
    """L'écart de chaque ligne : ce qui n'est pas publié s'annule quand la quantité ne change pas."""
    tables = [t[t["dispositif"].isin(dispositifs)] for t in (a.table(), b.table())]
    valeurs = ["quantite", "unitaire_bas", "unitaire_haut", "bas", "haut", "haut_connu"]
    croise = tables[0][_CLES + valeurs].merge(tables[1][_CLES + valeurs], on=_CLES, how="outer", suffixes=("_a", "_b"))
    lieux = pd.concat([t[["structure", *_LIEUX]] for t in tables]).drop_duplicates("structure", keep="last")
    bornes = line_gaps(croise)
    ecarts = croise[_CLES].assign(**bornes).merge(same_counting(a, b), on=_CLES, how="left")
    for borne in ("bas", "haut"):
        ecarts[borne] = ecarts[f"{borne}_variante"].fillna(ecarts[borne])
    return ecarts.drop(columns=["bas_variante", "haut_variante"]).merge(lieux, on="structure", how="left")
