"""Le texte d'un document reçu (txt, md, docx, odt, pdf), ligne à ligne : un tableau garde ses colonnes."""

import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ctgkit.documents.pandoc import run_pandoc
from ctgkit.errors import CtgError
from ctgkit.storage.fichiers import raw_bytes

TAILLE_MAX = 20_000_000
_LUS = "un texte (.txt, .md), un document Word ou LibreOffice (.docx, .odt), ou un PDF"
_PAGES_MAX = 500
_BLANC = re.compile(r" +")


def read_lignes(chemin: str) -> list[str]:
    """Les lignes d'un document ; CtgError en français quand il ne se lit pas."""
    try:
        octets = raw_bytes(chemin, TAILLE_MAX)
    except (OSError, ValueError) as cause:
        raise CtgError("Ce document ne se lit pas.", chemin, "Vérifier le chemin du fichier.") from cause
    if len(octets) > TAILLE_MAX:
        raise CtgError("Ce document dépasse 20 Mo.", chemin, "L'alléger, ou n'en garder que le texte.")
    lire = _LECTEURS.get(Path(chemin).suffix.lower(), _texte)
    try:
        return lire(octets)
    except _IllisibleError as cause:
        raise CtgError(str(cause), chemin, f"Attendu : {_LUS}.") from cause


class _IllisibleError(ValueError):
    """Pourquoi un document ne se lit pas, en français."""


def _texte(octets: bytes) -> list[str]:
    if b"\x00" in octets[:4096]:
        raise _IllisibleError("Ce document n'est pas un texte.")
    try:
        return octets.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return octets.decode("cp1252", errors="replace").splitlines()


def _bureautique(format_lu: str) -> Callable[[bytes], list[str]]:
    def lire(octets: bytes) -> list[str]:
        try:
            arbre = json.loads(run_pandoc(octets, "-f", format_lu, "-t", "json"))
        except CtgError as cause:
            raise _IllisibleError("Ce document est abîmé, ou n'est pas du format que son nom annonce.") from cause
        return list(_blocs(arbre["blocks"]))

    return lire


def _pdf(octets: bytes) -> list[str]:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        pages = PdfReader(io.BytesIO(octets)).pages
        textes = [page.extract_text(extraction_mode="layout") for page in pages[:_PAGES_MAX]]
    except (PyPdfError, ValueError, KeyError, RecursionError) as cause:
        raise _IllisibleError("Ce PDF est abîmé, ou protégé.") from cause
    if not any(x.strip() for x in textes):
        raise _IllisibleError("Ce PDF n'a pas de texte : ses pages sont des images.")
    lignes = [_colonnes(ligne.strip()) for texte in textes for ligne in (*texte.splitlines(), "")]
    # Un tableau a deux lignes au moins : un blanc large dans une ligne seule vient d'un mot en gras ou justifié.
    voisines = zip(["", *lignes], lignes, [*lignes[1:], ""], strict=False)
    return [x if "\t" in avant or "\t" in apres else x.replace("\t", " ") for avant, x, apres in voisines]


def _colonnes(ligne: str) -> str:
    """Une ligne de PDF ; un blanc bien plus large que les autres y sépare deux colonnes, non deux mots justifiés."""
    blancs = [len(x) for x in _BLANC.findall(ligne)]
    large = 3 if min(blancs, default=1) >= 3 else 2 * min(blancs, default=1) + 2
    return _BLANC.sub(lambda m: "\t" if len(m.group()) >= large else " ", ligne)


_LECTEURS: dict[str, Callable[[bytes], list[str]]] = {
    ".docx": _bureautique("docx"),
    ".odt": _bureautique("odt"),
    ".pdf": _pdf,
}

_LISTES = ("BulletList", "OrderedList")


def _blocs(blocs: Sequence[dict[str, Any]], retrait: str = "") -> Iterator[str]:
    """Un paragraphe par ligne, une ligne vide entre deux blocs, un retrait par rang de liste."""
    for bloc in blocs:
        genre, contenu = bloc["t"], bloc.get("c")
        if genre in ("Para", "Plain"):
            yield from (f"{retrait}{x}" for x in _inline(contenu).split("\n"))
        elif genre == "Header":
            yield from ("", _inline(contenu[2]))
        elif genre in _LISTES:
            yield from _liste(contenu if genre == "BulletList" else contenu[1], genre, retrait)
        elif genre == "Table":
            yield from _table(contenu)
        elif genre in ("BlockQuote", "Div", "Figure"):
            yield from _blocs(contenu if genre == "BlockQuote" else contenu[-1], retrait)
        elif genre == "CodeBlock":
            yield from contenu[1].splitlines()
        elif genre == "LineBlock":
            yield from map(_inline, contenu)
        elif genre == "DefinitionList":
            for terme, definitions in contenu:
                yield _inline(terme)
                yield from (x for d in definitions for x in _blocs(d, retrait))
        if genre != "Plain" and genre not in _LISTES:
            yield ""


def _liste(elements: Sequence[Any], genre: str, retrait: str) -> Iterator[str]:
    for rang, element in enumerate(elements, 1):
        premiere, *suite = [x for x in _blocs(element, f"{retrait} ") if x.strip()] or [""]
        puce = "-" if genre == "BulletList" else f"{rang}."
        yield f"{retrait}{puce} {premiere.strip()}"
        yield from suite
    if not retrait:
        yield ""


def _table(contenu: Sequence[Any]) -> Iterator[str]:
    _, _, _, tete, corps, pied = contenu
    rangs = [*tete[1], *(r for c in corps for r in (*c[2], *c[3])), *pied[1]]
    for _, cellules in rangs:
        # Une cellule qui couvre plusieurs colonnes laisse les suivantes vides.
        textes = [[" ".join(x for x in _blocs(c[4]) if x.strip()), *[""] * (c[3] - 1)] for c in cellules]
        yield "\t".join(t for groupe in textes for t in groupe)


_ESPACES = {"Space": " ", "SoftBreak": " ", "LineBreak": "\n"}
_ENVELOPPES = {"Span": 1, "Link": 1, "Cite": 1}


def _inline(noeuds: Sequence[dict[str, Any]]) -> str:
    """Le texte d'un paragraphe, sans mise en forme, image ni note."""
    return "".join(map(_mot, noeuds))


def _mot(noeud: dict[str, Any]) -> str:
    genre, contenu = noeud["t"], noeud.get("c")
    if genre in _ESPACES:
        return _ESPACES[genre]
    if genre == "Str":
        return contenu
    if genre in ("Code", "Math"):
        return contenu[1]
    if genre == "Quoted":
        return f"« {_inline(contenu[1])} »"
    if genre in _ENVELOPPES:
        return _inline(contenu[_ENVELOPPES[genre]])
    return _inline(contenu) if genre in _MISES_EN_FORME else ""


_MISES_EN_FORME = ("Emph", "Strong", "Underline", "Strikeout", "Superscript", "Subscript", "SmallCaps")
