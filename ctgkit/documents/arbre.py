"""Un document en arbre pandoc : le texte des personnes n'y est jamais que dans des nœuds littéraux."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from ctgkit.documents.modele import (
    Bloc,
    Champs,
    Document,
    Figure,
    Image,
    Liste,
    Morceau,
    Paragraphe,
    SautDePage,
    Section,
    Tableau,
    Texte,
)
from ctgkit.documents.typographie import cell, clean, flat, french, metadata, pieces

Noeud = dict[str, Any]
SANS = ["", [], []]
# Donne l'adresse d'une image à partir de ses octets ou de son SVG.
Imagier = Callable[[bytes | str], str]
VERSION_PANDOC = [1, 23, 1]


def tree(document: Document, imagier: Imagier, saut: Sequence[Noeud] = ()) -> Noeud:
    """L'arbre entier ; `saut` est ce qui fait un saut de page dans le format visé."""
    blocs = _logos(document, imagier) + [n for b in document.blocs for n in nodes(b, imagier, list(saut))]
    meta = {"title": document.titre, "subtitle": document.sous_titre, "author": document.auteur}
    textes = {k: {"t": "MetaInlines", "c": inlines(v)} for k, v in meta.items() if v}
    simples = {
        "lang": "fr-FR",
        "pagetitle": metadata(document.titre),
        "subject": metadata(document.sujet),
        "pied": french(document.pied),
        "orientation": "landscape" if document.paysage else "portrait",
    }
    chaines = {k: {"t": "MetaString", "c": v} for k, v in simples.items()}
    return {"pandoc-api-version": VERSION_PANDOC, "meta": textes | chaines, "blocks": blocs}


def nodes(bloc: Bloc, imagier: Imagier, saut: list[Noeud], niveau: int = 1) -> list[Noeud]:
    if isinstance(bloc, Section):
        titre = {"t": "Header", "c": [min(niveau, 6), SANS, inlines(bloc.titre)]}
        suite = [n for b in bloc.blocs for n in nodes(b, imagier, saut, niveau + 1)]
        return [*(saut if bloc.saut_avant else []), titre, *suite]
    if isinstance(bloc, Figure):
        return _figure(bloc, imagier)
    if isinstance(bloc, Image):
        return [{"t": "Para", "c": [_image(bloc, imagier)]}]
    return saut if isinstance(bloc, SautDePage) else _TEXTES[type(bloc)](bloc)


def inlines(texte: Texte) -> list[Noeud]:
    """La seule porte du texte : chaque mot dans un nœud `Str`, qu'aucun format n'interprète."""
    rendus: list[Noeud] = []
    for morceau in pieces(texte):
        bouts = _words(morceau.texte)
        bouts = [{"t": "Emph", "c": bouts}] if morceau.italique and bouts else bouts
        bouts = [{"t": "Strong", "c": bouts}] if morceau.gras and bouts else bouts
        rendus += [{"t": "Link", "c": [SANS, bouts, [morceau.lien, ""]]}] if morceau.lien and bouts else bouts
    return rendus


def plain(texte: Texte) -> Noeud:
    return {"t": "Plain", "c": inlines(texte)}


def table(tableau: Tableau) -> list[Noeud]:
    """Un tableau avec son titre, ses colonnes de nombres alignées à droite, sa ligne de total et sa source."""
    chiffres = [c.nature != "texte" for c in tableau.colonnes]
    lignes = [[[plain(cell(v, c))] for v, c in zip(ligne, tableau.colonnes, strict=True)] for ligne in tableau.lignes]
    total = [[plain((_bold(cell(v, c)),))] for v, c in zip(tableau.total, tableau.colonnes, strict=bool(tableau.total))]
    tete = [[plain(c.libelle)] for c in tableau.colonnes]
    alignes = ["AlignRight" if c else "AlignLeft" for c in chiffres]
    rendu = _table(tete, lignes, alignes, widths(tableau), [total] if total else [], tableau.titre)
    return [rendu, *_source(tableau.source)]


def widths(tableau: Tableau) -> list[float]:
    """La part de chaque colonne : celle qui est demandée, sinon selon ce qu'elle contient."""
    poids = []
    for rang, colonne in enumerate(tableau.colonnes):
        longueurs = [len(cell(ligne[rang], colonne)) for ligne in tableau.lignes[:200]]
        mot = max((len(m) for m in french(colonne.libelle).split()), default=1)
        contenu = max(sum(longueurs) / max(len(longueurs), 1), min(max(longueurs, default=0), 14), mot)
        poids.append(colonne.largeur or min(max(contenu, 6), 45) + 2)
    return [p / sum(poids) for p in poids]


def _table(  # noqa: PLR0913, PLR0917
    tete: list, lignes: list, alignes: list[str], parts: list[float], pied: Sequence[list] = (), titre: str = ""
) -> Noeud:
    def rang(cases: list) -> list:
        return [SANS, [[SANS, {"t": "AlignDefault"}, 1, 1, blocs] for blocs in cases]]

    colonnes = [[{"t": a}, {"t": "ColWidth", "c": round(p, 4)}] for a, p in zip(alignes, parts, strict=True)]
    legende = [None, [plain(titre)] if titre else []]
    corps = [[SANS, 0, [], [rang(ligne) for ligne in lignes]]]
    return {"t": "Table", "c": [SANS, legende, colonnes, [SANS, [rang(tete)] if tete else []], corps,
                                [SANS, [rang(ligne) for ligne in pied]]]}  # fmt: skip


def _paragraph(bloc: Paragraphe) -> list[Noeud]:
    para = {"t": "Para", "c": inlines(bloc.texte)}
    styles = {"chapeau": "Chapeau", "note": "Note", "alerte": "Alerte"}
    if bloc.ton not in styles:
        return [para]
    return [{"t": "Div", "c": [["", [bloc.ton], [["custom-style", styles[bloc.ton]]]], [para]]}]


def _figure(bloc: Figure, imagier: Imagier) -> list[Noeud]:
    legende = [None, [plain(bloc.titre)] if bloc.titre else []]
    image = {"t": "Image", "c": [["", [], [["alt", clean(bloc.description)], ["width", "100%"]]],
                                 inlines(bloc.description), [imagier(bloc.svg), ""]]}  # fmt: skip
    rendu = [{"t": "Figure", "c": [SANS, legende, [{"t": "Plain", "c": [image]}]]}, *_source(bloc.source)]
    return rendu + (table(bloc.tableau) if bloc.tableau else [])


def _image(bloc: Image, imagier: Imagier) -> Noeud:
    attributs = [["alt", clean(bloc.description)], ["width", f"{bloc.largeur_cm:g}cm"]]
    return {"t": "Image", "c": [["", [], attributs], inlines(bloc.description), [imagier(bloc.octets), ""]]}


def _logos(document: Document, imagier: Imagier) -> list[Noeud]:
    images = [_image(logo, imagier) for logo in document.logos]
    espaces = [n for image in images for n in (image, {"t": "Str", "c": "\u2003\u2003"})]
    return [{"t": "Para", "c": espaces[:-1]}] if images else []


def _list(bloc: Liste) -> list[Noeud]:
    items = [[plain(item)] for item in bloc.items]
    if bloc.numerotee:
        return [{"t": "OrderedList", "c": [[1, {"t": "Decimal"}, {"t": "Period"}], items]}]
    return [{"t": "BulletList", "c": items}]


def _fields(bloc: Champs) -> list[Noeud]:
    lignes = [[[plain((_bold(k),))], [plain(v)]] for k, v in bloc.couples]
    return [_table([], lignes, ["AlignLeft"] * 2, [0.3, 0.7])]


def _source(source: str) -> list[Noeud]:
    return _paragraph(Paragraphe(f"Source : {source}", "note")) if source else []


def _bold(texte: Texte) -> Morceau:
    return Morceau(flat(texte), gras=True)


def _words(texte: str) -> list[Noeud]:
    rendus: list[Noeud] = []
    for rang, ligne in enumerate(texte.split("\n")):
        rendus += [{"t": "LineBreak"}] * bool(rang)
        for place, mot in enumerate(re.split(r"[ \t]+", ligne)):
            rendus += [{"t": "Space"}] * bool(place)
            rendus += [{"t": "Str", "c": mot}] * bool(mot)
    return rendus


_TEXTES: dict[type, Callable[[Any], list[Noeud]]] = {
    Paragraphe: _paragraph,
    Liste: _list,
    Champs: _fields,
    Tableau: table,
}
