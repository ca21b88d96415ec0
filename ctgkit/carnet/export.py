"""Sortir d'un carnet : un classeur, un document, un tableau, une image, selon l'objet et l'extension demandée."""

from datetime import date
from functools import singledispatch
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from ctgkit import figures
from ctgkit.carnet.apercu import table_of
from ctgkit.carnet.diagnostic import DiagnosticPartage
from ctgkit.carnet.plan import PlanActions
from ctgkit.carnet.rapports import RapportLieu
from ctgkit.carnet.simulation import Comparaison, Simulation, Simulations
from ctgkit.documents import Document, extensions, render
from ctgkit.documents.formats import write_whole
from ctgkit.documents.registre import find_offre
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import liste

TABLES = ("csv", "json")


def export(objet: Any, fichier: str | Path, document: str = "") -> Path:
    """Écrit l'objet dans ce fichier, d'un coup : complet, ou absent. L'extension choisit le format.

    Une simulation donne un classeur à formules (xlsx), une synthèse (docx, odt, pdf, html) ou ses données (csv,
    json) ; un plan, ses documents (`document` les nomme) ; un rapport, le sien ; un diagnostic ou un DataFrame, un
    tableau ; une figure, une image SVG.
    """
    sortie = Path(fichier)
    extension = sortie.suffix.lower().lstrip(".")
    return write_whole(sortie, _bytes(objet, extension, document))


@singledispatch
def _bytes(objet: Any, extension: str, document: str) -> bytes:  # noqa: ARG001
    raise CtgError(
        f"Cet objet ne s'exporte pas : {type(objet).__name__}.",
        "export",
        "Donner une simulation, une comparaison, un plan, un diagnostic, un DataFrame ou une figure.",
    )


@_bytes.register
def _(objet: Simulation, extension: str, document: str) -> bytes:
    return _offered("bonus", extension, document, {"resultat": objet.resultat, "reference": None})


@_bytes.register
def _(objet: Comparaison, extension: str, document: str) -> bytes:
    if len(objet.autres) == 1 and extension not in TABLES:
        paire = {"resultat": objet.autres[0].resultat, "reference": objet.reference.resultat}
        return _offered("bonus", extension, document, paire)
    return _bytes(objet.table(), extension, document)


@_bytes.register
def _(objet: Simulations, extension: str, document: str) -> bytes:
    return _bytes(objet.table(), extension, document)


@_bytes.register
def _(objet: PlanActions, extension: str, document: str) -> bytes:
    sources = {
        "plan": objet.plan,
        "territoire": objet.lieu.territoire,
        "annee": objet.jour.year,
        "voisins": objet.voisins,
        "jour": objet.jour,
    }
    return _offered("plan", extension, document, sources)


@_bytes.register
def _(objet: RapportLieu, extension: str, document: str) -> bytes:
    return _bytes(objet.chiffres() if extension in TABLES else objet.document, extension, document)


@_bytes.register
def _(objet: DiagnosticPartage, extension: str, document: str) -> bytes:
    return _bytes(objet.table(), extension, document)


@_bytes.register
def _(objet: Document, extension: str, _document: str) -> bytes:
    return render(objet, extension)


@_bytes.register
def _(objet: pd.DataFrame, extension: str, document: str) -> bytes:
    if extension == "json":
        return objet.to_json(orient="records", force_ascii=False, date_format="iso", indent=1).encode()
    titre = document or "Tableau"
    return render(Document(titre, (table_of(objet, titre),)), extension)


@_bytes.register
def _(objet: go.Figure, extension: str, _document: str) -> bytes:
    if extension != "svg":
        raise CtgError(
            "Une figure s'exporte en SVG.", f"« .{extension} »", "Pour une image PNG, utiliser le bouton de la page."
        )
    return figures.draw(objet).encode()


def _offered(sujet: str, extension: str, cle: str, sources: dict[str, Any]) -> bytes:
    offre = find_offre(sujet, cle, extension)
    if not cle and extension not in (*offre.formats, *offre.fichiers):
        connus = extensions()
        raise CtgError(
            f"Format inconnu : « .{extension} » {did_you_mean(extension, connus)}".strip(),
            "export",
            f"Formats : {liste(connus)}.",
        )
    return offre.write(extension, {"jour": date.today(), **sources}).octets
