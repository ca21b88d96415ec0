"""Une page HTML en un seul fichier : aucun script, aucune adresse extérieure, images dans la page."""

import json
import tempfile
from pathlib import Path

from ctgkit.documents.arbre import tree
from ctgkit.documents.formats import Format
from ctgkit.documents.images import data_uri
from ctgkit.documents.modele import Document
from ctgkit.documents.pandoc import GABARITS, reference, run_pandoc

FORMAT = Format("Page web", "text/html")
_SAUT = {"t": "Div", "c": [["", ["saut"], []], []]}


def render(document: Document) -> bytes:
    """Les sections commencent au deuxième niveau : le premier est le titre de la page."""
    arbre = tree(document, data_uri, [_SAUT])
    for noeud in arbre["blocks"]:
        _lower(noeud)
    style = (GABARITS / "document.css").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as dossier:
        variables = Path(dossier, "variables.json")
        variables.write_text(json.dumps({"variables": {"style": style}}), encoding="utf-8")
        options = (f"--template={reference('document.html')}", f"--defaults={variables}", "--wrap=none")
        return run_pandoc(json.dumps(arbre).encode(), "-f", "json", "-t", "html5", "-s", *options)


def _lower(noeud: dict) -> None:
    if noeud["t"] == "Header":
        noeud["c"][0] += 1
