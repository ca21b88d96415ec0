"""Le plan en tables : ce qu'un carnet lit et dessine est ce que la page et les documents disent."""

import pytest

from ctgkit.documents.catalogue.plan.voisins import Voisins
from ctgkit.figures import calendar, issues, states
from ctgkit.plan import complete, count_states, cover
from ctgkit.plan.suivi import GROUPES
from ctgkit.plan.tables import (
    list_fiches,
    list_issues,
    list_missing,
    list_money,
    list_needs,
    list_periods,
    list_states,
    list_steps,
)


@pytest.fixture
def plan(exemple):
    return exemple.plan


def test_chaque_fiche_a_sa_ligne_et_ce_qui_manque_y_est_compte(plan, jour):
    fiches, manques = list_fiches(plan, jour).set_index("cle"), list_missing(plan)
    assert list(fiches.index) == [f.cle for f in plan.fiches]
    for f in plan.fiches:
        lu = complete(plan, f)
        assert (fiches.champs_remplis[f.cle], fiches.champs_requis[f.cle]) == (lu.remplis, lu.total)
        assert set(manques[manques.cle == f.cle].champ) == {c.cle for c in lu.manques}


def test_les_etats_sont_ceux_que_l_on_compte(plan, jour):
    table = list_states(plan, jour).set_index("etat").fiches
    assert {etat: n for etat, n in count_states(plan, jour).items() if n} == table[table > 0].to_dict()
    assert states(table.to_dict(), GROUPES).layout.meta
    assert issues(list_issues(plan, jour), tuple(GROUPES)).layout.meta


def test_le_calendrier_ne_montre_que_les_fiches_datees_et_se_dessine(plan, jour):
    periodes = list_periods(plan.fiches, jour)
    assert set(periodes.cle) == {f.cle for f in plan.fiches if f.day("date_fin")}
    assert (periodes.debut <= periodes.fin).all()
    assert len(calendar(periodes, jour).layout.meta["table"]["lignes"]) == len(periodes)


def test_les_etapes_disent_ce_qui_est_fait_prevu_ou_en_retard(plan, jour):
    etapes = list_steps(plan, jour)
    assert len(etapes) == sum(len(f.rows("etapes")) for f in plan.fiches)
    tardives = etapes[etapes.etat == "en retard"]
    assert all(x < jour for x in tardives.jour)


def test_l_argent_garde_vide_ce_qu_on_ne_sait_pas(exemple, jour):
    saisi = list_money(exemple.plan)
    assert saisi.notifie_eur.isna().all()
    assert saisi.simule_bas_eur.isna().all()
    voisins = Voisins(exemple.territoire, exemple.journal, jour.year)
    assert list_money(exemple.plan, voisins.financing).notifie_eur.notna().any()


def test_les_besoins_sans_action_sont_ceux_de_la_matrice(exemple, jour):
    voisins = Voisins(exemple.territoire, exemple.journal, jour.year)
    matrice = cover(exemple.plan, voisins.constats.lectures)
    table = list_needs(matrice)
    assert set(table[table.sans_action].code) == {c.code for c in matrice.sans_action}
    assert not table[table.sans_action].fiches.any()
