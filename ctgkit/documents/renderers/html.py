"""Une page HTML en un seul fichier : aucun script, aucune adresse extérieure, polices et images dans la page."""

import base64
import re
from collections.abc import Callable, Iterable
from functools import cache
from html import escape
from string import Template
from typing import Any

from ctgkit.documents.arbre import A_GAUCHE, widths
from ctgkit.documents.formats import Format
from ctgkit.documents.images import POLICES, data_uri
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
from ctgkit.documents.pandoc import GABARITS
from ctgkit.documents.typographie import clean, french, metadata, pieces, written

FORMAT = Format("Page web", "text/html")
GRAISSES = {"Regular": 400, "Bold": 700}
_ACTIF = re.compile(r"<(script|iframe|object|embed|foreignObject)\b.*?</\1\s*>", re.S | re.I)
_TONS = {"chapeau": "chapeau", "note": "note", "alerte": "alerte"}


def render(document: Document) -> bytes:
    pied = f"<p>{_text(document.pied)}</p>" if document.pied else ""
    return page(fragment(document), document.titre, pied, document.paysage)


def page(corps: str, titre: str, pied: str = "", paysage: bool = False, styles: str = "") -> bytes:
    """La page entière autour d'un contenu ; `styles` : ce qu'il lui faut en plus."""
    style = f"{_fonts()}\n{style_sheet()}\n{_resource('page.css')}\n{styles}".replace("</", "<\\/")
    classe = "paysage" if paysage else "portrait"
    gabarit = Template(_resource("document.html"))
    return gabarit.substitute(
        titre=escape(metadata(titre)), style=style, classe=classe, corps=corps, pied=pied
    ).encode()


def shown(document: Document) -> str:
    """Le document dans une cellule de carnet, avec son style."""
    return f"<style>{style_sheet()}</style>{fragment(document)}"


def fragment(document: Document) -> str:
    """Le document seul : un article, dont les sections commencent au deuxième niveau de titre."""
    logos = "".join(_image(logo) for logo in document.logos)
    bandes = [b for b in document.blocs if isinstance(b, Paragraphe) and b.ton == "fictif"]
    reste = [b for b in document.blocs if b not in bandes]
    tete = "".join(
        f"<{balise}>{_text(texte)}</{balise.split()[0]}>"
        for balise, texte in (
            ('p class="surtitre"', document.surtitre),
            ("h1", document.titre),
            ('p class="sous-titre"', document.sous_titre),
            ('p class="auteur"', document.auteur),
        )
        if texte
    )
    parties = [
        f'<div class="logos">{logos}</div>' if logos else "",
        _blocks(bandes, 2),
        f"<header>{tete}</header>" if tete else "",
        _blocks(reste, 2),
    ]
    return f'<article class="document">{"".join(parties)}</article>'


def style_sheet() -> str:
    return _resource("document.css")


@cache
def _resource(nom: str) -> str:
    return (GABARITS / nom).read_text(encoding="utf-8")


@cache
def _fonts() -> str:
    return "\n".join(_font(famille, style) for famille in ("Sans", "Serif") for style in GRAISSES)


def _font(famille: str, style: str) -> str:
    octets = (POLICES / "web" / f"Atelier{famille}-{style}.woff2").read_bytes()
    adresse = f"data:font/woff2;base64,{base64.b64encode(octets).decode()}"
    return (
        f'@font-face {{ font-family: "Atelier {famille}"; font-weight: {GRAISSES[style]}; '
        f'src: url({adresse}) format("woff2"); }}'
    )


def _blocks(blocs: Iterable[Bloc], niveau: int) -> str:
    return "".join(_block(bloc, niveau) for bloc in blocs)


def _block(bloc: Bloc, niveau: int) -> str:
    if isinstance(bloc, Section):
        titre = min(niveau, 6)
        saut = ' class="saut"' if bloc.saut_avant else ""
        return f"<section{saut}><h{titre}>{_text(bloc.titre)}</h{titre}>{_blocks(bloc.blocs, niveau + 1)}</section>"
    return _BLOCS[type(bloc)](bloc)


def _text(texte: object) -> str:
    return escape(french(texte)).replace("\n", "<br>")


def _inlines(texte: Texte) -> str:
    return "".join(_piece(morceau) for morceau in pieces(texte))


def _piece(morceau: Morceau) -> str:
    ecrit = _text(morceau.texte)
    for balise, voulue in (("i", morceau.italique), ("b", morceau.gras)):
        ecrit = f"<{balise}>{ecrit}</{balise}>" if voulue and ecrit else ecrit
    if morceau.ton:
        ecrit = f'<span class="puce {escape(morceau.ton)}">{ecrit}</span>'
    return f'<a href="{escape(morceau.lien)}">{ecrit}</a>' if morceau.lien and ecrit else ecrit


def _paragraph(bloc: Paragraphe) -> str:
    if bloc.ton == "fictif":
        return f'<p class="fictif-bande"><span class="puce fictif">Fictif</span>{_inlines(bloc.texte)}</p>'
    classe = f' class="{_TONS[bloc.ton]}"' if bloc.ton in _TONS else ""
    return f"<p{classe}>{_inlines(bloc.texte)}</p>"


def _list(bloc: Liste) -> str:
    balise = "ol" if bloc.numerotee else "ul"
    items = "".join(f"<li>{_inlines(item)}</li>" for item in bloc.items)
    return f"<{balise}>{items}</{balise}>"


def _fields(bloc: Champs) -> str:
    if bloc.reperes:
        dits = "".join(f"<div><dt>{_text(k)}</dt><dd>{_inlines(v)}</dd></div>" for k, v in bloc.couples)
        return f'<dl class="reperes">{dits}</dl>'
    lignes = "".join(f'<tr><th scope="row">{_text(k)}</th><td>{_inlines(v)}</td></tr>' for k, v in bloc.couples)
    return f'<table class="champs"><tbody>{lignes}</tbody></table>'


def _table(tableau: Tableau) -> str:
    classes = ["" if c.nature in A_GAUCHE else ' class="nb"' for c in tableau.colonnes]
    titre = f"<caption>{_text(tableau.titre)}</caption>" if tableau.titre else ""
    colonnes = "".join(f'<col style="width: {part:.2%}">' for part in widths(tableau))
    tete = "".join(
        f'<th scope="col"{classe}>{_text(c.libelle)}</th>' for c, classe in zip(tableau.colonnes, classes, strict=True)
    )
    corps = "".join(_row(ligne, tableau, classes) for ligne in tableau.lignes)
    total = f"<tfoot>{_row(tableau.total, tableau, classes)}</tfoot>" if tableau.total else ""
    tete = f"<thead><tr>{tete}</tr></thead>" if any(c.libelle for c in tableau.colonnes) else ""
    source = _paragraph(Paragraphe(f"Source : {tableau.source}", "note")) if tableau.source else ""
    return f"<table>{titre}<colgroup>{colonnes}</colgroup>{tete}<tbody>{corps}</tbody>{total}</table>{source}"


def _row(ligne: tuple[Any, ...], tableau: Tableau, classes: list[str]) -> str:
    ecrites = [_inlines(written(v, c)) for v, c in zip(ligne, tableau.colonnes, strict=True)]
    cases = [f"<td{classe}>{ecrit}</td>" for ecrit, classe in zip(ecrites, classes, strict=True)]
    if len(cases) > 1 and ecrites[0] and tableau.colonnes[0].nature in A_GAUCHE:
        cases[0] = f'<th scope="row">{ecrites[0]}</th>'
    return f"<tr>{''.join(cases)}</tr>"


def _figure(bloc: DessinDecrit) -> str:
    titre = f"<figcaption>{_text(bloc.titre)}</figcaption>" if bloc.titre else ""
    source = _paragraph(Paragraphe(f"Source : {bloc.source}", "note")) if bloc.source else ""
    tableau = _table(bloc.tableau) if bloc.tableau else ""
    return f"<figure>{titre}{_drawing(bloc)}{source}{tableau}</figure>"


def _drawing(bloc: DessinDecrit) -> str:
    """Le dessin dans la page, nommé par sa description."""
    svg = _ACTIF.sub("", bloc.svg)
    if not svg.lstrip().startswith("<svg"):
        return f'<img src="{data_uri(bloc.svg)}" alt="{escape(clean(bloc.description))}">'
    attributs, dedans = svg.split(">", 1)
    attributs = re.sub(r'\s(?:role|aria-label|aria-labelledby|aria-describedby)="[^"]*"', "", attributs)
    return f'{attributs} role="img" aria-label="{escape(clean(bloc.description))}">{dedans}'


def _image(bloc: Image) -> str:
    description = escape(clean(bloc.description))
    return f'<img src="{data_uri(bloc.octets)}" alt="{description}" style="width: {bloc.largeur_cm:g}cm">'


_BLOCS: dict[type, Callable[[Any], str]] = {
    Paragraphe: _paragraph,
    Liste: _list,
    Champs: _fields,
    Tableau: _table,
    DessinDecrit: _figure,
    Image: _image,
    SautDePage: lambda _: '<div class="saut"></div>',
}
