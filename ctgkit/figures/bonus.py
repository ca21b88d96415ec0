"""L'argent : le bonus par année, les scénarios face à face, la vue prudente, simulé, notifié et perçu."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from ctgkit.figures.gabarit import (
    BLANC,
    CREME,
    ENCRE,
    FEUILLE,
    FILET,
    LARGEUR,
    NEUTRE,
    OFFRE,
    Ebauche,
    Recit,
    axis_ticks,
    between,
    bulle,
    dit,
    empty,
    finite,
    hachure,
    in_bars,
    known,
    petit,
    plein,
    records,
    sur,
    to_fourchette,
)
from ctgkit.formats import FINE, nombre

AU_MINIMUM, INCERTAIN = "Au minimum", "Incertain : ce que la Caf n’a pas publié ou pas confirmé"
INCERTAIN_COURT = "Incertain : non publié ou non confirmé"
SANS_BONUS = "Aucune structure n’est renseignée : il n’y a pas encore de montant à dessiner."
TOUT_INCONNU = "Le bonus ne peut pas encore être chiffré : aucune année n’a de montant connu."
ETROIT = 17
AXE_EN_EUROS: dict[str, Any] = {
    "showgrid": True,
    "gridcolor": FILET,
    "showline": False,
    "ticks": "",
    "ticklabelposition": "inside top",
    "tickfont": {"size": 13},
}
ZERO_MARQUE: dict[str, Any] = {"zeroline": True, "zerolinecolor": ENCRE, "zerolinewidth": 1.5}


def bonus_by_year(  # noqa: PLR0913
    table: Any,
    choisie: int = 0,
    *,
    phrase: str = "",
    signe: bool = False,
    compacte: bool = False,
    hauteur: int = 0,
    largeur: int = LARGEUR,
) -> go.Figure:
    """Le bonus, ou ce qu'un scénario y change : minimum en plein, fourchette hachurée, pointe quand rien ne borne.

    `annee, bas, haut` (vide ou infini : rien ne le borne), et si on les a `connu` (ce que l'on sait au-delà du
    minimum), `certain` (ce qui, du minimum, est confirmé), `texte` (le montant comme il s'écrit), `mention` (sous
    l'année) et `detail` (au survol).
    """
    barres = [_Barre(ligne) for ligne in records(table)]
    phrase = phrase or "Le bonus territoire, année par année"
    recit = Recit(
        phrase,
        ("Année", "Au minimum", "Au plus"),
        [(b.annee, b.bas, b.haut if b.haut is not None else "rien ne le borne") for b in barres],
        f"{phrase}. " + " ; ".join(f"{b.annee} : {b.dite}" for b in barres),
        "bonus_par_annee",
        "annee",
        largeur=largeur,
    )
    if not barres or all(b.inconnue for b in barres):
        return empty(recit, TOUT_INCONNU if barres else SANS_BONUS)
    ebauche, hauteur = Ebauche(), hauteur or (290 if compacte else 360)
    _bars(ebauche, barres, INCERTAIN_COURT if compacte else INCERTAIN)
    for rang, barre in enumerate(barres):
        _year(ebauche, barre, rang, choisie, compacte)
    pied = 66 + 22 * (compacte or any(b.mention for b in barres))
    return ebauche.figure(
        recit,
        height=hauteur,
        barmode="overlay",
        showlegend=True,
        legend={"y": 0, "yref": "container", "yanchor": "bottom", "traceorder": "normal"},
        margin={"l": 0, "r": 0, "t": 8, "b": pied},
        xaxis={
            "type": "category",
            "showticklabels": False,
            "ticks": "",
            "showline": False,
            "range": [-0.55 if compacte else -1.02, len(barres) - 0.45],
        },
        yaxis=_years_axis(barres, signe, compacte, hauteur - pied),
    )


class _Barre:
    """Une année lue : ses bornes, ce qui s'en dessine, ce qui s'en dit."""

    def __init__(self, ligne: dict[str, Any]) -> None:
        self.annee = ligne.get("annee")
        self.bas, self.haut = finite(ligne.get("bas")), finite(ligne.get("haut"))
        self.mention, self.detail = str(ligne.get("mention") or ""), str(ligne.get("detail") or "")
        connu = finite(ligne.get("connu"))
        bornes = [v for v in (self.bas, self.haut) if v is not None] or [0.0]
        if self.ouverte and connu:
            bornes.append(connu)
        # Sans borne d'un côté, rien n'est sûr jusqu'à zéro de ce côté-là : cette part n'est pas pleine.
        if self.haut is None and self.bas is not None:
            bornes.append(max(self.bas, 0.0))
        if self.bas is None and self.haut is not None:
            bornes.append(min(self.haut, 0.0))
        if known(ligne.get("certain")):
            bornes.append(ligne["certain"])
        self.debut, self.fin = min(bornes), max(bornes)
        ecrit = between(self.bas, self.haut, connu=connu if self.haut is None else None)
        self.dite = str(ligne.get("dite") or ("inconnu" if self.inconnue else ecrit))
        self.texte = str(ligne.get("texte") or self._short(connu))

    @property
    def ouverte(self) -> bool:
        return self.bas is None or self.haut is None

    @property
    def inconnue(self) -> bool:
        """Un montant dont on ne sait rien n'est pas « au moins zéro »."""
        return not self.bas and self.haut is None and not self.fin

    def _short(self, connu: float | None) -> str:
        if self.inconnue:
            return "inconnu"
        return to_fourchette(self.bas, self.haut, connu if self.haut is None else None).short(fin=False)


def _years_axis(barres: Sequence[_Barre], signe: bool, compacte: bool, dessin_px: int) -> dict[str, Any]:
    """L'axe des montants ; zéro s'y voit à son trait, pas à son nombre."""
    bas, haut, moins = _extent(barres)
    reperes = axis_ticks(bas, haut, 3, f"{FINE}€", signe)
    gardes = [(v, t) for v, t in zip(reperes["tickvals"], reperes["ticktext"], strict=True) if v]
    # Deux lignes d'un montant et sa pointe tiennent au-dessus de la plus haute barre, quelle que soit la hauteur.
    etendue, tete = haut - bas, 62 / max(dessin_px - 70, 60)
    return {
        **AXE_EN_EUROS,
        **ZERO_MARQUE,
        "range": [bas - etendue * (0.26 if moins else 0), haut + etendue * tete],
        "tickvals": [v for v, _ in gardes],
        "ticktext": [t for _, t in gardes],
        "showticklabels": not compacte,
        "layer": "below traces",
    }


def _extent(barres: Sequence[_Barre]) -> tuple[float, float, bool]:
    bas, haut = min(0.0, *(b.debut for b in barres)), max(0.0, *(b.fin for b in barres))
    return (bas, haut, bas < 0) if haut > bas else (0.0, 1.0, False)


def _bars(ebauche: Ebauche, barres: Sequence[_Barre], incertain: str) -> None:
    """D'abord l'incertain, puis le plein par-dessus, chacun à sa place depuis zéro."""
    pleins = [in_bars(b.debut, b.fin) for b in barres]
    survols = [dit(bulle(str(b.annee), b.dite, sur(b.mention), sur(b.detail))) for b in barres]
    commun = {
        "x": [str(b.annee) for b in barres],
        "width": 0.6,
        "customdata": [b.annee for b in barres],
        "hovertemplate": survols,
    }
    incertains = [b.fin - b.debut for b in barres]
    ebauche.bars(
        name=AU_MINIMUM, base=[p[0] for p in pleins], y=[p[1] - p[0] for p in pleins], marker=plein(OFFRE), **commun
    )
    if any(incertains):
        ebauche.bars(name=incertain, base=[b.debut for b in barres], y=incertains, marker=hachure(OFFRE), **commun)
        ebauche.traces.append({**ebauche.traces[0], "showlegend": False})


def _year(ebauche: Ebauche, barre: _Barre, rang: int, choisie: int, compacte: bool) -> None:
    """L'année sous la barre, son montant au bout, la pointe de ce qui reste ouvert."""
    vue = barre.annee == choisie
    encre, fond = (BLANC, ENCRE) if vue else (ENCRE, FEUILLE)
    if vue:
        ebauche.band((rang - 0.44, 0, rang + 0.44, 1), CREME, "x y domain")
    perte = barre.fin <= 0 and barre.debut < 0
    if barre.haut is None:
        ebauche.chevron(rang, max(barre.fin, 0), OFFRE)
    if barre.bas is None:
        ebauche.chevron(rang, min(barre.debut, 0), OFFRE, "bas")
    ecart, bout = (18 if barre.ouverte else 5), min(barre.debut, 0) if perte else max(barre.fin, 0)
    lignes = barre.texte.replace(" à ", "<br>à ").replace(" ou ", "<br>ou ")
    lignes = barre.texte if len(barre.texte) < ETROIT and not compacte else lignes
    corps = {"font": {"size": 13}} if compacte else {}
    ancre = {"yanchor": "top", "yshift": -ecart} if perte else {"yanchor": "bottom", "yshift": ecart}
    ebauche.word(rang, bout, f"<b>{lignes}</b>", "center", "x y", **ancre, **corps)
    sous = {"yanchor": "top", "borderpad": 3, "bgcolor": fond, "font": {"color": encre}}
    ebauche.word(rang, 0, f"<b>{barre.annee}</b>", "center", "x y domain", yshift=-5, **sous)
    if barre.mention and not compacte:
        ebauche.word(rang, 0, petit(sur(barre.mention)), "center", "x y domain", yanchor="top", yshift=-30)


def scenarios(
    table: Any, annee: int = 0, *, phrase: str = "", compacte: bool = False, largeur: int = LARGEUR
) -> go.Figure:
    """Une barre couchée par scénario, toutes sur le même axe : `nom, bas, haut`, et si on les a `texte`, `cle`."""
    lignes = [{**ligne, "annee": ligne.get("nom")} for ligne in records(table)]
    barres = [_Barre(ligne) for ligne in lignes]
    en = f" en {annee}" if annee else ""
    phrase = phrase or f"Ce que chaque scénario changerait{en}"
    recit = Recit(
        phrase,
        ("Scénario", "Au minimum", "Au plus"),
        [(b.annee, b.bas, b.haut) for b in barres],
        f"{phrase}. " + " ; ".join(f"{b.annee} : {b.texte}" for b in barres),
        "scenarios",
        "scenario",
        largeur=largeur,
    )
    if not barres:
        return empty(recit, "Aucun scénario à comparer : ajoutez un changement, ou choisissez « Comparer ».")
    ebauche, haut_rang = Ebauche(), 76 if compacte else 44
    moins, plus, _ = _extent(barres)
    rangs = list(range(len(barres)))
    pleins = [in_bars(b.debut, b.fin) for b in barres]
    commun = {
        "orientation": "h",
        "y": rangs,
        "width": 0.24 if compacte else 0.5,
        "customdata": [str(ligne.get("cle", ligne.get("nom"))) for ligne in lignes],
        "hovertemplate": [dit(bulle(sur(b.annee), sur(b.texte) + en)) for b in barres],
    }
    ebauche.bars(
        name=INCERTAIN,
        base=[b.debut for b in barres],
        x=[b.fin - b.debut for b in barres],
        marker=hachure(OFFRE),
        **commun,
    )
    ebauche.bars(
        name=AU_MINIMUM, base=[p[0] for p in pleins], x=[p[1] - p[0] for p in pleins], marker=plein(OFFRE), **commun
    )
    for rang, barre in enumerate(barres):
        _scenario(ebauche, barre, rang, en, compacte)
    etendue = (plus - moins) or 1.0
    return ebauche.figure(
        recit,
        height=haut_rang * len(barres) + 12,
        barmode="overlay",
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        xaxis={
            "domain": [0, 0.94] if compacte else [0.3, 0.68],
            **ZERO_MARQUE,
            "range": [moins - etendue * 0.04, plus + etendue * 0.04],
            "showticklabels": False,
            "ticks": "",
            "showline": False,
        },
        yaxis={"range": [len(barres) - (0.75 if compacte else 0.45), -0.75 if compacte else -0.55], "visible": False},
    )


def _scenario(ebauche: Ebauche, barre: _Barre, rang: int, en: str, compacte: bool) -> None:
    """Le nom du scénario et son montant, au bout de sa barre ; la pointe de ce qui reste ouvert."""
    if barre.haut is None:
        ebauche.chevron(max(barre.fin, 0), rang, OFFRE, "droite")
    if barre.bas is None:
        ebauche.chevron(min(barre.debut, 0), rang, OFFRE, "gauche")
    leve = {"yanchor": "bottom", "yshift": 11} if compacte else {}
    nom = f"<b>{rang + 1}</b>  <b>{sur(barre.annee)}</b>"
    ebauche.word(0, rang, nom if not compacte else f"{nom}<br>{sur(barre.texte)}{en}", **leve)
    if not compacte:
        ebauche.word(1, rang, f"<b>{sur(barre.texte)}</b> {petit(en, taille=13)}", "right", "paper y")


def prudence(table: Any, *, phrase: str = "", hauteur: int = 300, largeur: int = LARGEUR) -> go.Figure:
    """La vue prudente : `annee, p10, p50, p90` ; de neuf fois sur dix à une fois sur dix, et le milieu marqué."""
    lignes = [x for x in records(table) if all(known(x.get(c)) for c in ("p10", "p50", "p90"))]
    phrase = phrase or "Neuf fois sur dix, le bonus dépasserait le bas de chaque bande"
    colonnes = ("Année", "Neuf fois sur dix, au moins", "Une fois sur deux", "Une fois sur dix, plus de")
    recit = Recit(
        phrase,
        colonnes,
        [(x["annee"], x["p10"], x["p50"], x["p90"]) for x in lignes],
        f"{phrase}. " + " ; ".join(f"{x['annee']} : {between(x['p10'], x['p90'])}" for x in lignes),
        "vue_prudente",
        "annee",
        largeur=largeur,
    )
    if not lignes:
        return empty(recit, "La vue prudente n’est pas encore calculée.")
    ebauche = Ebauche()
    annees = [str(x["annee"]) for x in lignes]
    survols = [
        dit(
            bulle(
                str(x["annee"]),
                f"neuf fois sur dix, au moins {nombre(x['p10'])}{FINE}€",
                f"une fois sur deux, {nombre(x['p50'])}{FINE}€",
                f"une fois sur dix, plus de {nombre(x['p90'])}{FINE}€",
            )
        )
        for x in lignes
    ]
    commun = {"x": annees, "customdata": [x["annee"] for x in lignes], "hovertemplate": survols}
    ebauche.bars(
        name="De neuf fois sur dix à une fois sur dix",
        base=[x["p10"] for x in lignes],
        width=0.5,
        y=[x["p90"] - x["p10"] for x in lignes],
        marker=hachure(OFFRE),
        **commun,
    )
    marque = {"symbol": "line-ew", "size": 40, "line": {"width": 4, "color": ENCRE}}
    ebauche.points(name="Une fois sur deux", y=[x["p50"] for x in lignes], mode="markers", marker=marque, **commun)
    for rang, ligne in enumerate(lignes):
        ebauche.word(rang, ligne["p90"], f"<b>{nombre(ligne['p90'])}</b>", "center", "x y", yanchor="bottom", yshift=4)
        ebauche.word(rang, ligne["p10"], nombre(ligne["p10"]), "center", "x y", yanchor="top", yshift=-4)
    bas, haut = min(x["p10"] for x in lignes), max(x["p90"] for x in lignes)
    marge = (haut - bas or abs(haut) or 1) * 0.2
    return ebauche.figure(
        recit,
        height=hauteur,
        showlegend=True,
        legend={"y": 0, "yref": "container", "yanchor": "bottom"},
        margin={"l": 0, "r": 0, "t": 8, "b": 64},
        xaxis={"type": "category", "ticks": "", "range": [-1.0, len(lignes) - 0.45]},
        yaxis={
            **AXE_EN_EUROS,
            "range": [bas - marge, haut + marge],
            **axis_ticks(bas - marge, haut + marge, 4, f"{FINE}€"),
        },
    )


ETAPES = (("Simulé", OFFRE), ("Notifié", ENCRE), ("Perçu", NEUTRE))


def money(table: Any, *, phrase: str = "") -> go.Figure:
    """Simulé, notifié, perçu : `nom, bas, haut, notifie, percu`, et `cle` si un clic désigne la ligne.

    Trois barres par ligne ; ce qui n'est pas connu n'a pas de barre, et se dit.
    """
    lignes = records(table)
    phrase = phrase or "Simulé, puis notifié, puis perçu"
    recit = Recit(
        phrase,
        ("Ligne", "Simulé au minimum", "Simulé au plus", "Notifié", "Perçu"),
        [(x.get("nom"), *(finite(x.get(c)) for c in ("bas", "haut", "notifie", "percu"))) for x in lignes],
        nom="simule_notifie_percu",
        choix="structure",
    )
    if not lignes:
        return empty(recit, "Aucun montant notifié n’est saisi.")
    ebauche = Ebauche()
    valeurs = [finite(x.get(c)) or 0.0 for x in lignes for c in ("bas", "haut", "notifie", "percu")]
    bas, haut = min(0.0, *valeurs), max(1.0, *valeurs)
    for rang, ligne in enumerate(lignes):
        _three_bars(ebauche, ligne, rang)
    return ebauche.figure(
        recit,
        height=96 * len(lignes) + 40,
        barmode="overlay",
        margin={"l": 0, "r": 8, "t": 4, "b": 30},
        xaxis={
            "domain": [0.36, 1],
            "range": [bas, haut * 1.75],
            **axis_ticks(bas, haut, 4, f"{FINE}€"),
            "ticks": "outside",
        },
        yaxis={"range": [len(lignes) - 0.4, -0.6], "visible": False},
    )


def _three_bars(ebauche: Ebauche, ligne: dict[str, Any], rang: int) -> None:
    simule = finite(ligne.get("bas")), finite(ligne.get("haut"))
    ebauche.word(0, rang, f"<b>{sur(ligne.get('nom'))}</b>")
    ebauche.line((0, rang + 0.5, 1, rang + 0.5), refs="paper y")
    bornes = (simule, *((finite(ligne.get(c)),) * 2 for c in ("notifie", "percu")))
    for place, ((mot, couleur), (bas, haut)) in enumerate(zip(ETAPES, bornes, strict=True)):
        y = rang + (place - 1) * 0.27
        ecrit = f"{mot} : {between(bas, haut)}" if bas is not None or haut is not None else f"{mot} : pas encore"
        ebauche.word(max(haut or 0, bas or 0), y, petit(ecrit, couleur, 13), "left", "x y", xshift=8)
        commun = {
            "orientation": "h",
            "y": [y],
            "width": 0.2,
            "customdata": [str(ligne.get("cle", ligne.get("nom")))],
            "hovertemplate": dit(bulle(sur(ligne.get("nom")), ecrit)),
            "name": mot,
        }
        if bas is not None:
            ebauche.bars(x=[bas], marker=plein(couleur), **commun)
        if known(bas) and known(haut) and haut > bas:
            ebauche.bars(x=[haut - bas], base=[bas], marker=hachure(couleur), **commun)
