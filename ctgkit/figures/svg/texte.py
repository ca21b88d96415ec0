"""Le pseudo-HTML de plotly en SVG : gras, couleur, taille, retours ; tout le reste est du texte, protégé."""

import html
import re
import textwrap
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from typing import Any

from ctgkit.figures.svg.lecture import color

ENCRE, CORPS, MINIMUM = "#1D2732", 14.0, 12.0
INTERLIGNE, HAUT_DE_LETTRE, HAUT_DE_LIGNE = 1.3, 0.36, 1.16
_BALISE = re.compile(r"(</?(?:b|strong|i|em|span|sub|sup|a|br)\b[^<>]*>)", re.IGNORECASE)
_NOM = re.compile(r"<(/?)(\w+)")
_TAILLE = re.compile(r"font-size:\s*([\d.]+)px")
_TEINTE = re.compile(r"(?<![-\w])color:\s*([^;'\"]+)")
_INTERDITS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class MorceauDeTexte:
    texte: str
    gras: bool = False
    taille: float = 0.0
    couleur: str = ""


def source(texte: Any) -> str:
    brut = texte.get("text", "") if isinstance(texte, Mapping) else texte
    return "" if brut is None else str(brut)


def plain(texte: Any) -> str:
    """Le texte sans le pseudo-HTML de plotly ; ce qui n'en est pas reste écrit tel quel."""
    return "\n".join("".join(m.texte for m in ligne) for ligne in parse(source(texte)))


@lru_cache(maxsize=2048)
def parse(texte: str) -> tuple[tuple[MorceauDeTexte, ...], ...]:
    """Les lignes d'un texte, chacune en morceaux de même style."""
    lignes: list[list[MorceauDeTexte]] = [[]]
    pile = [MorceauDeTexte("")]
    for partie in _BALISE.split(texte):
        if not (balise := _BALISE.fullmatch(partie) and _NOM.match(partie)):
            for rang, ligne in enumerate(_INTERDITS.sub("", html.unescape(partie)).split("\n")):
                lignes += [[]] * 0 if not rang else [[]]
                if ligne:
                    lignes[-1].append(replace(pile[-1], texte=ligne))
        elif balise[2].lower() == "br":
            lignes.append([])
        elif balise[1]:
            pile = pile[:-1] or pile
            pile = pile or [MorceauDeTexte("")]
        else:
            pile.append(_styled(pile[-1], balise[2].lower(), partie))
    return tuple(map(tuple, lignes))


def _styled(dessous: MorceauDeTexte, nom: str, balise: str) -> MorceauDeTexte:
    if nom in ("b", "strong"):
        return replace(dessous, gras=True)
    taille, teinte = _TAILLE.search(balise), _TEINTE.search(balise)
    return replace(
        dessous,
        taille=float(taille[1]) if taille else dessous.taille,
        couleur=color(teinte[1].strip()) if teinte else dessous.couleur,
    )


_LARGEURS = {
    signe: largeur
    for largeur, signes in (
        (0.2, "\u202f"),
        (0.222, "ijl|'’"),
        (0.278, " .,:;ftI/!\u00a0·"),
        (0.333, "r()-°"),
        (0.5, "ckszvxyJ\u2002"),
        (0.584, "+−=<>"),
        (0.611, "FTZ"),
        (0.667, "ABEKPSVXY&"),
        (0.722, "wCDHNRU"),
        (0.778, "GOQ"),
        (0.833, "mM"),
        (0.889, "%"),
        (0.944, "W"),
        (1.0, "…—"),
    )
    for signe in signes
}


@lru_cache(maxsize=4096)
def width(texte: str, taille: float = CORPS, gras: bool = False) -> float:
    """La largeur d'un texte en Arial ou en Liberation Sans, à quelques pour cent près."""
    lettres = unicodedata.normalize("NFD", texte)
    em = sum(_LARGEURS.get(x, 0.556) for x in lettres if not unicodedata.combining(x))
    return em * taille * (1.06 if gras else 1.0)


@dataclass(frozen=True)
class BlocDeTexte:
    """Un texte de plusieurs lignes, mesuré, prêt à poser."""

    lignes: tuple[tuple[MorceauDeTexte, ...], ...]
    taille: float = CORPS
    couleur: str = ENCRE
    gras: bool = False

    @classmethod
    def of(cls, texte: Any, police: Mapping[str, Any] | None = None, gras: bool = False) -> "BlocDeTexte":
        police = police or {}
        taille = max(float(police.get("size") or CORPS), MINIMUM)
        return cls(parse(source(texte)), taille, color(police.get("color"), ENCRE), gras)

    @property
    def largeur(self) -> float:
        largeurs = (sum(width(m.texte, m.taille or self.taille, m.gras or self.gras) for m in x) for x in self.lignes)
        return max(largeurs, default=0.0)

    @property
    def hauteur(self) -> float:
        return self.taille * (INTERLIGNE * (len(self.lignes) - 1) + HAUT_DE_LIGNE)

    def wrapped(self, large: float, lignes: int = 3) -> "BlocDeTexte":
        """Coupé à une largeur donnée ; les styles d'un texte coupé ne sont pas gardés."""
        if self.largeur <= large:
            return self
        lettres = max(int(large / (self.taille * 0.52)), 6)
        textes = ["".join(m.texte for m in ligne) for ligne in self.lignes]
        coupees = [morceau for texte in textes for morceau in (textwrap.wrap(texte, lettres) or [""])]
        if len(coupees) > lignes:
            coupees = [*coupees[: lignes - 1], f"{coupees[lignes - 1][: lettres - 1]}…"]
        return replace(self, lignes=tuple((MorceauDeTexte(t),) for t in coupees))

    def svg(self, x: float, haut: float, ancre: str = "start") -> str:
        """Posé sous `haut` ; `ancre` : start, middle ou end."""
        base = haut + self.taille * 0.95
        lignes = []
        for rang, morceaux in enumerate(self.lignes):
            y = base + rang * self.taille * INTERLIGNE
            lignes.append(self._line(morceaux, x, y, ancre))
        return "".join(lignes)

    def _line(self, morceaux: tuple[MorceauDeTexte, ...], x: float, y: float, ancre: str) -> str:
        if not morceaux:
            return ""
        style = f'x="{x:.1f}" y="{y:.1f}"' + (f' text-anchor="{ancre}"' if ancre != "start" else "")
        if len(morceaux) == 1:
            return f"<text {style}{self._style(morceaux[0])}>{escape(morceaux[0].texte)}</text>"
        dedans = "".join(f"<tspan{self._style(m)}>{escape(m.texte)}</tspan>" for m in morceaux)
        return f"<text {style}>{dedans}</text>"

    def _style(self, morceau: MorceauDeTexte) -> str:
        taille, couleur = max(morceau.taille or self.taille, MINIMUM), morceau.couleur or self.couleur
        style = f' font-size="{taille:g}"' if taille != CORPS else ""
        style += f' fill="{escape(couleur)}"' if couleur != ENCRE else ""
        return style + (' font-weight="700"' if morceau.gras or self.gras else "")
