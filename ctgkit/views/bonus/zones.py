"""Les zones de la page, chacune déduite du calcul et de l'état."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import plotly.graph_objects as go
from markupsafe import Markup

from ctgkit import figures
from ctgkit.formats import liste, pluriel
from ctgkit.fourchette import Gain
from ctgkit.simulation import AVERTISSEMENT, Ecart, alertes, questions
from ctgkit.simulation.lectures.constat import (
    certain,
    distinction,
    lead,
    lists_structures,
    movements,
    tell_year,
    weakest_status,
)
from ctgkit.simulation.remarques import by_gravity
from ctgkit.views.bonus.cartes import card, named
from ctgkit.views.bonus.etat import AXES, VUES
from ctgkit.views.bonus.lecture import (
    EGAL,
    RIEN,
    CalculBonus,
    LectureBonus,
    MontantMontre,
    by_axis,
    by_municipality,
    totals,
)
from ctgkit.views.bonus.phrases import double, everything, months, prudent_sentence
from ctgkit.views.composants.graphique import ZoneGraphique
from ctgkit.views.composants.html import render
from ctgkit.views.composants.panneau import Zone

QUESTIONS, ALERTES, PHRASES = 5, 4, 6


@dataclass(frozen=True)
class Annuel:
    annee: int
    reference: MontantMontre
    scenario: MontantMontre
    ecart: Gain


Formes = tuple[go.Figure, go.Figure]


def headline_zone(lu: LectureBonus) -> Markup:
    """Le constat, et l'année que l'on regarde."""
    return render(
        "bonus/constat",
        calcul=lu.calcul,
        etat=lu.etat,
        constat=tell_year(lu.calcul.ecart, lu.etat.annee),
        titre=_yearly_title(lu),
        details=_details(lu),
        statut=weakest_status(lu.calcul.ecart, lu.etat.annee),
        vide=not len(lu.resultat.territoire.structures),
        refuses=len(lu.calcul.refus),
    )


def _yearly_title(lu: LectureBonus) -> str:
    change = lu.calcul.change
    return "Ce que le scénario change, année par année" if change else "Le bonus territoire, année par année"


def years_graph(lu: LectureBonus) -> Formes | None:
    """Une barre par année : ce que le scénario change, ou le bonus de la référence ; rien quand rien n'est connu."""
    change, titre = lu.calcul.change, _yearly_title(lu)
    if _nothing_known(lu):
        return None
    surs = {} if change else certain(lu.resultat)
    barres = [_bar(a, change, months(lu.calcul, a.annee) if change else "") for a in _yearly(lu)]
    barres = [{**barre, "certain": surs.get(barre["annee"])} for barre in barres]
    return tuple(
        figures.bonus_by_year(barres, lu.etat.annee, phrase=titre, signe=change, compacte=etroite, largeur=620)
        for etroite in (False, True)
    )


def totals_zone(lu: LectureBonus) -> Markup:
    """Les nombres du graphique, et les totaux de la période."""
    return render(
        "bonus/totaux",
        calcul=lu.calcul,
        titre=_yearly_title(lu),
        duree=lu.duree,
        annuel=_yearly(lu),
        periode=_period(lu),
        inconnu=_nothing_known(lu),
    )


def prudence_zone(lu: LectureBonus) -> Markup:
    """De quoi demander la vue prudente ; demandée, ce qu'elle suppose."""
    non_tire = len(lu.prudence.non_tire) if lu.prudence else 0
    supposees = lu.prudence.hypotheses if lu.prudence else lu.etat.hypotheses
    sans = _unknown_total(lu)
    return render("bonus/prudence", prudence=lu.prudence, hypotheses=supposees, non_tire=non_tire, sans=sans)


def _unknown_total(lu: LectureBonus) -> bool:
    """Rien n'est connu du total de l'année regardée : aucun tirage ne le ferait connaître."""
    return totals(lu.resultat)[lu.etat.annee].inconnu


def prudent_graph(lu: LectureBonus) -> tuple[go.Figure] | None:
    """La vue prudente, quand on l'a demandée."""
    if lu.prudence is None or _unknown_total(lu):
        return None
    phrase = prudent_sentence(lu.prudence.quantiles, lu.etat.annee, totals(lu.resultat)[lu.etat.annee].ouvert)
    return (figures.prudence(lu.prudence.quantiles, phrase=phrase, largeur=620),)


def _details(lu: LectureBonus) -> list[tuple[Gain, str]]:
    parts = lead(lu.calcul.ecart, lu.etat.annee) if lu.calcul.change else []
    return parts if len(parts) > 1 else []


def _yearly(lu: LectureBonus) -> list[Annuel]:
    base, lui = totals(lu.calcul.reference), totals(lu.resultat)
    return [Annuel(a, base[a], lui[a], lu.calcul.par_an.get(a, EGAL)) for a in lu.resultat.annees]


def _nothing_known(lu: LectureBonus) -> bool:
    """Un graphique dont chaque barre serait inconnue est une phrase."""
    return not lu.calcul.change and all(a.scenario.inconnu for a in _yearly(lu))


def _bar(a: Annuel, change: bool, note: str) -> dict[str, Any]:
    if change:
        texte = "0 €" if a.ecart.nul else a.ecart.short(signe=a.ecart.bas <= 0, fin=False)
        return {"annee": a.annee, "bas": a.ecart.bas, "haut": a.ecart.haut, "texte": texte, "mention": note}
    m = a.scenario
    return {
        "annee": a.annee,
        "bas": m.bas,
        "haut": None if m.ouvert else m.connu,
        "connu": max(m.connu, m.bas),
        "texte": "inconnu" if m.inconnu else m.short(fin=False),
        "mention": note,
    }


def _period(lu: LectureBonus) -> dict[str, MontantMontre]:
    lus = {"reference": lu.calcul.reference, "scenario": lu.resultat}
    return {nom: sum(totals(r).values(), RIEN) for nom, r in lus.items()}


def why_zone(lu: LectureBonus) -> Markup:
    carte = card(lu.resultat, lu.etat.structure, lu.etat.annee)
    _, dit = lu.calcul.next_step(lu.etat.annee) or ("", None)
    return render(
        "bonus/pourquoi",
        carte=carte,
        petits=[levier for levier in lu.calcul.nearest(lu.etat.annee) if levier is not dit][:1],
        avertissement=AVERTISSEMENT,
    )


def detail_zone(lu: LectureBonus) -> Markup:
    return render(
        "bonus/detail",
        etat=lu.etat,
        tableau=by_axis(lu.calcul, lu.etat),
        axes=AXES,
        vues=VUES,
        annees=lu.resultat.annees,
        duree=lu.duree,
    )


def municipalities_zone(lu: LectureBonus) -> Markup:
    communes, total = by_municipality(lu.calcul, lu.etat.annee)
    return render("bonus/communes", annee=lu.etat.annee, communes=communes, total=total)


def engagements_zone(lu: LectureBonus) -> Markup:
    return render("bonus/engagements", **double(lu.resultat, lu.etat.annee))


def questions_zone(lu: LectureBonus) -> Markup:
    posees = tuple(replace(q, question=named(q.question)) for q in questions(lu.resultat))
    return render(
        "bonus/questions",
        questions=posees,
        tout=everything(posees, lu.resultat.territoire),
        montrees=QUESTIONS,
        sans=not lists_structures(lu.resultat),
    )


def alerts_zone(lu: LectureBonus) -> Markup:
    triees, sans = by_gravity(alertes(lu.resultat)), not lists_structures(lu.resultat)
    return render("bonus/alertes", alertes=triees, montrees=ALERTES, sans=sans)


def _compared(lu: LectureBonus) -> list[tuple[str, CalculBonus, Gain]]:
    """Le scénario en cours et ceux que l'on a choisis, chacun avec son gain de l'année."""
    tous = ([("", lu.calcul)] if lu.calcul.change else []) + list(lu.autres.items())
    return [(cle, calcul, calcul.par_an.get(lu.etat.annee, EGAL)) for cle, calcul in tous]


def compare_title(lu: LectureBonus) -> Markup:
    return render("bonus/comparer_titre", combien=len(_compared(lu)))


def compare_graph(lu: LectureBonus) -> Formes | None:
    """Les scénarios comparés, sur le même axe."""
    lignes = [
        {"cle": cle, "nom": c.brouillon.nom, "bas": g.bas, "haut": g.haut, "texte": "aucun écart" if g.nul else g.ecrit}
        for cle, c, g in _compared(lu)
    ]
    if not lignes:
        return None
    return tuple(figures.scenarios(lignes, lu.etat.annee, compacte=etroite, largeur=900) for etroite in (False, True))


def compare_zone(lu: LectureBonus) -> Markup:
    """Les mêmes, en phrases."""
    compares = [(cle, calcul.ecart) for cle, calcul, _ in _compared(lu)]
    lignes = [{"cle": cle, "nom": e.scenario.scenario.nom, "phrases": e.phrases[:PHRASES]} for cle, e in compares]
    ecarts = [e for _, e in compares]
    distinguent = [distinction(ecarts[0], autre) for autre in ecarts[1:]]
    return render("bonus/comparer", scenarios=lignes, commun=_common(ecarts), distinguent=distinguent)


def _common(ecarts: Sequence[Ecart]) -> str:
    """Ce que les scénarios comparés ne changent pas entre eux."""
    if len(ecarts) < 2:
        return ""
    premier, *autres = (movements(e) for e in ecarts)
    memes = sum(all(m in suite for suite in autres) for m in premier)
    repartitions = {e.scenario.scenario.repartition for e in ecarts}
    dits = ["le territoire et le barème"]
    dits += ["la répartition de l'existant"] * (len(repartitions) == 1)
    dits += [pluriel(memes, "changement identique", "changements identiques")] * bool(memes)
    return f"{liste(dits)}."


def undo_zone(lu: LectureBonus) -> Markup:
    return render("bonus/gestes", annuler=lu.memoire.can_undo, retablir=lu.memoire.can_redo)


# Ce que l'on regarde d'abord, puis ce qui suit.
ZONES: Mapping[str, Zone[LectureBonus]] = {
    "constat": Zone(headline_zone),
    "annees": ZoneGraphique(years_graph, geste="annee", titre=False, tableau=False),
    "totaux": Zone(totals_zone),
    "prudence": Zone(prudence_zone),
    "prudente": ZoneGraphique(prudent_graph, geste="annee"),
    "pourquoi-zone": Zone(why_zone),
    "detail": Zone(detail_zone),
    "communes": Zone(municipalities_zone, ensuite=True),
    "engagements": Zone(engagements_zone, ensuite=True),
    "titre-comparer": Zone(compare_title, ensuite=True),
    "scenarios": ZoneGraphique(compare_graph, titre=False, ensuite=True),
    "phrases-comparer": Zone(compare_zone, ensuite=True),
    "questions": Zone(questions_zone, ensuite=True),
    "alertes": Zone(alerts_zone, ensuite=True),
}
# Les zones qui se lisent ensemble, dans une même case de la page.
ENSEMBLES = {
    "resultat": ("constat", "annees", "totaux", "prudence", "prudente"),
    "comparer": ("titre-comparer", "scenarios", "phrases-comparer"),
}
