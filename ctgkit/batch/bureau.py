"""Le même rapport pour le bureau : Word, OpenDocument, PDF, classeur."""

import io
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ctgkit.batch.contenu import Bloc
from ctgkit.batch.page import Pied
from ctgkit.batch.papier import read_document
from ctgkit.documents import render
from ctgkit.documents.modele import Tableau, tables
from ctgkit.formats import read_nombre

# Une date fixe : mêmes entrées, mêmes octets.
_EPOQUE = datetime(2000, 1, 1)
_REFUSES = re.compile(r"[\[\]:*?/\\']")
_UNITES = re.compile(r"[\s\u202f\u00a0]*(€|%)$")
SANS_FORMULE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def render_paper(extension: str, blocs: Sequence[Bloc], titre: str, pied: Pied) -> bytes:
    return render(read_document(blocs, titre, pied), extension)


def render_workbook(blocs: Sequence[Bloc], titre: str, pied: Pied) -> bytes:
    """Une feuille par tableau du rapport, les nombres en nombres."""
    import xlsxwriter

    flux = io.BytesIO()
    with xlsxwriter.Workbook(flux, {"in_memory": True, **SANS_FORMULE}) as classeur:
        classeur.set_properties({"title": titre, "created": _EPOQUE})
        gras = classeur.add_format({"bold": True})
        origine = [
            ("Carnet", pied.carnet),
            *((n, str(v)) for n, v in pied.parametres.items()),
            ("Version", pied.version),
        ]
        _fill(classeur.add_worksheet("Rapport"), [(titre,), *origine], gras)
        pris = {"rapport"}
        for nom, tableau in tables(read_document(blocs, titre, pied)):
            _fill(classeur.add_worksheet(_sheet_name(nom, pris)), _rows(tableau), gras)
    return flux.getvalue()


def _rows(tableau: Tableau) -> list[tuple[str, ...]]:
    return [tuple(c.libelle for c in tableau.colonnes), *tableau.lignes]


def _sheet_name(titre: str, pris: set[str]) -> str:
    """31 signes au plus, sans les signes qu'Excel refuse, chaque nom une seule fois."""
    base = _REFUSES.sub(" ", titre)[:26].strip() or "Tableau"
    nom = next(n for n in (base, *(f"{base} {i}" for i in range(2, 1000))) if n.lower() not in pris)
    pris.add(nom.lower())
    return nom


def _fill(feuille: Any, lignes: Sequence[Sequence[str]], gras: Any) -> None:
    feuille.freeze_panes(1, 0)
    feuille.set_column(0, 0, 38)
    feuille.set_column(1, 30, 16)
    for i, ligne in enumerate(lignes):
        for j, texte in enumerate(ligne):
            valeur = _number(texte) if i else None
            if valeur is None:
                feuille.write_string(i, j, texte[:32_000], gras if i == 0 else None)
            else:
                feuille.write_number(i, j, valeur)


def _number(texte: str) -> float | None:
    """Un nombre à la française, avec ou sans son unité ; un code (« 01004 », « 59606 ») reste un texte."""
    nu = _UNITES.sub("", texte)
    if re.fullmatch(r"0\d+", nu) or (nu == texte and re.fullmatch(r"\d{5}", nu)):
        return None
    try:
        return read_nombre(nu)
    except ValueError:
        return None
