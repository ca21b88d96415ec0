"""Les graphiques du plan, dessinés sans navigateur : chacun avec sa phrase et le tableau qui est derrière."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from html import escape
from typing import Any

from ctgkit.documents.modele import Colonne, Figure, Tableau
from ctgkit.figures.svg.rendu import draw
from ctgkit.plan import Plan, count_states, state
from ctgkit.plan.suivi import GROUPES, states_by_issue

Taille = tuple[int, int]
# Largeur et hauteur (zéro : celle qu'il faut). Une diapositive se lit du fond de la salle.
PAGE, DIAPOSITIVE, DEMI_DIAPOSITIVE = (760, 0), (640, 290), (360, 290)
COULEURS = {
    "Réalisées": "#12617B",
    "En cours": "#636973",
    "À venir, à discuter": "#DACFBC",
    "En retard, bloquées, en pause": "#AF3D1B",
    "Abandonnées": "#1D2732",
}
_GROUPE = {etat: nom for nom, etats in GROUPES.items() for etat in etats}
HACHURES = ("À venir, à discuter",)
# La largeur du dessin qui laisse la place d'un signe dans les noms de lignes.
SIGNE = 18


def states_figure(plan: Plan, jour: date, taille: Taille = PAGE) -> Figure:
    """Une barre par état présent, de la même couleur que son groupe."""
    trouves = count_states(plan, jour)
    comptes = {etat: trouves[etat] for etats in GROUPES.values() for etat in etats if trouves.get(etat)}
    barres = {
        "type": "bar", "orientation": "h", "x": list(comptes.values()), "y": list(comptes),
        "marker": {"color": [COULEURS[_GROUPE.get(e, "À venir, à discuter")] for e in comptes]},
        "text": [str(n) for n in comptes.values()], "textposition": "outside",
    }  # fmt: skip
    phrase = "Les fiches selon leur avancement : " + _told(comptes) + "."
    corps = tuple(
        (etat, n, ", ".join(f.code for f in plan.fiches if state(f, jour) == etat)) for etat, n in comptes.items()
    )
    tableau = Tableau(
        (Colonne("Avancement"), Colonne("Fiches", "nombre"), Colonne("Lesquelles")),
        corps,
        "Les fiches selon leur avancement",
    )
    return _figure([barres], phrase, tableau, taille)


def issues_figure(plan: Plan, jour: date, taille: Taille = PAGE) -> Figure:
    """Une ligne par enjeu, ses fiches empilées par groupe d'états."""
    lus = states_by_issue(plan, jour)
    noms = [_short(f"{e.cle} {e.titre}", taille[0] // SIGNE) for e, _ in lus]
    presents = [g for g in GROUPES if any(comptes[g] for _, comptes in lus)]
    barres = [_stack(g, noms, [comptes[g] for _, comptes in lus]) for g in presents]
    phrase = "Les fiches de chaque enjeu : " + " ; ".join(
        f"{e.cle} ({_told({g.lower(): n for g, n in comptes.items() if n}) or 'aucune fiche'})" for e, comptes in lus
    )
    colonnes = (Colonne("Enjeu"), *(Colonne(g, "nombre") for g in presents), Colonne("Total", "nombre"))
    corps = tuple((f"{e.cle} {e.titre}", *(c[g] for g in presents), sum(c.values())) for e, c in lus)
    return _figure(barres, f"{phrase}.", Tableau(colonnes, corps, "Où en est chaque enjeu"), taille)


def _stack(groupe: str, noms: Sequence[str], valeurs: Sequence[int]) -> dict[str, Any]:
    return {
        "type": "bar", "orientation": "h", "name": groupe, "x": list(valeurs), "y": list(noms),
        "marker": {"color": COULEURS[groupe], "pattern": {"shape": "/" if groupe in HACHURES else ""}},
    }  # fmt: skip


def _figure(barres: Sequence[Mapping[str, Any]], phrase: str, tableau: Tableau, taille: Taille) -> Figure:
    """Des barres couchées, empilées quand il y a plusieurs séries ; le titre est celui du tableau."""
    mise = {
        "barmode": "stack",
        "yaxis": {"autorange": "reversed", "type": "category"},
        "xaxis": {"rangemode": "tozero"},
        "showlegend": len(barres) > 1,
    }
    svg = draw({"data": list(barres), "layout": mise}, *taille, titre=False, description=phrase)
    return Figure(svg, phrase, tableau.titre, tableau=replace(tableau, titre=""))


def _told(comptes: Mapping[str, int]) -> str:
    return ", ".join(f"{nom} : {n}" for nom, n in comptes.items())


def _short(texte: str, limite: int) -> str:
    """Le texte des personnes, sur une ligne, et protégé : plotly lirait ses balises."""
    return escape(texte if len(texte) <= limite else texte[: limite - 1].rstrip() + "…")
