"""Les clés d'un bloc YAML, lues une à une avec le type attendu ; ce qui ne va pas est relevé, avec sa ligne."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, TypeVar

from ctgkit.formats import liste
from ctgkit.storage.territoire.cells import ATTENDUS, read_day, read_integer
from ctgkit.storage.territoire.report import Report, suggestion
from ctgkit.storage.territoire.yaml_tree import Node, shown

Lu = TypeVar("Lu")
_LIBRES = ("note", "commentaire")


class Block:
    """Un bloc de clés connues. Une clé absente ou vide vaut « inconnu »."""

    def __init__(self, node: Node | None, report: Report, connues: Sequence[str], nom: str = "") -> None:
        self.report, self.nom = report, nom
        self.cles: dict[str, Node] = {}
        self.ligne = node.ligne if node else None
        if node is None or node.est_vide:
            return
        if not isinstance(node.valeur, dict):
            report.erreur("des clés sont attendues", f"les clés {liste(list(connues))}", node.ligne, nom, shown(node))
            return
        self.cles = node.valeur
        check_keys(node, connues, report, nom)

    def texte(self, cle: str, obligatoire: bool = False) -> str:
        node = self.cles.get(cle)
        if node is None or node.est_vide:
            if obligatoire:
                ligne = node.ligne if node else self.ligne
                self.report.erreur("clé obligatoire absente ou vide", f"{cle}: …", ligne, self._path(cle))
            return ""
        if not isinstance(node.valeur, str):
            self.report.erreur("texte attendu", "un seul texte", node.ligne, self._path(cle), shown(node))
            return ""
        return node.valeur.strip()

    def date(self, cle: str) -> date | None:
        return self._read(cle, read_day, *ATTENDUS["date"])

    def entier(self, cle: str) -> int | None:
        return self._read(cle, read_integer, *ATTENDUS["int"])

    def annee(self, cle: str) -> int | None:
        annee = self.entier(cle)
        if annee is not None and not 1900 <= annee <= 2100:
            self.erreur(cle, "année invraisemblable", "une année entre 1900 et 2100")
        return annee

    def choix(self, cle: str, possibles: Sequence[str], defaut: str) -> str:
        lu = self.texte(cle) or defaut
        if lu not in possibles:
            self.erreur(cle, f"valeur inconnue{suggestion(lu, possibles)}", liste(list(possibles)))
        return lu

    def bloc(self, cle: str, connues: Sequence[str]) -> "Block":
        return Block(self.cles.get(cle), self.report, connues, cle)

    def blocs(self, cle: str, connues: Sequence[str]) -> "list[Block]":
        nodes = items(self.cles.get(cle), self.report, cle)
        return [Block(node, self.report, connues, cle) for node in nodes if not node.est_vide]

    def erreur(self, cle: str, constat: str, attendu: str = "") -> None:
        node = self.cles[cle]
        self.report.erreur(constat, attendu, node.ligne, self._path(cle), shown(node))

    def avis(self, cle: str, constat: str, attendu: str = "") -> None:
        node = self.cles[cle]
        self.report.avis(constat, attendu, node.ligne, self._path(cle), shown(node))

    def _read(self, cle: str, lire: Callable[[str], Lu], constat: str, attendu: str) -> Lu | None:
        texte = self.texte(cle)
        try:
            return lire(texte) if texte else None
        except ValueError:
            self.erreur(cle, constat, attendu)
            return None

    def _path(self, cle: str) -> str:
        return f"{self.nom}.{cle}" if self.nom else cle


def check_keys(node: Node, connues: Iterable[str], report: Report, nom: str = "") -> None:
    connues = list(connues)
    for cle, valeur in node.valeur.items():
        if cle not in connues and not cle.lower().startswith(_LIBRES):
            report.erreur(f"clé inconnue{suggestion(cle, connues)}", f"une des clés {', '.join(connues)}",
                          valeur.ligne, f"{nom}.{cle}" if nom else cle)  # fmt: skip


def items(node: Node | None, report: Report, nom: str) -> list[Any]:
    """Les éléments d'une liste, même d'une liste absente."""
    if node is None or node.est_vide:
        return []
    if not isinstance(node.valeur, list):
        report.erreur("une liste est attendue", "des lignes qui commencent par « - »", node.ligne, nom, shown(node))
        return []
    return node.valeur
