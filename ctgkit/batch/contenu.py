"""Ce qu'un carnet exécuté montre, bloc par bloc : textes, tableaux, figures avec leur tableau. Jamais son code."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import mistune
from markupsafe import Markup, escape

from ctgkit.batch.figures import MIME, draw_figure, figure_table, figure_title

_ACTIF = re.compile(r"<(script|iframe|object|embed)\b.*?</\1\s*>|<(?:link|meta|base)\b[^>]*>", re.S | re.I)
_HABILLAGE = re.compile(r'<style class="habillage">.*?</style>', re.S)  # le rapport a déjà cette feuille de style
# Sur le papier, rien ne se règle ni ne se choisit.
_CONTROLE = re.compile(r"<(label|select|textarea|button)\b[^>]*>.*?</\1>|<input\b[^>]*>", re.S)
_BOUTON_DE_TITRE = re.compile(r"(<th\b[^>]*>)\s*<button\b[^>]*>(.*?)</button>", re.S)
_BOUTON_DE_CARTE = re.compile(r'tabindex="0" role="button"')
_COIN_VIDE = re.compile(r"<th>\s*</th>")
_TITRE = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.S)
_NOMBRE_NUMPY = re.compile(r"\bnp\.\w+\(([^()]*)\)")


@dataclass(frozen=True)
class Bloc:
    """`genre` vaut texte, html, figure ou image ; `html` est le rendu complet du bloc."""

    genre: str
    html: Markup


def read_blocs(carnet: Mapping[str, Any]) -> list[Bloc]:
    """La présentation du carnet laisse la place au titre du rapport quand une vue en donne un."""
    par_cellule = [(cellule.get("id"), list(_cell(cellule))) for cellule in carnet["cells"]]
    titre = any("<h1" in b.html for _, blocs in par_cellule for b in blocs if b.genre == "html")
    return [b for id_, blocs in par_cellule if not (titre and id_ == "titre") for b in blocs]


def _cell(cellule: Mapping[str, Any]) -> Iterator[Bloc]:
    if cellule["cell_type"] == "markdown":
        yield Bloc("texte", Markup(_markdown()(cellule["source"])))
    elif "lot" not in cellule["metadata"].get("tags", []):
        yield from filter(None, map(_output, cellule.get("outputs", [])))


def first_title(blocs: Sequence[Bloc]) -> str:
    """Le premier grand titre du rapport, en texte nu."""
    trouve = next((t for b in blocs if (t := _TITRE.search(b.html))), None)
    return Markup(trouve[1]).striptags() if trouve else ""


def read_chiffres(carnet: Mapping[str, Any]) -> dict[str, Any]:
    """Les chiffres clés : le dictionnaire par lequel se termine la cellule d'export (étiquette `lot`)."""
    for cellule in carnet["cells"]:
        if "lot" not in cellule["metadata"].get("tags", []):
            continue
        for sortie in cellule.get("outputs", []):
            lu = _literal(sortie.get("data", {}).get("text/plain", ""))
            if isinstance(lu, dict):
                return {str(nom): valeur for nom, valeur in lu.items()}
    return {}


def _literal(texte: str) -> Any:
    try:
        return ast.literal_eval(_NOMBRE_NUMPY.sub(r"\1", texte))
    except (ValueError, SyntaxError):
        return None


def _output(sortie: Mapping[str, Any]) -> Bloc | None:
    if sortie["output_type"] == "stream":
        return _preformatted(sortie["text"]) if sortie["name"] == "stdout" else None
    donnees = sortie.get("data", {})
    lecteur = next((lire for mime, lire in _LECTEURS.items() if mime in donnees), None)
    return lecteur(donnees) if lecteur else None


def _plotly(donnees: Mapping[str, Any]) -> Bloc:
    brut = donnees[MIME]
    titre, (entetes, lignes) = figure_title(brut), figure_table(brut)
    tableau = Markup("<table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(
        f"Valeurs de la figure « {titre} »" if titre else "Valeurs de la figure",
        Markup("").join(Markup('<th scope="col">{}</th>').format(e) for e in entetes),
        Markup("").join(_row(ligne) for ligne in lignes),
    )
    legende = Markup("<figcaption>{}</figcaption>").format(titre) if titre else ""
    dessin = Markup(draw_figure(brut))
    return Bloc("figure", Markup('<figure class="graphe">{}{}{}</figure>').format(legende, dessin, tableau))


def _row(ligne: list[str]) -> Markup:
    premiere, *reste = ligne
    cases = Markup("").join(Markup('<td class="nb">{}</td>').format(c) for c in reste)
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(premiere, cases)


def _html(donnees: Mapping[str, Any]) -> Bloc:
    sans_titre_actif = _BOUTON_DE_TITRE.sub(r"\1\2", _ACTIF.sub("", _HABILLAGE.sub("", donnees["text/html"])))
    lisible = _COIN_VIDE.sub("<td></td>", _BOUTON_DE_CARTE.sub('role="img"', sans_titre_actif))
    return Bloc("html", Markup(_CONTROLE.sub("", lisible)))


def _svg(donnees: Mapping[str, Any]) -> Bloc:
    return Bloc("html", Markup(_ACTIF.sub("", donnees["image/svg+xml"])))


def _png(donnees: Mapping[str, Any]) -> Bloc:
    octets = donnees["image/png"].replace("\n", "")
    dit = escape(donnees.get("text/plain", "image"))
    return Bloc("image", Markup(f'<img src="data:image/png;base64,{escape(octets)}" alt="{dit}">'))


def _text(donnees: Mapping[str, Any]) -> Bloc | None:
    return _preformatted(donnees["text/plain"])


def _preformatted(texte: str) -> Bloc:
    return Bloc("texte", Markup('<pre tabindex="0">{}</pre>').format(texte.rstrip()))


_LECTEURS = {
    MIME: _plotly,
    "application/vnd.jupyter.widget-view+json": lambda _: None,
    "text/html": _html,
    "image/svg+xml": _svg,
    "image/png": _png,
    "text/markdown": lambda donnees: Bloc("texte", Markup(_markdown()(donnees["text/markdown"]))),
    "text/plain": _text,
}


@cache
def _markdown() -> mistune.Markdown:
    return mistune.create_markdown(escape=True, plugins=["table", "strikethrough", "footnotes"])
