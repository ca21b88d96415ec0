"""Ce qu'un nombre écrit veut dire : 10,6 vaut tout nombre qui s'arrondit à 10,6."""

from dataclasses import dataclass
from itertools import product

EPSILON = 1e-9


@dataclass(frozen=True)
class Intervalle:
    bas: float
    haut: float

    def __add__(self, autre: "Intervalle | float") -> "Intervalle":
        autre = borner(autre)
        return Intervalle(self.bas + autre.bas, self.haut + autre.haut)

    def __sub__(self, autre: "Intervalle | float") -> "Intervalle":
        autre = borner(autre)
        return Intervalle(self.bas - autre.haut, self.haut - autre.bas)

    def __mul__(self, autre: "Intervalle | float") -> "Intervalle":
        return _enveloppe(a * b for a, b in _coins(self, borner(autre)))

    def __truediv__(self, autre: "Intervalle | float") -> "Intervalle":
        autre = borner(autre)
        if autre.bas <= 0 <= autre.haut:
            raise ZeroDivisionError
        return _enveloppe(a / b for a, b in _coins(self, autre))

    def touche(self, autre: "Intervalle | float") -> bool:
        """Vrai quand les deux nombres peuvent être le même, à l'erreur de calcul des machines près."""
        autre = borner(autre)
        jeu = EPSILON * max(1.0, abs(self.haut), abs(autre.haut))
        return self.bas <= autre.haut + jeu and autre.bas <= self.haut + jeu

    def commun(self, autre: "Intervalle") -> "Intervalle | None":
        bas, haut = max(self.bas, autre.bas), min(self.haut, autre.haut)
        return Intervalle(bas, haut) if bas <= haut else None


def _coins(gauche: Intervalle, droite: Intervalle) -> list[tuple[float, float]]:
    return list(product((gauche.bas, gauche.haut), (droite.bas, droite.haut)))


def _enveloppe(valeurs: object) -> Intervalle:
    toutes = list(valeurs)
    return Intervalle(min(toutes), max(toutes))


def borner(valeur: "Intervalle | float") -> Intervalle:
    return valeur if isinstance(valeur, Intervalle) else Intervalle(valeur, valeur)


def decimales(valeur: float) -> int:
    """Le nombre de décimales avec lesquelles un nombre a été écrit (6 au plus)."""
    return next((n for n in range(6) if abs(round(valeur, n) - valeur) < EPSILON * max(1.0, abs(valeur))), 6)


def arrondi(valeur: float, apres_virgule: int) -> Intervalle:
    """Tout ce qui s'écrit `valeur` avec ce nombre de décimales, la moitié du dernier chiffre comprise."""
    demi = 0.5 * 10.0**-apres_virgule
    return Intervalle(valeur - demi, valeur + demi)
