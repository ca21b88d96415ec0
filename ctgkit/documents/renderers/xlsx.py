"""Le classeur d'un document : une feuille par tableau, les nombres restent des nombres."""

from typing import Any

from ctgkit.documents.classeur.feuilles import Feuille, write_workbook
from ctgkit.documents.formats import OFFICE, Format
from ctgkit.documents.modele import Case, Champs, Colonne, Document, Tableau, tables, walk
from ctgkit.documents.typographie import flat

FORMAT = Format("Excel", f"{OFFICE}.spreadsheetml.sheet")


def render(document: Document) -> bytes:
    feuilles = [_sheet(titre, tableau) for titre, tableau in tables(document)]
    couples = [(k, flat(v)) for bloc in walk(document.blocs) if isinstance(bloc, Champs) for k, v in bloc.couples]
    if couples or not feuilles:
        colonnes = (Colonne("Champ", largeur=0.3), Colonne("Valeur", largeur=0.7))
        feuilles.insert(0, Feuille.of(document.titre, colonnes, couples, titre=document.titre))
    return write_workbook(feuilles, titre=document.titre, jour=document.jour)


def _sheet(titre: str, tableau: Tableau) -> Feuille:
    colonnes, lignes, total = unfold(tableau)
    notes = (f"Source : {tableau.source}",) if tableau.source else ()
    return Feuille.of(titre, colonnes, lignes, titre=titre, notes=notes, total=total)


def unfold(tableau: Tableau) -> tuple[tuple[Colonne, ...], list[list[Any]], list[Any]]:
    """Le tableau à plat : une fourchette devient deux colonnes, « au moins » et « au plus »."""
    colonnes: list[Colonne] = []
    for c in tableau.colonnes:
        noms = (f"{c.libelle} — au moins", f"{c.libelle} — au plus") if c.nature == "fourchette" else (c.libelle,)
        colonnes += [Colonne(nom, "euros" if c.nature == "fourchette" else c.nature, c.decimales) for nom in noms]
    lignes = [_row(ligne, tableau) for ligne in tableau.lignes]
    return tuple(colonnes), lignes, _row(tableau.total, tableau) if tableau.total else []


def _row(ligne: tuple[Any, ...], tableau: Tableau) -> list[Any]:
    rendue: list[Any] = []
    for brute, colonne in zip(ligne, tableau.colonnes, strict=True):
        valeur = _value(brute)
        if colonne.nature != "fourchette":
            rendue.append(valeur)
        elif isinstance(valeur, tuple):
            rendue += [valeur[0], "sans limite connue" if valeur[1] is None else valeur[1]]
        else:
            rendue += [valeur, valeur]
    return rendue


def _value(case: Any) -> Any:
    if not isinstance(case, Case):
        return case
    return flat(case.texte) if case.valeur is None else case.valeur
