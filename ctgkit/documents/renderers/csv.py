"""CSV pour l'Excel français : point-virgule, virgule décimale, BOM, et aucun texte qui puisse devenir une formule."""

import math
from collections.abc import Sequence
from datetime import date
from numbers import Real
from typing import Any

from ctgkit.documents.formats import Format
from ctgkit.documents.modele import Document, tables
from ctgkit.documents.renderers.xlsx import spread
from ctgkit.documents.typographie import clean
from ctgkit.errors import CtgError

FORMAT = Format("CSV", "text/csv")
_DANGEREUX = ("=", "+", "-", "@", "\t", "\r", "\n")


def render(document: Document) -> bytes:
    """Le tableau du document ; quand il y en a plusieurs, ils se suivent, chacun sous son titre."""
    trouves = tables(document)
    if not trouves:
        raise CtgError("Ce document n'a pas de tableau à écrire en CSV.", document.titre, "Choisir un autre format.")
    lignes: list[Sequence[Any]] = []
    for titre, tableau in trouves:
        colonnes, corps, total = spread(tableau)
        entete = [c.libelle for c in colonnes]
        lignes += [*([[titre]] if len(trouves) > 1 else []), entete, *corps, *([total] if total else [])]
        lignes += [[]] if len(trouves) > 1 else []
    return write_csv(lignes)


def write_csv(lignes: Sequence[Sequence[Any]]) -> bytes:
    """Des lignes de valeurs en octets prêts pour Excel et LibreOffice."""
    return "\r\n".join(";".join(map(csv_cell, ligne)) for ligne in lignes).encode("utf-8-sig") + b"\r\n"


def _number(valeur: float) -> str:
    if not math.isfinite(valeur):
        return ""
    return (str(int(valeur)) if valeur.is_integer() else f"{valeur:.10f}".rstrip("0")).replace(".", ",")


def csv_cell(valeur: Any) -> str:
    """Un nombre garde son signe et prend la virgule ; un texte qui serait une formule reçoit une apostrophe."""
    if valeur is None:
        return ""
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, Real):
        return _number(float(valeur))
    if isinstance(valeur, date):
        return valeur.isoformat()
    texte = clean(valeur)
    # Une apostrophe déjà là en reçoit une de plus : à la relecture, une seule s'en va.
    nu = texte.lstrip("'")
    texte = f"'{texte}" if str(valeur).startswith(_DANGEREUX) or nu.startswith(_DANGEREUX) else texte
    return '"' + texte.replace('"', '""') + '"' if any(s in texte for s in ';"\n\r') else texte
