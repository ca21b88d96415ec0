"""Écrire une règle en formule de tableur sans la récrire : on la fait tourner sur des noms de cases.

Une règle de `ctgkit.droit` est une fonction de nombres ; appelée avec des `Terme`, elle rend la formule de ce qu'elle
calcule. Le tableur et le moteur suivent donc le même texte.
"""

from datetime import date
from typing import Any

import numpy as np

from ctgkit.documents.typographie import clean

# Ce qu'affiche une case que le classeur ne sait plus suivre : jamais un montant faux.
A_REFAIRE = "à refaire"
CRITERE_MAX = 100
_ORIGINE = date(1899, 12, 30)
_SIGNES = {np.multiply: "*", np.add: "+", np.subtract: "-", np.divide: "/"}
_FONCTIONS = {np.minimum: "MIN", np.maximum: "MAX"}
_COMPARAISONS = {np.greater: ">", np.less: "<", np.greater_equal: ">="}


class Terme:
    """Un bout de formule. Une case vide y vaut zéro, comme dans un tableur."""

    shape = ()

    def __init__(self, texte: object, somme: bool = False) -> None:
        self.texte, self.somme = str(texte), somme

    def __str__(self) -> str:
        return self.texte

    def factor(self) -> str:
        return f"({self.texte})" if self.somme else self.texte

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *entrees: Any, **_: Any) -> "Terme":
        """`where` ne sert aux règles qu'à donner zéro là où il n'y a rien : un produit le donne déjà."""
        a, b = (e if isinstance(e, Terme) else Terme(_number(e)) for e in entrees)
        if ufunc in _FONCTIONS:
            return Terme(f"{_FONCTIONS[ufunc]}({a},{b})")
        if ufunc in _COMPARAISONS:
            return Terme(f"{a}{_COMPARAISONS[ufunc]}{b}")
        if ufunc is np.bitwise_and:
            return Terme(f"AND({a},{b})")
        if method != "__call__" or ufunc not in _SIGNES:
            raise NotImplementedError(f"{ufunc.__name__} n'a pas d'équivalent dans un tableur")
        if ufunc in (np.multiply, np.divide):
            return Terme(f"{a.factor()}{_SIGNES[ufunc]}{b.factor()}", ufunc is np.divide)
        return Terme(f"{a}{_SIGNES[ufunc]}{b.factor() if ufunc is np.subtract else b}", somme=True)

    def __getitem__(self, _: Any) -> "Terme":
        return self

    def __and__(self, autre: Any) -> "Terme":
        return np.bitwise_and(self, autre)

    def __add__(self, autre: Any) -> "Terme":
        return np.add(self, autre)

    def __sub__(self, autre: Any) -> "Terme":
        return np.subtract(self, autre)

    def __mul__(self, autre: Any) -> "Terme":
        return np.multiply(self, autre)

    def __radd__(self, autre: Any) -> "Terme":
        return np.add(autre, self)

    def __rmul__(self, autre: Any) -> "Terme":
        return np.multiply(autre, self)


def rounded(montant: object) -> str:
    """L'arrondi du moteur : au centime, le demi-centime monte."""
    return f"ROUND({montant}+0.00000001,2)"


def criterion(texte: str) -> str:
    """Le critère « égale ce texte » d'une somme conditionnelle, sans joker ni opérateur, et de moins de 255 signes."""
    propre = clean(texte)
    court = propre[:CRITERE_MAX]
    litteral = "".join(f"~{c}" if c in "~*?" else c for c in court) + "*" * (court != propre)
    return '"=' + litteral.replace('"', '""') + '"'


def unless(compte: object, formule: object) -> str:
    """La formule, tant que rien de ce que l'on compte ne l'empêche de suivre."""
    return f'IF({compte}>0,"{A_REFAIRE}",{formule})'


def changed(case: str, depart: Any) -> str:
    """Vaut 1 quand la case ne dit plus ce que l'atelier y a écrit ; une case vide n'est pas zéro."""
    if depart is None or depart == "":
        return f'IF({case}="",0,1)'
    if isinstance(depart, str):
        return f'IF({case}="{depart}",0,1)'
    return f"IF(AND(ISNUMBER({case}),{case}={_number(depart)}),0,1)"


def _number(valeur: Any) -> str:
    if isinstance(valeur, date):
        return str((valeur - _ORIGINE).days)
    nombre = float(valeur)
    return str(int(nombre)) if nombre.is_integer() else repr(nombre)
