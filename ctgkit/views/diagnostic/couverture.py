"""La couverture des domaines, dite en phrases : ce qui est diagnostiqué sans action, agi sans diagnostic, oublié."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ctgkit.diagnostic.domaines import ETAPES, Couverture
from ctgkit.formats import liste, nombre
from ctgkit.plan import Plan
from ctgkit.storage.journal import Journal
from ctgkit.storage.journal.plan import PlanStore
from ctgkit.territoire import Territoire

UNITES = {"diagnostic": "chiffre", "objectif": "objectif", "action": "action", "evaluation": "action évaluée"}


def with_present_plan(territoire: Territoire, journal: Journal | None) -> Territoire:
    """Le territoire avec le plan tel qu'on l'a écrit sur la page du plan, pas seulement celui du dossier."""
    return replace(territoire, plan=_raw(PlanStore(territoire, journal).plan)) if journal else territoire


def _raw(plan: Plan) -> dict[str, list[dict[str, Any]]]:
    sortes = {"enjeux": plan.enjeux, "objectifs": plan.objectifs, "fiches": plan.fiches}
    return {nom: [{**e.valeurs, "code": e.cle} for e in elements] for nom, elements in sortes.items()}


def title(couvertures: Sequence[Couverture]) -> str:
    """Ce qui manque le plus : les domaines où rien n'existe, sinon les besoins sans action."""
    rien = [c for c in couvertures if len(c.vides) == len(ETAPES)]
    sans_action = [c for c in couvertures if c.diagnostic and not c.action]
    sans_chiffre = [c for c in couvertures if c.action and not c.diagnostic]
    if rien:
        return f"{_some(rien)} : ni chiffre, ni objectif, ni action."
    if sans_action:
        return f"{_some(sans_action)} : des chiffres, mais aucune action."
    if sans_chiffre:
        return f"{_some(sans_chiffre)} : des actions qu'aucun chiffre ne fonde."
    return "Chaque domaine a ses chiffres et ses actions."


def _some(couvertures: Sequence[Couverture]) -> str:
    noms = [c.nom for c in couvertures]
    return liste(noms) if len(noms) <= 3 else f"{nombre(len(noms))} domaines sur dix"


def gaps(couvertures: Sequence[Couverture]) -> str:
    """« 5 domaines sans objectif, 9 sans action, 10 sans évaluation »."""
    manques = {e: sum(1 for c in couvertures if not getattr(c, e)) for e in ETAPES}
    mots = {"diagnostic": "chiffre", "objectif": "objectif", "action": "action", "evaluation": "évaluation"}
    dits = [f"{nombre(n)} sans {mots[e]}" for e, n in manques.items() if n]
    return f"Sur {nombre(len(couvertures))} domaines : {liste(dits)}." if dits else ""
