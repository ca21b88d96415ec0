"""Un YAML lu en arbre avec le numéro de chaque ligne, puis clé par clé avec le type attendu."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml

from ctgkit.formats import liste, nombre
from ctgkit.storage.fichiers import LIMITE_YAML, read_text
from ctgkit.storage.report import LIBRES, Report, excerpt, suggestion
from ctgkit.storage.territoire.tables import ATTENDUS, read_day, read_integer

PROFONDEUR = 30
ELEMENTS = 200_000
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ENTIER = re.compile(r"[-+]?(0|[1-9]\d{0,14})")
_DECIMAL = re.compile(r"[-+]?(0|[1-9]\d{0,14})\.\d{1,15}")
_JOUR = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOTS = {"": None, "~": None, "null": None, "true": True, "false": False, "True": True, "False": False}
_CONSEILS = {
    "mapping values are not allowed": ("deux-points inattendu", "le texte entre guillemets, ou un retrait corrigé"),
    "could not find expected ':'": ("il manque « : » après la clé", "cle: valeur"),
    "did not find expected key": ("retrait irrégulier", "le même nombre d'espaces que la ligne voisine"),
    "did not find expected '-'": ("retrait irrégulier", "le même nombre d'espaces que la ligne voisine"),
    "while scanning a quoted scalar": ("guillemet ouvert et jamais refermé", "un guillemet à la fin du texte"),
    "did not find expected ',' or": ("crochet ou accolade mal refermé", "une liste entre crochets, ou avec des tirets"),
    "cannot start any token": ("texte qui commence par un signe réservé", "le texte entre guillemets"),
    "found unknown escape": ("barre oblique inverse entre guillemets", "des apostrophes à la place des guillemets"),
}
Lu = TypeVar("Lu")


@dataclass(eq=False)
class Node:
    """Un texte, une liste ou des clés, avec la ligne où il commence ; `brut` : un texte écrit sans guillemets."""

    valeur: Any
    ligne: int
    brut: bool = False
    cle_brute: bool = True

    @property
    def est_vide(self) -> bool:
        return self.brut and self.valeur in ("", "~", "null")


class _Refusal(Exception):
    def __init__(self, constat: str, attendu: str, ligne: int, valeur: str = "") -> None:
        super().__init__(constat)
        self.defaut = (constat, attendu, ligne, "", valeur)


def read_tree(chemin: Path, report: Report) -> Node | None:
    """L'arbre du fichier ; rien quand il est vide, ou quand un défaut est relevé."""
    texte = read_text(chemin, LIMITE_YAML, report)
    if texte is None:
        return None
    try:
        return _compose(texte, report)
    except _Refusal as refus:
        report.erreur(*refus.defaut)
    except yaml.YAMLError as erreur:
        _report_syntax(erreur, texte, report)
    return None


def _compose(texte: str, report: Report) -> Node | None:
    pile: list[tuple[Node, list[Node]]] = []
    racine: Node | None = None
    for node, ferme in _nodes(texte):
        if ferme:
            pile.pop()
            continue
        if pile:
            _attach(node, *pile[-1], report)
        elif racine is None:
            racine = node
        else:
            raise _Refusal("plusieurs documents dans un fichier", "un seul document, sans « --- »", node.ligne)
        if not isinstance(node.valeur, str):
            pile.append((node, []))
        if len(pile) > PROFONDEUR:
            raise _Refusal("trop de niveaux imbriqués", f"au plus {PROFONDEUR} niveaux", node.ligne)
    return racine


def _nodes(texte: str) -> Iterator[tuple[Node, bool]]:
    """Chaque texte, chaque début (vide) et chaque fin de liste ou de clés."""
    for rang, evenement in enumerate(yaml.parse(texte, Loader=_LOADER)):
        ligne = evenement.start_mark.line + 1
        if rang > ELEMENTS:
            raise _Refusal("fichier trop long", f"au plus {nombre(ELEMENTS)} éléments", ligne)
        _refuse_tricks(evenement, ligne)
        if isinstance(evenement, yaml.ScalarEvent):
            yield Node(evenement.value, ligne, not evenement.style), False
        elif isinstance(evenement, yaml.MappingStartEvent):
            yield Node({}, ligne), False
        elif isinstance(evenement, yaml.SequenceStartEvent):
            yield Node([], ligne), False
        elif isinstance(evenement, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            yield Node(None, ligne), True


def _refuse_tricks(evenement: yaml.Event, ligne: int) -> None:
    """Les renvois peuvent grossir sans fin et les étiquettes créer des objets : un dossier n'en a pas besoin."""
    if renvoi := getattr(evenement, "anchor", None):
        attendu = "la valeur en toutes lettres ; pour un texte qui commence par ce signe, des guillemets"
        raise _Refusal("renvoi YAML (« & » ou « * ») non accepté", attendu, ligne, renvoi)
    marque = getattr(evenement, "tag", None)
    if marque and marque != "!":
        raise _Refusal("étiquette YAML (« ! ») non acceptée", "un texte entre guillemets", ligne, marque)


def _attach(node: Node, parent: Node, cle: list[Node], report: Report) -> None:
    """Range l'élément ; dans des clés, un élément sur deux est la clé, et la valeur prend sa ligne."""
    if isinstance(parent.valeur, list):
        parent.valeur.append(node)
    elif not cle:
        if not isinstance(node.valeur, str):
            raise _Refusal("une clé doit être un mot", "cle: valeur", node.ligne)
        cle.append(node)
    else:
        nom = cle.pop()
        node.ligne, node.cle_brute = nom.ligne, nom.brut
        if nom.valeur in parent.valeur:
            premiere = parent.valeur[nom.valeur].ligne
            report.erreur(
                "clé présente plusieurs fois", f"une seule fois (déjà ligne {premiere})", nom.ligne, nom.valeur
            )
        parent.valeur.setdefault(nom.valeur, node)


def _report_syntax(erreur: yaml.YAMLError, texte: str, report: Report) -> None:
    repere = getattr(erreur, "problem_mark", None) or getattr(erreur, "context_mark", None)
    ligne = repere.line + 1 if repere else None
    lignes = texte.splitlines()
    contenu = lignes[ligne - 1] if ligne and ligne <= len(lignes) else ""
    if "\t" in contenu:
        constat, attendu = "tabulation", "des espaces à la place (deux par niveau)"
    else:
        dit = f"{getattr(erreur, 'context', '')} {getattr(erreur, 'problem', '')}"
        repli = ("YAML illisible", "cle: valeur, un niveau de retrait de deux espaces")
        constat, attendu = next((conseil for mots, conseil in _CONSEILS.items() if mots in dit), repli)
    report.erreur(constat, attendu, ligne, valeur=contenu)


def to_data(node: Node) -> Any:
    """Des données ordinaires. Comme YAML 1.2 : `01004` et `non` restent des textes, une date devient une date."""
    if isinstance(node.valeur, dict):
        return {_scalar(cle, v.cle_brute): to_data(v) for cle, v in node.valeur.items()}
    if isinstance(node.valeur, list):
        return [to_data(v) for v in node.valeur]
    return _scalar(node.valeur, node.brut)


def _scalar(texte: str, brut: bool) -> Any:
    if not brut:
        return texte
    if texte in _MOTS:
        return _MOTS[texte]
    if _ENTIER.fullmatch(texte):
        return int(texte)
    if _DECIMAL.fullmatch(texte):
        return float(texte)
    try:
        return date.fromisoformat(texte) if _JOUR.fullmatch(texte) else texte
    except ValueError:
        return texte


def shown(node: Node) -> str:
    """Ce que l'on montre d'une valeur qui n'a pas la forme attendue."""
    if isinstance(node.valeur, str):
        return excerpt(node.valeur)
    return "une liste" if isinstance(node.valeur, list) else "des clés"


class Block:
    """Un bloc de clés connues. Une clé absente ou vide vaut « inconnu »."""

    def __init__(self, node: Node | None, report: Report, connues: Sequence[str], nom: str = "") -> None:
        self.report, self.nom = report, nom
        self.cles: dict[str, Node] = {}
        self.ligne = node.ligne if node else None
        if node is None or node.est_vide:
            return
        if not isinstance(node.valeur, dict):
            fault(report, node, "des clés sont attendues", f"les clés {liste(list(connues))}", nom)
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
            self.erreur(cle, "texte attendu", "un seul texte")
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
        fault(self.report, self.cles[cle], constat, attendu, self._path(cle))

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


def fault(report: Report, node: Node, constat: str, attendu: str, colonne: str = "") -> None:
    """Un défaut à la ligne de cet élément, avec ce qu'on y a lu."""
    report.erreur(constat, attendu, node.ligne, colonne, shown(node))


def check_keys(node: Node, connues: Iterable[str], report: Report, nom: str = "") -> None:
    connues = list(connues)
    for cle, valeur in node.valeur.items():
        if cle not in connues and not cle.lower().startswith(LIBRES):
            report.erreur(
                f"clé inconnue{suggestion(cle, connues)}",
                f"une des clés {', '.join(connues)}",
                valeur.ligne,
                f"{nom}.{cle}" if nom else cle,
            )


def items(node: Node | None, report: Report, nom: str) -> list[Any]:
    """Les éléments d'une liste, même d'une liste absente."""
    if node is None or node.est_vide:
        return []
    if not isinstance(node.valeur, list):
        fault(report, node, "une liste est attendue", "des lignes qui commencent par « - »", nom)
        return []
    return node.valeur
