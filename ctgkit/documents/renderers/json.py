"""Le document lui-même, en JSON : ce qu'un carnet exécuté garde, et que `read` relit à l'identique."""

import base64
import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from ctgkit.documents import modele
from ctgkit.documents.formats import Format
from ctgkit.documents.modele import Document

FORMAT = Format("JSON", "application/json")
MIME = "application/vnd.ctg.document+json"
_SORTES = (Document, modele.Morceau, modele.Case, modele.Colonne, *modele.Bloc.__args__)
_CLASSES = {classe.__name__: classe for classe in _SORTES}


def render(document: Document) -> bytes:
    return json.dumps(as_data(document), ensure_ascii=False, indent=1).encode()


def as_data(valeur: Any) -> Any:
    """Des dictionnaires et des listes ; chaque bloc dit sa sorte, et ce qui va de soi ne s'écrit pas."""
    if type(valeur).__name__ in _CLASSES:
        lus = {f.name: getattr(valeur, f.name) for f in fields(valeur) if getattr(valeur, f.name) != f.default}
        return {"sorte": type(valeur).__name__} | {nom: as_data(lu) for nom, lu in lus.items()}
    if isinstance(valeur, list | tuple):
        return [as_data(v) for v in valeur]
    if isinstance(valeur, bytes):
        return {"sorte": "octets", "base64": base64.b64encode(valeur).decode()}
    if isinstance(valeur, date):
        return {"sorte": "date", "jour": valeur.isoformat()[:10]}
    return valeur.item() if hasattr(valeur, "item") else valeur


def read(donnees: Any) -> Any:
    if isinstance(donnees, list):
        return tuple(read(d) for d in donnees)
    if not isinstance(donnees, Mapping):
        return donnees
    sorte = donnees.get("sorte")
    if sorte == "octets":
        return base64.b64decode(donnees["base64"])
    if sorte == "date":
        return date.fromisoformat(donnees["jour"])
    return _CLASSES[sorte](**{nom: read(valeur) for nom, valeur in donnees.items() if nom != "sorte"})
