"""CSV pour l'Excel français : point-virgule, virgule décimale, BOM, et aucun texte qui puisse devenir une formule."""

from collections.abc import Sequence
from typing import Any

from ctgkit.documents.formats import Format
from ctgkit.documents.modele import Document, tables
from ctgkit.documents.renderers.xlsx import unfold
from ctgkit.documents.typographie import clean
from ctgkit.errors import CtgError
from ctgkit.texte import csv_text

FORMAT = Format("CSV", "text/csv")


def render(document: Document) -> bytes:
    """Le tableau du document ; quand il y en a plusieurs, ils se suivent, chacun sous son titre."""
    trouves = tables(document)
    if not trouves:
        raise CtgError("Ce document n'a pas de tableau à écrire en CSV.", document.titre, "Choisir un autre format.")
    lignes: list[Sequence[Any]] = []
    for titre, tableau in trouves:
        colonnes, corps, total = unfold(tableau)
        entete = [c.libelle for c in colonnes]
        lignes += [*([[titre]] if len(trouves) > 1 else []), entete, *corps, *([total] if total else [])]
        lignes += [[]] if len(trouves) > 1 else []
    return csv_text([clean(v) if isinstance(v, str) else v for v in ligne] for ligne in lignes).encode("utf-8-sig")
