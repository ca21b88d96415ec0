"""Les zones de la page, chacune déduite du calcul et de l'état."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go
from markupsafe import Markup

from ctgkit import droit, figures
from ctgkit.formats import date_longue, euros, liste, pluriel, read_date
from ctgkit.fourchette import Fourchette, Gain
from ctgkit.simulation import (
    AVERTISSEMENT,
    EXISTANT,
    NOUVEAU,
    Ecart,
    Etape,
    Resultat,
    alertes,
    financing,
    follow_up,
    instalments,
    questions,
)
from ctgkit.simulation.calcul.conditions import PHRASES, Raison
from ctgkit.simulation.lectures.constat import (
    certain,
    distinction,
    lead,
    lists_structures,
    movements,
    tell_year,
    weakest_status,
)
from ctgkit.simulation.lectures.explication import steps
from ctgkit.simulation.lectures.unites import name
from ctgkit.simulation.remarques import by_gravity
from ctgkit.storage import Registre, origines
from ctgkit.texte import minuscule
from ctgkit.views.bonus.etat import AXES, VUES
from ctgkit.views.bonus.lecture import (
    EGAL,
    RIEN,
    CalculBonus,
    LectureBonus,
    MontantMontre,
    amounts,
    by_axis,
    by_municipality,
    municipalities,
    totals,
)
from ctgkit.views.bonus.phrases import both_commitments, months, prudent_sentence, questions_text
from ctgkit.views.composants.graphique import ZoneGraphique
from ctgkit.views.composants.html import render
from ctgkit.views.composants.panneau import Zone

_OFFRES = {EXISTANT: "Offre existante", NOUVEAU: "Offre nouvelle"}
_ACCORDS = {
    EXISTANT: {"": "existant", "e": "existante", "s": "existants", "es": "existantes"},
    NOUVEAU: {"": "nouveau", "e": "nouvelle", "s": "nouveaux", "es": "nouvelles"},
}


_RAISONS = frozenset(PHRASES.values())
_AU_MOINS = PHRASES[Raison.AU_MOINS]
_FONDENT = ("references", ".nouveau", ".existant", "repartition", "bonus_trajectoire.montant")


@cache
def _documents() -> Registre:
    return origines()


def named(texte: str) -> str:
    """Un document cité se lit sous son nom, jamais sous sa clé."""
    return _documents().nommer(texte)


@dataclass(frozen=True)
class SourceMontree:
    libelle: str
    statut: str = ""
    depuis: str = ""
    reference: Any = None
    decide: bool = False

    @property
    def court(self) -> str:
        """Qui le dit, sans le titre entier du document."""
        return self.reference.titre.split(",")[0].split(" : ")[0] if self.reference else ""


@dataclass(frozen=True)
class OperationMontree:
    """`25 places existantes × 1 850 €` et son montant ; ce qui le fonde, l'étape qui décide d'abord, puis toutes."""

    operation: str
    montant: str
    sources: tuple[SourceMontree, ...]
    etapes: tuple[SourceMontree, ...]


@dataclass(frozen=True)
class Carte:
    nom: str
    lieu: str
    annee: int
    montant: MontantMontre
    etapes: tuple[OperationMontree, ...]
    total: str
    a_cote: str
    empechements: tuple[str, ...]
    raisons: tuple[str, ...]
    suivi: tuple[dict[str, Any], ...] = field(default=())
    acompte: str = ""
    reste: str = ""


def card(resultat: Resultat, structure: str, annee: int) -> Carte | None:
    rang = resultat.cadre.rangs.get(structure)
    if rang is None:
        return None
    s, lignes = resultat.territoire.structures, resultat.lignes
    ici = np.flatnonzero((lignes["structure"] == rang) & (lignes["annee"] == annee)).tolist()
    lus = {i: list(steps(resultat, i)) for i in ici}
    raisons = dict.fromkeys(e.libelle for etapes in lus.values() for e in etapes[:-1] if _is_reason(e))
    sommes = [float(lignes[c][ici].sum()) for c in ("bas", "haut", "haut_connu")]
    return Carte(
        nom=str(s["nom"][rang]),
        lieu=municipalities(resultat.territoire).get(s["code_insee"][rang], ""),
        annee=annee,
        montant=amounts(resultat, "structure", "annee").get((structure, annee), RIEN),
        etapes=tuple(_operation(resultat, i, etapes) for i, etapes in lus.items()),
        total=MontantMontre(*sommes).phrase,
        a_cote=_outside_bonus(resultat, ici),
        empechements=tuple(x for x in raisons if x != _AU_MOINS),
        raisons=tuple(x for x in raisons if x == _AU_MOINS),
        suivi=_followed(resultat, structure),
        acompte=_instalment(resultat, structure, annee),
        reste=_left(resultat, structure, annee),
    )


def _is_reason(etape: Etape) -> bool:
    return etape.libelle in _RAISONS


def _operation(resultat: Resultat, i: int, etapes: list[Etape]) -> OperationMontree:
    """Ce qui fonde le montant se lit d'abord ; toutes les étapes, avec leurs sources, se déplient."""
    utiles = [e for e in etapes[:-1] if not _is_reason(e)]
    fondent = [e for e in utiles if e.parametre.endswith(_FONDENT)] or [e for e in utiles if e.parametre][:1]
    decisives = [e for e in utiles if _decides(resultat, i, e)]
    sources = [replace(_source(e), decide=True) for e in decisives] + [_source(e) for e in fondent]
    bornes = (float(resultat.lignes[c][i]) for c in ("bas", "haut"))
    return OperationMontree(
        _title(resultat, i), Fourchette(*bornes).tell(de=""), tuple(sources), tuple(map(_source, utiles))
    )


def _decides(resultat: Resultat, i: int, etape: Etape) -> bool:
    """Un plancher plus haut que la part répartie : c'est lui qui fait le montant."""
    plancher = etape.valeur if isinstance(etape.valeur, float) and etape.parametre.endswith(".plancher") else None
    return plancher is not None and plancher > 0 and abs(float(resultat.lignes["unitaire_bas"][i]) - plancher) < 0.005


def _title(resultat: Resultat, i: int) -> str:
    lignes = resultat.lignes
    s, part = int(lignes["structure"][i]), int(lignes["part"][i])
    unite, quantite = resultat.cadre.services[resultat.cadre.service[s]].unite, float(lignes["quantite"][i])
    bornes = float(lignes["unitaire_bas"][i]), float(lignes["unitaire_haut"][i])
    if np.isnan(quantite):
        return f"{_OFFRES.get(part, 'Montant')}, quantité inconnue"
    combien = name(quantite, unite)
    if part in _ACCORDS:
        accord = "e" * (unite in ("places", "heures")) + "s" * (quantite >= 2)
        combien = f"{combien} {_ACCORDS[part][accord]}"
    else:
        combien = f"{droit.libelles_dispositifs()[resultat.dispositifs[lignes['dispositif'][i]]]} : {combien}"
    return f"{combien} × {_unit(*bornes)}" if bornes[1] else combien


def _unit(bas: float, haut: float) -> str:
    unitaire = Fourchette(bas, haut)
    if unitaire.inconnu:
        return "montant inconnu"
    decimales = 2 * bool(round(bas % 1, 6) or round(unitaire.connu % 1, 6))
    return unitaire.short(decimales, euros)


def _source(etape: Etape) -> SourceMontree:
    reference = replace(etape.reference, titre=named(etape.reference.titre)) if etape.reference else None
    return SourceMontree(etape.libelle, etape.statut, _since(etape.depuis), reference)


def _since(depuis: str) -> str:
    """`depuis le 1er janvier 2021`, ou l'année seule."""
    if not depuis:
        return ""
    try:
        return f"depuis le {date_longue(read_date(depuis))}"
    except ValueError:
        return depuis


def _outside_bonus(resultat: Resultat, ici: list[int]) -> str:
    """Les dispositifs que le total de ces lignes ajoute au bonus territoire, en mots."""
    codes = dict.fromkeys(resultat.dispositifs[resultat.lignes["dispositif"][i]] for i in ici)
    noms = droit.libelles_dispositifs()
    return liste([minuscule(noms[c]) for c in codes if c not in droit.dans_le_bonus()])


def _followed(resultat: Resultat, structure: str) -> tuple[dict[str, Any], ...]:
    """Simulé, notifié, perçu : les années où la Caf a notifié quelque chose."""
    notifiees = resultat.territoire.notifications["structure"] == structure
    if not notifiees.any():
        return ()
    t = follow_up(resultat)
    t = t[(t["structure"] == structure) & t["notifie_eur"].notna()]
    noms = droit.libelles_dispositifs()
    return tuple(
        {
            "quoi": noms.get(x.dispositif, x.dispositif),
            "annee": x.annee,
            "simule": "rien" if np.isnan(x.bas) else MontantMontre(x.bas, x.haut, x.haut_connu).phrase,
            "notifie": euros(x.notifie_eur),
            "percu": euros(x.percu_eur),
            "etat": x.etat,
        }
        for x in t.itertuples()
    )


def _instalment(resultat: Resultat, structure: str, annee: int) -> str:
    t = instalments(resultat)
    somme = float(t.loc[(t["structure"] == structure) & (t["annee"] == annee), "acompte_max"].sum())
    return euros(somme) if somme else ""


def _left(resultat: Resultat, structure: str, annee: int) -> str:
    """Ce qui reste à la collectivité ; un maximum tant que la prestation de service n'est pas comptée."""
    t = financing(resultat)
    ligne = t[(t["structure"] == structure) & (t["annee"] == annee)]
    if ligne.empty or np.isnan(ligne["reste_haut"].iloc[0]):
        return ""
    return f"au plus {euros(float(ligne['reste_haut'].iloc[0]))}, avant la prestation de service qui n'est pas comptée"


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


def _bar(annuel: Annuel, change: bool, note: str) -> dict[str, Any]:
    if change:
        texte = "0 €" if annuel.ecart.nul else annuel.ecart.short(signe=annuel.ecart.bas <= 0, fin=False)
        return {
            "annee": annuel.annee,
            "bas": annuel.ecart.bas,
            "haut": annuel.ecart.haut,
            "texte": texte,
            "mention": note,
        }
    m = annuel.scenario
    return {
        "annee": annuel.annee,
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
    return render("bonus/engagements", **both_commitments(lu.resultat, lu.etat.annee))


def questions_zone(lu: LectureBonus) -> Markup:
    posees = tuple(replace(q, question=named(q.question)) for q in questions(lu.resultat))
    return render(
        "bonus/questions",
        questions=posees,
        tout=questions_text(posees, lu.resultat.territoire),
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
