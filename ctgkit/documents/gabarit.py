"""Ce que pandoc lit : un gabarit Markdown, rempli ici, ou le texte et les tableaux qu'un carnet montre.

Dans un gabarit, le texte des personnes n'est jamais relu comme du Markdown :

`[Nom du territoire]{champ=nom}` est remplacé par un texte, `::: {bloc=tableau}` … `:::` par des blocs,
et `::: {si=questions}` … `:::` n'est gardé que si ce champ ou ce bloc n'est pas vide.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ctgkit.documents.modele import (
    Bloc,
    Case,
    Champs,
    Colonne,
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
from ctgkit.documents.pandoc import GABARITS, run_pandoc
from ctgkit.documents.typographie import flat
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import read_nombre

_LECTURE = "markdown-smart-raw_html-raw_tex-raw_attribute-tex_math_dollars-citations-example_lists"
_TONS = ("chapeau", "note", "alerte")
_SVG = re.compile(r"<svg\b.*?</svg>", re.S)
_NOM_DE_SVG = re.compile(r'aria-label="([^"]*)"|<title>(.*?)</title>')
_UNITES = re.compile(r"[\s\u202f\u00a0]*(€|%)$")
IMAGE_CM = 15.0
_HABILLES = ("Strikeout", "Superscript", "Subscript", "SmallCaps", "Underline")


@dataclass(frozen=True)
class _Contenu:
    nom: str
    champs: Mapping[str, Texte]
    blocs: Mapping[str, Sequence[Bloc]]

    def field(self, cle: str) -> tuple[Morceau, ...]:
        texte = self._known(cle, self.champs, "champ")
        return (Morceau(texte),) if isinstance(texte, str) else tuple(texte)

    def block(self, cle: str) -> Sequence[Bloc]:
        return self._known(cle, self.blocs, "bloc")

    def filled(self, cle: str) -> bool:
        return bool(self._known(cle, {**self.blocs, **self.champs}, "champ ou bloc"))

    def _known(self, cle: str, connus: Mapping[str, Any], sorte: str) -> Any:
        if cle in connus:
            return connus[cle]
        phrase = ", ".join(
            filter(None, [f"Le gabarit demande un {sorte} inconnu : « {cle} »", did_you_mean(cle, connus)])
        )
        raise CtgError(phrase, self.nom, f"Noms possibles : {', '.join(sorted(connus))}.")


def fill(
    gabarit: str | Path, champs: Mapping[str, Texte], blocs: Mapping[str, Sequence[Bloc]] | None = None, **plus: Any
) -> Document:
    """Le document d'un gabarit du paquet (son nom) ou d'un fichier ; `plus` complète le `Document`."""
    nom, texte = _read(gabarit)
    contenu = _Contenu(nom, champs, blocs or {})
    arbre = json.loads(_parse(texte))
    meta = {cle: flat(_inlines(arbre["meta"].get(cle, {}).get("c") or [], contenu)) for cle in ("title", "subtitle")}
    document = Document(
        meta["title"] or "Document", tuple(_blocks(_kept(arbre["blocks"], contenu), contenu)), meta["subtitle"]
    )
    return replace(document, **plus)


def _read(gabarit: str | Path) -> tuple[str, str]:
    source = gabarit if isinstance(gabarit, Path) else GABARITS / f"{gabarit}.md"
    try:
        return str(gabarit), source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise CtgError(
            "Ce gabarit de document ne peut pas être lu.", str(gabarit), "Vérifier que le fichier existe, en UTF-8."
        ) from cause


@lru_cache(maxsize=32)
def _parse(texte: str, lecture: str = _LECTURE) -> bytes:
    return run_pandoc(texte.encode(), "-f", lecture, "-t", "json")


def read_markdown(texte: str) -> tuple[Bloc, ...]:
    """Le Markdown d'une cellule de carnet."""
    return _read_blocks(texte, _LECTURE)


def read_html(html: str) -> tuple[Bloc, ...]:
    """Ce qu'un carnet montre en HTML sans en donner de document : ses textes, ses tableaux, ses dessins."""
    return _read_blocks(_SVG.sub(lambda trouve: _picture(trouve[0]), html), "html-native_divs-native_spans")


def _read_blocks(texte: str, lecture: str) -> tuple[Bloc, ...]:
    return tuple(_blocks(json.loads(_parse(texte, lecture))["blocks"], _Contenu("", {}, {})))


def _picture(svg: str) -> str:
    """Un dessin devient une image, que pandoc garde telle quelle."""
    nomme = _NOM_DE_SVG.search(svg)
    nom = (nomme[1] or nomme[2] or "") if nomme else ""
    seul = svg if "xmlns=" in svg else svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    adresse = base64.b64encode(seul.encode()).decode()
    return f'<img alt="{nom}" src="data:image/svg+xml;base64,{adresse}">'


def _kept(noeuds: list[dict], contenu: _Contenu) -> list[dict]:
    """Ouvre les passages conditionnels que l'on garde : leurs titres sont des titres comme les autres."""
    rendus: list[dict] = []
    for noeud in noeuds:
        condition = dict(noeud["c"][0][2]).get("si") if noeud["t"] == "Div" else None
        if condition is None:
            rendus.append(noeud)
        elif contenu.filled(condition):
            rendus += _kept(noeud["c"][1], contenu)
    return rendus


def _blocks(noeuds: list[dict], contenu: _Contenu, niveau: int = 1) -> list[Bloc]:
    """Les blocs d'un niveau ; chaque titre ouvre une section qui va jusqu'au titre suivant de même rang."""
    rendus: list[Bloc] = []
    while noeuds:
        noeud, *noeuds = noeuds
        if noeud["t"] == "Header":
            rang = noeud["c"][0]
            fin = next((i for i, n in enumerate(noeuds) if n["t"] == "Header" and n["c"][0] <= rang), len(noeuds))
            titre = flat(_inlines(noeud["c"][2], contenu))
            rendus.append(Section(titre, tuple(_blocks(noeuds[:fin], contenu, niveau + 1))))
            noeuds = noeuds[fin:]
        else:
            rendus += _block(noeud, contenu)
    return rendus


def _block(noeud: dict, contenu: _Contenu) -> list[Bloc]:
    genre, valeur = noeud["t"], noeud.get("c")
    if genre in ("Para", "Plain"):
        textes = _inlines(valeur, contenu)
        return [*_images(valeur), *([Paragraphe(textes)] if flat(textes).strip() or contenu.nom else [])]
    if genre == "HorizontalRule":
        return [SautDePage()]
    if genre in ("BulletList", "OrderedList"):
        items = valeur if genre == "BulletList" else valeur[1]
        return [Liste(tuple(_inlines(i[0]["c"], contenu) for i in items if i), genre == "OrderedList")]
    if genre == "Div":
        return _division(valeur, contenu)
    if contenu.nom:
        raise _unsupported(genre, contenu)
    return _foreign_block(genre, valeur, contenu)


def _foreign_block(genre: str, valeur: Any, contenu: _Contenu) -> list[Bloc]:
    """Ce qu'un gabarit n'emploie pas, et qu'un carnet peut montrer ; le reste ne s'imprime pas."""
    if genre == "Table":
        return _table(valeur, contenu)
    if genre == "Figure":
        return _blocks(valeur[1][1] + valeur[2], contenu)
    if genre == "BlockQuote":
        return _blocks(valeur, contenu)
    if genre == "CodeBlock":
        return [Paragraphe(valeur[1])]
    if genre == "DefinitionList":
        return [Champs(tuple((flat(_inlines(k, contenu)), _joined(v, contenu)) for k, v in valeur))]
    return []


def _joined(suites: list, contenu: _Contenu) -> tuple[Morceau, ...]:
    return tuple(
        m for noeuds in suites for n in noeuds if n["t"] in ("Para", "Plain") for m in _inlines(n["c"], contenu)
    )


def _table(valeur: list, contenu: _Contenu) -> list[Bloc]:
    _, (_, legende), colonnes, (_, tete), corps, (_, pied) = valeur
    lignes = [_cells(rang, contenu) for _, _, entetes, rangs in corps for rang in (*entetes, *rangs)]
    lignes += [_cells(rang, contenu) for rang in pied]
    libelles = [flat(case.texte) for case in _cells(tete[-1], contenu)] if tete else []
    large = max([len(colonnes), len(libelles), *map(len, lignes)])
    if not any(flat(case.texte) for ligne in lignes for case in ligne):
        return []
    nommees = tuple(Colonne(libelle) for libelle in (*libelles, *[""] * (large - len(libelles))))
    egales = tuple((*ligne, *[Case("")] * (large - len(ligne))) for ligne in lignes)
    return [Tableau(nommees, egales, flat(_joined([legende], contenu)))]


def _cells(rang: list, contenu: _Contenu) -> list[Case]:
    rendues: list[Case] = []
    for _, _, _, etendue, noeuds in rang[1]:
        texte = _joined([noeuds], contenu)
        rendues += [Case(texte, read_number(flat(texte))), *[Case("")] * (etendue - 1)]
    return rendues


def read_number(texte: str) -> float | None:
    """Un nombre à la française, avec ou sans son unité ; un code (« 01004 », « 59606 ») reste un texte."""
    nu = _UNITES.sub("", texte)
    if re.fullmatch(r"0\d+", nu) or (nu == texte and re.fullmatch(r"\d{5}", nu)):
        return None
    try:
        return read_nombre(nu)
    except ValueError:
        return None


def _images(noeuds: list[dict]) -> list[Bloc]:
    """Les images que la page porte en elle ; on ne va en chercher nulle part."""
    rendues: list[Bloc] = []
    for valeur in (n["c"] for n in noeuds if n["t"] == "Image"):
        nature, _, donnees = valeur[2][0].partition(";base64,")
        description = "".join(n.get("c", " ") for n in valeur[1] if n["t"] in ("Str", "Space")) or "image"
        if nature == "data:image/svg+xml":
            rendues.append(DessinDecrit(base64.b64decode(donnees).decode(), description))
        elif nature in ("data:image/png", "data:image/jpeg"):
            rendues.append(Image(base64.b64decode(donnees), description, IMAGE_CM))
    return rendues


def _division(valeur: list, contenu: _Contenu) -> list[Bloc]:
    (_, classes, attributs), noeuds = valeur
    demandes = dict(attributs)
    if "bloc" in demandes:
        return list(contenu.block(demandes["bloc"]))
    ton = next((c for c in classes if c in _TONS), "")
    return [replace(b, ton=ton) if ton and isinstance(b, Paragraphe) else b for b in _blocks(noeuds, contenu)]


def _inlines(noeuds: list[dict], contenu: _Contenu, style: Morceau = Morceau("")) -> tuple[Morceau, ...]:  # noqa: B008
    rendus: list[Morceau] = []
    for noeud in noeuds:
        genre, valeur = noeud["t"], noeud.get("c")
        textes = {"Str": valeur, "Space": " ", "SoftBreak": " ", "LineBreak": "\n"}
        if genre in textes:
            rendus.append(replace(style, texte=textes[genre]))
        elif genre in ("Strong", "Emph"):
            rendus += _inlines(valeur, contenu, replace(style, **{"gras" if genre == "Strong" else "italique": True}))
        elif genre == "Link":
            rendus += _inlines(valeur[1], contenu, replace(style, lien=valeur[2][0]))
        elif genre == "Span":
            rendus += _span(valeur, contenu, style)
        elif contenu.nom:
            raise _unsupported(genre, contenu)
        elif genre == "Code":
            rendus.append(replace(style, texte=valeur[1]))
        elif genre in _HABILLES:
            rendus += _inlines(valeur, contenu, style)
    return tuple(rendus)


def _span(valeur: list, contenu: _Contenu, style: Morceau) -> tuple[Morceau, ...]:
    champ = dict(valeur[0][2]).get("champ")
    if champ is None:
        return _inlines(valeur[1], contenu, style)
    return tuple(
        replace(m, gras=m.gras or style.gras, italique=m.italique or style.italique) for m in contenu.field(champ)
    )


def _unsupported(genre: str, contenu: _Contenu) -> CtgError:
    return CtgError(
        f"Le gabarit contient un élément qui n'est pas pris en charge ({genre}).",
        contenu.nom,
        "Employer des titres, des paragraphes, des listes, du gras, de l'italique, des liens, des champs et des blocs.",
    )
