"""Reste à charge, acomptes, simulé / notifié / perçu, et la vue prudente."""

from datetime import date

import numpy as np
import pytest

from ctgkit.errors import CtgError
from ctgkit.simulation import Hypotheses, aggregate, alertes, financing, follow_up, instalments, prudence, simulate
from ctgkit.storage import load_territoire

LAEP = {"id": "a", "type": "laep", "quantite": 100, "charges_eur": 24500.0, "participations_eur": 500.0}
REFERENCE = {"type": "laep", "montant_eur": 4200}


def test_le_reste_a_charge_est_ce_que_ni_les_familles_ni_la_caf_ne_paient(construire):
    ludotheque = {**LAEP, "type": "ludotheque"}
    territoire = construire(structures=[ludotheque], references=[{"type": "ludotheque", "montant_eur": 4200}])
    tableau = financing(simulate(territoire))
    assert tableau["reste_bas"].tolist() == tableau["reste_haut"].tolist() == [24500 - 500 - 4200] * 5


def test_une_prestation_que_l_on_ne_sait_pas_compter_fait_du_reste_a_charge_un_maximum(construire):
    """Un lieu d'accueil reçoit une prestation de service ; sans ses heures, rien ne dit son montant ni ce qui reste."""
    tableau = financing(simulate(construire(structures=[LAEP], references=[REFERENCE])))
    assert np.isinf(tableau["financements_haut"]).all()
    assert tableau["reste_bas"].isna().all()
    assert tableau["reste_haut"].tolist() == [24500 - 500 - 4200] * 5


def test_une_borne_ouverte_laisse_le_reste_a_charge_sans_minimum(construire):
    creche = {"id": "a", "type": "eaje", "quantite": 10, "charges_eur": 160000.0, "participations_eur": 0.0}
    tableau = financing(simulate(construire(structures=[creche], references=[{"type": "eaje", "montant_eur": 20000}])))
    assert tableau["reste_bas"].isna().all()
    assert tableau["reste_haut"].tolist() == [140000.0] * 5


def test_le_reste_a_charge_ne_compte_que_les_mois_ouverts(construire):
    """Revue d'analyste D1 : fermée fin 2026, une structure ne coûte plus rien ; en septembre, quatre douzièmes."""
    structures = [
        {**LAEP, "fermeture": date(2027, 1, 1)},
        {**LAEP, "id": "b", "ouverture": date(2027, 9, 1), "participations_eur": 600.0},
    ]
    notifie = {"laep.nouveau": {"valeurs": {"2025-01-01": 12}}}
    territoire = construire(structures=structures, references=[REFERENCE], parametres_locaux=notifie)
    lu = financing(simulate(territoire)).set_index(["structure", "annee"])
    assert lu.loc[("a", 2026), ["charges_eur", "reste_haut"]].tolist() == [24500, 24500 - 500 - 4200]
    assert lu.loc[("a", 2027), ["charges_eur", "participations_eur", "reste_haut"]].tolist() == [0, 0, 0]
    attendu = [24500 * 4 / 12, 600 * 4 / 12, 24500 * 4 / 12 - 600 * 4 / 12 - 100 * 4 / 12 * 12]
    lus = lu.loc[("b", 2027), ["charges_eur", "participations_eur", "reste_haut"]].tolist()
    assert lus == pytest.approx(attendu, abs=0.006)


def test_une_participation_inconnue_n_est_pas_zero(construire):
    """Règle 10 : elle ôte au reste à charge sa borne basse, et la comparaison aux charges ne peut plus être faite."""
    r = simulate(construire(structures=[{**LAEP, "participations_eur": None}], references=[REFERENCE]))
    lu = financing(r)
    assert lu["participations_eur"].isna().all()
    assert lu["reste_bas"].isna().all()
    assert lu["reste_haut"].tolist() == [24500 - 4200] * 5
    assert "charges_non_comparees" in {a.code for a in alertes(r)}


def test_les_acomptes_ne_depassent_pas_70_pour_cent(construire):
    tableau = instalments(
        simulate(construire(structures=[LAEP], references=[{"type": "laep", "montant_eur": 1000.01}]))
    )
    assert tableau["acompte_max"].tolist() == [700.0] * 5
    assert tableau["solde_min"].tolist() == [300.01] * 5


def test_simule_notifie_percu(construire):
    notifications = [
        {"structure": "a", "annee": 2025, "dispositif": "bonus_territoire", "notifie_eur": 4000.0, "percu_eur": 2800.0},
        {"structure": "a", "annee": 2026, "dispositif": "bonus_territoire", "notifie_eur": 4200.0},
        {"structure": "a", "annee": 2027, "dispositif": "bonus_territoire", "notifie_eur": 4300.0},
        {"structure": "a", "annee": 2026, "dispositif": "bonus_mixite", "notifie_eur": 10.0},
    ]
    r = simulate(construire(structures=[LAEP], references=[REFERENCE], notifications=notifications))
    suivi = follow_up(r).set_index(["annee", "dispositif"])
    assert suivi.loc[(2025, "bonus_territoire"), ["ecart_bas", "ecart_haut", "etat"]].tolist() == [
        -200.0,
        -200.0,
        "en dessous du simulé",
    ]
    etats = suivi["etat"].to_dict()
    assert etats[2026, "bonus_territoire"] == "dans la fourchette"
    assert etats[2027, "bonus_territoire"] == "au-dessus du simulé"
    assert etats[2028, "bonus_territoire"] == "pas encore notifié"
    assert etats[2026, "bonus_mixite"] == "notifié sans être simulé"


@pytest.fixture
def ouverture(construire, scenario):
    territoire = construire(
        structures=[{"id": "a", "type": "eaje", "quantite": 49}], references=[{"type": "eaje", "montant_eur": 98000}]
    )
    return simulate(territoire, scenario({"quantite": {"structure": "a", "quantite": 53, "date": "2026-09-01"}}))


def test_la_vue_prudente_se_rejoue_a_l_identique(ouverture):
    tirages = [prudence(ouverture, Hypotheses(tirages=300, graine=g)).quantiles for g in (1, 1, 2)]
    assert tirages[0].equals(tirages[1])
    assert not tirages[0].equals(tirages[2])


def test_la_vue_prudente_reste_dans_les_bornes_publiees(ouverture):
    total = aggregate(ouverture, "annee")
    p = prudence(ouverture, Hypotheses(tirages=400)).quantiles
    assert (p["p10"] <= p["p50"]).all()
    assert (p["p50"] <= p["p90"]).all()
    assert (p["p90"] <= total["haut_connu"] + 0.01).all()
    assert (p["p10"] >= total["bas"] - 0.01).all()
    assert p["p50"].iloc[0] == 98000.0


def test_sans_glissement_ni_fourchette_la_vue_prudente_est_le_montant(construire, scenario):
    parametres = {"laep.nouveau": {"valeurs": {"2025-01-01": 12}}}
    territoire = construire(
        structures=[{**LAEP, "quantite": 120}], references=[REFERENCE], parametres_locaux=parametres
    )
    r = simulate(territoire, scenario({"quantite": {"structure": "a", "quantite": 150, "date": "2027-05-01"}}))
    p = prudence(r, Hypotheses(tirages=5, glissement_mois=0, occupation_min=1.0)).quantiles
    assert p["p10"].tolist() == p["p90"].tolist() == pytest.approx(aggregate(r, "annee")["bas"].tolist(), abs=0.01)


def test_un_glissement_repousse_l_argent_sans_en_creer(ouverture):
    sans = prudence(ouverture, Hypotheses(tirages=500, glissement_mois=0)).quantiles
    avec = prudence(ouverture, Hypotheses(tirages=500, glissement_mois=12)).quantiles
    assert sans["retrait_p90"].tolist() == [0.0] * 5
    assert avec["retrait_p50"][1] > 0
    assert avec["p50"].tolist() == sans["p50"].tolist()


def test_une_enveloppe_incertaine_ne_bouge_pas(construire):
    structures = [{"id": f"s{i}", "type": "cooperation", "quantite": None} for i in range(3)]
    r = simulate(construire(structures=structures, references=[{"type": "cooperation", "montant_eur": 30000}]))
    p = prudence(r, Hypotheses(tirages=50)).quantiles
    assert np.allclose(p[["p10", "p50", "p90"]], 30000)


@pytest.mark.parametrize("h", [Hypotheses(tirages=0), Hypotheses(glissement_mois=-1), Hypotheses(occupation_min=1.2)])
def test_des_hypotheses_impossibles_sont_refusees(ouverture, h):
    with pytest.raises(CtgError, match="Hypothèses de prudence"):
        prudence(ouverture, h)


def test_la_vue_prudente_dit_ce_qu_elle_ne_peut_pas_tirer(ouverture):
    assert any("revalorisation" in q for q in prudence(ouverture, Hypotheses(tirages=10)).non_tire)


def test_la_vue_prudente_ne_contredit_jamais_le_minimum():
    """Revue d'usage n° 11 : « une fois sur dix, plus de 666 346 » quand le minimum du scénario est 683 743."""
    r = simulate(load_territoire("exemple"))
    bornes, lus = aggregate(r, "annee"), prudence(r).quantiles
    assert (lus["p10"] >= bornes["bas"]).all()
    assert (lus["p90"] <= bornes["haut_connu"]).all()
    assert (lus["retrait_p90"] >= lus["retrait_p50"]).all()


def test_un_tres_grand_territoire_a_moins_de_tirages_et_le_dit(ouverture, monkeypatch):
    monkeypatch.setattr("ctgkit.simulation.lectures.prudence._COPIES_MAX", 30)
    assert prudence(ouverture).hypotheses.tirages == 30
