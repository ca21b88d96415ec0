"""Les diapositives du comité de pilotage : où en est le plan, ce qui bloque, l'argent, ce qu'il faut décider."""

from dataclasses import replace
from datetime import date

from ctgkit.documents.catalogue.plan.bilan import measured
from ctgkit.documents.catalogue.plan.figures import DEMI_DIAPOSITIVE, DIAPOSITIVE, issues_figure, states_figure
from ctgkit.documents.catalogue.plan.sections import A_DESIGNER, VoisinsDuPlan, bound_rows, heading, table_or
from ctgkit.documents.gabarit import fill
from ctgkit.documents.modele import Bloc, DessinDecrit, Document, Liste, Morceau
from ctgkit.documents.registre import Offre
from ctgkit.formats import date_longue, euros, pluriel
from ctgkit.plan import Fiche, Plan, complete_plan, follow, is_late
from ctgkit.plan.argent import sum_money
from ctgkit.plan.champs import day
from ctgkit.plan.phrases import ready_words, tell_plan
from ctgkit.plan.rangement import families
from ctgkit.plan.suivi import ARRETEES, PRESSANTES, late_sentence, next_steps, states_by_issue
from ctgkit.territoire import Territoire


def committee_document(plan: Plan, territoire: Territoire, jour: date, voisins: VoisinsDuPlan) -> Document:
    champs = heading(territoire, jour, f"Comité de pilotage, {territoire.nom}")
    champs |= {"constat": tell_plan(plan, jour), **_titles(plan, jour, voisins)}
    suivies: dict[str, list[Bloc]] = {
        "retards": _late(plan, jour),
        "arretees": _stopped(plan, jour),
        "argent": _money(plan, voisins),
        "mesures": measured(plan, None, jour),
        "decisions": _decisions(plan),
        "etapes": _steps(plan, jour),
    }
    enjeux = plan.fiches and plan.enjeux
    blocs: dict[str, list[Bloc]] = {
        "chiffres": [_figures(plan, territoire, jour, champs["fictif"]), *_states(plan, jour)],
        "enjeux": [replace(issues_figure(plan, jour, DIAPOSITIVE), titre="", tableau=None)] if enjeux else [],
        "sans_fiche": _without(plan),
        **{cle: lus if plan.fiches else [] for cle, lus in suivies.items()},
    }
    return fill("plan/comite", champs, blocs, jour=jour, pied=champs["titre"], sujet=champs["convention"])


def _without(plan: Plan) -> list[Bloc]:
    """Les objectifs que rien ne porte encore, partie par partie."""
    seuls = set(complete_plan(plan).objectifs_sans_fiche)
    lignes = [(f.titre, o.nom) for f in families(plan) for o in f.objectifs if o.cle in seuls]
    return table_or(("Partie du plan", "Objectif"), lignes, "") if lignes else []


def _titles(plan: Plan, jour: date, voisins: VoisinsDuPlan) -> dict[str, str]:
    """Le constat de chaque diapositive : ce qu'on en retient sans lire son tableau."""
    presses = sum(bool(comptes[PRESSANTES]) for _, comptes in states_by_issue(plan, jour))
    arretees = sum(f.statut in ARRETEES for f in plan.fiches)
    argent = sum_money(plan, voisins.financing)
    connu = argent.budget is not None and argent.acquis is not None
    return {
        "titre_enjeux": f"{pluriel(presses, 'enjeu a', 'enjeux ont')} une fiche en retard, bloquée ou en pause"
        if presses
        else "Aucun enjeu n'a de fiche en retard, bloquée ni en pause",
        "titre_sans_fiche": pluriel(
            len(complete_plan(plan).objectifs_sans_fiche), "objectif n'a pas de fiche", "objectifs n'ont pas de fiche"
        ),
        "titre_retards": _counted(sum(is_late(f, jour) for f in plan.fiches), "en retard", "en retard"),
        "titre_arretees": _counted(arretees, "bloquée ou en pause", "bloquées ou en pause"),
        "titre_argent": f"{euros(argent.acquis)} acquis sur {euros(argent.budget)} de budget" if connu else "L'argent",
        "titre_decisions": pluriel(len(_awaited(plan)), "décision est attendue", "décisions sont attendues")
        if _awaited(plan)
        else "Aucune décision n'est attendue",
        "titre_etapes": f"D'ici six mois, {pluriel(len(next_steps(plan, jour)), 'étape')} à faire",
    }


def _counted(combien: int, une: str, plusieurs: str) -> str:
    if not combien:
        return f"Aucune fiche n'est {une}"
    return pluriel(combien, f"fiche est {une}", f"fiches sont {plusieurs}")


def _figures(plan: Plan, territoire: Territoire, jour: date, fictif: str) -> Liste:
    """Le plan en quelques nombres, les plus graves d'abord."""
    lu = complete_plan(plan)
    retards = sum(is_late(f, jour) for f in plan.fiches)
    arretees = sum(f.statut in ARRETEES for f in plan.fiches)
    lignes = [
        (pluriel(len(plan.fiches), "fiche action", "fiches action"), ready_words(lu)),
        (pluriel(retards, "fiche en retard", "fiches en retard"), ""),
        (pluriel(arretees, "fiche bloquée ou en pause", "fiches bloquées ou en pause"), ""),
        (pluriel(len(plan.enjeux), "enjeu", "enjeux"), pluriel(len(plan.objectifs), "objectif")),
    ]
    seuls = len(lu.objectifs_sans_fiche)
    lignes += [(pluriel(seuls, "objectif sans fiche", "objectifs sans fiche"), "")] if seuls else []
    dites = [(Morceau(gras, gras=True), Morceau(f", {suite}" if suite else "")) for gras, suite in lignes]
    reunion = _next_meeting(territoire, jour)
    return Liste((*dites, *filter(None, (reunion, fictif))))


def _states(plan: Plan, jour: date) -> list[DessinDecrit]:
    """Projeté, le graphique suffit : ses nombres sont écrits au bout des barres."""
    return [replace(states_figure(plan, jour, DEMI_DIAPOSITIVE), tableau=None)] if plan.fiches else []


def _next_meeting(territoire: Territoire, jour: date) -> str:
    """La prochaine réunion du premier comité, quand la gouvernance la donne."""
    comite = next(iter(territoire.gouvernance.get("comites") or ()), {})
    prevues = [(quand, r) for r in comite.get("reunions") or () if (quand := day(r.get("date"))) and quand >= jour]
    if not prevues:
        return ""
    quand, reunion = min(prevues, key=lambda x: x[0])
    objet = f" : {reunion['objet']}" if reunion.get("objet") else ""
    return f"Prochaine réunion le {date_longue(quand)}{objet}"


def _late(plan: Plan, jour: date) -> list[Bloc]:
    lues = sorted((f for f in plan.fiches if is_late(f, jour)), key=lambda f: f.day("date_fin"))
    lignes = [
        (
            f.nom,
            f["pilote_structure"] or A_DESIGNER,
            date_longue(f.day("date_fin")),
            late_sentence(f, jour),
            follow(f, jour).prochaine or "à préciser",
        )
        for f in lues
    ]
    return table_or(
        ("Fiche", "Pilote", "Échéance", "Retard", "Prochaine étape"), lignes, "Aucune fiche n'est en retard."
    )


def _stopped(plan: Plan, jour: date) -> list[Bloc]:
    lignes = [
        (f.nom, f.statut, f["pilote_structure"] or A_DESIGNER, f["freins"] or "à préciser", follow(f, jour).note)
        for f in plan.fiches
        if f.statut in ARRETEES
    ]
    return table_or(
        ("Fiche", "État", "Pilote", "Ce qui freine", "Dernière note"), lignes, "Aucune fiche n'est bloquée ni en pause."
    )


def _money(plan: Plan, voisins: VoisinsDuPlan) -> list[Bloc]:
    """Les totaux en phrases, puis les lignes qui suivent la simulation : simulé, notifié, perçu."""
    lu = sum_money(plan, voisins.financing)
    manque = f" ; {pluriel(lu.sans_budget, 'fiche')} sans budget saisi" if lu.sans_budget else ""
    sans = f" ; {pluriel(lu.sans_montant, 'ligne')} sans montant" if lu.sans_montant else ""
    phrases = [
        f"Budget prévisionnel : {_known(lu.budget)}{manque} ; les fiches abandonnées n'y comptent pas",
        f"Financements acquis : {_known(lu.acquis)} ; sollicités : {_known(lu.sollicite)}{sans}",
    ]
    for mot, montant, connues in (("notifié", lu.notifie, lu.notifiees), ("versé", lu.percu, lu.percues)):
        if lu.liees:
            phrases.append(f"La Caf a {mot} : {_known(montant)}, pour {connues} des {lu.suivies} structures liées")
    phrases.append("Seule la notification de la Caf fait foi")
    return [Liste(tuple(phrases)), *(bound_rows(lu.liees, voisins.structures) if lu.liees else [])]


def _known(montant: float | None) -> str:
    return "non renseigné" if montant is None else euros(montant)


def _decisions(plan: Plan) -> list[Bloc]:
    lignes = [
        (f.nom, f["decision_attendue"] or "À discuter : faut-il la retenir ?", f["pilote_structure"] or A_DESIGNER)
        for f in _awaited(plan)
    ]
    return table_or(("Fiche", "Décision attendue", "Pilote"), lignes, "Aucune décision n'est notée comme attendue.")


def _awaited(plan: Plan) -> list[Fiche]:
    """Les fiches qui attendent une décision du comité, et celles qui restent à discuter."""
    return [f for f in plan.fiches if f["decision_attendue"] or f.statut == "À discuter"]


def _steps(plan: Plan, jour: date) -> list[Bloc]:
    lignes = [
        (date_longue(quand), etape, f.nom, f["pilote_structure"] or A_DESIGNER)
        for quand, f, etape in next_steps(plan, jour)
    ]
    return table_or(("Date", "Étape", "Fiche", "Pilote"), lignes, "Aucune étape n'est datée dans les six mois.")


OFFRE = Offre(
    cle="comite",
    titre="Les diapositives du comité",
    aide="L'avancement, les retards, les décisions attendues.",
    formats=("pptx",),
    document=committee_document,
    rang=4,
    defaut_pour=("pptx",),
)
