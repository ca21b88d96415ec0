"""Une figure plotly (son dictionnaire) lue pour l'impression : séries, axes, formes et annotations, en clair."""

import base64
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from ctgkit.errors import CtgError

PALETTE = ("#12617B", "#AF3D1B", "#1D2732", "#636973", "#6A4A9C", "#857A68")
DESSINEES = ("bar", "scatter", "scattergl")
_COULEUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]+|(rgb|hsl)a?\([\d.,%\s]+\)")
_BALISE = re.compile(r"</?(b|i|em|strong|span|sub|sup|a)\b[^>]*>", re.IGNORECASE)


@dataclass(frozen=True)
class Axe:
    titre: str = ""
    genre: str = ""
    reperes: tuple[Any, ...] = ()
    textes: tuple[str, ...] = ()
    bornes: tuple[Any, ...] = ()
    inverse: bool = False
    visible: bool = True
    suffixe: str = ""
    lie: bool = False


@dataclass(frozen=True)
class Trace:
    """Une série. `couleurs` et `motifs` valent point par point pour les barres."""

    nom: str
    genre: str
    x: tuple[Any, ...]
    y: tuple[Any, ...]
    couleurs: tuple[str, ...]
    motifs: tuple[str, ...]
    textes: tuple[str, ...]
    base: tuple[float, ...]
    opacite: float = 1.0
    couchee: bool = False
    trait: bool = True
    points: bool = True
    ecrit: bool = False
    fond: str = ""
    couleur_fond: str = ""
    motif_fond: str = ""
    couleur_motif: str = ""
    tiret: str = ""
    epaisseur: float = 2.0
    symbole: str = "circle"
    taille: float = 8.0
    legende: bool = True


@dataclass(frozen=True)
class Dessin:
    """Tout ce qu'il faut pour dessiner une figure."""

    titre: str
    axe_x: Axe
    axe_y: Axe
    mode: str
    traces: tuple[Trace, ...]
    formes: tuple[Mapping[str, Any], ...]
    notes: tuple[Mapping[str, Any], ...]


def read_figure(figure: Any) -> Dessin:
    """Une `go.Figure`, ou le dictionnaire qu'un carnet enregistre."""
    brut = figure.to_plotly_json() if hasattr(figure, "to_plotly_json") else figure
    mise = dict(brut.get("layout") or {})
    modele = dict((mise.get("template") or {}).get("layout") or {})
    couleurs = mise.get("colorway") or _house(modele.get("colorway")) or PALETTE
    traces = tuple(_trace(t, couleurs[i % len(couleurs)]) for i, t in enumerate(brut.get("data") or ()))
    return Dessin(
        titre=plain(mise.get("title")),
        axe_x=_axis(mise.get("xaxis") or {}),
        axe_y=_axis(mise.get("yaxis") or {}),
        mode=str(mise.get("barmode") or "group"),
        traces=traces,
        formes=tuple(mise.get("shapes") or ()),
        notes=tuple(mise.get("annotations") or ()),
    )


def _house(couleurs: Any) -> Any:
    """Les couleurs d'un gabarit choisi ; celles que plotly met de lui-même laissent la place aux nôtres."""
    return None if not couleurs or str(couleurs[0]).lower() == "#636efa" else couleurs


def plain(texte: Any) -> str:
    """Le texte sans le pseudo-HTML de plotly ; ce qui n'en est pas reste écrit tel quel."""
    brut = texte.get("text", "") if isinstance(texte, Mapping) else texte
    ecrit = re.sub(r"<br\s*/?>", "\n", str("" if brut is None else brut), flags=re.IGNORECASE)
    propre = html.unescape(_BALISE.sub("", ecrit))
    return re.sub("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]", "", propre)


def values(brut: Any) -> tuple[Any, ...]:
    """Une liste, un tableau numpy, ou le tableau compact (`dtype`, `bdata`) que plotly écrit ; vide devient None."""
    if isinstance(brut, Mapping) and "bdata" in brut:
        brut = np.frombuffer(base64.b64decode(brut["bdata"]), dtype=brut["dtype"])
    return tuple(_one(v) for v in (brut if brut is not None else ()))


def _one(valeur: Any) -> Any:
    valeur = valeur.item() if hasattr(valeur, "item") else valeur
    if isinstance(valeur, datetime | date):
        return valeur.isoformat()[:10]
    if isinstance(valeur, str):
        return plain(valeur)
    return None if isinstance(valeur, float) and not np.isfinite(valeur) else valeur


def _trace(brut: Mapping[str, Any], couleur: str) -> Trace:
    genre = str(brut.get("type") or "scatter")
    if genre not in DESSINEES:
        raise CtgError(
            f"Ce graphique ne s'imprime pas encore : type « {genre} ».", plain(brut.get("name")),
            "Le donner en tableau, ou le tracer en barres, en lignes ou en contours fermés.",
        )  # fmt: skip
    marque, ligne = brut.get("marker") or {}, brut.get("line") or {}
    x, y = values(brut.get("x")), values(brut.get("y"))
    nombre, mode = max(len(x), len(y)), str(brut.get("mode") or "lines+markers")
    ordre = tuple(range(nombre))
    franche = ligne.get("color") or brut.get("fillcolor") if genre != "bar" else None
    textes, hachure = brut.get("text"), (marque.get("pattern") if genre == "bar" else brut.get("fillpattern")) or {}
    return Trace(
        nom=plain(brut.get("name")), genre="bar" if genre == "bar" else "scatter", x=x or ordre, y=y or ordre,
        couleurs=_each(color(marque.get("color")), nombre, color(franche) or couleur),
        motifs=_each(hachure.get("shape") if genre == "bar" else None, nombre, ""),
        textes=tuple(map(plain, _each(textes, nombre, ""))),
        base=tuple(float(b or 0) for b in _each(brut.get("base"), nombre, 0)),
        opacite=_opacity(brut, marque),
        couchee=brut.get("orientation") == "h", trait="lines" in mode, points="markers" in mode,
        ecrit=bool(textes) and (genre == "bar" or "text" in mode),
        fond=str(brut.get("fill") or "").replace("none", ""), couleur_fond=color(brut.get("fillcolor")) or "",
        motif_fond=str(hachure.get("shape") or "") if genre != "bar" else "",
        couleur_motif=str(color(hachure.get("fgcolor")) or ""),
        tiret=str(ligne.get("dash") or ""), epaisseur=float(2 if ligne.get("width") is None else ligne["width"]),
        symbole=str(marque.get("symbol") or "circle"), taille=_size(marque.get("size")),
        legende=brut.get("showlegend") is not False,
    )  # fmt: skip


def _axis(brut: Mapping[str, Any]) -> Axe:
    return Axe(
        titre=plain(brut.get("title")),
        genre=str(brut.get("type") or "").strip("-"),
        reperes=values(brut.get("tickvals")),
        textes=tuple(map(plain, values(brut.get("ticktext")))),
        bornes=values(brut.get("range")),
        inverse=brut.get("autorange") == "reversed",
        visible=brut.get("visible") is not False and brut.get("showticklabels") is not False,
        suffixe=plain(brut.get("ticksuffix")),
        lie=bool(brut.get("scaleanchor")),
    )


def _each(brut: Any, nombre: int, defaut: Any) -> tuple[Any, ...]:
    """Une valeur pour chaque point, qu'elle soit commune ou donnée point par point."""
    if brut is None or isinstance(brut, str | int | float):
        return (defaut if brut is None else brut,) * nombre
    return tuple(defaut if v is None else v for v in values(brut))


def color(brut: Any) -> Any:
    """Une couleur écrite ; une échelle de nombres n'en est pas une."""
    if isinstance(brut, str):
        return brut if _COULEUR.fullmatch(brut) else None
    lues = values(brut) if brut is not None and not _is_number(brut) else ()
    return lues if lues and all(isinstance(c, str) and _COULEUR.fullmatch(c) for c in lues) else None


def _is_number(brut: Any) -> bool:
    return isinstance(brut, int | float)


def _opacity(brut: Mapping[str, Any], marque: Mapping[str, Any]) -> float:
    lues = [o for o in (brut.get("opacity"), marque.get("opacity")) if _is_number(o)]
    return float(lues[0]) if lues else 1.0


def _size(brut: Any) -> float:
    lues = [v for v in values(brut) if v] if brut is not None and not _is_number(brut) else []
    return float(lues[0]) if lues else float(brut) if _is_number(brut) else 8.0
