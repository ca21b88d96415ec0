"""Des diapositives : une idée par page, jamais plus de texte qu'elle n'en tient ; pandoc les écrit, on les retouche."""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from typing import Any

from ctgkit.documents.arbre import widths
from ctgkit.documents.formats import OFFICE, Format
from ctgkit.documents.images import image_name
from ctgkit.documents.modele import (
    Bloc,
    Champs,
    Colonne,
    DessinDecrit,
    Document,
    Image,
    Liste,
    Morceau,
    Paragraphe,
    Section,
    Tableau,
    Texte,
    pictures,
)
from ctgkit.documents.pandoc import footer_xml, patch_zip, render_tree
from ctgkit.documents.typographie import cell, clean, flat, french
from ctgkit.texte import shorten

TITRE_MAX, LIGNES_MAX, TEXTE_MAX, CASE_MAX = 80, 8, 420, 160
# Ce qui tient à gauche d'une figure, en signes.
COLONNE_MAX = 330
# Un tableau à douze points : la hauteur qu'il peut prendre, celle d'une ligne, les marges d'une case, en pouces.
HAUTEUR, LIGNE, MARGES = 3.8, 0.2, 0.11
SIGNES = 100


def slides(blocs: Sequence[Bloc], titre: str) -> tuple[Section, ...]:
    return tuple(page for bloc in blocs for page in _slides(bloc, titre))


def _slides(bloc: Bloc, titre: str) -> Iterator[Section]:
    """Chaque bloc a sa diapositive, sous le titre de sa section ; un titre trop long continue dans la page."""
    if not isinstance(bloc, Section):
        yield from _pages([bloc], titre)
        return
    if len(bloc.titre) > TITRE_MAX:
        yield from _texts(bloc.titre, [Paragraphe(bloc.titre)])
    for paquet in _groups(bloc.blocs):
        if isinstance(paquet[0], Section):
            yield from _slides(paquet[0], bloc.titre)
        else:
            yield from _pages(paquet, bloc.titre)


def _groups(blocs: Sequence[Bloc]) -> Iterator[list[Bloc]]:
    """Les textes qui se suivent restent ensemble, et avec la figure qu'ils introduisent ; le reste va seul."""
    textes: list[Bloc] = []
    for bloc in blocs:
        if isinstance(bloc, Paragraphe | Liste):
            textes.append(bloc)
            continue
        courts = sum(len(flat(t)) for t in bullets(textes)) <= COLONNE_MAX
        if textes and isinstance(bloc, DessinDecrit) and courts:
            yield [*textes, bloc]
        else:
            yield from ([textes] if textes else [])
            yield [bloc]
        textes = []
    if textes:
        yield textes


def _pages(blocs: Sequence[Bloc], titre: str) -> Iterator[Section]:
    premier = blocs[-1]
    if isinstance(premier, Tableau):
        yield from _tables(premier, titre)
    elif isinstance(premier, DessinDecrit):
        # Sa description reste celle de l'image ; pandoc en ferait aussi une légende, trop longue pour la page.
        nue = replace(premier, tableau=None, titre="", source="", description="")
        textes = (Liste(tuple(bullets(blocs[:-1]))),) if len(blocs) > 1 else ()
        nom = titre if textes else premier.titre or titre
        yield Section(short(nom), (*textes, nue), cote_a_cote=bool(textes))
        if premier.tableau:
            yield from _tables(premier.tableau, titre)
    elif isinstance(premier, Champs):
        for paquet in packets(premier.couples, LIGNES_MAX):
            couples = tuple((short(k, 60), short(flat(v), CASE_MAX)) for k, v in paquet)
            yield Section(short(titre), (Champs(couples),))
    elif isinstance(premier, Paragraphe | Liste):
        yield from _texts(titre, blocs)
    elif isinstance(premier, Image):
        yield Section(short(titre), (premier,))


def _tables(tableau: Tableau, titre: str) -> Iterator[Section]:
    """Autant de pages qu'il en faut, la ligne de titres sur chacune, numérotées dans le titre."""
    lignes = [*tableau.lignes, *([tableau.total] if tableau.total else [])]
    courtes = [tuple(short(v, CASE_MAX) if isinstance(v, str) else v for v in ligne) for ligne in lignes]
    paquets = list(_fitting(replace(tableau, lignes=tuple(courtes)))) or [[]]
    nom = tableau.titre or titre
    for rang, paquet in enumerate(paquets, 1):
        suite = f" ({rang}/{len(paquets)})" if len(paquets) > 1 else ""
        page = replace(tableau, lignes=tuple(paquet), total=(), titre="", source="", colonnes=_fixed(tableau))
        yield Section(short(nom, TITRE_MAX - len(suite)) + suite, (page,))


def _fixed(tableau: Tableau) -> tuple[Colonne, ...]:
    """Les mêmes largeurs d'une page à l'autre."""
    return tuple(replace(c, largeur=p) for c, p in zip(tableau.colonnes, widths(tableau), strict=True))


def _fitting(tableau: Tableau) -> Iterator[list[tuple[Any, ...]]]:
    parts = widths(tableau)
    tete = _height([french(c.libelle) for c in tableau.colonnes], parts)
    page: list[tuple[Any, ...]] = []
    prise = tete
    for ligne in tableau.lignes:
        haute = _height([cell(v, c) for v, c in zip(ligne, tableau.colonnes, strict=True)], parts)
        if page and prise + haute > HAUTEUR:
            yield page
            page, prise = [], tete
        page.append(ligne)
        prise += haute
    if page:
        yield page


def _height(cases: Sequence[str], parts: Sequence[float]) -> float:
    rangs = [len(textwrap.wrap(texte, max(int(SIGNES * p) - 2, 4))) or 1 for texte, p in zip(cases, parts, strict=True)]
    return max(rangs, default=1) * LIGNE + MARGES


def _texts(titre: str, blocs: Sequence[Bloc]) -> Iterator[Section]:
    """Les paragraphes d'une section, en puces, répartis sur autant de diapositives qu'il en faut."""
    page: list[Texte] = []
    for puce in (morceau for p in bullets(blocs) for morceau in _cut(p)):
        if page and sum(len(flat(t)) for t in page) + len(flat(puce)) > TEXTE_MAX:
            yield Section(short(titre), (Liste(tuple(page)),))
            page = []
        page.append(puce)
    if page:
        yield Section(short(titre), (Liste(tuple(page)),))


def bullets(blocs: Sequence[Bloc]) -> list[Texte]:
    return [p for bloc in blocs for p in (bloc.items if isinstance(bloc, Liste) else (bloc.texte,))]


def _cut(texte: Texte) -> list[Texte]:
    entier = flat(texte)
    if len(entier) <= TEXTE_MAX:
        return [texte] if entier.strip() else []
    return [(Morceau("".join(lettres)),) for lettres in packets(entier, TEXTE_MAX)]


def short(texte: str, limite: int = TITRE_MAX) -> str:
    return shorten(texte, limite)


def packets(suite: Sequence[Any], taille: int) -> list[tuple[Any, ...]]:
    return [tuple(suite[i : i + taille]) for i in range(0, len(suite), taille)]


FORMAT = Format("Diaporama", f"{OFFICE}.presentationml.presentation")
_FILET = '<a:lnB w="9525"><a:solidFill><a:srgbClr val="DACFBC"/></a:solidFill></a:lnB>'
_MARGES = 'marL="68580" marR="68580" marT="36576" marB="36576"'
_CASE = f"<a:tcPr {_MARGES}>{_FILET}<a:noFill/></a:tcPr>"
_TETE = f'<a:tcPr {_MARGES} anchor="b">{_FILET}<a:solidFill><a:srgbClr val="F8F2E7"/></a:solidFill></a:tcPr>'
# « Aucun style, aucune grille » : les traits et les fonds sont ceux de nos cases, les mêmes dans tous les logiciels.
_SANS_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
_PETIT = (
    '<a:rPr lang="fr-FR" sz="900"><a:solidFill><a:srgbClr val="4C5763"/></a:solidFill>'
    '<a:latin typeface="+mn-lt"/><a:cs typeface="+mn-cs"/></a:rPr>'
)
_CHAMP = "{C5EF2332-01BF-834F-8236-50238282D533}"
_TAILLE_CASE, _TAILLE_TITRE, TITRE_COURT = 1200, 2000, 45


def render(document: Document) -> bytes:
    pages = slides(document.blocs, document.titre)
    titres = {"titre": short(document.titre), "sous_titre": short(document.suite, 160)}
    courte = replace(document, **titres, pied="", logos=(), blocs=pages)
    brut = render_tree(courte, "pptx", "--slide-level=1")
    retouche = partial(_slide, textes=_descriptions(document), pied=footer_xml(document))
    return patch_zip(brut, {"ppt/slides/slide*": retouche})


def _slide(xml: str, textes: Mapping[str, str], pied: str) -> str:
    """Pandoc ne décrit une image que par son nom de fichier, et laisse les tableaux déborder."""
    xml = re.sub(r'descr="(image-\w+\.\w+)"', lambda m: f'descr="{textes.get(m[1], "")}"', xml)
    xml = re.sub(r"<a:tbl>.*?</a:tbl>", lambda m: _table(m[0]), xml, flags=re.DOTALL)
    xml = re.sub(r"<a:rPr(?=[ />])", '<a:rPr lang="fr-FR"', xml)
    if 'type="ctrTitle"' in xml:
        return xml
    xml = re.sub(r'(<p:ph type="title" ?/>.*?</p:sp>)', lambda m: _title(m[1]), xml, count=1, flags=re.DOTALL)
    return xml.replace("</p:spTree>", _footer(pied) + "</p:spTree>")


def _title(xml: str) -> str:
    long = len("".join(re.findall(r"<a:t>([^<]*)", xml))) > TITRE_COURT
    return xml.replace('<a:rPr lang="fr-FR"', f'<a:rPr lang="fr-FR" sz="{_TAILLE_TITRE}"') if long else xml


def _table(xml: str) -> str:
    """Des lettres de douze points, un filet sous chaque ligne, les titres sur fond crème."""
    xml = re.sub(r"<a:tableStyleId>[^<]*", f"<a:tableStyleId>{_SANS_STYLE}", xml)
    xml = re.sub(r"<a:rPr(?=[ />])", f'<a:rPr sz="{_TAILLE_CASE}"', xml)
    xml = re.sub(r"<a:tcPr ?/>", "", xml).replace("</a:tc>", f"{_CASE}</a:tc>")
    if 'firstRow="1"' not in xml:
        return xml
    fin = xml.index("</a:tr>")
    tete = xml[:fin].replace(_CASE, _TETE).replace("<a:rPr ", '<a:rPr b="1" ')
    return tete + xml[fin:]


def _footer(pied: str) -> str:
    numero = f'<a:fld id="{_CHAMP}" type="slidenum">{_PETIT}<a:t>‹#›</a:t></a:fld>'
    texte = f'<a:pPr algn="l"/><a:r>{_PETIT}<a:t>{pied}</a:t></a:r>'
    return _placeholder(90, "Pied de page", "ftr", 11, texte) + _placeholder(91, "Numéro", "sldNum", 12, numero)


def _placeholder(numero: int, nom: str, genre: str, rang: int, contenu: str) -> str:
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{numero}" name="{nom}"/><p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr><p:nvPr>'
        f'<p:ph type="{genre}" sz="quarter" idx="{rang}"/></p:nvPr></p:nvSpPr><p:spPr/>'
        f"<p:txBody><a:bodyPr/><a:lstStyle/><a:p>{contenu}</a:p></p:txBody></p:sp>"
    )


def _descriptions(document: Document) -> dict[str, str]:
    images = {image.svg if isinstance(image, DessinDecrit) else image.octets: image for image in pictures(document)}
    return {image_name(source): escape(clean(image.description)) for source, image in images.items()}
