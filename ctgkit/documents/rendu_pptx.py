"""Des diapositives : une idée par page, des tableaux de huit lignes au plus, rien qui déborde."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from typing import Any

from ctgkit.documents.images import image_name
from ctgkit.documents.modele import (
    Bloc,
    Champs,
    Document,
    Figure,
    Image,
    Liste,
    Morceau,
    Paragraphe,
    Section,
    Tableau,
    Texte,
    walk,
)
from ctgkit.documents.pandoc import reference, render_tree
from ctgkit.documents.retouche import patch_zip
from ctgkit.documents.typographie import clean, flat

LIBELLE = "Diaporama"
TITRE_MAX, LIGNES_MAX, TEXTE_MAX = 80, 8, 420


def render(document: Document) -> bytes:
    diapositives = tuple(s for bloc in document.blocs for s in _slides(bloc, document.titre))
    courte = replace(document, titre=_short(document.titre), sous_titre=_short(document.sous_titre, 160), pied="",
                     logos=(), blocs=diapositives)  # fmt: skip
    brut = render_tree(courte, "pptx", "--slide-level=1", f"--reference-doc={reference('reference.pptx')}")
    return patch_zip(brut, {"ppt/slides/slide*": partial(_describe, textes=_descriptions(document))})


def _describe(xml: str, textes: Mapping[str, str]) -> str:
    """Pandoc ne décrit une image que par son nom de fichier."""
    return re.sub(r'descr="(image-\w+\.\w+)"', lambda m: f'descr="{textes.get(m[1], "")}"', xml)


def _descriptions(document: Document) -> dict[str, str]:
    images = [b for b in walk(document.blocs) if isinstance(b, Figure | Image)]
    return {image_name(_source(b)): escape(clean(b.description)) for b in images}


def _source(image: Figure | Image) -> bytes | str:
    return image.svg if isinstance(image, Figure) else image.octets


def _slides(bloc: Bloc, titre: str) -> Iterator[Section]:
    """Chaque bloc a sa diapositive, sous le titre de sa section ; un titre trop long continue dans la page."""
    if isinstance(bloc, Section):
        if len(bloc.titre) > TITRE_MAX:
            yield from _texts(bloc.titre, [Paragraphe(bloc.titre)])
        for paquet in _groups(bloc.blocs):
            if len(paquet) == 1 and isinstance(paquet[0], Section):
                yield from _slides(paquet[0], bloc.titre)
            else:
                yield from _pages(paquet, bloc.titre)
    else:
        yield from _pages([bloc], titre)


def _groups(blocs: Sequence[Bloc]) -> Iterator[list[Bloc]]:
    """Les textes qui se suivent restent ensemble ; le reste va seul."""
    textes: list[Bloc] = []
    for bloc in blocs:
        if isinstance(bloc, Paragraphe | Liste):
            textes.append(bloc)
            continue
        if textes:
            yield textes
        textes = []
        yield [bloc]
    if textes:
        yield textes


def _pages(blocs: Sequence[Bloc], titre: str) -> Iterator[Section]:
    premier = blocs[0]
    if isinstance(premier, Tableau):
        yield from _tables(premier, titre)
    elif isinstance(premier, Figure):
        yield Section(_short(premier.titre or titre), (replace(premier, tableau=None, titre="", source=""),))
        if premier.tableau:
            yield from _tables(premier.tableau, titre)
    elif isinstance(premier, Champs):
        for paquet in _packets(premier.couples, LIGNES_MAX):
            couples = tuple((_short(k, 60), _short(flat(v), 160)) for k, v in paquet)
            yield Section(_short(titre), (Champs(couples),))
    elif isinstance(premier, Paragraphe | Liste):
        yield from _texts(titre, blocs)
    elif isinstance(premier, Image):
        yield Section(_short(titre), (premier,))


def _tables(tableau: Tableau, titre: str) -> Iterator[Section]:
    lignes = [*tableau.lignes, *([tableau.total] if tableau.total else [])]
    for paquet in _packets(lignes, LIGNES_MAX):
        courtes = tuple(tuple(_short(v, 90) if isinstance(v, str) else v for v in ligne) for ligne in paquet)
        yield Section(
            _short(tableau.titre or titre), (replace(tableau, lignes=courtes, total=(), titre="", source=""),)
        )


def _texts(titre: str, blocs: Sequence[Bloc]) -> Iterator[Section]:
    """Les paragraphes d'une section, en puces, répartis sur autant de diapositives qu'il en faut."""
    puces = [p for bloc in blocs for p in (bloc.items if isinstance(bloc, Liste) else (bloc.texte,))]
    page: list[Texte] = []
    for puce in (morceau for p in puces for morceau in _cut(p)):
        if page and sum(len(flat(t)) for t in page) + len(flat(puce)) > TEXTE_MAX:
            yield Section(_short(titre), (Liste(tuple(page)),))
            page = []
        page.append(puce)
    if page:
        yield Section(_short(titre), (Liste(tuple(page)),))


def _cut(texte: Texte) -> list[Texte]:
    entier = flat(texte)
    if len(entier) <= TEXTE_MAX:
        return [texte] if entier.strip() else []
    return [(Morceau("".join(lettres)),) for lettres in _packets(entier, TEXTE_MAX)]


def _short(texte: str, limite: int = TITRE_MAX) -> str:
    uni = " ".join(texte.split())
    return uni if len(uni) <= limite else uni[: limite - 1].rstrip() + "…"


def _packets(suite: Sequence[Any], taille: int) -> list[tuple[Any, ...]]:
    return [tuple(suite[i : i + taille]) for i in range(0, len(suite), taille)]
