"""Comparer : les écarts au repère, et la distribution des communes de part et d'autre."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from ctgkit.figures.gabarit import (
    CREME,
    ENCRE,
    ENCRE_2,
    FEUILLE,
    NEUTRE,
    ROLES,
    Ebauche,
    Recit,
    axis_ticks,
    bulle,
    dit,
    empty,
    known,
    petit,
    records,
    sur,
    value_text,
    wrapped,
)
from ctgkit.formats import nombre, pluriel
from ctgkit.texte import a

AUTRES = "Autres unités : écart relatif au repère"
# Une ligne, un titre de groupe, l'espace entre deux groupes, en pixels.
AMPLE, COMPACT = {"rang": 40, "tete": 34, "fin": 18}, {"rang": 80, "tete": 30, "fin": 16}


def gaps(table: Any, repere: str = "", choisie: str = "", *, phrase: str = "", compacte: bool = False) -> go.Figure:
    """Une ligne par mesure : sa marque, un trait jusqu'au repère, les deux valeurs, l'écart en toutes lettres.

    `nom, valeur, repere, texte, texte_repere, ecart, sens, role, detail, groupe, cle` ; `relatif` vrai : la mesure
    n'a pas l'unité des autres, son trait est un écart relatif.
    """
    lignes = [x for x in records(table) if known(x.get("valeur")) and known(x.get("repere"))]
    dits = [f"{x['nom']} : {_value(x, 'valeur')}, {x.get('ecart', '')} {x.get('sens', '')}".strip() for x in lignes]
    phrase = phrase or (f"Les écarts à {repere}" if repere else "Les écarts au repère")
    recit = Recit(
        phrase,
        ("Indicateur", "Ici", repere or "Repère", "Écart", "Sens"),
        [(x["nom"], _value(x, "valeur"), _value(x, "repere"), x.get("ecart"), x.get("sens")) for x in lignes],
        f"{phrase}. " + " ; ".join(dits),
        "ecarts",
        "indicateur",
    )
    if not lignes:
        return empty(recit, "Aucune mesure n’a de valeur en face : rien ne dit si c’est beaucoup ou peu.")
    communes = [x for x in lignes if not x.get("relatif")]
    autres = [{**x, "groupe": AUTRES} for x in lignes if x.get("relatif")]
    ebauche, mesure = Ebauche(), COMPACT if compacte else AMPLE
    hauts = [_pixels(groupe, mesure) for groupe in (communes, autres)]
    axe_px = 36 if communes else 8
    total = sum(hauts) + axe_px + (14 if communes and autres else 0)
    domaine = [0.03, 0.97] if compacte else [0.39, 0.83]
    mise: dict[str, Any] = {"height": total, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}}
    if communes:
        bornes = _bounds(communes, compacte)
        _Axe(ebauche, "x y", lambda _, v: v, bornes, choisie, repere, compacte).draw(communes)
        mise["yaxis"] = {"range": [hauts[0], 0], "visible": False, "domain": [1 - hauts[0] / total, 1]}
        mise["xaxis"] = {
            "domain": domaine,
            "range": list(bornes),
            "ticks": "outside",
            "linecolor": ENCRE_2,
            **axis_ticks(*_inside(bornes, 0.12), 4 if compacte else 6),
        }
    if autres:
        plus_grand = max(abs(x["valeur"] / x["repere"] - 1) if x["repere"] else 1.0 for x in autres) or 1.0
        large = 1.9 if compacte else 1.6

        def place(ligne: Mapping[str, Any], valeur: float) -> float:
            return (valeur / ligne["repere"] - 1) / plus_grand if ligne["repere"] else float(valeur > 0)

        _Axe(ebauche, "x2 y2", place, (-large, large), choisie, repere, compacte).draw(autres)
        mise["yaxis2"] = {"range": [hauts[1], 0], "visible": False, "domain": [0, hauts[1] / total], "anchor": "x2"}
        mise["xaxis2"] = {"domain": domaine, "range": [-large, large], "visible": False, "anchor": "y2"}
        mise |= {} if communes else {"xaxis": {"visible": False}, "yaxis": {"visible": False}}
    return ebauche.figure(recit, **mise)


def _value(ligne: Mapping[str, Any], champ: str) -> str:
    ecrit = ligne.get({"valeur": "texte", "repere": "texte_repere"}[champ])
    return str(ecrit) if ecrit else nombre(ligne[champ], 1)


def _groups(lignes: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groupes: dict[str, list[dict[str, Any]]] = {}
    for ligne in lignes:
        groupes.setdefault(str(ligne.get("groupe") or ""), []).append(ligne)
    return groupes


def _label(ligne: Mapping[str, Any]) -> list[str]:
    return wrapped(ligne["nom"], 42, 2)


def _pixels(lignes: Sequence[dict[str, Any]], mesure: Mapping[str, int]) -> int:
    if not lignes:
        return 0
    groupes = _groups(lignes)
    rangs = sum(mesure["rang"] + 16 * (len(_label(x)) - 1) for x in lignes)
    return rangs + len(groupes) * mesure["tete"] + (len(groupes) - 1) * mesure["fin"] + 8


def _bounds(lignes: Sequence[Mapping[str, Any]], compacte: bool) -> tuple[float, float]:
    valeurs = [x[c] for x in lignes for c in ("valeur", "repere")]
    bas, haut = min(valeurs), max(valeurs)
    marge = ((haut - bas) or abs(haut) or 1.0) * (0.24 if compacte else 0.2)
    return bas - marge, haut + marge


def _inside(bornes: tuple[float, float], part: float) -> tuple[float, float]:
    marge = (bornes[1] - bornes[0]) * part
    return bornes[0] + marge, bornes[1] - marge


@dataclass(frozen=True)
class _Axe:
    """Les lignes qui partagent un axe : où se place une valeur, ce qui est choisi, comment la page est large."""

    ebauche: Ebauche
    refs: str
    place: Callable[[Mapping[str, Any], float], float]
    bornes: tuple[float, float]
    choisie: str
    repere: str
    compacte: bool

    @property
    def marge(self) -> str:
        """Le repère d'un mot posé dans la marge : la largeur de la page, la hauteur de l'axe."""
        return f"paper {self.refs.partition(' ')[2]}"

    def draw(self, lignes: Sequence[dict[str, Any]]) -> None:
        y, mesure = 0.0, COMPACT if self.compacte else AMPLE
        for groupe, membres in _groups(lignes).items():
            self.ebauche.word(0, y + 11, petit(f"<b>{sur(groupe)}</b>", taille=13), refs=self.marge)
            self.ebauche.line((0, y + 23, 1, y + 23), ENCRE_2, 1.2, self.marge)
            y += mesure["tete"]
            for ligne in membres:
                haut = mesure["rang"] + 16 * (len(_label(ligne)) - 1)
                self._row(ligne, y, haut)
                y += haut
            y += mesure["fin"]

    def _row(self, ligne: dict[str, Any], y: float, haut: float) -> None:
        milieu = y + haut - 24 if self.compacte else y + haut / 2
        if vue := str(ligne.get("cle", "")) == self.choisie != "":
            self.ebauche.band((0, y + 1, 1, y + haut - 1), CREME, self.marge)
        self.ebauche.line((self.bornes[0], milieu, self.bornes[1], milieu), refs=self.refs)
        self._mark(ligne, milieu, CREME if vue else FEUILLE)
        couleur = ROLES[ligne.get("role", "contexte")][0]
        ecart = f"<span style='color:{couleur}'><b>{sur(ligne.get('ecart') or '')}</b></span>"
        nom = "<br>".join(map(sur, _label(ligne)))
        sens, detail = sur(ligne.get("sens") or ""), sur(ligne.get("detail") or "")
        if self.compacte:
            suite = f" · {sens}" if sens else ""
            tete = f"<b>{nom}</b><br>{ecart}{petit(suite, taille=13)}"
            self.ebauche.word(0, y + 4, tete, refs=self.marge, yanchor="top")
            return
        self.ebauche.word(0, milieu, f"{nom}<br>{petit(detail)}", refs=self.marge)
        self.ebauche.word(1, milieu, f"{ecart}<br>{petit(sens)}" if sens else ecart, "right", self.marge)

    def _mark(self, ligne: dict[str, Any], milieu: float, fond: str) -> None:
        """Le trait du repère à la valeur, les deux nombres de part et d'autre."""
        x_axe, _, y_axe = self.refs.partition(" ")
        couleur, forme = ROLES[ligne.get("role", "contexte")]
        ici, la = self.place(ligne, ligne["valeur"]), self.place(ligne, ligne["repere"])
        valeur, repere = sur(_value(ligne, "valeur")), sur(_value(ligne, "repere"))
        phrase = bulle(
            sur(ligne["nom"]),
            f"{valeur} ; {sur(self.repere or 'repère')} {repere}",
            sur(f"{ligne.get('ecart') or ''}, {ligne.get('sens') or ''}".strip(", ")),
            sur(ligne.get("detail") or ""),
        )
        self.ebauche.points(
            x=[la, ici],
            y=[milieu] * 2,
            mode="lines+markers",
            line={"color": couleur, "width": 4},
            customdata=[str(ligne.get("cle", ligne["nom"]))] * 2,
            hovertemplate=dit(phrase),
            name=sur(ligne["nom"]),
            xaxis=x_axe,
            yaxis=y_axe,
            marker={
                "symbol": ["line-ns", forme],
                "size": [20, 15],
                "color": couleur,
                "opacity": 1,
                "line": {"width": [4, 0], "color": [NEUTRE, couleur]},
            },
        )
        cote, sens = ("right", -1) if ici < la else ("left", 1)
        oppose = "left" if cote == "right" else "right"
        self.ebauche.word(ici, milieu, f"<b>{valeur}</b>", cote, self.refs, xshift=13 * sens, bgcolor=fond)
        self.ebauche.word(la, milieu, petit(repere, taille=13), oppose, self.refs, xshift=-9 * sens, bgcolor=fond)


def spread(  # noqa: PLR0913
    table: Any,
    repere: float | None = None,
    nom_repere: str = "",
    choisies: Collection[str] = (),
    *,
    phrase: str = "",
    role: str = "besoin",
    texte_repere: str = "",
    compacte: bool = False,
) -> go.Figure:
    """La distribution : une marque par commune, posée à côté de ses voisines, le repère tracé au travers.

    `nom, valeur` (vide : masquée ou inconnue), et si on les a `cle`, `texte`, `detail`.
    """
    toutes = records(table)
    points = sorted((x for x in toutes if known(x.get("valeur"))), key=lambda x: (x["valeur"], str(x["nom"])))
    recit = Recit(
        phrase or "D’une commune à l’autre",
        ("Commune", "Valeur"),
        [(x["nom"], value_text(x)) for x in reversed(points)],
        phrase and f"{phrase}. " + _ends_said(points),
        "distribution",
        "commune",
    )
    if not points:
        return empty(recit, "Aucune commune n’a de valeur publiée.")
    large = 342 if compacte else 760
    bas, haut = _spread_bounds(points, repere)
    pas = (haut - bas) * 17 / large
    rangs = _piles([x["valeur"] for x in points], pas)
    ebauche, vues = Ebauche(), [str(x.get("cle", x["nom"])) in choisies for x in points]
    _mark_points(ebauche, points, vues, rangs, repere, role)
    _name_points(ebauche, points, vues, rangs, (bas, haut), compacte)
    if repere is not None:
        ecrit = sur(f"{nom_repere} {texte_repere or nombre(repere, 1)}".strip())
        part = (repere - bas) / ((haut - bas) or 1)
        _cross(ebauche, repere, ecrit, part)
        _count_sides(ebauche, points, repere, ROLES[role][0], part, 0.3 if compacte else 0.2)
    masquees = len(toutes) - len(points)
    hauteur = 150 + 15 * max(rangs) + (18 if masquees else 0)
    if masquees:
        dites = f"{pluriel(masquees, 'commune')} sans valeur publiée, pas à zéro"
        ebauche.word(1, 0, petit(dites, taille=13), "right", "paper paper", yanchor="top", yshift=-28)
    marge = (haut - bas) * 0.02
    return ebauche.figure(
        recit,
        height=hauteur,
        margin={"l": 14, "r": 14, "t": 26, "b": 48 if masquees else 30},
        yaxis={"range": [-0.75, max(rangs) + 3.6], "visible": False},
        xaxis={
            "range": [bas - marge, haut + marge],
            "ticks": "outside",
            "linecolor": ENCRE_2,
            **axis_ticks(bas, haut, 4 if compacte else 7),
        },
    )


def _mark_points(  # noqa: PLR0913, PLR0917
    ebauche: Ebauche,
    points: Sequence[Mapping[str, Any]],
    vues: Sequence[bool],
    rangs: Sequence[int],
    repere: float | None,
    role: str,
) -> None:
    """Pleine au-delà du repère, vide en deçà ; une commune choisie est plus grande et cernée."""
    couleur, forme = ROLES[role]
    ebauche.points(
        x=[x["valeur"] for x in points],
        y=rangs,
        mode="markers",
        customdata=[str(x.get("cle", x["nom"])) for x in points],
        hovertemplate=[dit(bulle(sur(x["nom"]), sur(value_text(x)), sur(x.get("detail") or ""))) for x in points],
        name="Communes",
        marker={
            "symbol": forme,
            "size": [17 if v else 14 for v in vues],
            "opacity": 1,
            "color": [couleur if v or _over(x, repere) else FEUILLE for v, x in zip(vues, points, strict=True)],
            "line": {"color": [ENCRE if v else couleur for v in vues], "width": [3 if v else 1.8 for v in vues]},
        },
    )


def _cross(ebauche: Ebauche, repere: float, ecrit: str, part: float) -> None:
    """Le repère, tracé au travers ; `part` : où il tombe dans la largeur."""
    ebauche.line((repere, 0, repere, 1), NEUTRE, 3, "x y domain")
    ancre = "left" if part < 0.3 else "right" if part > 0.7 else "center"
    ebauche.word(repere, 1, petit(f"<b>{ecrit}</b>", taille=13), ancre, "x y domain", yanchor="bottom", yshift=3)


def _ends_said(points: Sequence[Mapping[str, Any]]) -> str:
    if not points:
        return ""
    premier, dernier = points[0], points[-1]
    return f"De {value_text(premier)} {a(premier['nom'])} jusqu’à {value_text(dernier)} {a(dernier['nom'])}."


def _spread_bounds(points: Sequence[Mapping[str, Any]], repere: float | None) -> tuple[float, float]:
    valeurs = [x["valeur"] for x in points] + ([repere] if repere is not None else [])
    bas, haut = min(valeurs), max(valeurs)
    return (bas, haut) if haut > bas else (bas - abs(bas or 1) / 2, haut + abs(haut or 1) / 2)


def _over(ligne: Mapping[str, Any], repere: float | None) -> bool:
    return repere is not None and ligne["valeur"] >= repere


def _piles(valeurs: Sequence[float], pas: float) -> list[int]:
    """À quelle hauteur poser chaque marque pour qu'elle ne recouvre aucune de ses voisines."""
    derniers: list[float] = []
    rangs = []
    for valeur in valeurs:
        rang = next((i for i, dernier in enumerate(derniers) if valeur - dernier >= pas), len(derniers))
        derniers[rang : rang + 1] = [valeur]
        rangs.append(rang)
    return rangs


def _name_points(  # noqa: PLR0913, PLR0917
    ebauche: Ebauche,
    points: Sequence[Mapping[str, Any]],
    vues: Sequence[bool],
    rangs: Sequence[int],
    bornes: tuple[float, float],
    compacte: bool,
) -> None:
    """Les deux bouts et les communes choisies, nommés au-dessus de leur marque, sans se toucher."""
    pris: list[float] = []
    large = (bornes[1] - bornes[0]) * (0.32 if compacte else 0.15)
    bouts = dict.fromkeys((0, len(points) - 1))
    for rang in [*bouts, *(r for r, vue in enumerate(vues) if vue and r not in bouts)]:
        point = points[rang]
        if any(abs(point["valeur"] - autre) < large for autre in pris):
            continue
        pris.append(point["valeur"])
        part = (point["valeur"] - bornes[0]) / ((bornes[1] - bornes[0]) or 1)
        ancre = "left" if part < 0.08 else "right" if part > 0.92 else "center"
        ecart = {"left": -8, "right": 8, "center": 0}[ancre]
        texte = f"<b>{sur(value_text(point))}</b><br>{petit(sur(point['nom']))}"
        voisins = [r for r, p in zip(rangs, points, strict=True) if abs(p["valeur"] - point["valeur"]) < large / 2]
        ebauche.word(point["valeur"], max(voisins), texte, ancre, "x y", yanchor="bottom", yshift=10, xshift=ecart)


def _count_sides(  # noqa: PLR0913, PLR0917
    ebauche: Ebauche, points: Sequence[Mapping[str, Any]], repere: float, couleur: str, part: float, place: float
) -> None:
    """Combien de communes de chaque côté du repère, là où il reste `place` pour l'écrire."""
    dessus = sum(x["valeur"] >= repere for x in points)
    for compte, mot, ancre, x, tient in (
        (len(points) - dessus, "au-dessous", "right", -10, part > place),
        (dessus, "au-dessus", "left", 10, part < 1 - place),
    ):
        if tient:
            ebauche.word(
                repere,
                1,
                petit(f"<b>{compte}</b> {mot}", couleur, 13),
                ancre,
                "x y domain",
                yanchor="top",
                yshift=-2,
                xshift=x,
            )
