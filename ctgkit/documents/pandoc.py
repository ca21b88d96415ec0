"""Pandoc, livré avec le paquet : appelé comme un programme, sans réseau ; et les retouches de ce qu'il écrit."""

import io
import json
import os
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from html import escape
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from ctgkit.documents.arbre import Imagier, tree
from ctgkit.documents.images import place_image
from ctgkit.documents.modele import Document
from ctgkit.documents.typographie import metadata
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
    """Le document dans un format de pandoc, images comprises (PNG : Word et les diapositives lisent mal le SVG).

    Le modèle de style livré avec le paquet porte le nom du format.
    """
    with tempfile.TemporaryDirectory() as dossier:
        arbre = json.dumps(tree(document, on_disk(Path(dossier)), saut)).encode()
        with as_file(GABARITS / f"reference.{vers}") as modele:
            sortie = ("-f", "json", "-t", vers, "-s", "-o", "-", f"--reference-doc={modele}", *options)
            return run_pandoc(arbre, *sortie, jour=document.jour, dossier=dossier)


def footer_xml(document: Document) -> str:
    """Le pied de page, prêt à entrer dans un fichier bureautique."""
    return escape(metadata(document.pied), quote=False)


def on_disk(dossier: Path) -> Imagier:
    """Range chaque image dans le dossier, une fois, et donne son nom."""
    return lambda source: place_image(source, dossier)


@cache
def program() -> str:
    import pypandoc

    return pypandoc.get_pandoc_path()


def _failure(avis: str) -> CtgError:
    return CtgError(
        "Le document n'a pas pu être écrit.",
        " ".join(avis.split())[:300],
        "Essayer un autre format ; si le défaut demeure, transmettre ce message à la personne qui installe l'atelier.",
    )


Retouche = Callable[[str], str]
DATE_FIXE = (1980, 1, 2, 0, 0, 0)


def patch_zip(octets: bytes, retouches: Mapping[str, Retouche], ajouts: Mapping[str, str] | None = None) -> bytes:
    """Applique chaque retouche au fichier de ce nom ; « * » à la fin vaut pour tous ceux qui commencent ainsi."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(octets)) as avant, zipfile.ZipFile(sortie, "w") as apres:
        for info in avant.infolist():
            contenu = avant.read(info)
            if retouche := _find(info.filename, retouches):
                contenu = retouche(contenu.decode("utf-8")).encode("utf-8")
            _write(apres, info.filename, contenu, info.compress_type)
        for nom, texte in (ajouts or {}).items():
            _write(apres, nom, texte.encode("utf-8"), zipfile.ZIP_DEFLATED)
    return sortie.getvalue()


def _find(nom: str, retouches: Mapping[str, Retouche]) -> Retouche | None:
    prefixes = (r for cle, r in retouches.items() if cle.endswith("*") and nom.startswith(cle[:-1]))
    return retouches.get(nom) or next(prefixes, None)


def _write(archive: zipfile.ZipFile, nom: str, contenu: bytes, methode: int) -> None:
    info = zipfile.ZipInfo(nom, DATE_FIXE)
    info.compress_type, info.external_attr = methode, 0o644 << 16
    archive.writestr(info, contenu)
