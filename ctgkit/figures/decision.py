"""Décider : ce qui change d'une année à l'autre, par quoi commencer, ce qui existe pour chaque domaine."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from ctgkit.figures.gabarit import (
    ENCRE,
    FEUILLE,
    FILET,
    NEUTRE,
    ROLES,
    Ebauche,
    Recit,
    bulle,
    dit,
    empty,
    finite,
    hachure,
    hachures,
    known,
    petit,
    plein,
    records,
    sur,
    value_text,
    wrapped,
)
from ctgkit.formats import nombre


def evolutions(table: Any, *, phrase: str = "", compacte: bool = False) -> go.Figure:
    """Une ligne par indicateur, chacun à son échelle : sa série, ses deux bouts chiffrés, ce que cela change.

    Une ligne de table par point : `cle, nom, annee, valeur, texte, role, mot` (« besoin en hausse »).
    """
    series: dict[str, list[dict[str, Any]]] = {}
    for ligne in records(table):
        if known(ligne.get("valeur")):
            series.setdefault(str(ligne.get("cle", ligne["nom"])), []).append(ligne)
    dessinees = {cle: sorted(x, key=lambda p: p["annee"]) for cle, x in series.items() if len(x) > 1}
    recit = Recit(
        phrase or "Ce qui change",
        ("Indicateur", "Année", "Valeur"),
        [(p["nom"], p["annee"], value_text(p)) for x in dessinees.values() for p in x],
        f"{phrase}. " + " ; ".join(_said(x) for x in dessinees.values()),
        "evolutions",
        "indicateur",
    )
    if not dessinees:
        return empty(recit, "Aucune série d’au moins deux années n’est renseignée : l’évolution n’est pas connue.")
    ebauche, haut_rang = Ebauche(), 112 if compacte else 84
    for rang, (cle, points) in enumerate(dessinees.items()):
        _one_series(ebauche, cle, points, rang, compacte)
    return ebauche.figure(
        recit,
        height=haut_rang * len(dessinees) + 8,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        xaxis={"domain": [0.2, 0.8] if compacte else [0.46, 0.78], "range": [0, 1], "visible": False},
        yaxis={"range": [len(dessinees), 0], "visible": False},
    )


def _said(points: Sequence[Mapping[str, Any]]) -> str:
    return f"{points[0]['nom']}, " + ", ".join(f"{p['annee']} : {value_text(p)}" for p in points)


def _one_series(ebauche: Ebauche, cle: str, points: Sequence[Mapping[str, Any]], rang: int, compacte: bool) -> None:
    couleur, forme = ROLES[points[0].get("role", "contexte")]
    valeurs, annees = [p["valeur"] for p in points], [p["annee"] for p in points]
    bas, etendue = min(valeurs), (max(valeurs) - min(valeurs)) or 1.0
    (toit, plancher) = (0.48, 0.74) if compacte else (0.22, 0.58)
    x = [(a - annees[0]) / ((annees[-1] - annees[0]) or 1) for a in annees]
    y = [rang + plancher - (v - bas) / etendue * (plancher - toit) for v in valeurs]
    if rang:
        ebauche.line((0, rang, 1, rang), refs="paper y")
    nom = sur(points[0]["nom"])
    ebauche.points(
        x=x,
        y=y,
        mode="lines+markers",
        name=nom,
        customdata=[cle] * len(points),
        line={"color": couleur, "width": 2.5},
        marker={"symbol": forme, "size": 10, "color": couleur, "opacity": 1},
        hovertemplate=[dit(bulle(nom, f"{p['annee']} : {sur(value_text(p))}")) for p in points],
    )
    for bout, ancre, ecart in ((0, "right", -10), (-1, "left", 10)):
        ebauche.word(x[bout], y[bout], f"<b>{sur(value_text(points[bout]))}</b>", ancre, "x y", xshift=ecart)
        ebauche.word(x[bout], rang + 0.97, petit(str(annees[bout]), taille=13), "center", "x y", yanchor="bottom")
    mot = sur(points[0].get("mot") or "")
    lignes = "<br>".join(map(sur, wrapped(points[0]["nom"], 44, 2)))
    if compacte:
        ebauche.word(0, rang + 0.05, f"<b>{lignes}</b><br>{petit(mot, couleur, 13)}", yanchor="top")
        return
    ebauche.word(0, rang + 0.45, lignes)
    ebauche.word(1, rang + 0.45, petit(f"<b>{mot}</b>", couleur, 13), "right", "paper y")


def priorities(table: Any, maximum: float = 10, *, phrase: str = "", compacte: bool = False) -> go.Figure:
    """Les thèmes classés : une barre par score, sur l'échelle entière. `nom, score`, et si on les a `calcul`, `cle`.

    `bas, haut` : le score selon ce qui manque ; la barre est pleine jusqu'à l'un, hachurée jusqu'à l'autre.
    """
    lignes = [_bounded(x) for x in records(table) if known(x.get("score"))]
    recit = Recit(
        phrase or "Par quel thème commencer",
        ("Thème", f"Score sur {nombre(maximum)}", "Calcul"),
        [(x["nom"], x["dit"], x.get("calcul")) for x in lignes],
        nom="priorites",
        choix="theme",
        description=f"{phrase}. " + " ; ".join(f"{x['nom']} : {x['dit']}" for x in lignes),
    )
    if not lignes:
        return empty(recit, "Aucun thème n’a de score : il manque des chiffres à comparer, ou vos notes de gravité.")
    ebauche, rangs = Ebauche(), list(range(len(lignes)))
    cles = [str(x.get("cle", x["nom"])) for x in lignes]
    survols = [
        dit(bulle(sur(x["nom"]), f"{x['dit']} sur {nombre(maximum)}", sur(x.get("calcul") or ""))) for x in lignes
    ]
    commun = {"orientation": "h", "y": rangs, "width": 0.26 if compacte else 0.42, "customdata": cles}
    ebauche.bars(x=[maximum] * len(lignes), marker=plein("#ECE8DF"), hoverinfo="skip", **commun)
    for borne, marque in (("haut", hachure(ENCRE)), ("bas", plein(ENCRE))):
        longueurs = [x[borne] or None for x in lignes]
        ebauche.bars(x=longueurs, marker=marque, hovertemplate=survols, name="Score", **commun)
    for rang, ligne in enumerate(lignes):
        ebauche.word(0, rang, sur(ligne["nom"]), **({"yshift": 17} if compacte else {}))
        ebauche.word(1, rang, f"<b>{ligne['dit']}</b>", "right", "paper y")
    return ebauche.figure(
        recit,
        height=(54 if compacte else 34) * len(lignes) + 8,
        barmode="overlay",
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        xaxis={"domain": [0, 0.78] if compacte else [0.36, 0.87], "range": [0, maximum], "visible": False},
        yaxis={"range": [len(lignes) - 0.45, -0.65 if compacte else -0.55], "visible": False},
    )


def _bounded(ligne: Mapping[str, Any]) -> dict[str, Any]:
    """Un score et ses deux bornes, qui sont lui quand rien ne manque."""
    bas, haut = (ligne[b] if known(ligne.get(b)) else ligne["score"] for b in ("bas", "haut"))
    dit = " à ".join(dict.fromkeys(nombre(x, 1) for x in (bas, haut)))
    return {**ligne, "bas": bas, "haut": haut, "dit": dit}


def coverage(table: Any, etapes: Mapping[str, str], *, phrase: str = "", compacte: bool = False) -> go.Figure:
    """Domaines en lignes, étapes en colonnes : combien il y en a, ou une case en hachures qui dit « rien ».

    `nom`, et une colonne par clé de `etapes` (clé vers libellé) ; `cle` si un clic désigne la ligne.
    """
    lignes = records(table)
    recit = Recit(
        phrase or "Ce qui existe pour chaque domaine",
        ("Domaine", *etapes.values()),
        [(x["nom"], *(int(finite(x.get(e)) or 0) for e in etapes)) for x in lignes],
        nom="couverture",
        choix="theme",
    )
    if not lignes:
        return empty(recit, "Aucun domaine n’est décrit.")
    ebauche, rang_px = Ebauche(), 62 if compacte else 36
    for rang, ligne in enumerate(lignes):
        ebauche.word(0, rang, sur(ligne["nom"]), yshift=20 if compacte else 0)
        ebauche.line((0, rang + 0.5, 1, rang + 0.5), FILET, 1, "paper y")
    for place, (etape, libelle) in enumerate(etapes.items()):
        comptes = [int(finite(x.get(etape)) or 0) for x in lignes]
        for vide in (False, True):
            rangs = [r for r, n in enumerate(comptes) if (n == 0) == vide]
            if rangs:
                _cells(ebauche, lignes, rangs, place, comptes, libelle, vide, compacte)
        for rang, compte in enumerate(comptes):
            ecrit = f"<b>{compte}</b>" if compte else petit("rien", NEUTRE)
            bas = -10 if compacte else 0
            ebauche.word(place, rang, ecrit, "center", "x y", font={"color": ENCRE}, bgcolor=FEUILLE, yshift=bas)
        ebauche.word(
            place,
            1,
            f"<b>{sur(libelle)}</b>",
            "center",
            "x y domain",
            yanchor="bottom",
            font={"size": 12 if compacte else 13},
        )
    return ebauche.figure(
        recit,
        height=rang_px * len(lignes) + 36,
        barmode="overlay",
        margin={"l": 0, "r": 0, "t": 28, "b": 4},
        xaxis={"domain": [0, 1] if compacte else [0.36, 1], "range": [-0.5, len(etapes) - 0.5], "visible": False},
        yaxis={"range": [len(lignes) - 0.5, -0.5], "visible": False},
    )


def _cells(  # noqa: PLR0913, PLR0917
    ebauche: Ebauche,
    lignes: Sequence[Mapping[str, Any]],
    rangs: Sequence[int],
    place: int,
    comptes: Sequence[int],
    libelle: str,
    vide: bool,
    compacte: bool,
) -> None:
    """Une barre par case : pleine et claire quand il y a quelque chose, hachurée quand il n'y a rien."""
    marque = (
        plein(FEUILLE, NEUTRE, 1) | {"pattern": hachures(FILET)} if vide else plein("#E0EFF3", ROLES["offre"][0], 1)
    )
    ebauche.bars(
        orientation="h",
        y=[rang + (0.16 if compacte else 0) for rang in rangs],
        base=[place - 0.44] * len(rangs),
        x=[0.88] * len(rangs),
        width=0.42 if compacte else 0.64,
        marker=marque,
        name=sur(libelle),
        customdata=[str(lignes[r].get("cle", lignes[r]["nom"])) for r in rangs],
        hovertemplate=[dit(bulle(sur(lignes[r]["nom"]), f"{sur(libelle)} : {comptes[r] or 'rien'}")) for r in rangs],
    )
