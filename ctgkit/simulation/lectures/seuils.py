"""Le palier suivant du bonus trajectoire : combien de places de plus, et ce que cela change."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from ctgkit.droit.valeurs import thresholds
from ctgkit.simulation.calcul.complements import Contexte
from ctgkit.simulation.calcul.croissance import Places

if TYPE_CHECKING:
    from ctgkit.simulation.resultat import Resultat

_CODE = "bonus_trajectoire"


@dataclass(frozen=True)
class Palier:
    """`places` de plus toute l'année font passer de `avant` à `apres` € par place ; `perimetre` vide : toute la Ctg."""

    annee: int
    places: int
    avant: float
    apres: float
    croissance: float
    effet_bas: float
    effet_haut: float
    perimetre: str
    seule_facon: bool


def next_steps(r: "Resultat", annee: int | None = None) -> list[Palier]:
    """Le palier le plus proche de chaque façon de compter, la dernière année dont les montants sont sûrs."""
    for a in [annee] if annee else r.annees[::-1]:
        contexte = r.contextes.get((_CODE, a))
        valeur = r.cadre.value(f"{_CODE}.montant", date(a, 1, 1))
        if contexte is None or valeur is None or any(t.bas != t.haut for t in valeur.tranches):
            continue
        return _closest(contexte, thresholds(valeur))
    return []


def _closest(c: Contexte, seuils: list[tuple[float, float]]) -> list[Palier]:
    perimetres: dict[bytes, list[Places]] = {}
    for p in c.comptes:
        perimetres.setdefault(p.perimetre.tobytes(), []).append(p)
    trouves = []
    for possibles in perimetres.values():
        depart_sur = len({p.base.tobytes() for p in possibles}) == 1
        paliers = _steps(c, possibles[0], seuils, len(perimetres) == 1) if depart_sur else []
        trouves += sorted(paliers, key=lambda x: x.places)[:1]
    return trouves


def _steps(c: Contexte, p: Places, seuils: list[tuple[float, float]], seule: bool) -> Iterator[Palier]:
    """Le palier suivant de chaque territoire du périmètre."""
    toutes = not p.perimetre.any()
    for k in np.unique(p.perimetre).tolist():
        base, actuel = float(p.base[k]), float(p.annee[k])
        taux = round((actuel - base) / base, 9) if base > 0 else math.nan
        suivants = [(s, m) for s, m in seuils if taux < s]
        if not suivants:
            continue
        (seuil, apres), ici = suivants[0], p.perimetre == k
        avant = max([m for s, m in seuils if taux >= s], default=0.0)
        places = max(math.ceil(round(base * (1 + seuil) - actuel, 9)), 1)
        acquis = float(c.quantity(c.arguments)[ici].sum()) * (apres - avant)
        nouveau = c.cadre.bounds("eaje.nouveau", c.jour, c.qui[ici])
        effets = [acquis + places * (apres + float(u)) for u in (nouveau[0].min(), nouveau[1].max())]
        nom = "" if toutes else str(c.cadre.groupes.competences[k])
        yield Palier(c.annee, places, avant, apres, (actuel + places - base) / base, *effets, nom, seule)
