"""Le rapport relu dans son HTML et redit en document : sections, paragraphes, tableaux, dessins.

Ainsi Word, PDF et classeur sont rendus par la pièce `documents`, comme tout ce que l'atelier imprime.
"""

import base64
import re
from collections.abc import Sequence
from functools import cache
from html import unescape
from html.parser import HTMLParser

from ctgkit.batch.contenu import Bloc
from ctgkit.batch.page import Pied, stylesheets
from ctgkit.documents import Champs, Colonne, Document, Figure, Image, Liste, Paragraphe, Section, Tableau

_SVG = re.compile(r"<svg\b.*?</svg>", re.S)
_VARIABLE = re.compile(r"var\((--[\w-]+)\)")
_TEXTES = ("p", "li", "dt", "dd", "caption", "td", "th", "figcaption", "summary", "pre", "h1", "h2", "h3", "h4")
_BLOCS = (*_TEXTES, "div", "section", "ul", "ol", "dl", "table", "figure", "details", "article", "aside", "blockquote")


def read_document(blocs: Sequence[Bloc], titre: str, pied: Pied) -> Document:
    dessins: list[str] = []
    html = _SVG.sub(lambda trouve: f'<svg rang="{dessins.append(trouve[0]) or len(dessins) - 1}"></svg>',
                    "".join(b.html for b in blocs))  # fmt: skip
    lecteur = _Reader(titre, dessins)
    lecteur.feed(html)
    lecteur.close()
    parametres = "".join(f", {nom} = {valeur}" for nom, valeur in pied.parametres.items())
    return Document(
        titre=titre, blocs=lecteur.racine, auteur="Atelier CTG",
        pied=f"{pied.carnet}{parametres}. Atelier CTG {pied.version}, empreinte {pied.empreinte}.",
    )  # fmt: skip


class _Reader(HTMLParser):
    """Le texte s'accumule jusqu'à la fin du bloc qui le porte ; un tableau se remplit case par case."""

    def __init__(self, titre: str, dessins: Sequence[str]) -> None:
        super().__init__()
        self.titre, self.dessins = titre, dessins
        self.racine: list = []
        self.ici, self.texte, self.terme = self.racine, "", ""
        self.items: list[str] | None = None
        self.tableau: _Table | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        valeurs = {nom: valeur or "" for nom, valeur in attrs}
        if tag in _BLOCS and not (self.tableau and tag in ("p", "div", "ul", "li")):
            self._flush()
        if tag == "table":
            self.tableau = _Table()
        elif tag == "tr" and self.tableau:
            self.tableau.lignes.append([])
        elif tag == "thead" and self.tableau:
            self.tableau.a_entete = True
        elif tag in ("ul", "ol") and not self.tableau:
            self.items = []
        elif tag == "br":
            self.texte += "\n"
        elif tag == "svg" and not self.tableau:
            self._add(_figure(self.dessins[int(valeurs["rang"])]))
        elif tag == "img" and valeurs.get("src", "").startswith("data:image/png;base64,"):
            octets = base64.b64decode(valeurs["src"].partition(",")[2])
            self._add(Image(octets, valeurs.get("alt") or "image", 15.0))
        self.etendue = int(valeurs.get("colspan") or 1) if valeurs.get("colspan", "1").isdigit() else 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self.tableau and self.tableau.lignes:
            self.tableau.lignes[-1] += [self._take(), *[""] * (self.etendue - 1)]
        elif tag == "caption" and self.tableau:
            self.tableau.titre = self._take()
        elif tag == "table" and self.tableau:
            tableau, self.tableau = self.tableau.as_block(), None
            if tableau:
                self._add(tableau)
        elif tag == "li" and self.items is not None:
            self.items.append(self._take())
        elif tag in ("ul", "ol") and self.items is not None:
            liste, self.items = tuple(filter(None, self.items)), None
            if liste:
                self._add(Liste(liste))
        elif tag == "dt":
            self.terme = self._take()
        elif tag == "dd":
            self._field(self._take())
        elif tag in ("h1", "h2", "h3", "h4"):
            self._section(int(tag[1]), self._take())
        elif tag in ("span", "b", "strong", "small", "a"):
            self.texte += " "  # la page les écarte par son style
        elif tag in _BLOCS and not self.tableau:
            self._flush()

    def handle_data(self, data: str) -> None:
        self.texte += data

    def close(self) -> None:
        super().close()
        self._flush()

    def _take(self) -> str:
        texte, self.texte = " ".join(re.split(r"[ \t\r\n\f\v]+", self.texte)).strip(), ""
        return re.sub(r" ([,.)])", r"\1", texte)

    def _flush(self) -> None:
        texte = self._take()
        if texte:
            self._add(Paragraphe(texte))

    def _add(self, bloc: object) -> None:
        self.ici.append(bloc)

    def _field(self, valeur: str) -> None:
        precedent = self.ici[-1] if self.ici and isinstance(self.ici[-1], Champs) else None
        couples = (*(precedent.couples if precedent else ()), (self.terme, valeur))
        if precedent:
            self.ici.pop()
        self._add(Champs(couples))

    def _section(self, niveau: int, titre: str) -> None:
        """Deux niveaux de sections : les h1 et h2, puis les h3 ; le titre du document n'est pas répété."""
        if not titre or titre == self.titre:
            return
        parent = self.racine
        if niveau > 2 and self.racine and isinstance(self.racine[-1], Section):
            parent = self.racine[-1].blocs
        section = Section(titre, [])
        parent.append(section)
        self.ici = section.blocs


class _Table:
    def __init__(self) -> None:
        self.titre, self.lignes, self.a_entete = "", [], False

    def as_block(self) -> Tableau | None:
        lignes = [ligne for ligne in self.lignes if any(ligne)]
        if not lignes:
            return None
        large = max(map(len, lignes))
        egales = [(*ligne, *[""] * (large - len(ligne))) for ligne in lignes]
        entete = egales.pop(0) if self.a_entete else ("",) * large
        return Tableau(tuple(Colonne(libelle) for libelle in entete), tuple(egales), self.titre)


def _figure(svg: str) -> Figure:
    dit = re.search(r'aria-label="([^"]*)"|<title>(.*?)</title>', svg)
    return Figure(_alone(svg), unescape((dit[1] or dit[2]) if dit else "dessin"))


def _alone(svg: str) -> str:
    """Un dessin qui se suffit : espace de noms, taille, et les styles que la page lui donnait."""
    attributs, reste = svg[4:].split(">", 1)
    cadre = re.search(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"', attributs)
    taille = f' width="{cadre[1]}" height="{cadre[2]}"' if cadre and "width=" not in attributs else ""
    espace = "" if "xmlns=" in attributs else ' xmlns="http://www.w3.org/2000/svg"'
    dedans, _ = reste.rsplit("</svg>", 1)
    carte = ' class="carte"' if "data-commune" in dedans else ""
    return f"<svg{espace}{taille}{attributs}><style>{_svg_style()}</style><g{carte}>{dedans}</g></svg>"


@cache
def _svg_style() -> str:
    """Les règles qui peignent les dessins, leurs variables remplacées : un dessin seul n'a pas de page autour."""
    texte = re.sub(r"/\*.*?\*/", "", stylesheets(), flags=re.S)
    variables = dict(re.findall(r"(--[\w-]+):\s*([^;{}]+);", texte))
    regles = re.findall(r"([^{}@]+)\{([^{}]*\b(?:fill|stroke|font-size|text-anchor|font-weight)\b[^{}]*)\}", texte)
    return "".join(f"{s.strip()}{{{_VARIABLE.sub(lambda m: variables.get(m[1], '#000'), r)}}}" for s, r in regles)
