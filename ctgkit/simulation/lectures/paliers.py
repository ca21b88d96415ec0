"""Les paliers du bonus trajectoire quand les ouvertures glissent : comptés par territoire de compétence."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from ctgkit.droit.bareme import Valeur
from ctgkit.simulation.calcul.complements import Contexte
from ctgkit.simulation.lectures.mobiles import Mobiles
from ctgkit.simulation.resultat import Resultat

_CODE = "bonus_trajectoire"
Tableau = np.ndarray


@dataclass(frozen=True)
class Paliers:
    """Par territoire de compétence : les places de départ, celles qui ne bougent pas, celles qui comptent."""

    base: Tableau
    ouvertes: Tableau
    comptees: Tableau
    competence: Tableau
    concernees: Tableau
    valeurs: tuple[Valeur | None, ...]

    @classmethod
    def of(cls, r: Resultat) -> "Paliers":
        k = len(r.cadre.groupes.competences)
        contextes = [r.contextes.get((_CODE, a)) for a in r.annees]
        competence = r.cadre.groupes.competence_de_structure
        vide = np.zeros((k, len(r.annees)))
        concernees = np.zeros(r.cadre.nombre, bool)
        if not (presents := [c for c in contextes if c is not None]):
            return cls(np.zeros(k), vide, vide.copy(), competence, concernees, tuple(None for _ in contextes))
        concernees[presents[0].qui] = True
        base = np.zeros(k)
        base[: len(presents[0].comptes[0].base)] = np.nan_to_num(presents[0].comptes[0].base)
        ouvertes, comptees = (np.stack([_fixed(c, k, i) for c in contextes], axis=1) for i in (0, 1))
        valeurs = tuple(r.cadre.value(f"{_CODE}.montant", date(a, 1, 1)) for a in r.annees)
        return cls(base, ouvertes, comptees, competence, concernees, valeurs)

    def settled(self, mobiles: Mobiles, maintien: Tableau) -> Tableau:
        """Le bonus des territoires de compétence où aucune crèche ne peut glisser."""
        immobiles = np.ones(len(self.base), bool)
        immobiles[mobiles.competence[self.concernees[mobiles.qui]]] = False
        total = np.zeros((len(self.valeurs), len(maintien)))
        for y in range(len(self.valeurs)):
            bas, haut = self._units(y, self.ouvertes[:, y], self.base)
            bas, haut = ((u * self.comptees[:, y])[immobiles].sum() for u in (bas, haut))
            total[y] = bas + (haut - bas) * maintien
        return total

    def amounts(self, y: int, qui: Tableau, nouvelles: tuple[Tableau, Tableau], maintien: Tableau) -> Tableau | float:
        """Le bonus des territoires de compétence d'un lot, pour chaque tirage."""
        creches = np.flatnonzero(self.concernees[qui])
        if not len(creches):
            return 0.0
        ici, premiers = np.unique(self.competence[qui[creches]], return_index=True)
        comptee, ouverte = (np.add.reduceat(n[creches], premiers, axis=0) for n in nouvelles)
        bas, haut = self._units(y, ouverte + self.ouvertes[ici, y][:, None], self.base[ici][:, None])
        places = comptee + self.comptees[ici, y][:, None]
        return ((bas + (haut - bas) * maintien) * places).sum(0)

    def _units(self, y: int, ouvertes: Tableau, base: Tableau) -> tuple[Tableau, Tableau]:
        valeur = self.valeurs[y]
        if valeur is None:
            return np.zeros(ouvertes.shape), np.zeros(ouvertes.shape)
        croissance = np.divide(ouvertes - base, base, out=np.full(ouvertes.shape, -1.0), where=base > 0)
        seuils = [t.limites[""] for t in valeur.tranches[:-1]]
        rang = np.searchsorted(seuils, np.round(croissance, 9), side="right")
        return np.array([t.bas for t in valeur.tranches])[rang], np.array([t.haut for t in valeur.tranches])[rang]


def _fixed(c: Contexte | None, nombre: int, laquelle: int) -> Tableau:
    """Les places existantes, ouvertes (0) ou comptées (1), de chaque territoire de compétence."""
    if c is None:
        return np.zeros(nombre)
    q = c.cadre.quantites
    part = c.yearly((q.ouverte_part, q.part_haut)[laquelle])
    sures = (c.cadre.cofinancee[c.qui] == 1) * np.nan_to_num(q.reference[c.qui])
    return np.bincount(c.cadre.groupes.competence_de_structure[c.qui], part * sures, nombre)
