"""Un document en arbre pandoc : le texte des personnes n'y est jamais que dans des nœuds littéraux."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ctgkit.documents.images import logo_width
from ctgkit.documents.modele import (
    Bloc,
    Champs,
    DessinDecrit,
    Document,
    Image,
    Liste,
    Morceau,
    Paragraphe,
    SautDePage,
    Section,
    Tableau,
    Texte,
)
from ctgkit.documents.typographie import cell, clean, flat, french, metadata, pieces, written

Noeud = dict[str, Any]
SANS = ["", [], []]
# Donne l'adresse d'une image à partir de ses octets ou de son SVG.
Imagier = Callable[[bytes | str], str]
VERSION_PANDOC = [1, 23, 1]
# Les natures que l'on lit comme des mots : le reste s'aligne à droite, chiffre sous chiffre.
A_GAUCHE = ("texte", "date")
# Une ligne de tableau sur une page A4 debout, et le plus long mot que l'on protège d'une coupure, en signes.
LIGNE, MOT_MAX = 95, 16


def tree(document: Document, imagier: Imagier, saut: Sequence[Noeud] = ()) -> Noeud:
    """L'arbre entier ; `saut` est ce qui fait un saut de page dans le format visé."""
    blocs = _logos(document, imagier) + [n for b in document.blocs for n in nodes(b, imagier, list(saut))]
    meta = {"title": document.titre, "subtitle": document.suite, "author": document.auteur}
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
        suites = [nodes(b, imagier, saut, niveau + 1) for b in bloc.blocs]
        suite = _columns(suites) if bloc.cote_a_cote else [n for s in suites for n in s]
        return [*(saut if bloc.saut_avant else []), titre, *suite]
    if isinstance(bloc, DessinDecrit):
        return _figure(bloc, imagier)
    if isinstance(bloc, Image):
        return [{"t": "Para", "c": [_image(bloc, imagier)]}]
    return saut if isinstance(bloc, SautDePage) else _TEXTES[type(bloc)](bloc)


def _columns(suites: list[list[Noeud]]) -> list[Noeud]:
    gauche = [n for suite in suites[:-1] for n in suite]
    colonnes = [{"t": "Div", "c": [["", ["column"], []], noeuds]} for noeuds in (gauche, suites[-1])]
    return [{"t": "Div", "c": [["", ["columns"], []], colonnes]}]


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
    chiffres = [c.nature not in A_GAUCHE for c in tableau.colonnes]
    lignes = [
        [[plain(written(v, c))] for v, c in zip(ligne, tableau.colonnes, strict=True)] for ligne in tableau.lignes
    ]
    total = [[plain((_bold(cell(v, c)),))] for v, c in zip(tableau.total, tableau.colonnes, strict=bool(tableau.total))]
    tete = [[plain(c.libelle)] for c in tableau.colonnes]
    alignes = ["AlignRight" if c else "AlignLeft" for c in chiffres]
    rendu = _table(tete, lignes, alignes, widths(tableau), [total] if total else [], tableau.titre)
    return [rendu, *_source(tableau.source)]


def widths(tableau: Tableau) -> list[float]:
    """La part de chaque colonne : celle demandée, sinon son plus long mot puis selon le contenu."""
    if all(c.largeur for c in tableau.colonnes):
        return _shares([c.largeur for c in tableau.colonnes])
    ecrites = (
        [french(c.libelle), *(cell(x[i], c) for x in tableau.lignes[:200])] for i, c in enumerate(tableau.colonnes)
    )
    mesures = [_measure(textes) for textes in ecrites]
    libre = max(LIGNE - sum(mot for mot, _ in mesures), 0)
    envies = [max(contenu - mot, 0.1) for mot, contenu in mesures]
    return _shares([mot + libre * envie / sum(envies) for (mot, _), envie in zip(mesures, envies, strict=True)])


def _shares(poids: Sequence[float]) -> list[float]:
    return [p / sum(poids) for p in poids]


def _measure(textes: list[str]) -> tuple[float, float]:
    """Le plus long mot, et la longueur que l'on voudrait, en signes, marge de la case comprise."""
    mot = max((len(m) for t in textes for m in t.split()), default=1)
    longueurs = [len(t) for t in textes[1:]] or [0]
    contenu = max(sum(longueurs) / len(longueurs), min(max(longueurs), 20))
    return min(max(mot, 4), MOT_MAX) * 1.1 + 2, min(contenu, 45) + 2


def _table(  # noqa: PLR0913, PLR0917
    tete: list, lignes: list, alignes: list[str], parts: list[float], pied: Sequence[list] = (), titre: str = ""
) -> Noeud:
    def rang(cases: list) -> list:
        return [SANS, [[SANS, {"t": "AlignDefault"}, 1, 1, blocs] for blocs in cases]]

    colonnes = [[{"t": a}, {"t": "ColWidth", "c": round(p, 4)}] for a, p in zip(alignes, parts, strict=True)]
    legende = [None, [plain(titre)] if titre else []]
    corps = [[SANS, 0, [], [rang(ligne) for ligne in lignes]]]
    entete, fin = ([SANS, [rang(ligne) for ligne in lignes]] for lignes in ([tete] if tete else [], pied))
    return {"t": "Table", "c": [SANS, legende, colonnes, entete, corps, fin]}


def _paragraph(bloc: Paragraphe) -> list[Noeud]:
    para = {"t": "Para", "c": inlines(bloc.texte)}
    styles = {"chapeau": "Chapeau", "note": "Note", "alerte": "Alerte", "fictif": "Alerte"}
    if bloc.ton not in styles:
        return [para]
    return [{"t": "Div", "c": [["", [bloc.ton], [["custom-style", styles[bloc.ton]]]], [para]]}]


def _figure(bloc: DessinDecrit, imagier: Imagier) -> list[Noeud]:
    legende = [None, [plain(bloc.titre)] if bloc.titre else []]
    image = _picture(bloc.description, "100%", imagier(bloc.svg))
    rendu = [{"t": "Figure", "c": [SANS, legende, [{"t": "Plain", "c": [image]}]]}, *_source(bloc.source)]
    return rendu + (table(bloc.tableau) if bloc.tableau else [])


def _image(bloc: Image, imagier: Imagier) -> Noeud:
    return _picture(bloc.description, f"{bloc.largeur_cm:g}cm", imagier(bloc.octets))


def _picture(description: str, largeur: str, adresse: str) -> Noeud:
    attributs = [["alt", clean(description)], ["width", largeur]]
    return {"t": "Image", "c": [["", [], attributs], inlines(description), [adresse, ""]]}


def _logos(document: Document, imagier: Imagier) -> list[Noeud]:
    images = [_image(replace(logo, largeur_cm=logo_width(logo.octets)), imagier) for logo in document.logos]
    espaces = [n for image in images for n in (image, {"t": "Str", "c": "\u2003\u2003"})]
    return [{"t": "Para", "c": espaces[:-1]}] if images else []


def _list(bloc: Liste) -> list[Noeud]:
    items = [[plain(item)] for item in bloc.items]
    if bloc.numerotee:
        return [{"t": "OrderedList", "c": [[1, {"t": "Decimal"}, {"t": "Period"}], items]}]
    return [{"t": "BulletList", "c": items}]


def _fields(bloc: Champs) -> list[Noeud]:
    dernier = len(bloc.couples) - 1
    tenues = [bloc.solidaire and rang < dernier for rang in range(len(bloc.couples))]
    lignes = [[_held((_bold(k),), t), _held(v, t)] for (k, v), t in zip(bloc.couples, tenues, strict=True)]
    return [_table([], lignes, ["AlignLeft"] * 2, [0.3, 0.7])]


def _held(texte: Texte, tenue: bool) -> list[Noeud]:
    """Une case dont la ligne reste sur la même page que la suivante, là où le format sait le faire."""
    return (
        [{"t": "Div", "c": [["", ["tenue"], [["custom-style", "Tenue"]]], [plain(texte)]]}] if tenue else [plain(texte)]
    )


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
