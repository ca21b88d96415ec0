"""La carte des communes : une trace par commune, que l'on survole et que l'on désigne ; masquée, elle est hachurée."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ctgkit.figures import cartographie
from ctgkit.figures.gabarit import (
    BLANC,
    CORPS,
    ENCRE,
    ETROITE,
    FEUILLE,
    LARGEUR,
    NEUTRE,
    PETIT,
    Ebauche,
    Recit,
    bulle,
    empty,
    hachure,
    hachures,
    petit,
    plein,
    records,
    sur,
)

UNITES = cartographie.LARGEUR
# Une lettre d'un nom, un chiffre d'une valeur : leur largeur, rapportée à la taille des caractères.
LETTRE, CHIFFRE_LARGE = 0.52, 0.57
ABREGES = {
    "Saint-": "St-",
    "Sainte-": "Ste-",
    "Vieux-": "Vx-",
    "Petite-": "Pte-",
    "Petit-": "Pt-",
    "Grande-": "Gde-",
    "Grand-": "Gd-",
    "Notre-Dame-": "N-D-",
}


@dataclass(frozen=True)
class Teinte:
    """Comment se peint une classe de communes : fond, encre du texte, bord ; hachurée ou en tirets."""

    fond: str = FEUILLE
    encre: str = ENCRE
    bord: str = ENCRE
    hachuree: bool = False
    tirets: str = "solid"


def _echelle(*fonds: str, claires: int) -> list[Teinte]:
    return [Teinte(fond, ENCRE if rang < claires else BLANC) for rang, fond in enumerate(fonds)]


_FAMILLES = {
    "b": _echelle("#FAE8DC", "#F2C8B0", "#E29D7C", "#B4532E", "#7A260D", claires=3),
    "o": _echelle("#F1F6F8", "#CFE3EA", "#9CC4D1", "#2F7B94", "#0C4C61", claires=3),
    "n": _echelle("#F4F2ED", "#DAD8D2", "#B4B6B7", "#626B75", "#2C3743", claires=3),
    "p": _echelle("#F1F6F8", "#CFE3EA", "#9CC4D1", "#2F7B94", "#0C4C61", claires=3),
}
TEINTES = {
    **{f"{nom}{rang}": teinte for nom, famille in _FAMILLES.items() for rang, teinte in enumerate(famille, 1)},
    "adhere": Teinte("#12617B", BLANC),
    "a-venir": Teinte("#F8F2E7"),
    "a-confirmer": Teinte("#F8F2E7", tirets="4px,3px"),
    "hors-zone": Teinte(BLANC),
    "inconnu": Teinte(BLANC, tirets="4px,3px"),
    "masque": Teinte(FEUILLE, bord=NEUTRE, hachuree=True, tirets="3px,2px"),
    "vide": Teinte(BLANC, bord=NEUTRE, tirets="2px,3px"),
}


SANS_POSITION = "Aucune commune n’a de position : la carte attend les colonnes lat et lon de communes.csv."


def territory_map(  # noqa: PLR0913
    table: Any,
    classes: Sequence[Mapping[str, Any]] = (),
    choisies: Collection[str] = (),
    *,
    phrase: str = "",
    compacte: bool = False,
    legende: bool = True,
    largeur: int = LARGEUR,
    vide: str = SANS_POSITION,
) -> go.Figure:
    """Une commune par ligne : `cle, nom, contours, classe` (sa teinte), `texte` (écrit dedans), `dit` (au survol).

    `classes` : la légende de haut en bas, `{"teinte", "texte", "nombre"}`, ou `{"repere"}` pour un trait entre deux.
    """
    lignes = [x for x in records(table) if x.get("contours") is not None and len(x["contours"])]
    recit = Recit(
        phrase or "La carte des communes",
        ("Commune", "Valeur"),
        [(x["nom"], x.get("dit") or x.get("texte")) for x in records(table)],
        f"{phrase}. " + " ; ".join(f"{x['nom']} : {x.get('dit') or x.get('texte')}" for x in lignes),
        "carte",
        "commune",
        loupe=len(lignes) > 12,
        largeur=ETROITE if compacte else largeur,
    )
    if not lignes:
        return empty(recit, vide)
    ebauche = Ebauche()
    haut = max(float(np.max(anneau[:, 1])) for x in lignes for anneau in x["contours"]) + 6
    cote = 250 if legende and classes and not compacte else 0
    if legende:
        _legend(ebauche, classes)
    ordre = sorted(lignes, key=lambda x: (x["cle"] in choisies, TEINTES[x["classe"]].tirets == "solid"))
    for ligne in ordre:
        ebauche.traces.append(_commune(ligne, ligne["cle"] in choisies))
    echelle = (recit.largeur - cote) / UNITES
    for ligne in lignes:
        _label(ebauche, ligne, echelle, compacte)
    sous = 24 * len(classes) if legende and classes and compacte else 0
    pose = {"orientation": "v", "x": 1.02, "y": 0.95} if cote else {"orientation": "v", "y": -0.02, "x": 0}
    return ebauche.figure(
        recit,
        height=round(haut * echelle) + 8 + sous,
        margin={"l": 2, "r": cote or 2, "t": 4, "b": 4 + sous},
        dragmode="pan" if recit.loupe else False,
        showlegend=bool(legende and classes),
        legend={**pose, "traceorder": "normal", "tracegroupgap": 0},
        xaxis={"visible": False, "fixedrange": not recit.loupe, "range": [0, UNITES]},
        yaxis={"visible": False, "fixedrange": not recit.loupe, "range": [haut, 0], "scaleanchor": "x"},
    )


def _commune(ligne: Mapping[str, Any], choisie: bool) -> dict[str, Any]:
    """Son contour, avec ses enclaves ; plotly ne survole une surface que par un seul texte."""
    teinte = TEINTES[ligne["classe"]]
    x: list[float | None] = []
    y: list[float | None] = []
    for anneau in ligne["contours"]:
        x += [None] * bool(x) + [round(float(v), 1) for v in (*anneau[:, 0], anneau[0, 0])]
        y += [None] * bool(y) + [round(float(v), 1) for v in (*anneau[:, 1], anneau[0, 1])]
    trait = {"color": ENCRE if choisie else teinte.bord, "width": 3.5 if choisie else 1.2}
    trait["dash"] = "solid" if choisie else teinte.tirets
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines",
        "fill": "toself",
        "hoveron": "fills",
        "showlegend": False,
        "text": bulle(sur(ligne["nom"]), sur(ligne.get("dit") or ligne.get("texte") or "")),
        "hoverinfo": "text",
        "meta": str(ligne["cle"]),
        "name": sur(ligne["nom"]),
        "fillcolor": teinte.fond,
        "line": trait,
        "hoverlabel": {"namelength": 0},
        **({"fillpattern": hachures(teinte.bord)} if teinte.hachuree else {}),
    }


def _legend(ebauche: Ebauche, classes: Sequence[Mapping[str, Any]]) -> None:
    """Une trace vide par classe : chacune est nommée, même sans commune ; le repère est tracé à sa place."""
    for classe in classes:
        if "repere" in classe:
            nom, trait = petit(f"<b>{sur(classe['repere'])}</b>", taille=13), {"color": NEUTRE, "width": 3}
            ebauche.points(x=[None], y=[None], mode="lines", name=nom, line=trait, hoverinfo="skip")
            continue
        teinte, compte = TEINTES[classe["teinte"]], int(classe.get("nombre") or 0)
        mots = f"{compte} commune{'s' if compte > 1 else ''}"
        marque = hachure(teinte.bord) if teinte.hachuree else plein(teinte.fond, teinte.bord)
        nom = f"{sur(classe['texte'])}   {petit(mots, taille=13)}"
        ebauche.bars(x=[None], y=[None], name=nom, marker=marque, hoverinfo="skip")


def _label(ebauche: Ebauche, ligne: Mapping[str, Any], echelle: float, compacte: bool) -> None:
    """Le nom et la valeur s'ils tiennent dans la commune, sinon la valeur seule, plus petite s'il le faut, ou rien."""
    teinte, valeur = TEINTES[ligne["classe"]], str(ligne.get("texte") or "")
    if teinte.hachuree or not valeur:
        return
    contour, corps = ligne["contours"][0], CORPS / echelle
    x, y = cartographie.centre(contour)
    portees = [cartographie.span_at(contour, x, y + corps * decalage) for decalage in (-1.0, 0.0, 0.9)]
    gauche, droite = max(g for g, _ in portees), min(d for _, d in portees)
    nom = "" if compacte else fitting_name(str(ligne["nom"]), (droite - gauche) / (PETIT / echelle * LETTRE))
    taille = fitting_size(valeur, droite - gauche, corps)
    if not (nom and taille):
        gauche, droite = cartographie.span_at(contour, x, y)
        nom, taille = "", fitting_size(valeur, droite - gauche, corps)
    if not taille:
        return
    texte = f"<b><span style='font-size:{max(PETIT, round(taille * echelle))}px'>{sur(valeur)}</span></b>"
    if nom:
        texte = f"{petit(sur(nom), teinte.encre)}<br>{texte}"
    milieu = (gauche + droite) / 2
    ebauche.word(round(milieu, 1), round(float(y), 1), texte, "center", "x y", font={"color": teinte.encre})


def fitting_size(texte: str, place: float, taille: float) -> float:
    """La taille à laquelle ce nombre tient : au plus celle que l'on veut, zéro quand il ne se lirait plus."""
    tient = 1.1 * place / (CHIFFRE_LARGE * max(len(texte), 1))
    return min(taille, tient) if tient >= 0.84 * taille else 0.0


def fitting_name(nom: str, lettres: float) -> str:
    """Le nom, son abrégé (« St-Saulve », « Pte-Forêt »), son premier mot (« Condé »), ou rien."""
    abrege = nom
    for long, court in ABREGES.items():
        abrege = abrege.replace(long, court)
    premier = abrege if abrege.startswith((*ABREGES.values(), "La ", "Le ", "Les ")) else abrege.split("-")[0]
    return next((n for n in (nom, abrege, premier) if len(n) < lettres), "")
