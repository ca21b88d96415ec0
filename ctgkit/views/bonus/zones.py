"""Les zones de la page, chacune déduite du calcul et de l'état : la même page à l'écran, dans un lot, sur papier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ctgkit.formats import liste, pluriel
from ctgkit.mouvements import normalise
from ctgkit.simulation import AVERTISSEMENT, Hypotheses, Prudence, alertes, questions
from ctgkit.views.bonus.cartes import card
from ctgkit.views.bonus.dessins import Barre, bars_svg, strips_svg
from ctgkit.views.bonus.etat import AXES, VUES
from ctgkit.views.bonus.lecture import (
    EGAL,
    RIEN,
    Calcul,
    Gain,
    LectureBonus,
    Montant,
    amounts,
    by_axis,
    by_municipality,
)
from ctgkit.views.bonus.phrases import asked, double, everything, headline, lead, months, sorted_alerts
from ctgkit.views.composants.html import render
from ctgkit.views.composants.panneau import Zone

QUESTIONS, ALERTES, PHRASES = 5, 4, 6


@dataclass(frozen=True)
class Annuel:
    annee: int
    reference: Montant
    scenario: Montant
    ecart: Gain


def headline_zone(lu: LectureBonus) -> Markup:
    """Le constat, le graphique, et les totaux de la période."""
    annuel, calcul = _yearly(lu), lu.calcul
    change = calcul.change
    barres = [_bar(a, change, months(calcul, a.annee) if change else "") for a in annuel]
    titre = "Ce que le scénario change, année par année" if change else "Le bonus territoire, année par année"
    etroit = bars_svg(barres, titre, change, ample=False) if lu.actif else ""
    return render(
        "bonus/constat", calcul=calcul, etat=lu.etat, constat=headline(calcul, lu.etat.annee), titre=titre,
        details=_details(lu), vide=not len(lu.resultat.territoire.structures), duree=lu.duree,
        ample=bars_svg(barres, titre, change), compact=etroit, annuel=annuel, ouvert=any(b.ouverte for b in barres),
        actif=lu.actif, refuses=len(calcul.refus), periode=_period(lu), **_prudence(lu.prudence),
    )  # fmt: skip


def _details(lu: LectureBonus) -> list[tuple[Gain, str]]:
    parts = lead(lu.calcul, lu.etat.annee) if lu.calcul.change else []
    return parts if len(parts) > 1 else []


def _yearly(lu: LectureBonus) -> list[Annuel]:
    base, lui = amounts(lu.calcul.reference, "annee"), amounts(lu.resultat, "annee")
    return [
        Annuel(a, base.get((a,), RIEN), lui.get((a,), RIEN), lu.calcul.par_an.get(a, EGAL)) for a in lu.resultat.annees
    ]


def _bar(a: Annuel, change: bool, note: str) -> Barre:
    if change:
        texte = "0 €" if a.ecart.nul else a.ecart.short(signe=a.ecart.bas <= 0, fin=False)
        return Barre(str(a.annee), a.ecart.bas, a.ecart.haut, texte, note)
    m = a.scenario
    texte = "inconnu" if m.inconnu else m.short(fin=False)
    return Barre(str(a.annee), m.bas, float("inf") if m.ouvert else m.connu, texte, note, max(m.connu, m.bas))


def _period(lu: LectureBonus) -> dict[str, Montant]:
    lus = {"reference": lu.calcul.reference, "scenario": lu.resultat}
    return {nom: sum(amounts(r, "annee").values(), RIEN) for nom, r in lus.items()}


def _prudence(prudence: Prudence | None) -> dict:
    if prudence is None:
        return {"prudent": None, "hypotheses": Hypotheses(), "non_tire": 0}
    q = prudence.quantiles
    lus = {int(x.annee): (x.p10, x.p50, x.p90) for x in q.itertuples()}
    return {"prudent": lus, "hypotheses": prudence.hypotheses, "non_tire": len(prudence.non_tire)}


def why_zone(lu: LectureBonus) -> Markup:
    carte = card(lu.resultat, lu.etat.structure, lu.etat.annee)
    return render(
        "bonus/pourquoi",
        carte=carte,
        petits=lu.calcul.nearest(lu.etat.annee)[:1],
        avertissement=AVERTISSEMENT,
        actif=lu.actif,
    )


def detail_zone(lu: LectureBonus) -> Markup:
    return render(
        "bonus/detail", etat=lu.etat, tableau=by_axis(lu.calcul, lu.etat), axes=AXES, vues=VUES,
        annees=lu.resultat.annees, duree=lu.duree, actif=lu.actif,
    )  # fmt: skip


def municipalities_zone(lu: LectureBonus) -> Markup:
    communes, total = by_municipality(lu.calcul, lu.etat.annee)
    return render("bonus/communes", annee=lu.etat.annee, communes=communes, total=total)


def engagements_zone(lu: LectureBonus) -> Markup:
    return render("bonus/engagements", actif=lu.actif, **double(lu.resultat, lu.etat.annee))


def questions_zone(lu: LectureBonus) -> Markup:
    posees = questions(lu.resultat)
    return render(
        "bonus/questions",
        questions=asked(posees),
        tout=everything(posees, lu.resultat.territoire),
        montrees=QUESTIONS,
        actif=lu.actif,
    )


def alerts_zone(lu: LectureBonus) -> Markup:
    return render("bonus/alertes", alertes=sorted_alerts(alertes(lu.resultat)), montrees=ALERTES, actif=lu.actif)


def compare_zone(lu: LectureBonus) -> Markup:
    """Le scénario en cours et ceux que l'on a choisis, sur le même axe, puis en phrases."""
    tous = ([("", lu.calcul)] if lu.calcul.change else []) + list(lu.autres.items())
    gains = [c.par_an.get(lu.etat.annee, EGAL) for _, c in tous]
    barres = strips_svg([(g.bas, g.haut) for g in gains])
    lignes = [
        {"cle": cle, "nom": c.brouillon.nom, "gain": gain, "barre": barre, "phrases": c.ecart.phrases[:PHRASES]}
        for (cle, c), gain, barre in zip(tous, gains, barres, strict=True)
    ]
    return render(
        "bonus/comparer", scenarios=lignes, annee=lu.etat.annee, actif=lu.actif, commun=_common([c for _, c in tous])
    )


def _common(calculs: Sequence[Calcul]) -> str:
    """Ce que les scénarios comparés ne changent pas entre eux."""
    if len(calculs) < 2:
        return ""
    ecrits = [{repr(normalise(m, "")) for m in c.resultat.scenario.mouvements} for c in calculs]
    memes = len(set.intersection(*ecrits))
    repartitions = {c.resultat.scenario.repartition for c in calculs}
    dits = ["le territoire et le barème"]
    dits += ["la répartition de l'existant"] * (len(repartitions) == 1)
    dits += [pluriel(memes, "changement identique", "changements identiques")] * bool(memes)
    return f"{liste(dits)}."


def undo_zone(lu: LectureBonus) -> Markup:
    return render("bonus/gestes", annuler=lu.memoire.can_undo, retablir=lu.memoire.can_redo)


# Ce que l'on regarde d'abord, puis ce qui suit ; les mêmes zones à l'écran, dans un lot, sur papier.
ZONES: Mapping[str, Zone[LectureBonus]] = {
    "resultat": Zone(headline_zone),
    "pourquoi-zone": Zone(why_zone),
    "detail": Zone(detail_zone),
    "communes": Zone(municipalities_zone, ensuite=True),
    "engagements": Zone(engagements_zone, ensuite=True),
    "comparer": Zone(compare_zone, ensuite=True),
    "questions": Zone(questions_zone, ensuite=True),
    "alertes": Zone(alerts_zone, ensuite=True),
}
