"""`territoire.yaml` : qui est le territoire, sa convention, ce que disent ses documents et ce qui y manque."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from ctgkit.storage.territoire.folders import is_code
from ctgkit.storage.territoire.report import Report
from ctgkit.storage.territoire.yaml_fields import Block
from ctgkit.storage.territoire.yaml_tree import read_tree
from ctgkit.territoire import Comparateur, Convention, Fait, Manque, Precedent, Territoire

NATURES = ("reel", "fictif")
TYPES = ("epci", "commune")
_AILLEURS = {*Territoire.TABLES, "parametres_locaux", "relations", "plan", "gouvernance"}
CLES = [c.name for c in fields(Territoire) if c.name not in _AILLEURS]
_DEPARTEMENT = re.compile(r"[0-9]{2}|2[AB]|9[78][0-9]")


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
        b.erreur("fin", "fin avant le début de la convention", f"une date après le {convention.debut.isoformat()}")
    return convention


def _precedent(bloc: Block) -> Precedent:
    b = bloc.bloc("precedent", _names(Precedent))
    return Precedent(b.texte("type"), b.date("fin"))


def _comparateur(bloc: Block) -> Comparateur:
    b = bloc.bloc("comparateur", _names(Comparateur))
    return Comparateur(b.texte("code"), b.texte("nom"))


def _document(bloc: Block, record: type) -> dict[str, Any]:
    """Un fait ou un manque : tout est recopié comme un texte, sauf le numéro de ligne."""
    premiere = _names(record)[0]
    return {c: bloc.entier(c) if c == "ligne" else bloc.texte(c, obligatoire=c == premiere) for c in _names(record)}


def _names(record: type) -> list[str]:
    return [c.name for c in fields(record)]
