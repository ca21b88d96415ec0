"""Les fichiers YAML d'un territoire : sa fiche d'identité, son plan, sa gouvernance, ses relations, ses paramètres."""

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from ctgkit import droit
from ctgkit.errors import CtgError
from ctgkit.formats import date_longue
from ctgkit.horloge import QUAND, clause_day
from ctgkit.storage.report import LIBRES, Report, suggestion
from ctgkit.storage.territoire.folders import is_code
from ctgkit.storage.yaml_blocks import Block, Node, fault, items, read_tree, shown, to_data
from ctgkit.territoire import Clause, Comparateur, Convention, Fait, Manque, Precedent, Territoire
from ctgkit.texte import straight

NATURES = ("reel", "fictif")
TYPES = ("epci", "commune")
_AILLEURS = {*Territoire.TABLES, "parametres_locaux", "relations", "plan", "gouvernance"}
CLES = [c.name for c in fields(Territoire) if c.name not in _AILLEURS]
_DEPARTEMENT = re.compile(r"[0-9]{2}|2[AB]|9[78][0-9]")
_PLAN = ("domaines", "enjeux", "objectifs", "fiches")
_GOUVERNANCE = ("comites",)
_RENVOIS = {"domaine": "domaines", "enjeu": "enjeux", "objectif": "objectifs"}
_PARAMETRE = "un paramètre du barème national, avec ses valeurs par date d'effet"


def read_identity(chemin: Path, report: Report, dossier: str = "") -> dict[str, Any]:
    """Les champs du territoire que ce fichier porte."""
    avant = len(report.defauts)
    node = read_tree(chemin, report)
    if node is None:
        if len(report.defauts) == avant:
            report.erreur("fichier vide", "au moins « code: … » et « nom: … »")
        return {}
    bloc = Block(node, report, CLES)
    return {
        "code": _code(bloc, dossier),
        "nom": bloc.texte("nom", obligatoire=True),
        "type": bloc.choix("type", TYPES, "epci"),
        "siren": _siren(bloc),
        "departement": _departement(bloc),
        "caf": bloc.texte("caf"),
        "convention": _convention(bloc),
        "precedent": _precedent(bloc),
        "date_reference": bloc.date("date_reference"),
        "annee_reference": bloc.annee("annee_reference"),
        "comparateur": _comparateur(bloc),
        "nature": bloc.choix("nature", NATURES, "reel"),
        "clauses": tuple(_clause(b) for b in bloc.blocs("clauses", _names(Clause))),
        "faits": tuple(Fait(**_document(b, Fait)) for b in bloc.blocs("faits", _names(Fait))),
        "a_completer": tuple(Manque(**_document(b, Manque)) for b in bloc.blocs("a_completer", _names(Manque))),
    }


def _code(bloc: Block, dossier: str) -> str:
    code = bloc.texte("code", obligatoire=True)
    if code and not is_code(code):
        bloc.erreur("code", "code de territoire refusé", "des minuscules sans accent, des chiffres et des tirets")
    elif code and dossier and code != dossier:
        bloc.avis("code", "le code n'est pas le nom du dossier", f"code: {dossier}")
    return code


def _siren(bloc: Block) -> str:
    siren = "".join(bloc.texte("siren").split())
    if siren and not re.fullmatch(r"[0-9]{9}", siren):
        bloc.erreur("siren", "numéro Siren refusé", "9 chiffres")
    return siren


def _departement(bloc: Block) -> str:
    departement = bloc.texte("departement")
    if departement and not _DEPARTEMENT.fullmatch(departement):
        bloc.erreur("departement", "département inconnu", "son code sur deux ou trois signes : 01, 59, 2A, 971")
    return departement


def _convention(bloc: Block) -> Convention:
    b = bloc.bloc("convention", _names(Convention))
    convention = Convention(b.date("debut"), b.date("fin"), b.date("deliberation"))
    if convention.debut and convention.fin and convention.fin <= convention.debut:
        b.erreur("fin", "fin avant le début de la convention", f"une date après le {date_longue(convention.debut)}")
    return convention


def _precedent(bloc: Block) -> Precedent:
    b = bloc.bloc("precedent", _names(Precedent))
    return Precedent(b.texte("type"), b.date("fin"))


def _comparateur(bloc: Block) -> Comparateur:
    b = bloc.bloc("comparateur", _names(Comparateur))
    return Comparateur(b.texte("code"), b.texte("nom"))


def _clause(bloc: Block) -> Clause:
    quand = straight(bloc.texte("quand"))
    try:
        clause_day(quand, Convention())
    except ValueError:
        bloc.erreur("quand", "moment illisible", QUAND)
        quand = ""
    return Clause(
        bloc.texte("quoi", obligatoire=True),
        bloc.texte("document", obligatoire=True),
        bloc.entier("ligne"),
        bloc.texte("dit"),
        quand,
        bloc.entier("tous_les_mois"),
        bloc.texte("note"),
    )


def _document(bloc: Block, record: type) -> dict[str, Any]:
    """Un fait ou un manque : tout est recopié comme un texte, sauf le numéro de ligne."""
    premiere = _names(record)[0]
    return {c: bloc.entier(c) if c == "ligne" else bloc.texte(c, obligatoire=c == premiere) for c in _names(record)}


def _names(record: type) -> list[str]:
    return [c.name for c in fields(record)]


def read_plan(chemin: Path, report: Report) -> dict[str, Any]:
    node = _mapping(chemin, report, _PLAN)
    if node is None:
        return {}
    nodes = {cle: items(node.valeur.get(cle), report, cle) for cle in _PLAN}
    codes = {cle: _codes(nodes[cle], cle, report) for cle in _PLAN}
    for cle in _PLAN:
        for element in nodes[cle]:
            if isinstance(element.valeur, dict):
                _check_references(element, cle, codes, report)
    return to_data(node)


def _codes(nodes: list[Node], cle: str, report: Report) -> dict[str, int]:
    """Le code de chaque élément et sa ligne : c'est par lui que les autres le désignent."""
    codes: dict[str, int] = {}
    for node in nodes:
        code = node.valeur.get("code") if isinstance(node.valeur, dict) else node
        if code is None or not isinstance(code.valeur, str) or code.est_vide:
            fault(report, node, "élément sans code", "code: … (c'est par lui que les autres le désignent)", cle)
        elif code.valeur in codes:
            fault(report, code, "code en double", f"un code différent (déjà ligne {codes[code.valeur]})", cle)
        else:
            codes[code.valeur] = code.ligne
    return codes


def _check_references(element: Node, cle: str, codes: dict[str, dict[str, int]], report: Report) -> None:
    for nom, cible in _RENVOIS.items():
        renvoi = element.valeur.get(nom)
        if cible == cle or renvoi is None or renvoi.est_vide:
            continue
        for node in renvoi.valeur if isinstance(renvoi.valeur, list) else [renvoi]:
            if not isinstance(node.valeur, str) or node.valeur not in codes[cible]:
                attendu = f"le code d'un des {cible} du plan{suggestion(shown(node), codes[cible])}"
                fault(report, node, "renvoi à un code qui n'existe pas", attendu, f"{cle}.{nom}")


def read_gouvernance(chemin: Path, report: Report) -> dict[str, Any]:
    node = _mapping(chemin, report, _GOUVERNANCE)
    if node is None:
        return {}
    items(node.valeur.get("comites"), report, "comites")
    return to_data(node)


def read_parametres(chemin: Path, report: Report) -> dict[str, Any]:
    """Des montants écrits comme dans un barème : c'est le droit qui dit s'ils se lisent."""
    node = _mapping(chemin, report, ())
    if node is None:
        return {}
    bloc = node.valeur.get("parametres", node)
    for cle, parametre in bloc.valeur.items() if isinstance(bloc.valeur, dict) else ():
        _check_parametre(cle, parametre, report)
    if not isinstance(bloc.valeur, dict) and not bloc.est_vide:
        report.erreur("des clés sont attendues", "le code d'un paramètre, puis ses valeurs", bloc.ligne, "parametres")
    return to_data(node)


def _check_parametre(cle: str, parametre: Node, report: Report) -> None:
    try:
        droit.override(droit.bareme(), {cle: to_data(parametre)}, report.fichier)
    except CtgError as erreur:
        ou = erreur.ou.removeprefix(f"{report.fichier}, ")
        report.erreur(erreur.quoi.rstrip("."), _PARAMETRE, parametre.ligne, ou)
    except (TypeError, ValueError, AttributeError, KeyError, OverflowError):
        report.erreur("paramètre mal écrit", _PARAMETRE, parametre.ligne, cle)


def read_relations(chemin: Path, report: Report) -> tuple[dict[str, Any], ...]:
    node = read_tree(chemin, report)
    if node is not None and isinstance(node.valeur, dict):
        _check_top(node, ("relations",), report)
        node = node.valeur.get("relations")
    nodes = items(node, report, "relations")
    for element in nodes:
        if not isinstance(element.valeur, dict):
            fault(report, element, "des clés sont attendues", "une relation : des lignes « cle: valeur »")
    return tuple(to_data(n) for n in nodes if isinstance(n.valeur, dict))


def _mapping(chemin: Path, report: Report, connues: tuple[str, ...]) -> Node | None:
    node = read_tree(chemin, report)
    if node is None or node.est_vide:
        return None
    if not isinstance(node.valeur, dict):
        fault(report, node, "des clés sont attendues", "des lignes « cle: valeur »")
        return None
    _check_top(node, connues, report)
    return node


def _check_top(node: Node, connues: tuple[str, ...], report: Report) -> None:
    """Une clé de plus est tolérée ; une clé presque juste est une faute de frappe, qui perdrait son contenu."""
    for cle, valeur in node.valeur.items():
        if connues and cle not in connues and not cle.lower().startswith(LIBRES):
            conseil = suggestion(cle, connues)
            signaler = report.erreur if conseil else report.avis
            signaler(f"clé inconnue{conseil}", f"une des clés {', '.join(connues)}", valeur.ligne, cle)


READERS: dict[str, Callable[[Path, Report], Any]] = {
    "parametres_locaux": read_parametres,
    "relations": read_relations,
    "plan": read_plan,
    "gouvernance": read_gouvernance,
}
