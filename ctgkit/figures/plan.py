"""Le plan : son calendrier, l'avancement de ses fiches, celui de ses enjeux, le temps de la convention."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import plotly.graph_objects as go

from ctgkit.figures.gabarit import (
    BESOIN,
    BLANC,
    ENCRE,
    ENCRE_2,
    FEUILLE,
    FILET,
    LARGEUR,
    MOIS_COURTS,
    NEUTRE,
    OFFRE,
    TRAIT_MARGE,
    Ebauche,
    Recit,
    bulle,
    dit,
    empty,
    hachure,
    hachures,
    petit,
    plein,
    records,
    sur,
    wrapped,
)
from ctgkit.formats import date_longue, nombre

# Le fond et le mot de chaque avancement, comme un comité les lit.
COULEURS = {
    "Réalisées": OFFRE,
    "En cours": NEUTRE,
    "À venir, à discuter": FILET,
    "En retard, bloquées, en pause": BESOIN,
    "Abandonnées": ENCRE,
}
INCERTAINES = ("À venir, à discuter",)
ALERTE_FOND, ALERTE = "#FFEFBF", "#734D00"
_BARRES = {
    "fait": (plein(ENCRE), BLANC),
    "cours": (plein(OFFRE), BLANC),
    "retard": (plein(ALERTE_FOND, "#B07900"), ALERTE),
    "abandon": (hachure(NEUTRE), ENCRE),
    "prevu": (plein(FEUILLE, ENCRE), ENCRE),
}
JOUR_MS = 86_400_000


def calendar(table: Any, jour: date, *, phrase: str = "", compacte: bool = False, largeur: int = LARGEUR) -> go.Figure:
    """Une barre par fiche, du début à l'échéance, et le jour où l'on lit.

    `cle, code, nom, debut, fin, etat, classe` (fait, cours, retard, abandon, prevu), et `au_plus_tard` si la fin
    n'est pas sûre : sa queue est hachurée.
    """
    lignes = [x for x in records(table) if x.get("debut") and x.get("fin")]
    recit = Recit(
        phrase or "Du début à l’échéance",
        ("Fiche", "Avancement", "Début", "Échéance"),
        [
            (
                f"{x.get('code') or ''} {x['nom']}".strip(),
                x["etat"],
                date_longue(_day(x["debut"])),
                date_longue(_day(x["fin"])),
            )
            for x in lignes
        ],
        f"{phrase}. " + " ; ".join(f"{x.get('code') or ''} {x['nom']} : {_period(x)}" for x in lignes),
        "calendrier",
        "fiche",
        largeur=largeur,
    )
    if not lignes:
        return empty(recit, "Aucune échéance n’est saisie.")
    ebauche, rang_px = Ebauche(), 78 if compacte else 54
    premier, dernier = (
        min(_day(x["debut"]) for x in lignes),
        max(_day(x.get("au_plus_tard") or x["fin"]) for x in lignes),
    )
    annees = range(premier.year, max(dernier.year, premier.year) + 2)
    bornes = date(annees[0], 1, 1), date(dernier.year + 1, 1, 1)
    milieu = bornes[0] + (bornes[1] - bornes[0]) / 2
    for rang, ligne in enumerate(lignes):
        _period_bar(ebauche, ligne, rang, compacte)
        _period_word(ebauche, ligne, rang, milieu)
        ebauche.line((0, rang + 0.5, 1, rang + 0.5), refs="paper y")
    if bornes[0] <= jour <= bornes[1]:
        ebauche.line((jour.isoformat(), 0, jour.isoformat(), 1), TRAIT_MARGE, 2, "x y domain")
        mot = petit(f"<b>lecture au {jour.day} {MOIS_COURTS[jour.month - 1]} {jour.year}</b>")
        part = (jour - bornes[0]).days / (bornes[1] - bornes[0]).days
        ancre = "left" if part < 0.2 else "right" if part > 0.8 else "center"
        ebauche.word(jour.isoformat(), 1, mot, ancre, "x y domain", yanchor="bottom", yshift=3)
    visibles = [a for a in annees if date(a, 1, 1) < bornes[1]]
    pas = 2 if compacte and len(visibles) > 5 else 1
    reperes = [date(a, 1, 1).isoformat() for a in visibles][::pas]
    return ebauche.figure(
        recit,
        height=rang_px * len(lignes) + 62,
        barmode="overlay",
        margin={"l": 0, "r": 6, "t": 24, "b": 32},
        xaxis={
            "type": "date",
            "domain": [0, 1] if compacte else [0.38, 1],
            "ticks": "outside",
            "linecolor": ENCRE_2,
            "range": [b.isoformat() for b in bornes],
            "tickvals": reperes,
            "tickangle": 0,
            "ticktext": [t[:4] for t in reperes],
            "showgrid": True,
            "gridcolor": "#ECE8DF",
        },
        yaxis={"range": [len(lignes) - 0.5, -0.5], "visible": False},
    )


def _day(valeur: Any) -> date:
    return valeur if type(valeur) is date else date.fromisoformat(str(valeur)[:10])


def _period(ligne: Mapping[str, Any]) -> str:
    debut, fin = _day(ligne["debut"]), _day(ligne["fin"])
    quand = f"du {date_longue(debut)} au {date_longue(fin)}" if debut != fin else f"le {date_longue(fin)}"
    return f"{ligne['etat']}, {quand}"


def _period_word(ebauche: Ebauche, ligne: Mapping[str, Any], rang: int, milieu: date) -> None:
    """Les deux dates, sous la barre, du côté où il reste de la place."""
    debut, fin = _day(ligne["debut"]), _day(ligne["fin"])
    bout, ancre = (debut, "left") if debut < milieu else (fin, "right")
    ecrit = petit(" à ".join(dict.fromkeys((_short_date(debut, fin), _short_date(fin)))))
    ebauche.word(bout.isoformat(), rang, ecrit, ancre, "x y", yshift=-19)


def _short_date(jour: date, suivi: date | None = None) -> str:
    """« sept. 2026 » ; l'année ne se redit pas quand la date qui suit est de la même."""
    mois = MOIS_COURTS[jour.month - 1]
    return mois if suivi and suivi.year == jour.year and suivi.month != jour.month else f"{mois} {jour.year}"


def _period_bar(ebauche: Ebauche, ligne: Mapping[str, Any], rang: int, compacte: bool) -> None:
    debut, fin = _day(ligne["debut"]), _day(ligne["fin"])
    fin = max(fin, debut + timedelta(days=20))
    marque, encre = _BARRES.get(str(ligne.get("classe")), _BARRES["prevu"])
    tard = _day(ligne["au_plus_tard"]) if ligne.get("au_plus_tard") else fin
    suite = (f"au plus tard le {date_longue(tard)}",) if tard > fin else ()
    code = f"<b>{sur(ligne.get('code') or '')}</b> " if ligne.get("code") else ""
    commun = {
        "y": [rang],
        "orientation": "h",
        "width": 0.27 if compacte else 0.4,
        "customdata": [str(ligne.get("cle", ligne["nom"]))],
        "name": sur(ligne["nom"]),
        "hovertemplate": dit(bulle(sur(ligne["nom"]), _period(ligne), *suite)),
    }
    if tard > fin:
        ebauche.bars(
            base=[fin.isoformat()], x=[(tard - fin).days * JOUR_MS], marker=hachure(marque["line"]["color"]), **commun
        )
    muette = compacte or (fin - debut).days < 260 or "pattern" in marque  # jamais un mot sur des hachures
    mot = "" if muette else ligne["etat"].lower()
    ebauche.bars(
        base=[debut.isoformat()],
        x=[(fin - debut).days * JOUR_MS],
        marker=marque,
        text=[mot],
        textposition="inside",
        insidetextanchor="middle",
        constraintext="none",
        textangle=0,
        insidetextfont={"color": encre, "size": 13},
        **commun,
    )
    lignes = [sur(x) for x in wrapped(ligne["nom"], 40 if compacte else 38, 1 if compacte else 2)]
    if compacte:
        ebauche.word(0, rang, f"{code}{lignes[0]}", font={"size": 13}, yshift=22)
    else:
        ebauche.word(0, rang, code + "<br>".join(lignes), font={"size": 13})


def states(comptes: Mapping[str, int], groupes: Mapping[str, Sequence[str]], *, phrase: str = "") -> go.Figure:
    """Une barre par état présent, de la couleur de son groupe : combien de fiches en sont là."""
    presents = [(etat, nom) for nom, etats in groupes.items() for etat in etats if comptes.get(etat)]
    recit = Recit(
        phrase or "Les fiches selon leur avancement",
        ("Avancement", "Fiches"),
        [(etat, comptes[etat]) for etat, _ in presents],
        nom="avancement",
        description=f"{phrase} " + ", ".join(f"{e} : {comptes[e]}" for e, _ in presents),
    )
    if not presents:
        return empty(recit, "Aucune fiche n’est écrite.")
    ebauche, rangs = Ebauche(), list(range(len(presents)))
    for rang, (etat, nom) in enumerate(presents):
        ebauche.word(0, rang, sur(etat))
        ebauche.word(comptes[etat], rang, f"<b>{comptes[etat]}</b>", "left", "x y", xshift=8)
        ebauche.bars(
            orientation="h",
            x=[comptes[etat]],
            y=[rang],
            width=0.6,
            marker=_group_mark(nom),
            name=sur(etat),
            customdata=[etat],
            hovertemplate=dit(bulle(sur(etat), _files(comptes[etat]))),
        )
    plus = max(comptes[e] for e, _ in presents)
    return ebauche.figure(
        recit,
        height=36 * len(rangs) + 8,
        barmode="overlay",
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        xaxis={"domain": [0.3, 1], "range": [0, plus * 1.12], "visible": False},
        yaxis={"range": [len(rangs) - 0.45, -0.55], "visible": False},
    )


def issues(table: Any, groupes: Sequence[str], *, phrase: str = "", lettres: int = 34) -> go.Figure:
    """Une ligne par enjeu, ses fiches empilées par groupe d'états : `nom`, et une colonne par groupe."""
    lignes = records(table)
    presents = [g for g in groupes if any(x.get(g) for x in lignes)]
    recit = Recit(
        phrase or "Où en est chaque enjeu",
        ("Enjeu", *presents, "Total"),
        [
            (x["nom"], *(int(x.get(g) or 0) for g in presents), sum(int(x.get(g) or 0) for g in presents))
            for x in lignes
        ],
        nom="enjeux",
    )
    if not lignes or not presents:
        return empty(recit, "Aucun enjeu n’a de fiche.")
    ebauche, rangs = Ebauche(), list(range(len(lignes)))
    cumul = [0] * len(lignes)
    for groupe in presents:
        comptes = [int(x.get(groupe) or 0) for x in lignes]
        ebauche.bars(
            orientation="h",
            y=rangs,
            base=list(cumul),
            x=[n or None for n in comptes],
            width=0.56,
            marker=_group_mark(groupe),
            name=sur(groupe),
            customdata=[str(x.get("cle", x["nom"])) for x in lignes],
            hovertemplate=[
                dit(bulle(sur(x["nom"]), f"{sur(groupe)} : {n}")) for x, n in zip(lignes, comptes, strict=True)
            ],
        )
        cumul = [a + b for a, b in zip(cumul, comptes, strict=True)]
    for rang, (ligne, total) in enumerate(zip(lignes, cumul, strict=True)):
        ebauche.word(0, rang, "<br>".join(map(sur, wrapped(ligne["nom"], lettres, 2))), font={"size": 13})
        ebauche.word(total, rang, f"<b>{total}</b>", "left", "x y", xshift=8)
    return ebauche.figure(
        recit,
        height=42 * len(lignes) + 76,
        barmode="overlay",
        showlegend=len(presents) > 1,
        legend={"y": 0, "yref": "container", "yanchor": "bottom", "traceorder": "normal", "font": {"size": 13}},
        margin={"l": 0, "r": 0, "t": 4, "b": 68},
        xaxis={"domain": [0.4, 1], "range": [0, max(cumul) * 1.12 or 1], "visible": False},
        yaxis={"range": [len(lignes) - 0.45, -0.55], "visible": False},
    )


def _group_mark(groupe: str) -> dict[str, Any]:
    couleur = COULEURS.get(groupe, NEUTRE)
    return plein(FEUILLE, NEUTRE) | {"pattern": hachures(NEUTRE)} if groupe in INCERTAINES else plein(couleur)


def _files(combien: int) -> str:
    return f"{nombre(combien)} fiche{'s' if combien > 1 else ''}"


def convention(debut: date, fin: date, jour: date, echeances: Any = (), *, compacte: bool = False) -> go.Figure:
    """Le temps de la convention : ce qui est passé à l'encre, aujourd'hui, les repères. `echeances` : `jour, nom`."""
    lu = min(max(jour, debut), fin)
    phrase = f"Frise de la convention, du {date_longue(debut)} au {date_longue(fin)} ; lecture au {date_longue(jour)}"
    dates = [x for x in records(echeances) if debut <= _day(x["jour"]) <= fin]
    recit = Recit(
        phrase, ("Date", "Échéance"), [(_day(x["jour"]).isoformat(), x["nom"]) for x in dates], nom="frise", largeur=830
    )
    ebauche = Ebauche()
    ebauche.line((debut.isoformat(), 0, lu.isoformat(), 0), ENCRE, 6)
    ebauche.line((lu.isoformat(), 0, fin.isoformat(), 0), "#857A68", 2)
    for annee in range(debut.year, fin.year + 1):
        gauche, droite = max(date(annee, 1, 1), debut), min(date(annee, 12, 31), fin)
        trait = {"xsizemode": "scaled", "ysizemode": "pixel", "yanchor": 0}
        ebauche.line((gauche.isoformat(), -9, gauche.isoformat(), 9), ENCRE, 1.5, **trait)
        milieu = (gauche + (droite - gauche) / 2).isoformat()
        ebauche.word(milieu, 0, petit(str(annee), taille=13), "center", "x y", yanchor="top", yshift=-18)
    _dots(ebauche, dates, jour, debut < jour < fin)
    _ends(ebauche, debut, fin, jour, compacte)
    return ebauche.figure(
        recit,
        height=124 if compacte else 110,
        margin={"l": 9, "r": 9, "t": 0, "b": 0},
        xaxis={"type": "date", "range": [debut.isoformat(), fin.isoformat()], "visible": False},
        yaxis={"range": [-0.62, 1], "visible": False},
    )


def _dots(ebauche: Ebauche, dates: Sequence[Mapping[str, Any]], jour: date, dedans: bool) -> None:
    reperes = [(_day(x["jour"]), str(x["nom"])) for x in dates] + ([(jour, "Jour de lecture")] if dedans else [])
    if not reperes:
        return
    fonds = [ENCRE if d <= jour else FEUILLE for d, _ in reperes]
    bords = [FEUILLE if d <= jour else ENCRE for d, _ in reperes]
    ebauche.points(
        x=[d.isoformat() for d, _ in reperes],
        y=[0] * len(reperes),
        mode="markers",
        name="Échéances",
        hovertemplate=[dit(bulle(date_longue(d), sur(nom))) for d, nom in reperes],
        marker={"symbol": "circle", "size": 13, "color": fonds, "opacity": 1, "line": {"width": 2.2, "color": bords}},
    )


def _ends(ebauche: Ebauche, debut: date, fin: date, jour: date, compacte: bool) -> None:
    pose = {"yanchor": "bottom", "yshift": 16}
    for quand, ancre, mot in ((debut, "left", "début"), (fin, "right", "fin")):
        ecart = -9 if ancre == "left" else 9
        ebauche.word(
            quand.isoformat(),
            0,
            f"<b>{date_longue(quand)}</b><br>{petit(mot, taille=13)}",
            ancre,
            "x y",
            xshift=ecart,
            **pose,
        )
    if not debut < jour < fin or compacte:
        return
    annees = fin.year - debut.year + 1
    rang = f"{jour.year - debut.year + 1}ᵉ année sur {annees}".replace("1ᵉ ", "1ʳᵉ ")
    part = (jour - debut).days / (fin - debut).days
    if 0.25 < part < 0.75:
        ebauche.word(
            jour.isoformat(), 0, f"<b>{date_longue(jour)}</b><br>{petit(rang, taille=13)}", "center", "x y", **pose
        )
