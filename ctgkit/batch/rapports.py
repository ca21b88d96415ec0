"""Les rapports qu'un lot demande : une liste, un tableau ou les communes d'un territoire, croisés avec un produit.

Les valeurs restent des textes, comme dans un tableau : c'est le carnet qui dit leur type.
"""

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.formats import nombre
from ctgkit.storage import load_territoire
from ctgkit.storage.territoire.report import Report
from ctgkit.storage.territoire.texts import LIMITE_CSV, read_text
from ctgkit.storage.territoire.yaml_fields import Block
from ctgkit.storage.territoire.yaml_tree import Node, shown

RAPPORTS_MAX = 10_000
_BASES = ("liste", "tableau", "communes")


@dataclass(frozen=True)
class Demande:
    """Les paramètres d'un rapport, et l'endroit où on les a lus."""

    ou: str
    valeurs: Mapping[str, Any]


def read_demandes(bloc: Block, chemin: Path, report: Report) -> list[Demande]:
    communs = _values(bloc.cles.get("parametres"), report)
    bases, axes = _bases(bloc, chemin, report), _axes(bloc.cles.get("produit"), report)
    if bases is None:
        bases = [Demande("produit", {})] if axes else []
    combien = len(bases) * math.prod(len(a) for a in axes.values())
    if combien > RAPPORTS_MAX:
        raise CtgError(
            f"Ce lot demande {nombre(combien)} rapports, la limite est {nombre(RAPPORTS_MAX)}.",
            str(chemin),
            f"Le partager en {nombre(math.ceil(combien / RAPPORTS_MAX))} lots.",
        )
    return [
        Demande(_place(base.ou, croix), {**communs, **base.valeurs, **croix})
        for base in bases
        for croix in (dict(zip(axes, valeurs, strict=True)) for valeurs in product(*axes.values()))
    ]


def _place(ou: str, croix: Mapping[str, Any]) -> str:
    return ", ".join([ou, *(f"{nom} = {valeur}" for nom, valeur in croix.items())])


def _bases(bloc: Block, chemin: Path, report: Report) -> list[Demande] | None:
    """Les rapports nommés un à un ; rien quand seul un produit les donne."""
    presentes = [cle for cle in _BASES if cle in bloc.cles and not bloc.cles[cle].est_vide]
    if len(presentes) > 1:
        ligne = bloc.cles[presentes[1]].ligne
        report.erreur("plusieurs façons de nommer les rapports", "une seule parmi liste, tableau et communes", ligne)
        return []
    if not presentes:
        return None
    lire = {"liste": _from_list, "tableau": _from_table, "communes": _from_communes}[presentes[0]]
    return lire(bloc.cles[presentes[0]], chemin, report)


def _from_list(node: Node, _chemin: Path, report: Report) -> list[Demande]:
    if not isinstance(node.valeur, list):
        report.erreur("une liste est attendue", "un tiret par rapport", node.ligne, "liste", shown(node))
        return []
    return [Demande(f"liste, ligne {n.ligne}", _values(n, report)) for n in node.valeur]


def _from_table(node: Node, chemin: Path, report: Report) -> list[Demande]:
    """Un CSV dont les colonnes sont des paramètres ; une case vide laisse la valeur par défaut du carnet."""
    fichier = chemin.parent / str(node.valeur)
    releve = Report(fichier.name)
    texte = read_text(fichier, LIMITE_CSV, releve)
    for defaut in releve.defauts:
        if defaut.niveau == "erreur":
            report.erreur(f"tableau : {defaut.constat}", defaut.attendu, node.ligne, "tableau", fichier.name)
    if texte is None:
        return []
    lignes = list(csv.reader(io.StringIO(texte), delimiter=";" if ";" in texte.partition("\n")[0] else ","))
    entetes, *reste = lignes or [[]]
    demandes = []
    for rang, ligne in enumerate(reste, start=2):
        if len(ligne) > len(entetes):
            constat = f"tableau {fichier.name}, ligne {rang} : plus de cases que de colonnes"
            report.erreur(constat, f"{len(entetes)} cases", node.ligne)
        if any(case.strip() for case in ligne):
            valeurs = {e.strip(): c.strip() for e, c in zip(entetes, ligne, strict=False) if c.strip()}
            demandes.append(Demande(f"{fichier.name}, ligne {rang}", valeurs))
    return demandes


def _from_communes(node: Node, _chemin: Path, report: Report) -> list[Demande]:
    """Une demande par commune de chaque territoire nommé."""
    territoires = _plain(node) if isinstance(node.valeur, list) else [node.valeur]
    if not all(isinstance(t, str) for t in territoires):
        report.erreur("un territoire est attendu", "un code de territoire, ou une liste", node.ligne, "communes")
        return []
    return [
        Demande(f"communes de {t}", {"territoire": t, "commune": c.code_insee})
        for t in territoires
        for c in load_territoire(t).communes
    ]


def _axes(node: Node | None, report: Report) -> dict[str, list[Any]]:
    if node is None or node.est_vide:
        return {}
    if not isinstance(node.valeur, dict):
        report.erreur("des clés sont attendues", "annee: [2025, 2026]", node.ligne, "produit", shown(node))
        return {}
    axes = {nom: _plain(n) for nom, n in node.valeur.items()}
    return {nom: valeurs if isinstance(valeurs, list) else [valeurs] for nom, valeurs in axes.items()}


def _values(node: Node | None, report: Report) -> dict[str, Any]:
    if node is None or node.est_vide:
        return {}
    if not isinstance(node.valeur, dict):
        report.erreur("des paramètres sont attendus", "nom: valeur", node.ligne, "", shown(node))
        return {}
    return {nom: _plain(n) for nom, n in node.valeur.items() if not n.est_vide}


def _plain(node: Node) -> Any:
    if isinstance(node.valeur, list):
        return [_plain(n) for n in node.valeur]
    return {nom: _plain(n) for nom, n in node.valeur.items()} if isinstance(node.valeur, dict) else node.valeur
