"""Les autres regards sur le plan : l'ensemble, le tableau, le calendrier, les besoins, les intitulés."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from ctgkit.formats import date_longue, pluriel
from ctgkit.plan import AXES, Fiche, Matrice, Plan, arrange, champ, compare, complete_plan, count_states, is_late
from ctgkit.plan.etats import late_sentence
from ctgkit.plan.valeurs import day
from ctgkit.views.html import render
from ctgkit.views.plan_etat import DEPUIS
from ctgkit.views.plan_frise import schedule

if TYPE_CHECKING:
    from ctgkit.views.plan_zones import Regard

CHAMPS_LOT = ("statut", "priorite", "nature", "pilote_structure", "referent_caf", "elu", "date_fin")


def read_view(r: "Regard", gardees: Sequence[Fiche], matrice: Matrice, mots: Mapping[str, str]) -> str:
    ecrire: dict[str, Callable[[], str]] = {
        "ensemble": lambda: _overview(r, matrice),
        "tableau": lambda: _board(r, gardees, mots),
        "calendrier": lambda: _calendar(r, gardees),
        "besoins": lambda: _needs(matrice),
        "structure": lambda: _titles(r),
    }
    return ecrire[r.etat.vue]() if r.etat.vue in ecrire else Markup("")


def statement(r: "Regard") -> str:
    """La phrase qui ouvre la page."""
    total, retards = len(r.plan.fiches), sum(is_late(f, r.jour) for f in r.plan.fiches)
    if not total:
        return (
            f"Le plan compte {pluriel(len(r.plan.objectifs), 'objectif')}, et aucune fiche action n'est encore écrite."
        )
    pretes = complete_plan(r.plan).pretes
    debut = (
        "Toutes les fiches sont prêtes à signer"
        if pretes == total
        else f"{pretes} des {total} fiches sont prêtes à signer"
    )
    if pretes == 0:
        debut = "Aucune fiche n'est prête à signer"
    fin = f" ; {retards} {'sont' if retards > 1 else 'est'} en retard." if retards else ", et aucune n'est en retard."
    return debut + fin


def _overview(r: "Regard", matrice: Matrice) -> str:
    lu = complete_plan(r.plan)
    fin = r.store.territoire.convention.fin
    chapeau = f"{pluriel(len(r.plan.enjeux), 'enjeu', 'enjeux')}, {pluriel(len(r.plan.objectifs), 'objectif')}."
    chapeau += f" La convention court jusqu'au {date_longue(fin)}." if fin else ""
    return render(
        "plan_vue_ensemble", territoire=r.store.territoire, constat=statement(r), chapeau=chapeau, complet=lu,
        etats=count_states(r.plan, r.jour), matrice=matrice,
        objectifs_seuls=[o for o in r.plan.objectifs if o.cle in lu.objectifs_sans_fiche],
        retards=[(f, late_sentence(f, r.jour)) for f in r.plan.fiches if is_late(f, r.jour)],
        changements=compare(_earlier(r), r.plan), depuis=DEPUIS, etat=r.etat, exporte=r.exporte,
        signature=date_longue(day(r.plan.signature.get("jour"))) if r.plan.signature else "",
    )  # fmt: skip


def _earlier(r: "Regard") -> Plan:
    """Le plan auquel on compare : celui du fichier, ou celui d'il y a un jour, une semaine, un mois."""
    jours = {"jour": 1, "semaine": 7, "mois": 30}.get(r.etat.depuis)
    return r.store.before(datetime.now(UTC) - timedelta(days=jours)) if jours else r.store.origin


def _board(r: "Regard", gardees: Sequence[Fiche], mots: Mapping[str, str]) -> str:
    lot = [champ(c) for c in CHAMPS_LOT]
    valeurs = sorted(
        {str(f[c]) for f in r.plan.fiches for c in CHAMPS_LOT[3:6] if f[c]} | {t for c in lot for _, t in c.choix}
    )
    return render(
        "plan_vue_tableau", etat=r.etat, axes=AXES, constat=statement(r), mots=mots, lot=lot, valeurs_lot=valeurs,
        colonnes=arrange(r.plan, gardees, r.etat.axe, r.jour), statuts=champ("statut").choix,
        deplacable=r.etat.axe in ("statut", "pilote"),
    )  # fmt: skip


def _calendar(r: "Regard", gardees: Sequence[Fiche]) -> str:
    calendrier = schedule(gardees, r.store.territoire.annees, r.jour)
    suivantes = [b for b in calendrier.barres if b.fiche.day("date_fin") >= r.jour and b.classe in ("cours", "prevu")]
    constat = "Aucune échéance n'est saisie." if not calendrier.barres else "Toutes les échéances sont passées."
    if suivantes:
        prochaine = suivantes[0].fiche
        constat = f"La prochaine échéance est le {date_longue(prochaine.day('date_fin'))} : {prochaine.titre}."
    return render("plan_vue_calendrier", calendrier=calendrier, constat=constat)


def _needs(matrice: Matrice) -> str:
    sans, orphelines = len(matrice.sans_action), len(matrice.fiches_sans_constat)
    if not matrice.rangs:
        constat = "Aucun constat n'est encore relié au plan."
    elif sans:
        nombre = pluriel(sans, "écart défavorable", "écarts défavorables")
        constat = f"{nombre} du diagnostic {'sont' if sans > 1 else 'est'} sans action."
    else:
        constat = "Chaque écart défavorable du diagnostic a au moins une action."
    constat += f" {pluriel(orphelines, 'action')} sans besoin écrit." if orphelines else ""
    return render("plan_vue_besoins", matrice=matrice, constat=constat)


def _titles(r: "Regard") -> str:
    parents: dict[str, Any] = {
        "enjeu": {d.cle: d.titre for d in r.plan.domaines},
        "objectif": {e.cle: f"{e.cle} {e.titre}" for e in r.plan.enjeux},
    }
    enjeux, objectifs = len(r.plan.enjeux), len(r.plan.objectifs)
    constat = f"Le plan compte {pluriel(enjeux, 'enjeu', 'enjeux')} et {pluriel(objectifs, 'objectif')}."
    return render("plan_vue_structure", plan=r.plan, parents=parents, constat=constat)
