"""PDF accessible : typst en mémoire, les textes passés en données, titre, langue, signets et textes de remplacement."""

import json
import re
import tempfile
from collections.abc import Callable
from importlib.resources import as_file
from pathlib import Path
from typing import Any

from ctgkit.documents.arbre import A_GAUCHE, widths
from ctgkit.documents.formats import Format
from ctgkit.documents.images import POLICES, logo_width, place_image
from ctgkit.documents.modele import (
    Bloc,
    Champs,
    DessinDecrit,
    Document,
    Image,
    Liste,
    Paragraphe,
    SautDePage,
    Section,
    Tableau,
    Texte,
)
from ctgkit.documents.pandoc import GABARITS
from ctgkit.documents.typographie import cell, clean, french, metadata, pieces
from ctgkit.errors import CtgError

FORMAT = Format("PDF", "application/pdf")
NORME = "ua-1"
# Au-delà, une ligne d'en-têtes répétée remplirait la page à elle seule.
TETE_MAX = 1500
# Un bloc plus long pourrait dépasser la page à lui seul : il se coupe.
SOLIDAIRE_MAX = 2000
_LONG = re.compile(r"[^\s\u200b]{30}(?=[^\s])")


def render(document: Document) -> bytes:
    """Les polices du paquet suffisent presque toujours ; un signe qu'elles n'ont pas est cherché sur le poste."""
    import typst

    with tempfile.TemporaryDirectory() as dossier, as_file(POLICES) as polices:
        racine = Path(dossier)
        (racine / "document.typ").write_bytes((GABARITS / "document.typ").read_bytes())
        (racine / "document.json").write_text(json.dumps(_data(document, racine)), encoding="utf-8")
        commun = {"root": dossier, "font_paths": [str(polices)], "timestamp": 0}
        defaut = None
        for seules, normes in ((True, [NORME]), (False, [NORME]), (False, [])):
            try:
                reglages = {"ignore_system_fonts": seules, "pdf_standards": normes} | commun
                return typst.compile(str(racine / "document.typ"), **reglages)
            except (RuntimeError, typst.TypstError) as cause:
                defaut = cause
    raise CtgError("Le PDF n'a pas pu être écrit.", str(defaut)[:300], "Essayer le format docx ou html.") from defaut


def _data(document: Document, racine: Path) -> dict[str, Any]:
    jour = document.jour
    return {
        "titre": _breakable(french(document.titre)),
        "titre_fichier": metadata(document.titre),
        "sous_titre": french(document.suite),
        "auteur": metadata(document.auteur),
        "sujet": metadata(document.sujet),
        "pied": metadata(document.pied),
        "paysage": document.paysage,
        "jour": [jour.year, jour.month, jour.day] if jour else None,
        "logos": [_image(logo.octets, logo.description, racine, logo_width(logo.octets)) for logo in document.logos],
        "blocs": [b for bloc in document.blocs for b in _blocks(bloc, racine, 1)],
    }


def _blocks(bloc: Bloc, racine: Path, niveau: int) -> list[dict[str, Any]]:
    if isinstance(bloc, Section):
        titre = {"genre": "titre", "niveau": min(niveau, 6), "texte": _words(bloc.titre)}
        suite = [b for x in bloc.blocs for b in _blocks(x, racine, niveau + 1)]
        return [*([{"genre": "saut"}] if bloc.saut_avant else []), titre, *suite]
    if isinstance(bloc, DessinDecrit):
        figure = {"genre": "figure", "titre": french(bloc.titre)} | _image(bloc.svg, bloc.description, racine)
        return [figure, *_source(bloc.source), *(_table(bloc.tableau) if bloc.tableau else [])]
    if isinstance(bloc, Image):
        return [{"genre": "image"} | _image(bloc.octets, bloc.description, racine, bloc.largeur_cm)]
    return _TEXTES[type(bloc)](bloc)


def _paragraph(bloc: Paragraphe) -> list[dict[str, Any]]:
    return [{"genre": bloc.ton or "para", "texte": _words(bloc.texte)}]


def _list(bloc: Liste) -> list[dict[str, Any]]:
    return [{"genre": "numeros" if bloc.numerotee else "puces", "items": [_words(i) for i in bloc.items]}]


def _fields(bloc: Champs) -> list[dict[str, Any]]:
    couples = [[_breakable(french(k)), _words(v)] for k, v in bloc.couples]
    court = sum(len(m["t"]) for _, mots in couples for m in mots) < SOLIDAIRE_MAX
    return [{"genre": "champs", "couples": couples, "solidaire": bloc.solidaire and court}]


def _table(tableau: Tableau) -> list[dict[str, Any]]:
    def ecrire(ligne: tuple[Any, ...]) -> list[str]:
        return [_breakable(cell(v, c)) for v, c in zip(ligne, tableau.colonnes, strict=True)]

    rendu = {
        "genre": "tableau",
        "titre": french(tableau.titre),
        "tete": [_breakable(french(c.libelle)) for c in tableau.colonnes],
        "repete": sum(len(c.libelle) for c in tableau.colonnes) < TETE_MAX,
        "parts": widths(tableau),
        "droite": [c.nature not in A_GAUCHE for c in tableau.colonnes],
        "lignes": [ecrire(ligne) for ligne in tableau.lignes],
        "total": ecrire(tableau.total) if tableau.total else [],
    }
    return [rendu, *_source(tableau.source)]


def _source(source: str) -> list[dict[str, Any]]:
    return [{"genre": "note", "texte": _words(f"Source : {source}")}] if source else []


def _words(texte: Texte) -> list[dict[str, Any]]:
    return [{"t": _breakable(m.texte), "g": m.gras, "i": m.italique, "l": m.lien} for m in pieces(texte)]


def _breakable(texte: str) -> str:
    """Un mot démesuré peut être coupé : sinon il sort de sa case."""
    return _LONG.sub(lambda m: m[0] + "\u200b", texte)


def _image(source: bytes | str, description: str, racine: Path, largeur: float = 0) -> dict[str, Any]:
    return {
        "image": place_image(source, racine, garder_svg=True),
        "alt": clean(description) or "Image",
        "largeur": largeur,
    }


_TEXTES: dict[type, Callable[[Any], list[dict[str, Any]]]] = {
    Paragraphe: _paragraph,
    Liste: _list,
    Champs: _fields,
    Tableau: _table,
    SautDePage: lambda _: [{"genre": "saut"}],
}
