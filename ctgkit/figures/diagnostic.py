"""Le diagnostic : écarts au repère, distribution des communes, évolutions, priorités, couverture des domaines."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from ctgkit.figures.gabarit import (
    CREME,
    ENCRE,
    ENCRE_2,
    FEUILLE,
    FILET,
    NEUTRE,
    ROLES,
    Ebauche,
    Recit,
    axis_ticks,
    bulle,
    dit,
    empty,
    finite,
    hachures,
    known,
    petit,
    plein,
    records,
    sur,
    wrapped,
)
from ctgkit.formats import nombre

AUTRES = "Autres unités : le trait mesure l’écart relatif au repère"
# Une ligne, un titre de groupe, l'espace entre deux groupes, en pixels.
AMPLE, COMPACT = {"rang": 40, "tete": 34, "fin": 18}, {"rang": 80, "tete": 30, "fin": 16}


def gaps(table: Any, repere: str = "", choisie: str = "", *, phrase: str = "", compacte: bool = False) -> go.Figure:
    """Une ligne par mesure : sa marque, un trait jusqu'au repère, les deux valeurs, l'écart en toutes lettres.

    `nom, valeur, repere, texte, texte_repere, ecart, sens, role, detail, groupe, cle` ; `relatif` vrai : la mesure
    n'a pas l'unité des autres, son trait est un écart relatif.
    """
    lignes = [x for x in records(table) if known(x.get("valeur")) and known(x.get("repere"))]
    dits = [f"{x['nom']} : {_value(x, 'valeur')}, {x.get('ecart', '')} {x.get('sens', '')}".strip() for x in lignes]
    recit = Recit(
        phrase or f"Les écarts {f'à {repere}' if repere else 'au repère'}",
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
        _rows(ebauche, communes, "x y", lambda _, v: v, bornes, choisie, compacte, mesure, repere)
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

        _rows(ebauche, autres, "x2 y2", place, (-large, large), choisie, compacte, mesure, repere)
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


def _rows(  # noqa: PLR0913, PLR0917 - une seule boucle sert les deux axes
    ebauche: Ebauche,
    lignes: Sequence[dict[str, Any]],
    refs: str,
    place: Any,
    bornes: tuple[float, float],
    choisie: str,
    compacte: bool,
    mesure: Mapping[str, int],
    repere: str,
) -> None:
    y_axe = refs.partition(" ")[2]
    y = 0.0
    for groupe, membres in _groups(lignes).items():
        ebauche.word(0, y + 11, petit(f"<b>{sur(groupe)}</b>", taille=13), refs=f"paper {y_axe}")
        ebauche.line((0, y + 23, 1, y + 23), ENCRE_2, 1.2, f"paper {y_axe}")
        y += mesure["tete"]
        for ligne in membres:
            haut = mesure["rang"] + 16 * (len(_label(ligne)) - 1)
            _row(
                ebauche,
                ligne,
                y,
                haut,
                refs,
                place,
                bornes,
                str(ligne.get("cle", "")) == choisie != "",
                compacte,
                repere,
            )
            y += haut
        y += mesure["fin"]


def _row(  # noqa: PLR0913, PLR0917
    ebauche: Ebauche,
    ligne: dict[str, Any],
    y: float,
    haut: float,
    refs: str,
    place: Any,
    bornes: tuple[float, float],
    vue: bool,
    compacte: bool,
    repere: str,
) -> None:
    x_axe, _, y_axe = refs.partition(" ")
    couleur, forme = ROLES[ligne.get("role", "contexte")]
    milieu = y + haut - 24 if compacte else y + haut / 2
    ici, la = place(ligne, ligne["valeur"]), place(ligne, ligne["repere"])
    if vue:
        ebauche.band((0, y + 1, 1, y + haut - 1), CREME, f"paper {y_axe}")
    ebauche.line((bornes[0], milieu, bornes[1], milieu), refs=refs)
    textes = _value(ligne, "valeur"), _value(ligne, "repere")
    phrase = bulle(
        sur(ligne["nom"]),
        f"{sur(textes[0])} ; {sur(repere or 'repère')} {sur(textes[1])}",
        sur(f"{ligne.get('ecart') or ''}, {ligne.get('sens') or ''}".strip(", ")),
        sur(ligne.get("detail") or ""),
    )
    ebauche.points(
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
    fond = {"bgcolor": CREME if vue else FEUILLE}
    a_gauche = ici < la
    ebauche.word(
        ici,
        milieu,
        f"<b>{sur(textes[0])}</b>",
        "right" if a_gauche else "left",
        refs,
        xshift=-13 if a_gauche else 13,
        **fond,
    )
    ebauche.word(
        la,
        milieu,
        petit(sur(textes[1]), taille=13),
        "left" if a_gauche else "right",
        refs,
        xshift=9 if a_gauche else -9,
        **fond,
    )
    mesure = f"<span style='color:{couleur}'><b>{sur(ligne.get('ecart') or '')}</b></span>"
    nom = "<br>".join(map(sur, _label(ligne)))
    sens, detail = sur(ligne.get("sens") or ""), sur(ligne.get("detail") or "")
    if compacte:
        tete = f"<b>{nom}</b><br>{mesure}{petit(f' · {sens}' if sens else '', taille=13)}"
        ebauche.word(0, y + 4, tete, refs=f"paper {y_axe}", yanchor="top")
        return
    ebauche.word(0, milieu, f"{nom}<br>{petit(detail)}", refs=f"paper {y_axe}")
    ebauche.word(1, milieu, f"{mesure}<br>{petit(sens)}" if sens else mesure, "right", f"paper {y_axe}")


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
        [(x["nom"], _spread_text(x)) for x in reversed(points)],
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
    (couleur, forme), vues = ROLES[role], [str(x.get("cle", x["nom"])) in choisies for x in points]
    ebauche = Ebauche()
    ebauche.points(
        x=[x["valeur"] for x in points],
        y=rangs,
        mode="markers",
        customdata=[str(x.get("cle", x["nom"])) for x in points],
        hovertemplate=[dit(bulle(sur(x["nom"]), sur(_spread_text(x)), sur(x.get("detail") or ""))) for x in points],
        name="Communes",
        marker={
            "symbol": forme,
            "size": [17 if v else 14 for v in vues],
            "opacity": 1,
            "color": [couleur if v or _over(x, repere) else FEUILLE for v, x in zip(vues, points, strict=True)],
            "line": {"color": [ENCRE if v else couleur for v in vues], "width": [3 if v else 1.8 for v in vues]},
        },
    )
    _name_points(ebauche, points, vues, rangs, (bas, haut), compacte)
    if repere is not None:
        ebauche.line((repere, 0, repere, 1), NEUTRE, 3, "x y domain")
        part = (repere - bas) / ((haut - bas) or 1)
        ancre = "left" if part < 0.3 else "right" if part > 0.7 else "center"
        ecrit = sur(f"{nom_repere} {texte_repere or nombre(repere, 1)}".strip())
        ebauche.word(repere, 1, petit(f"<b>{ecrit}</b>", taille=13), ancre, "x y domain", yanchor="bottom", yshift=3)
        _count_sides(ebauche, points, repere, couleur, part)
    masquees = len(toutes) - len(points)
    hauteur = 150 + 15 * max(rangs) + (18 if masquees else 0)
    if masquees:
        dites = (
            "1 commune sans valeur publiée, pas à zéro"
            if masquees == 1
            else (f"{masquees} communes sans valeur publiée, pas à zéro")
        )
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


def _spread_text(ligne: Mapping[str, Any]) -> str:
    return str(ligne.get("texte") or nombre(ligne["valeur"], 1))


def _ends_said(points: Sequence[Mapping[str, Any]]) -> str:
    if not points:
        return ""
    premier, dernier = points[0], points[-1]
    return f"De {_spread_text(premier)} à {premier['nom']} jusqu’à {_spread_text(dernier)} à {dernier['nom']}."


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
        texte = f"<b>{sur(_spread_text(point))}</b><br>{petit(sur(point['nom']))}"
        voisins = [r for r, p in zip(rangs, points, strict=True) if abs(p["valeur"] - point["valeur"]) < large / 2]
        ebauche.word(point["valeur"], max(voisins), texte, ancre, "x y", yanchor="bottom", yshift=10, xshift=ecart)


def _count_sides(
    ebauche: Ebauche, points: Sequence[Mapping[str, Any]], repere: float, couleur: str, part: float
) -> None:
    dessus = sum(x["valeur"] >= repere for x in points)
    for compte, mot, ancre, x, tient in (
        (len(points) - dessus, "au-dessous", "right", -10, part > 0.2),
        (dessus, "au-dessus", "left", 10, part < 0.8),
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
        [(p["nom"], p["annee"], _spread_text(p)) for x in dessinees.values() for p in x],
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
    return f"{points[0]['nom']}, " + ", ".join(f"{p['annee']} : {_spread_text(p)}" for p in points)


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
        hovertemplate=[dit(bulle(nom, f"{p['annee']} : {sur(_spread_text(p))}")) for p in points],
    )
    for bout, ancre, ecart in ((0, "right", -10), (-1, "left", 10)):
        ebauche.word(x[bout], y[bout], f"<b>{sur(_spread_text(points[bout]))}</b>", ancre, "x y", xshift=ecart)
        ebauche.word(x[bout], rang + 0.97, petit(str(annees[bout]), taille=13), "center", "x y", yanchor="bottom")
    mot = sur(points[0].get("mot") or "")
    lignes = "<br>".join(map(sur, wrapped(points[0]["nom"], 44, 2)))
    if compacte:
        ebauche.word(0, rang + 0.05, f"<b>{lignes}</b><br>{petit(mot, couleur, 13)}", yanchor="top")
        return
    ebauche.word(0, rang + 0.45, lignes)
    ebauche.word(1, rang + 0.45, petit(f"<b>{mot}</b>", couleur, 13), "right", "paper y")


def priorities(table: Any, maximum: float = 10, *, phrase: str = "", compacte: bool = False) -> go.Figure:
    """Les thèmes classés : une barre par score, sur l'échelle entière. `nom, score`, et si on les a `calcul`, `cle`."""
    lignes = [x for x in records(table) if known(x.get("score"))]
    recit = Recit(
        phrase or "Par quel thème commencer",
        ("Thème", f"Score sur {nombre(maximum)}", "Calcul"),
        [(x["nom"], x["score"], x.get("calcul")) for x in lignes],
        nom="priorites",
        choix="theme",
        description=f"{phrase}. " + " ; ".join(f"{x['nom']} : {nombre(x['score'], 1)}" for x in lignes),
    )
    if not lignes:
        return empty(recit, "Aucun thème n’a de score : il manque des chiffres à comparer, ou vos notes de gravité.")
    ebauche, rangs = Ebauche(), list(range(len(lignes)))
    cles = [str(x.get("cle", x["nom"])) for x in lignes]
    survols = [
        dit(bulle(sur(x["nom"]), f"{nombre(x['score'], 1)} sur {nombre(maximum)}", sur(x.get("calcul") or "")))
        for x in lignes
    ]
    commun = {"orientation": "h", "y": rangs, "width": 0.26 if compacte else 0.42, "customdata": cles}
    ebauche.bars(x=[maximum] * len(lignes), marker=plein("#ECE8DF"), hoverinfo="skip", **commun)
    ebauche.bars(
        x=[x["score"] or None for x in lignes], marker=plein(ENCRE), hovertemplate=survols, name="Score", **commun
    )
    for rang, ligne in enumerate(lignes):
        ebauche.word(0, rang, sur(ligne["nom"]), **({"yshift": 17} if compacte else {}))
        ebauche.word(1, rang, f"<b>{nombre(ligne['score'], 1)}</b>", "right", "paper y")
    return ebauche.figure(
        recit,
        height=(54 if compacte else 34) * len(lignes) + 8,
        barmode="overlay",
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        xaxis={"domain": [0, 0.86] if compacte else [0.36, 0.93], "range": [0, maximum], "visible": False},
        yaxis={"range": [len(lignes) - 0.45, -0.65 if compacte else -0.55], "visible": False},
    )


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
