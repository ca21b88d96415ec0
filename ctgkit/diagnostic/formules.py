"""Une formule sur des codes d'indicateurs : lue une fois, jamais exécutée comme du code."""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
_SIGNES = {ast.Add: " + ", ast.Sub: " − ", ast.Mult: " × ", ast.Div: " / "}


@dataclass(frozen=True)
class Formule:
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
    def quotient(self) -> "tuple[Formule, Formule] | None":
        """Numérateur (facteur compris) et dénominateur, quand la formule est une division."""
        if not (isinstance(self.arbre, ast.BinOp) and isinstance(self.arbre.op, ast.Div)):
            return None
        return Formule(ast.unparse(self.arbre.left)), Formule(ast.unparse(self.arbre.right))

    def evaluer(self, valeurs: Mapping[str, Any]) -> Any:
        return _evaluer(self.arbre, valeurs)

    def ecrire(self, nommer: Callable[[str], str]) -> str:
        """`20 729 / 192 075` : le facteur 100 d'un pourcentage ne s'écrit pas."""
        return _ecrire(_sans_cent(self.arbre), nommer)


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


def _evaluer(noeud: ast.expr, valeurs: Mapping[str, Any]) -> Any:
    if isinstance(noeud, ast.Constant):
        return noeud.value
    if isinstance(noeud, ast.Name):
        return valeurs[noeud.id]
    gauche, droite = _evaluer(noeud.left, valeurs), _evaluer(noeud.right, valeurs)
    if hasattr(droite, "bas") and not hasattr(gauche, "bas") and isinstance(noeud.op, ast.Add | ast.Mult):
        gauche, droite = droite, gauche
    return _OPERATIONS[type(noeud.op)](gauche, droite)


def _sans_cent(noeud: ast.expr) -> ast.expr:
    if isinstance(noeud, ast.BinOp) and isinstance(noeud.op, ast.Div):
        return ast.BinOp(_sans_cent(noeud.left), noeud.op, noeud.right)
    cent = isinstance(noeud, ast.BinOp) and isinstance(noeud.left, ast.Constant) and noeud.left.value == 100
    return noeud.right if cent else noeud


def _ecrire(noeud: ast.expr, nommer: Callable[[str], str]) -> str:
    if isinstance(noeud, ast.Constant):
        return f"{noeud.value:,}".replace(",", "\u202f")
    if isinstance(noeud, ast.Name):
        return nommer(noeud.id)
    gauche, droite = _ecrire(noeud.left, nommer), _ecrire(noeud.right, nommer)
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
