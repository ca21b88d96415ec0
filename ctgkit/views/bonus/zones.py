"""Les zones de la page, chacune déduite du calcul et de l'état : la même page à l'écran, dans un lot, sur papier."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ctgkit.formats import liste, pluriel
from ctgkit.mouvements import normalise
from ctgkit.simulation import AVERTISSEMENT, Hypotheses, Prudence, Resultat, alertes, questions
from ctgkit.views.bonus.calcul import Calcul
from ctgkit.views.bonus.cartes import card
from ctgkit.views.bonus.dessins import Barre, bars_svg, strips_svg
from ctgkit.views.bonus.etat import AXES, VUES, EtatBonus
from ctgkit.views.bonus.montants import Gain, Montant
from ctgkit.views.bonus.panneaux import asked, double, everything, sorted_alerts
from ctgkit.views.bonus.phrases import headline, lead, months
from ctgkit.views.bonus.tableaux import EGAL, RIEN, amounts, by_axis, by_municipality
from ctgkit.views.composants.html import render

QUESTIONS, ALERTES, PHRASES = 5, 4, 6


@dataclass(frozen=True)
class Page:
    """Tout ce dont une zone a besoin. `autres` : les scénarios comparés, par identifiant.

    Sans contrôle (`actif` faux), rien ne se clique et rien n'est plié : la page s'imprime.
    """

    calcul: Calcul
    etat: EtatBonus
    autres: Mapping[str, Calcul]
    prudence: Prudence | None = None
    actif: bool = True

    @property
    def resultat(self) -> Resultat:
        return self.calcul.resultat

    @property
    def duree(self) -> str:
        return f"{pluriel(len(self.resultat.annees), 'an')}"


@dataclass(frozen=True)
class Annuel:
    annee: int
    reference: Montant
    scenario: Montant
    ecart: Gain


def headline_zone(p: Page) -> Markup:
    """Le constat, le graphique, et les totaux de la période."""
    annuel, calcul = _yearly(p), p.calcul
    change = calcul.change
    barres = [_bar(a, change, months(calcul, a.annee) if change else "") for a in annuel]
    titre = "Ce que le scénario change, année par année" if change else "Le bonus territoire, année par année"
    etroit = bars_svg(barres, titre, change, ample=False) if p.actif else ""
    return render(
        "bonus/constat", calcul=calcul, etat=p.etat, constat=headline(calcul, p.etat.annee), titre=titre,
        details=_details(p), vide=not len(p.resultat.territoire.structures), duree=p.duree,
        ample=bars_svg(barres, titre, change), compact=etroit, annuel=annuel, ouvert=any(b.ouverte for b in barres),
        actif=p.actif, refuses=len(calcul.refus), periode=_period(p), **_prudence(p.prudence),
    )  # fmt: skip


def _details(p: Page) -> list[tuple[Gain, str]]:
    parts = lead(p.calcul, p.etat.annee) if p.calcul.change else []
    return parts if len(parts) > 1 else []


def _yearly(p: Page) -> list[Annuel]:
    base, lui = amounts(p.calcul.reference, "annee"), amounts(p.resultat, "annee")
    return [
        Annuel(a, base.get((a,), RIEN), lui.get((a,), RIEN), p.calcul.par_an.get(a, EGAL)) for a in p.resultat.annees
    ]


def _bar(a: Annuel, change: bool, note: str) -> Barre:
    if change:
        texte = "0 €" if a.ecart.nul else a.ecart.short(signe=a.ecart.bas <= 0, fin=False)
        return Barre(str(a.annee), a.ecart.bas, a.ecart.haut, texte, note)
    m = a.scenario
    texte = "inconnu" if m.inconnu else m.short(fin=False)
    return Barre(str(a.annee), m.bas, float("inf") if m.ouvert else m.connu, texte, note, max(m.connu, m.bas))


def _period(p: Page) -> dict[str, Montant]:
    lus = {"reference": p.calcul.reference, "scenario": p.resultat}
    return {nom: sum(amounts(r, "annee").values(), RIEN) for nom, r in lus.items()}


def _prudence(prudence: Prudence | None) -> dict:
    if prudence is None:
        return {"prudent": None, "hypotheses": Hypotheses(), "non_tire": 0}
    q = prudence.quantiles
    lus = {int(x.annee): (x.p10, x.p50, x.p90) for x in q.itertuples()}
    return {"prudent": lus, "hypotheses": prudence.hypotheses, "non_tire": len(prudence.non_tire)}


def why_zone(p: Page) -> Markup:
    carte = card(p.resultat, p.etat.structure, p.etat.annee)
    return render(
        "bonus/pourquoi",
        carte=carte,
        petits=p.calcul.nearest(p.etat.annee)[:1],
        avertissement=AVERTISSEMENT,
        actif=p.actif,
    )


def detail_zone(p: Page) -> Markup:
    return render(
        "bonus/detail", etat=p.etat, tableau=by_axis(p.calcul, p.etat), axes=AXES, vues=VUES, annees=p.resultat.annees,
        duree=p.duree, actif=p.actif,
    )  # fmt: skip


def municipalities_zone(p: Page) -> Markup:
    communes, total = by_municipality(p.calcul, p.etat.annee)
    return render("bonus/communes", annee=p.etat.annee, communes=communes, total=total)


def engagements_zone(p: Page) -> Markup:
    return render("bonus/engagements", actif=p.actif, **double(p.resultat, p.etat.annee))


def questions_zone(p: Page) -> Markup:
    posees = questions(p.resultat)
    return render(
        "bonus/questions",
        questions=asked(posees),
        tout=everything(posees, p.resultat.territoire),
        montrees=QUESTIONS,
        actif=p.actif,
    )


def alerts_zone(p: Page) -> Markup:
    return render("bonus/alertes", alertes=sorted_alerts(alertes(p.resultat)), montrees=ALERTES, actif=p.actif)


def compare_zone(p: Page) -> Markup:
    """Le scénario en cours et ceux que l'on a choisis, sur le même axe, puis en phrases."""
    tous = ([("", p.calcul)] if p.calcul.change else []) + list(p.autres.items())
    gains = [c.par_an.get(p.etat.annee, EGAL) for _, c in tous]
    barres = strips_svg([(g.bas, g.haut) for g in gains])
    lignes = [
        {"cle": cle, "nom": c.brouillon.nom, "gain": gain, "barre": barre, "phrases": c.ecart.phrases[:PHRASES]}
        for (cle, c), gain, barre in zip(tous, gains, barres, strict=True)
    ]
    return render(
        "bonus/comparer", scenarios=lignes, annee=p.etat.annee, actif=p.actif, commun=_common([c for _, c in tous])
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


Zones = Mapping[str, Callable[[Page], Markup]]
PREMIERES: Zones = {"resultat": headline_zone, "pourquoi-zone": why_zone, "detail": detail_zone}
SUIVANTES: Zones = {
    "communes": municipalities_zone,
    "engagements": engagements_zone,
    "comparer": compare_zone,
    "questions": questions_zone,
    "alertes": alerts_zone,
}
ZONES: Zones = {**PREMIERES, **SUIVANTES}
