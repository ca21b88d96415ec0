"""Un gabarit Markdown rempli sans que le texte des personnes ne soit jamais relu comme du Markdown.

`[Nom du territoire]{champ=nom}` est remplacé par un texte, `::: {bloc=tableau}` … `:::` par des blocs,
et `::: {si=questions}` … `:::` n'est gardé que si ce champ ou ce bloc n'est pas vide.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ctgkit.documents.modele import Bloc, Document, Liste, Morceau, Paragraphe, SautDePage, Section, Texte
from ctgkit.documents.pandoc import GABARITS, run_pandoc
from ctgkit.documents.typographie import flat
from ctgkit.errors import CtgError, did_you_mean

_LECTURE = "markdown-smart-raw_html-raw_tex-raw_attribute-tex_math_dollars-citations-example_lists"
_TONS = ("chapeau", "note", "alerte")


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
        raise CtgError(
            f"Le gabarit demande un {sorte} inconnu : « {cle} »{', ' * bool(did_you_mean(cle, connus))}"
            f"{did_you_mean(cle, connus)}", self.nom, f"Noms possibles : {', '.join(sorted(connus))}.",
        )  # fmt: skip


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
def _parse(texte: str) -> bytes:
    return run_pandoc(texte.encode(), "-f", _LECTURE, "-t", "json")


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
        return [Paragraphe(_inlines(valeur, contenu))]
    if genre == "HorizontalRule":
        return [SautDePage()]
    if genre in ("BulletList", "OrderedList"):
        items = valeur if genre == "BulletList" else valeur[1]
        return [Liste(tuple(_inlines(i[0]["c"], contenu) for i in items if i), genre == "OrderedList")]
    if genre == "Div":
        return _division(valeur, contenu)
    raise _unsupported(genre, contenu)


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
        else:
            raise _unsupported(genre, contenu)
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
        f"Le gabarit contient un élément qui n'est pas pris en charge ({genre}).", contenu.nom,
        "Employer des titres, des paragraphes, des listes, du gras, de l'italique, des liens, des champs et des blocs.",
    )  # fmt: skip
