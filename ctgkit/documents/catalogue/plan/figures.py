"""Les graphiques du plan, dessinés sans navigateur : chacun avec sa phrase et le tableau qui est derrière."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import plotly.graph_objects as go

from ctgkit import figures
from ctgkit.documents.modele import Colonne, DessinDecrit, Tableau
from ctgkit.plan import Plan, count_states, state
from ctgkit.plan.suivi import GROUPES, states_by_issue

Taille = tuple[int, int]
# Largeur et hauteur (zéro : celle qu'il faut). Une diapositive se lit du fond de la salle.
PAGE, DIAPOSITIVE, DEMI_DIAPOSITIVE = (760, 0), (640, 290), (360, 290)
# La largeur du dessin qui laisse la place d'une lettre dans les noms de lignes.
LETTRE = 19


def states_figure(plan: Plan, jour: date, taille: Taille = PAGE) -> DessinDecrit:
    """Une barre par état présent, de la même couleur que son groupe."""
    trouves = count_states(plan, jour)
    comptes = {etat: trouves[etat] for etats in GROUPES.values() for etat in etats if trouves.get(etat)}
    phrase = "Les fiches selon leur avancement : " + _told(comptes) + "."
    corps = tuple(
        (etat, n, ", ".join(f.code for f in plan.fiches if state(f, jour) == etat)) for etat, n in comptes.items()
    )
    tableau = Tableau(
        (Colonne("Avancement"), Colonne("Fiches", "nombre"), Colonne("Lesquelles")),
        corps,
        "Les fiches selon leur avancement",
    )
    return _figure(figures.states(comptes, GROUPES, phrase=phrase), tableau, taille)


def issues_figure(plan: Plan, jour: date, taille: Taille = PAGE) -> DessinDecrit:
    """Une ligne par enjeu, ses fiches empilées par groupe d'états."""
    lus = states_by_issue(plan, jour)
    presents = [g for g in GROUPES if any(comptes[g] for _, comptes in lus)]
    phrase = "Les fiches de chaque enjeu : " + " ; ".join(
        f"{e.cle} ({_told({g.lower(): n for g, n in comptes.items() if n}) or 'aucune fiche'})" for e, comptes in lus
    )
    colonnes = (Colonne("Enjeu"), *(Colonne(g, "nombre") for g in presents), Colonne("Total", "nombre"))
    corps = tuple((e.nom, *(c[g] for g in presents), sum(c.values())) for e, c in lus)
    lignes = [{"nom": e.nom, **comptes} for e, comptes in lus]
    dessin = figures.issues(lignes, presents, phrase=f"{phrase}.", lettres=taille[0] // LETTRE)
    return _figure(dessin, Tableau(colonnes, corps, "Où en est chaque enjeu"), taille)


def _figure(dessin: go.Figure, tableau: Tableau, taille: Taille) -> DessinDecrit:
    """Le titre est celui du tableau ; une diapositive est remplie, jamais tassée."""
    largeur, hauteur = taille
    svg = figures.draw(dessin, largeur, max(hauteur, dessin.layout.height), fond="#fff")
    return DessinDecrit(svg, dessin.layout.meta["phrase"], tableau.titre, tableau=replace(tableau, titre=""))


def _told(comptes: Mapping[str, int]) -> str:
    return ", ".join(f"{nom} : {n}" for nom, n in comptes.items())
