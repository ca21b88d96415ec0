"""Pandoc, livré avec le paquet : appelé comme un programme, sans réseau, à résultat reproductible."""

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from ctgkit.documents.arbre import Imagier, tree
from ctgkit.documents.images import place_image
from ctgkit.documents.modele import Document
from ctgkit.errors import CtgError

GABARITS = files("ctgkit.documents") / "gabarits"
# Les fichiers bureautiques ne savent pas dater d'avant 1980.
ORIGINE = datetime(1980, 1, 2, tzinfo=UTC)


def run_pandoc(entree: bytes, *options: str, jour: date | None = None, dossier: str | None = None) -> bytes:
    quand = datetime(jour.year, jour.month, jour.day, tzinfo=UTC) if jour and jour.year > 1980 else ORIGINE
    milieu = {**os.environ, "SOURCE_DATE_EPOCH": str(int(quand.timestamp())), "TZ": "UTC"}
    try:
        fini = subprocess.run(
            [program(), *options], input=entree, capture_output=True, env=milieu, cwd=dossier, check=False, timeout=300
        )
    except (OSError, subprocess.TimeoutExpired) as cause:
        raise _failure(str(cause)) from cause
    avis = fini.stderr.decode("utf-8", "replace")
    if fini.returncode or "Could not fetch" in avis:
        raise _failure(avis)
    return fini.stdout


def render_tree(document: Document, vers: str, *options: str, saut: Sequence[dict[str, Any]] = ()) -> bytes:
    """Le document dans un format de pandoc, images comprises (PNG : Word et les diapositives lisent mal le SVG)."""
    with tempfile.TemporaryDirectory() as dossier:
        arbre = json.dumps(tree(document, on_disk(Path(dossier)), saut)).encode()
        sortie = ("-f", "json", "-t", vers, "-s", "-o", "-", *options)
        return run_pandoc(arbre, *sortie, jour=document.jour, dossier=dossier)


def on_disk(dossier: Path) -> Imagier:
    """Range chaque image dans le dossier, une fois, et donne son nom."""
    return lambda source: place_image(source, dossier)


def reference(nom: str) -> str:
    """Le chemin d'un modèle de style livré avec le paquet."""
    with as_file(GABARITS / nom) as chemin:
        return str(chemin)


@cache
def program() -> str:
    import pypandoc

    return pypandoc.get_pandoc_path()


def _failure(avis: str) -> CtgError:
    return CtgError(
        "Le document n'a pas pu être écrit.", " ".join(avis.split())[:300],
        "Essayer un autre format ; si le défaut demeure, transmettre ce message à la personne qui installe l'atelier.",
    )  # fmt: skip
