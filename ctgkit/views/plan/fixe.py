"""Le plan sans contrôle : pour JupyterLab, un lot ou une impression."""

from IPython.display import HTML

from ctgkit.carnet.plan import PlanActions, read_store
from ctgkit.documents.catalogue.plan.voisins import Voisins
from ctgkit.formats import date_longue
from ctgkit.plan import complete, complete_plan, is_late, state
from ctgkit.plan.champs import day
from ctgkit.plan.suivi import late_sentence
from ctgkit.storage.journal.plan import PlanStore
from ctgkit.views.composants.habillage import dressed
from ctgkit.views.composants.html import render
from ctgkit.views.plan.etat import first_state
from ctgkit.views.plan.vues import statement
from ctgkit.views.plan.zones import Regard
from ctgkit.views.territoire.portrait import reading_day


def show_plan(plan: PlanStore | PlanActions, annee: int = 0, aujourdhui: str = "") -> HTML:
    """Les fiches, ce qui manque, ce qui tarde, les besoins sans action, l'argent lié à la simulation."""
    plan, jour = read_store(plan), reading_day(aujourdhui, annee)
    r = Regard(plan, Voisins(plan.territoire, plan.journal, jour.year), first_state(plan.plan), jour)
    fiches, signature = r.plan.fiches, day(r.plan.signature.get("jour"))
    page = render(
        "plan/fixe", plan=r.plan, territoire=plan.territoire, constat=statement(r), jour=jour,
        lus=[(f, complete(r.plan, f), state(f, jour)) for f in fiches], complet=complete_plan(r.plan),
        retards=[(f, late_sentence(f, jour)) for f in fiches if is_late(f, jour)], matrice=r.matrice,
        argent=[(f, x) for f in fiches for x in r.voisins.financing(f).liees], structures=r.voisins.structures,
        signature=date_longue(signature) if signature else "",
    )  # fmt: skip
    return HTML(dressed([page], "30_plan_actions", ("plan.css",)))
