"""Les phrases qui disent où en est le plan : la page, le carnet et les documents disent la même chose."""

from datetime import date

from ctgkit.formats import date_longue, pluriel
from ctgkit.plan.champs import day
from ctgkit.plan.completude import CompletudePlan, Matrice, complete_plan
from ctgkit.plan.modele import Plan
from ctgkit.plan.suivi import is_late


def tell_plan(plan: Plan, jour: date) -> str:
    """La phrase qui ouvre la page : combien de fiches sont prêtes, combien sont en retard."""
    total, retards = len(plan.fiches), sum(is_late(f, jour) for f in plan.fiches)
    if not total and not plan.objectifs:
        return "Ni objectif ni fiche action ne sont renseignés ici."
    if not total:
        return f"Le plan compte {pluriel(len(plan.objectifs), 'objectif')} ; aucune fiche action n'est renseignée ici."
    lu = complete_plan(plan)
    fin = f" ; {retards} {'sont' if retards > 1 else 'est'} en retard." if retards else ", et aucune n'est en retard."
    return _tell_ready(lu.pretes, lu.a_signer) + fin


def _tell_ready(pretes: int, a_signer: int) -> str:
    if not a_signer:
        return "Toutes les fiches sont réalisées ou abandonnées"
    if pretes == a_signer:
        return "La seule fiche à signer est prête" if pretes == 1 else f"Les {pretes} fiches à signer sont prêtes"
    if not pretes:
        return "Aucune fiche n'est prête à signer"
    return f"{pretes} des {a_signer} fiches à signer {'sont prêtes' if pretes > 1 else 'est prête'}"


def ready_words(lu: CompletudePlan) -> str:
    """« 11 prêtes sur 13 à signer » ; rien quand aucune n'est à signer."""
    return f"{lu.pretes} {'prêtes' if lu.pretes > 1 else 'prête'} sur {lu.a_signer} à signer" if lu.a_signer else ""


def tell_size(plan: Plan, fin: date | None) -> str:
    """Ce que le plan compte, et jusqu'à quand court la convention."""
    compte = f"{pluriel(len(plan.enjeux), 'enjeu', 'enjeux')}, {pluriel(len(plan.objectifs), 'objectif')}."
    lu = [compte] if plan.enjeux or plan.objectifs else []
    return " ".join([*lu, *([f"La convention court jusqu'au {date_longue(fin)}."] if fin else [])])


def tell_needs(matrice: Matrice) -> str:
    """Les besoins du diagnostic que rien ne traite, les actions qui ne répondent à rien d'écrit."""
    sans, orphelines = len(matrice.sans_action), len(matrice.fiches_sans_constat)
    if not matrice.rangs:
        constat = "Aucun constat n'est encore relié au plan."
    elif sans:
        constat = f"{pluriel(sans, 'besoin')} du diagnostic {'sont' if sans > 1 else 'est'} sans action."
    else:
        constat = "Chaque besoin du diagnostic a au moins une action."
    return constat + (f" {pluriel(orphelines, 'action')} sans besoin écrit." if orphelines else "")


def tell_signature(plan: Plan) -> str:
    """Depuis quand les valeurs de départ sont gelées ; rien avant la signature."""
    jour = plan.signature.get("jour")
    return f"Les valeurs de départ sont gelées depuis le {date_longue(day(jour))}." if jour else ""
