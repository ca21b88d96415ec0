"""Le plan en tables : de quoi le lire, le compter et le dessiner dans un carnet."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import pandas as pd

from ctgkit.plan.argent import Financement, read_financing
from ctgkit.plan.champs import day
from ctgkit.plan.completude import Matrice, complete
from ctgkit.plan.modele import Fiche, Plan
from ctgkit.plan.suivi import GROUPES, count_states, is_late, late_sentence, state, states_by_issue

# Ce que l'état d'une fiche devient sur un calendrier.
CLASSES = {"Réalisé": "fait", "En retard": "retard", "En cours": "cours", "Abandonné": "abandon"}


def list_fiches(plan: Plan, jour: date) -> pd.DataFrame:
    """Une ligne par fiche : où elle est rangée, qui la porte, où elle en est, ce qu'il lui manque."""
    manques = {f.cle: complete(plan, f) for f in plan.fiches}
    return _table(
        plan.fiches,
        cle=lambda f: f.cle,
        code=lambda f: f.code,
        titre=lambda f: f.titre,
        domaines=lambda f: ", ".join(plan.domaines_of(f)),
        enjeux=lambda f: ", ".join(plan.enjeux_of(f)),
        objectifs=lambda f: ", ".join(f["objectifs"]),
        pilote=lambda f: f["pilote_structure"],
        priorite=lambda f: f["priorite"],
        etat=lambda f: state(f, jour),
        debut=lambda f: f.day("date_debut"),
        fin=lambda f: f.day("date_fin"),
        budget_eur=lambda f: f["budget_total"],
        champs_remplis=lambda f: manques[f.cle].remplis,
        champs_requis=lambda f: manques[f.cle].total,
    )


def _table(lignes: Iterable[Any], **colonnes: Callable[[Any], Any]) -> pd.DataFrame:
    """Une ligne par objet ; chaque colonne dit ce qu'elle y lit."""
    return pd.DataFrame([[lire(x) for lire in colonnes.values()] for x in lignes], columns=list(colonnes))


def list_late(plan: Plan, jour: date) -> pd.DataFrame:
    """Les fiches dont l'échéance est passée, et depuis combien de jours."""
    lignes = [
        (f.cle, f.code, f.titre, f["pilote_structure"], f.day("date_fin"), late_sentence(f, jour))
        for f in plan.fiches
        if is_late(f, jour)
    ]
    return pd.DataFrame(lignes, columns=["cle", "code", "titre", "pilote", "echeance", "retard"])


def list_objectives(plan: Plan) -> pd.DataFrame:
    """Chaque objectif, ses enjeux, et combien de fiches le servent."""
    lignes = [(o.cle, o.titre, ", ".join(o.codes("enjeux")), len(plan.fiches_of(o.cle))) for o in plan.objectifs]
    return pd.DataFrame(lignes, columns=["cle", "titre", "enjeux", "fiches"])


def list_missing(plan: Plan) -> pd.DataFrame:
    """Une ligne par champ requis qui manque, et qui peut le remplir."""
    lignes = [(f.cle, f.code, c.cle, c.libelle, c.qui) for f in plan.fiches for c in complete(plan, f).manques]
    return pd.DataFrame(lignes, columns=["cle", "code", "champ", "libelle", "qui"])


def list_states(plan: Plan, jour: date) -> pd.DataFrame:
    """Chaque état, le groupe où un comité le lit, et combien de fiches en sont là."""
    comptes = count_states(plan, jour)
    lignes = [(etat, nom, comptes.get(etat, 0)) for nom, etats in GROUPES.items() for etat in etats]
    return pd.DataFrame(lignes, columns=["etat", "groupe", "fiches"])


def list_issues(plan: Plan, jour: date) -> pd.DataFrame:
    """Chaque enjeu, et combien de ses fiches sont dans chaque groupe d'états."""
    lignes = [{"cle": e.cle, "nom": e.nom, **n} for e, n in states_by_issue(plan, jour)]
    return pd.DataFrame(lignes, columns=["cle", "nom", *GROUPES])


def list_periods(fiches: Iterable[Fiche], jour: date) -> pd.DataFrame:
    """Le calendrier : une ligne par fiche qui a une échéance, la plus proche d'abord."""
    datees = sorted((f for f in fiches if f.day("date_fin")), key=lambda f: (f.day("date_fin"), f.code))
    lignes = [
        (f.cle, f.code, f.titre, *_period(f), e, CLASSES.get(e, "prevu")) for f in datees for e in [state(f, jour)]
    ]
    return pd.DataFrame(lignes, columns=["cle", "code", "nom", "debut", "fin", "etat", "classe"])


def _period(fiche: Fiche) -> tuple[date, date]:
    """Sans début, ou avec un début après la fin, le jour de l'échéance."""
    fin = fiche.day("date_fin")
    return min(fiche.day("date_debut") or fin, fin), fin


def list_steps(plan: Plan, jour: date) -> pd.DataFrame:
    """Les étapes de toutes les fiches : faites, en retard, prévues, sans date."""
    lignes = [
        (f.cle, f.code, str(e.get("libelle") or ""), quand, _step_state(bool(e.get("fait")), quand, jour))
        for f in plan.fiches
        for e in f.rows("etapes")
        for quand in [day(e.get("date"))]
    ]
    return pd.DataFrame(lignes, columns=["cle", "code", "etape", "jour", "etat"])


def _step_state(faite: bool, quand: date | None, jour: date) -> str:
    if faite or quand is None:
        return "fait" if faite else "sans date"
    return "en retard" if quand < jour else "prévu"


def list_money(plan: Plan, financer: Callable[[Fiche], Financement] = read_financing) -> pd.DataFrame:
    """Une ligne par financeur ; `financer` y pose ce qui est simulé, notifié, perçu. Ce qu'on ne sait pas est vide."""
    return _table(
        ((f, x) for f in plan.fiches for x in financer(f).lignes),
        cle=lambda lu: lu[0].cle,
        code=lambda lu: lu[0].code,
        financeur=lambda lu: lu[1].financeur,
        etat=lambda lu: lu[1].etat,
        montant_eur=lambda lu: lu[1].montant,
        structure=lambda lu: lu[1].structure,
        dispositif=lambda lu: lu[1].dispositif,
        scenario=lambda lu: lu[1].scenario,
        annee=lambda lu: lu[1].annee,
        simule_bas_eur=lambda lu: (lu[1].simule or (None, None))[0],
        simule_haut_eur=lambda lu: (lu[1].simule or (None, None))[1],
        notifie_eur=lambda lu: lu[1].notifie,
        percu_eur=lambda lu: lu[1].percu,
    )


def list_needs(matrice: Matrice) -> pd.DataFrame:
    """Chaque constat du diagnostic, et ce que le plan en fait."""
    return _table(
        matrice.rangs,
        code=lambda r: r.constat.code,
        constat=lambda r: r.constat.phrase,
        sens=lambda r: r.constat.sens,
        source=lambda r: r.constat.source,
        fiches=lambda r: ", ".join(f.code for f in r.fiches),
        objectifs=lambda r: ", ".join(r.objectifs),
        indicateurs=lambda r: r.indicateurs,
        sans_action=lambda r: r.est_sans_action and r.constat.appelle_une_action,
    )
