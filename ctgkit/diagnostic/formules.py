"""Ce qu'un nombre écrit veut dire, et une formule sur des codes d'indicateurs, jamais exécutée comme du code."""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

EPSILON = 1e-9


@dataclass(frozen=True)
class Intervalle:
    bas: float
    haut: float

    def __add__(self, autre: "Intervalle | float") -> "Intervalle":
        autre = to_intervalle(autre)
        return Intervalle(self.bas + autre.bas, self.haut + autre.haut)

    def __sub__(self, autre: "Intervalle | float") -> "Intervalle":
        autre = to_intervalle(autre)
        return Intervalle(self.bas - autre.haut, self.haut - autre.bas)

    def __mul__(self, autre: "Intervalle | float") -> "Intervalle":
        return _enveloppe(a * b for a, b in _coins(self, to_intervalle(autre)))

    def __truediv__(self, autre: "Intervalle | float") -> "Intervalle":
        autre = to_intervalle(autre)
        if autre.bas <= 0 <= autre.haut:
            raise ZeroDivisionError
        return _enveloppe(a / b for a, b in _coins(self, autre))

    def touches(self, autre: "Intervalle | float") -> bool:
        """Vrai quand les deux nombres peuvent être le même, à l'erreur de calcul des machines près."""
        autre = to_intervalle(autre)
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


def to_intervalle(valeur: "Intervalle | float") -> Intervalle:
    return valeur if isinstance(valeur, Intervalle) else Intervalle(valeur, valeur)


def decimales(valeur: float) -> int:
    """Le nombre de décimales avec lesquelles un nombre a été écrit (6 au plus)."""
    return next((n for n in range(6) if abs(round(valeur, n) - valeur) < EPSILON * max(1.0, abs(valeur))), 6)


def arrondi(valeur: float, apres_virgule: int) -> Intervalle:
    """Tout ce qui s'écrit `valeur` avec ce nombre de décimales, la moitié du dernier chiffre comprise."""
    demi = 0.5 * 10.0**-apres_virgule
    return Intervalle(valeur - demi, valeur + demi)


_OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
_SIGNES = {ast.Add: " + ", ast.Sub: " − ", ast.Mult: " × ", ast.Div: " / "}


@dataclass(frozen=True)
class FormuleIndicateur:
    """`100 * CAD03 / CAD01` : s'évalue sur des nombres, des tableaux ou des intervalles, et s'écrit en clair."""

    texte: str

    @cached_property
    def arbre(self) -> ast.expr:
        return read_formule(self.texte)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(n.id for n in ast.walk(self.arbre) if isinstance(n, ast.Name)))

    @cached_property
    def est_somme(self) -> bool:
        """Rien que des additions de codes."""
        noeuds = [n for n in ast.walk(self.arbre) if isinstance(n, ast.BinOp | ast.Constant)]
        return bool(noeuds) and all(isinstance(n, ast.BinOp) and isinstance(n.op, ast.Add) for n in noeuds)

    @cached_property
    def quotient(self) -> "tuple[FormuleIndicateur, FormuleIndicateur] | None":
        """Numérateur (facteur compris) et dénominateur, quand la formule est une division."""
        if not (isinstance(self.arbre, ast.BinOp) and isinstance(self.arbre.op, ast.Div)):
            return None
        return FormuleIndicateur(ast.unparse(self.arbre.left)), FormuleIndicateur(ast.unparse(self.arbre.right))

    def evaluate(self, valeurs: Mapping[str, Any]) -> Any:
        return _evaluate(self.arbre, valeurs)

    def write(self, name_lieu: Callable[[str], str]) -> str:
        """`20 729 / 192 075` : le facteur 100 d'un pourcentage ne s'écrit pas."""
        return _write(_sans_cent(self.arbre), name_lieu)


def read_formule(texte: str) -> ast.expr:
    """L'arbre d'une formule ; ValueError en français pour tout ce qui n'est pas une opération sur des codes."""
    try:
        arbre = ast.parse(texte.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as erreur:
        raise ValueError(f"formule illisible : {texte[:80]}") from erreur
    for noeud in ast.walk(arbre):
        if isinstance(noeud, ast.BinOp) and type(noeud.op) not in _OPERATIONS:
            raise ValueError(f"opération inconnue dans « {texte} » : + - * / seulement")
        if isinstance(noeud, ast.Constant) and not isinstance(noeud.value, int | float):
            raise ValueError(f"« {noeud.value} » n'est pas un nombre dans « {texte} »")
        if not isinstance(noeud, ast.BinOp | ast.operator | ast.Name | ast.Constant | ast.Load):
            raise ValueError(f"« {texte} » : seuls les codes, les nombres et + - * / ( ) sont admis")
    return arbre


def _evaluate(noeud: ast.expr, valeurs: Mapping[str, Any]) -> Any:
    if isinstance(noeud, ast.Constant):
        return noeud.value
    if isinstance(noeud, ast.Name):
        return valeurs[noeud.id]
    gauche, droite = _evaluate(noeud.left, valeurs), _evaluate(noeud.right, valeurs)
    if hasattr(droite, "bas") and not hasattr(gauche, "bas") and isinstance(noeud.op, ast.Add | ast.Mult):
        gauche, droite = droite, gauche
    return _OPERATIONS[type(noeud.op)](gauche, droite)


def _sans_cent(noeud: ast.expr) -> ast.expr:
    if isinstance(noeud, ast.BinOp) and isinstance(noeud.op, ast.Div):
        return ast.BinOp(_sans_cent(noeud.left), noeud.op, noeud.right)
    cent = isinstance(noeud, ast.BinOp) and isinstance(noeud.left, ast.Constant) and noeud.left.value == 100
    return noeud.right if cent else noeud


def _write(noeud: ast.expr, name_lieu: Callable[[str], str]) -> str:
    if isinstance(noeud, ast.Constant):
        return f"{noeud.value:,}".replace(",", "\u202f")
    if isinstance(noeud, ast.Name):
        return name_lieu(noeud.id)
    gauche, droite = _write(noeud.left, name_lieu), _write(noeud.right, name_lieu)
    force = _force(noeud)
    if _force(noeud.left) < force:
        gauche = f"({gauche})"
    if _force(noeud.right) < force or (_force(noeud.right) == force and isinstance(noeud.op, ast.Sub | ast.Div)):
        droite = f"({droite})"
    return gauche + _SIGNES[type(noeud.op)] + droite


def _force(noeud: ast.expr) -> int:
    if not isinstance(noeud, ast.BinOp):
        return 3
    return 1 if isinstance(noeud.op, ast.Add | ast.Sub) else 2
