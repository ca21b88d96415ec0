"""Les paramètres d'un carnet et la porte par laquelle passe toute valeur venue du dehors (lot, adresse web).

Rien de ce qui vient du dehors n'est jamais évalué : seule la cellule enregistrée du carnet est lue, et seulement
comme des littéraux.
"""

import ast
import io
import json
import math
import re
import sys
import tokenize
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import liste, nombre, read_nombre

Valeur = bool | int | float | str | list

LONGUEUR_MAX = 2000
_INJECTEE = "# Parameters\n"
_BORNES = re.compile(r"\[\s*(-?\d+(?:[.,]\d+)?)\s*(?:-|–|à)\s*(-?\d+(?:[.,]\d+)?)\s*\]\s*$")
_CHOIX = re.compile(r"\{([^{}]*\|[^{}]*)\}\s*$")
_CONTROLES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_ABSOLU = re.compile(r"^(?:[/\\~]|[A-Za-z]:[/\\])")
_OUI = {"oui": True, "vrai": True, "true": True, "1": True, "non": False, "faux": False, "false": False, "0": False}
_ATTENDU = {
    "bool": "oui ou non",
    "int": "un nombre entier",
    "float": "un nombre",
    "str": "un texte",
    "list": "une liste (dans un tableau : éléments séparés par « | »)",
}


@dataclass(frozen=True)
class Declaration:
    """Un paramètre tel que le carnet le déclare : `annee = 2025  # année affichée [2020-2035]`."""

    nom: str
    type: str
    defaut: Valeur
    bornes: tuple[float, float] | None = None
    choix: tuple[str, ...] = ()

    def read(self, valeur: object, chemin_absolu: bool = False) -> Valeur:
        """La valeur dans le type déclaré, ou ValueError dont le texte se montre tel quel."""
        lue = _READERS[self.type](valeur)
        for element in lue if isinstance(lue, list) else [lue]:
            self._check_element(element, chemin_absolu)
        return lue

    def _check_element(self, element: object, chemin_absolu: bool) -> None:
        if isinstance(element, str):
            _check_texte(element, chemin_absolu)
        if self.choix and str(element) not in self.choix:
            raise ValueError(f"possibles : {liste(list(self.choix))}. {did_you_mean(str(element), self.choix)}".strip())
        if self.bornes and not self.bornes[0] <= element <= self.bornes[1]:
            bas, haut = (f"{borne:g}".replace(".", ",") for borne in self.bornes)
            raise ValueError(f"attendu entre {bas} et {haut}")


def read_parametres(carnet: Path | str, facultatifs: bool = False) -> tuple[Declaration, ...]:
    """Les paramètres déclarés par la cellule « parametres » (étiquette `parameters`) d'un carnet."""
    chemin = Path(carnet)
    cellules = [c for c in read_cellules(chemin) if "parameters" in c.get("metadata", {}).get("tags", [])]
    if facultatifs and not cellules:
        return ()
    if len(cellules) != 1:
        raise CtgError(
            f"Ce carnet a {'plusieurs cellules' if cellules else 'zéro cellule'} de paramètres, il en faut une.",
            str(chemin),
            "Donner l'étiquette « parameters » à une seule cellule, où chaque paramètre reçoit sa valeur par défaut.",
        )
    return _declarations("".join(cellules[0]["source"]), str(chemin))


def read_cellules(carnet: Path | str) -> list[dict]:
    """Les cellules d'un carnet, sans rien exécuter."""
    chemin = Path(carnet)
    try:
        return json.loads(chemin.read_text(encoding="utf-8"))["cells"]
    except OSError as erreur:
        voisins = [p.name for p in chemin.parent.glob("*.ipynb")] if chemin.parent.is_dir() else []
        raise CtgError(
            f"Carnet introuvable. {did_you_mean(chemin.name, voisins)}".strip(),
            str(chemin),
            "Vérifier le chemin du carnet.",
        ) from erreur
    except (ValueError, KeyError, TypeError) as erreur:
        raise CtgError("Ce fichier n'est pas un carnet.", str(chemin), "Donner un fichier .ipynb.") from erreur


def check_parametres(
    declarations: Sequence[Declaration],
    valeurs: Mapping[str, object],
    ou: str = "",
    chemins_absolus: bool = False,
) -> dict[str, Valeur]:
    """Les valeurs données, dans leurs types ; tous les refus à la fois, jamais une valeur par défaut à la place."""
    connues = {d.nom: d for d in declarations}
    lues: dict[str, Valeur] = {}
    refus: list[str] = []
    for nom, valeur in valeurs.items():
        if nom not in connues:
            refus.append(f"paramètre inconnu « {_court(nom)} » {did_you_mean(str(nom), connues)}".strip())
            continue
        try:
            lues[nom] = connues[nom].read(valeur, chemins_absolus)
        except ValueError as erreur:
            refus.append(f"« {nom} » : {erreur} (lu : « {_court(valeur)} »)")
    if refus:
        declares = ", ".join(f"{d.nom} ({_ATTENDU[d.type]})" for d in declarations) or "aucun"
        raise CtgError("\n".join(r[0].upper() + r[1:] for r in refus), ou, f"Paramètres de ce carnet : {declares}.")
    return lues


def check_papermill() -> None:
    """Dans un carnet que papermill exécute : refuse un paramètre que le carnet ne déclare pas. Ailleurs, rien.

    papermill écrit ses valeurs dans une cellule à la suite de celle des paramètres, sans regarder leurs noms : mal
    écrit, un paramètre laisserait tourner la valeur par défaut sans un mot.
    """
    cellules = _executed_cells()
    rang = next((i for i, source in enumerate(cellules) if source.startswith(_INJECTEE)), 0)
    if not rang:
        return
    declarees, donnees = (_assigned(source) for source in (cellules[rang - 1], cellules[rang]))
    refus = [f"Paramètre inconnu « {nom} » {did_you_mean(nom, declarees)}".strip() for nom in donnees - declarees]
    if refus:
        raise CtgError(
            "\n".join(sorted(refus)),
            "paramètres de papermill",
            f"Paramètres de ce carnet : {', '.join(sorted(declarees))}.",
        )


def _executed_cells() -> list[str]:
    """Ce que le noyau a déjà exécuté, cellule par cellule ; rien hors d'un noyau."""
    noyau = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return noyau.user_ns.get("In", []) if noyau else []


def _assigned(source: str) -> set[str]:
    return {n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def defauts(declarations: Sequence[Declaration]) -> dict[str, Valeur]:
    return {d.nom: d.defaut for d in declarations}


def _declarations(source: str, ou: str) -> tuple[Declaration, ...]:
    try:
        instructions = ast.parse(source).body
    except SyntaxError as erreur:
        raise CtgError("La cellule de paramètres ne se lit pas.", f"{ou}, ligne {erreur.lineno}") from erreur
    commentaires = _commentaires(source)
    return tuple(_declaration(i, commentaires.get(i.end_lineno, ""), ou) for i in instructions)


def _declaration(instruction: ast.stmt, commentaire: str, ou: str) -> Declaration:
    try:
        (cible,) = getattr(instruction, "targets", None) or [instruction.target]
        defaut = ast.literal_eval(instruction.value)
        genre = getattr(getattr(instruction, "annotation", None), "id", type(defaut).__name__)
        nom, defaut = cible.id, _READERS[genre](defaut)
    except (AttributeError, ValueError, KeyError, TypeError) as erreur:
        raise CtgError(
            "La cellule de paramètres contient autre chose que « nom = valeur ».",
            f"{ou}, ligne {instruction.lineno} de la cellule",
            "N'y laisser que des textes, nombres, oui/non (True, False) ou listes ; le reste va dans une autre.",
        ) from erreur
    bornes, choix = _BORNES.search(commentaire), _CHOIX.search(commentaire)
    return Declaration(
        nom,
        genre,
        defaut,
        tuple(read_nombre(b) for b in bornes.groups()) if bornes and genre in ("int", "float") else None,
        tuple(c.strip() for c in choix[1].split("|")) if choix else (),
    )


def _commentaires(source: str) -> dict[int, str]:
    mots = tokenize.generate_tokens(io.StringIO(source).readline)
    return {mot.start[0]: mot.string.lstrip("# ").strip() for mot in mots if mot.type == tokenize.COMMENT}


def _read_bool(valeur: object) -> bool:
    if isinstance(valeur, bool):
        return valeur
    if isinstance(valeur, str) and valeur.strip().lower() in _OUI:
        return _OUI[valeur.strip().lower()]
    raise ValueError("oui ou non attendu")


def _read_float(valeur: object) -> float:
    try:
        lu = read_nombre(valeur) if isinstance(valeur, str) else valeur
    except ValueError:
        lu = None
    if isinstance(lu, bool) or not isinstance(lu, int | float) or not math.isfinite(lu):
        raise ValueError("nombre attendu")
    return float(lu)


def _read_int(valeur: object) -> int:
    lu = _read_float(valeur)
    if not lu.is_integer():
        raise ValueError(f"nombre entier attendu, pas {nombre(lu, 2)}")
    return int(lu)


def _read_str(valeur: object) -> str:
    if not isinstance(valeur, str):
        raise ValueError("texte attendu : mettre la valeur entre guillemets, un code garde ainsi ses zéros")
    return valeur


def _read_list(valeur: object) -> list:
    if isinstance(valeur, str):
        return [morceau.strip() for morceau in valeur.split("|")]
    if not isinstance(valeur, list | tuple) or any(not isinstance(v, bool | int | float | str) for v in valeur):
        raise ValueError("liste de textes ou de nombres attendue")
    return list(valeur)


_READERS: dict[str, Callable[[object], Valeur]] = {
    "bool": _read_bool,
    "int": _read_int,
    "float": _read_float,
    "str": _read_str,
    "list": _read_list,
}


def _check_texte(texte: str, chemin_absolu: bool) -> None:
    if len(texte) > LONGUEUR_MAX:
        raise ValueError(f"texte de plus de {nombre(LONGUEUR_MAX)} signes")
    if _CONTROLES.search(texte):
        raise ValueError("caractère de contrôle refusé")
    if ".." in re.split(r"[/\\]", texte):
        raise ValueError("chemin qui remonte (« .. ») refusé")
    if _ABSOLU.match(texte) and not chemin_absolu:
        raise ValueError("chemin absolu refusé")


def _court(valeur: object) -> str:
    return _CONTROLES.sub("?", str(valeur))[:80]
