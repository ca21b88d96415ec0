"""Le gabarit « atelier » : palette, caractères, réglages de plotly, et de quoi ébaucher une figure d'un seul trait."""

import html
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import plotly.graph_objects as go

from ctgkit.formats import FINE, MOIS, nombre
from ctgkit.fourchette import Fourchette
from ctgkit.texte import apostrophes

ENCRE, ENCRE_2, BESOIN, OFFRE, NEUTRE = "#1D2732", "#4C5763", "#AF3D1B", "#12617B", "#636973"
FEUILLE, CREME, FILET, TRAIT_MARGE, BLANC = "#FFFDF8", "#F8F2E7", "#DACFBC", "#D08E78", "#FFFFFF"
POLICE = "'Atelier Sans', 'Liberation Sans', Arial, sans-serif"
# Couleur et forme de chaque rôle : la forme redouble toujours la couleur.
ROLES = {
    "besoin": (BESOIN, "circle"),
    "offre": (OFFRE, "square"),
    "contexte": (ENCRE_2, "diamond"),
    "repère": (NEUTRE, "line-ns"),
}
MOIS_COURTS = ("janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
CORPS, PETIT = 14, 12
# La largeur pour laquelle une figure est pensée, et celle de sa forme compacte, sur un téléphone.
LARGEUR, ETROITE = 760, 342

_AXE = {
    "showgrid": False,
    "zeroline": False,
    "showline": True,
    "linecolor": ENCRE,
    "tickcolor": ENCRE_2,
    "ticklen": 5,
    "tickfont": {"size": 13, "color": ENCRE_2},
    "fixedrange": True,
}
_POLICE = {"family": POLICE, "size": CORPS, "color": ENCRE}
_INVISIBLE = "rgba(0,0,0,0)"
MISE = {
    "font": _POLICE,
    "separators": f",{FINE}",
    "paper_bgcolor": FEUILLE,
    "plot_bgcolor": FEUILLE,
    "margin": {"l": 0, "r": 0, "t": 8, "b": 8},
    "colorway": [OFFRE, BESOIN, ENCRE_2, NEUTRE],
    "xaxis": _AXE,
    "yaxis": _AXE,
    "hovermode": "closest",
    "dragmode": False,
    "showlegend": False,
    "hoverlabel": {"bgcolor": BLANC, "bordercolor": ENCRE, "align": "left", "namelength": -1, "font": _POLICE},
    "legend": {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "yanchor": "top",
        "font": {"size": CORPS},
        "itemclick": False,
        "itemdoubleclick": False,
        "bgcolor": _INVISIBLE,
    },
    "modebar": {"bgcolor": _INVISIBLE, "color": ENCRE_2, "activecolor": ENCRE, "orientation": "h"},
}
_FRANCAIS = {
    "dictionary": {
        "Reset axes": "Voir tout",
        "Autoscale": "Voir tout",
        "Zoom in": "Agrandir",
        "Zoom out": "Réduire",
        "Download plot as a PNG": "Enregistrer l’image (PNG)",
        "Taking snapshot - this may take a few seconds": "L’image se prépare",
        "Snapshot succeeded": "Image enregistrée",
        "Sorry, there was a problem downloading your snapshot!": "L’image n’a pas pu être enregistrée.",
    },
    "format": {
        "decimal": ",",
        "thousands": FINE,
        "grouping": [3],
        "currency": ["", f"{FINE}€"],
        "date": "%d/%m/%Y",
        "months": MOIS,
        "shortMonths": MOIS_COURTS,
    },
}


@cache
def template() -> go.layout.Template:
    """Le gabarit que chaque figure porte avec elle."""
    return go.layout.Template(layout=MISE)


def config(nom: str = "figure", loupe: bool = False) -> dict[str, Any]:
    """Ce que reçoit `Plotly.newPlot` : sans logo, rien d'envoyé, le français porté avec la figure."""
    return {
        "displaylogo": False,
        "showSendToCloud": False,
        "displayModeBar": "hover" if loupe else False,
        "modeBarButtons": [["zoomIn2d", "zoomOut2d", "resetScale2d"]],
        "responsive": True,
        "doubleClick": "reset" if loupe else False,
        "scrollZoom": False,
        "locale": "fr",
        "locales": {"fr": _FRANCAIS},
        "toImageButtonOptions": {"filename": nom, "format": "png", "scale": 2},
    }


class Figure(go.Figure):
    """Une figure plotly ordinaire, qui porte ses réglages partout où elle s'affiche : JupyterLab, Voilà, un fichier."""

    def _reglages(self) -> dict[str, Any]:
        recit = {"nom": "figure", "loupe": False, **(self.layout.meta or {})}
        boutons = [["toImage"], *([["zoomIn2d", "zoomOut2d", "resetScale2d"]] if recit["loupe"] else [])]
        return {**config(recit["nom"], recit["loupe"]), "displayModeBar": "hover", "modeBarButtons": boutons}

    def show(self, *args: Any, **reglages: Any) -> None:
        super().show(*args, **{"config": self._reglages(), **reglages})

    def _ipython_display_(self) -> None:
        self.show()

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None, validate: bool = True, **reglages: Any
    ) -> Any:
        return super()._repr_mimebundle_(include, exclude, validate, **{"config": self._reglages(), **reglages})

    def to_html(self, *args: Any, **reglages: Any) -> str:
        return super().to_html(*args, **({} if args else {"config": self._reglages()}) | reglages)

    def write_html(self, *args: Any, **reglages: Any) -> None:
        super().write_html(*args, **({} if args[1:] else {"config": self._reglages()}) | reglages)


def bulle(titre: str, *lignes: str) -> str:
    """Le texte d'un survol ; plotly ne laisse aucun blanc sur les côtés, les espaces sont les nôtres."""
    return "<br>".join(f"\u2002{ligne}\u2002" for ligne in (f"<b>{titre}</b>", *filter(None, lignes)))


def dit(texte: str) -> str:
    """Ce que plotly n'ajoute pas à une bulle : le nom de la série."""
    return f"{texte}<extra></extra>"


def sur(texte: Any) -> str:
    """Un texte venu d'un fichier : ni balise, ni gabarit `%{…}` de plotly, ni saut de ligne."""
    propre = re.sub(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]", " ", str(texte))
    return html.escape(propre, quote=False).replace("{", "&#123;")


def petit(texte: str, couleur: str = ENCRE_2, taille: int = PETIT) -> str:
    return f"<span style='font-size:{taille}px;color:{couleur}'>{texte}</span>"


def plein(couleur: str, bord: str = "", large: float = 1.5) -> dict[str, Any]:
    """La marque d'une barre pleine."""
    return {"color": couleur, "line": {"color": bord or couleur, "width": large}}


def hachures(couleur: str, fond: str = FEUILLE, taille: int = 8) -> dict[str, Any]:
    """Le motif de l'incertain, à 45 degrés, dans la couleur du rôle."""
    return {"shape": "/", "fgcolor": couleur, "bgcolor": fond, "size": taille, "solidity": 0.3}


def hachure(couleur: str, fond: str = FEUILLE) -> dict[str, Any]:
    """La marque d'une barre hachurée : ce qui n'est pas sûr."""
    return plein(fond, couleur) | {"pattern": hachures(couleur, fond)}


def known(valeur: Any) -> bool:
    """Une valeur écrite et finie ; ni vide, ni NaN, ni infinie."""
    return isinstance(valeur, int | float) and math.isfinite(valeur)


def finite(valeur: Any) -> float | None:
    return float(valeur) if known(valeur) else None


def records(table: Any) -> list[dict[str, Any]]:
    """Les lignes d'un DataFrame, ou d'une suite de dictionnaires ; les nombres y sont ceux de Python."""
    lignes = table.to_dict("records") if hasattr(table, "to_dict") else [dict(ligne) for ligne in table]
    return [{str(c): v.item() if hasattr(v, "item") else v for c, v in ligne.items()} for ligne in lignes]


def nice_step(etendue: float, combien: int = 5) -> float:
    """Un pas rond (1, 2 ou 5 fois une puissance de dix) qui coupe l'étendue en `combien` parts au plus."""
    vise = max(abs(etendue), 1e-9) / max(combien, 1)
    ordre = 10.0 ** math.floor(math.log10(vise))
    return next(k * ordre for k in (1, 2, 5, 10) if k * ordre >= vise * 0.999)


def graduations(bas: float, haut: float, combien: int = 5) -> list[float]:
    """Les repères ronds d'un axe, tous entre ses deux bouts."""
    pas = nice_step(haut - bas, combien)
    premier, dernier = math.ceil(bas / pas - 1e-9), math.floor(haut / pas + 1e-9)
    return [round(rang * pas, 9) for rang in range(premier, dernier + 1)]


def written(valeurs: Sequence[float], suffixe: str = "", signe: bool = False) -> list[str]:
    """Les repères d'un axe en français, tous avec le même nombre de décimales."""
    decimales = next((d for d in range(4) if all(abs(v - round(v, d)) < 1e-9 for v in valeurs)), 4)
    return [f"{nombre(v, decimales, signe)}{suffixe}" for v in valeurs]


def axis_ticks(bas: float, haut: float, combien: int = 5, suffixe: str = "", signe: bool = False) -> dict[str, Any]:
    """Ce que plotly attend pour des repères choisis par nous : les valeurs et leurs textes."""
    valeurs = graduations(bas, haut, combien)
    return {"tickvals": valeurs, "ticktext": written(valeurs, suffixe, signe)}


def wrapped(texte: str, combien: int, lignes: int = 2) -> list[str]:
    coupees: list[str] = [""]
    for mot in str(texte).split():
        essai = f"{coupees[-1]} {mot}".strip()
        if len(essai) <= combien or not coupees[-1]:
            coupees[-1] = essai
        else:
            coupees.append(mot)
    if len(coupees) > lignes:
        coupees = [*coupees[: lignes - 1], f"{coupees[lignes - 1][: combien - 1].rstrip()}…"]
    return [ligne if len(ligne) <= combien + 6 else f"{ligne[: combien + 5]}…" for ligne in coupees]


# Ce qu'une figure dit ; le reste (un code, une adresse, une police) ne change pas.
_DITS = frozenset(("text", "hovertext", "hovertemplate", "texttemplate", "ticktext", "name", "title"))


def _typeset(piece: Any, dite: bool = False) -> Any:
    """Une seule sorte d'apostrophe dans tout ce que la figure dit."""
    if isinstance(piece, str):
        return apostrophes(piece) if dite else piece
    if isinstance(piece, dict):
        return {cle: _typeset(valeur, dite or cle in _DITS) for cle, valeur in piece.items()}
    return [_typeset(valeur, dite) for valeur in piece] if isinstance(piece, list | tuple) else piece


@dataclass(frozen=True)
class Recit:
    """Ce qui accompagne un dessin : sa phrase, sa description, le tableau qui est derrière, ce qu'un clic désigne."""

    phrase: str
    colonnes: Sequence[str] = ()
    lignes: Sequence[Sequence[Any]] = ()
    description: str = ""
    nom: str = "figure"
    choix: str = ""
    loupe: bool = False
    largeur: int = LARGEUR

    @property
    def meta(self) -> dict[str, Any]:
        """Ce que la figure emporte : du texte et des nombres, jamais NaN."""
        lignes = [[None if isinstance(v, float) and not math.isfinite(v) else v for v in x] for x in self.lignes]
        return {
            "phrase": apostrophes(self.phrase),
            "description": apostrophes(self.description or self.phrase),
            "table": _typeset({"colonnes": list(self.colonnes), "lignes": lignes}, dite=True),
            "nom": self.nom,
            "choix": self.choix,
            "loupe": self.loupe,
            "largeur": self.largeur,
        }


@dataclass
class Ebauche:
    """Une figure en préparation : tout est rassemblé, puis vérifié une seule fois par plotly."""

    traces: list[dict[str, Any]] = field(default_factory=list)
    mots: list[dict[str, Any]] = field(default_factory=list)
    formes: list[dict[str, Any]] = field(default_factory=list)

    def bars(self, **trace: Any) -> None:
        self.traces.append({"type": "bar", **trace})

    def points(self, **trace: Any) -> None:
        self.traces.append({"type": "scatter", "cliponaxis": False, **trace})

    def word(self, x: Any, y: Any, texte: str, ancre: str = "left", refs: str = "paper y", **autres: Any) -> None:
        """Un texte posé ; `refs` : les deux repères, « x y », « paper y », « x y domain »."""
        xref, _, yref = refs.partition(" ")
        place = {"x": x, "y": y, "xref": xref, "yref": yref, "xanchor": ancre, "align": ancre}
        self.mots.append({**place, "text": texte, "showarrow": False, "borderpad": 0, **autres})

    def line(
        self, coins: Iterable[Any], couleur: str = FILET, large: float = 1, refs: str = "x y", **autres: Any
    ) -> None:
        """Un trait d'un coin à l'autre : (x0, y0, x1, y1)."""
        self._shape("line", coins, refs, {"line": {"color": couleur, "width": large}, **autres})

    def band(self, coins: Iterable[Any], couleur: str = CREME, refs: str = "x y") -> None:
        """Un fond posé sous les marques."""
        self._shape("rect", coins, refs, {"fillcolor": couleur, "line": {"width": 0}})

    def _shape(self, genre: str, coins: Iterable[Any], refs: str, autres: Mapping[str, Any]) -> None:
        (x0, y0, x1, y1), (xref, _, yref) = coins, refs.partition(" ")
        place = {"x0": x0, "x1": x1, "y0": y0, "y1": y1, "xref": xref, "yref": yref}
        self.formes.append({"type": genre, **place, "layer": "below", **autres})

    def chevron(self, x: Any, y: Any, couleur: str, vers: str = "haut") -> None:
        """Rien ne borne ce côté : une pointe de taille fixe, juste au-delà de la barre."""
        self.formes.append(
            {
                "type": "path",
                "path": CHEVRONS[vers],
                "xsizemode": "pixel",
                "ysizemode": "pixel",
                "xanchor": x,
                "yanchor": y,
                "xref": "x",
                "yref": "y",
                "line": {"color": couleur, "width": 2.5},
            }
        )

    def figure(self, recit: Recit, **mise: Any) -> go.Figure:
        """La figure et son récit, dans le gabarit."""
        layout = {"template": template(), "meta": recit.meta, "annotations": self.mots, "shapes": self.formes, **mise}
        return Figure({"data": _typeset(self.traces), "layout": _typeset(layout)})


# En pixels, y vers le haut : à partir du bout de la barre.
CHEVRONS = {
    "haut": "M-8,6L0,14L8,6",
    "bas": "M-8,-6L0,-14L8,-6",
    "droite": "M6,8L14,0L6,-8",
    "gauche": "M-6,8L-14,0L-6,-8",
}


def empty(recit: Recit, phrase: str, hauteur: int = 90) -> go.Figure:
    """Rien à dessiner : une phrase, pas des axes vides."""
    ebauche = Ebauche()
    ebauche.word(0, 0.5, petit(sur(phrase), taille=CORPS), refs="paper paper", yanchor="middle")
    cache = {"visible": False, "range": [0, 1]}
    return ebauche.figure(recit, height=hauteur, xaxis=cache, yaxis=cache)


def between(bas: float | None, haut: float | None, suffixe: str = f"{FINE}€", connu: float | None = None) -> str:
    """« de 26 000 à 36 000 € », « 26 000 € ou plus », « inconnu » : ce que la bulle dit d'une fourchette."""
    if not known(bas) and not known(haut):
        return "inconnu"
    montant = to_fourchette(bas, haut, connu)
    return "de " * (known(bas) and not montant.unique) + montant.short(unite=suffixe)


def to_fourchette(bas: float | None, haut: float | None, connu: float | None = None) -> Fourchette:
    """Les bornes d'une ligne de table ; une case vide ne borne rien."""
    return Fourchette(bas if known(bas) else -math.inf, haut if known(haut) else math.inf, connu or math.nan)


def in_bars(bas: float, haut: float) -> tuple[float, float]:
    """Ce qui se peint en plein : de zéro à la borne la plus proche ; rien quand l'écart peut être des deux côtés."""
    return (min(0.0, haut), max(0.0, bas)) if bas * haut >= 0 else (0.0, 0.0)


def value_text(ligne: Mapping[str, Any]) -> str:
    """La valeur comme la table l'écrit, sinon avec une décimale."""
    return str(ligne.get("texte") or nombre(ligne["valeur"], 1))
