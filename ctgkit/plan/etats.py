"""Où en est une fiche : le retard se calcule, il ne se saisit pas."""

from datetime import date

from ctgkit.formats import pluriel
from ctgkit.plan.champs import champ
from ctgkit.plan.modele import Fiche, Plan

EN_RETARD = "En retard"
SANS_STATUT = "Sans avancement"
# Une action finie, abandonnée, suspendue ou en débat n'est pas « en retard » : son état le dit déjà.
RETARDABLES = ("À venir", "En cours", "Bloqué", "")


def states() -> tuple[str, ...]:
    return (*(v for v, _ in champ("statut").choix), EN_RETARD)


def is_late(fiche: Fiche, jour: date) -> bool:
    """L'échéance est passée et l'action n'est ni finie, ni suspendue, ni abandonnée."""
    fin = fiche.day("date_fin")
    return fin is not None and fin < jour and fiche.statut in RETARDABLES


def state(fiche: Fiche, jour: date) -> str:
    return EN_RETARD if is_late(fiche, jour) else fiche.statut or SANS_STATUT


def late_sentence(fiche: Fiche, jour: date) -> str:
    """« 144 jours après l'échéance »."""
    fin = fiche.day("date_fin")
    return f"{pluriel((jour - fin).days, 'jour')} après l'échéance" if fin and is_late(fiche, jour) else ""


def next_step(fiche: Fiche) -> str:
    """La première étape qui n'est pas faite."""
    restent = [e for e in fiche.rows("etapes") if not e.get("fait")]
    return str(min(restent, key=lambda e: str(e.get("date") or "9"))["libelle"]) if _named(restent) else ""


def _named(etapes: list) -> bool:
    return bool(etapes) and all(e.get("libelle") for e in etapes)


def steps_done(fiche: Fiche) -> tuple[int, int]:
    etapes = fiche.rows("etapes")
    return sum(1 for e in etapes if e.get("fait")), len(etapes)


def count_states(plan: Plan, jour: date) -> dict[str, int]:
    comptes = dict.fromkeys(states(), 0)
    for fiche in plan.fiches:
        etat = state(fiche, jour)
        comptes[etat] = comptes.get(etat, 0) + 1
    return comptes
