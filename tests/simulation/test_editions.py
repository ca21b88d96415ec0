"""Un scénario gardé avec une édition d'avant dit ce qui a changé pour lui, et rien quand rien n'a changé."""

import json
from dataclasses import replace
from datetime import date

import pytest
from outils import lu

from ctgkit.errors import CtgError
from ctgkit.simulation import (
    as_json,
    as_mapping,
    latest_edition,
    mark,
    read_scenario,
    report,
    reread,
    resolve,
    simulate,
)
from ctgkit.simulation.lectures.editions import Correction, editions
from ctgkit.storage import load_territoire
from ctgkit.storage.scenarios import open_scenario, read_scenario_file
from ctgkit.territoire import Marque, Scenario

JOUR = date(2026, 11, 22)
FERMER = Scenario("Fermer", mouvements=({"fermer": {"structure": "creche-aulne", "date": "2027-01-01"}},))


@pytest.fixture(scope="module")
def armentieres():
    return load_territoire("armentieres")


def garder(territoire, scenario=None, edition=1, **bonus):
    """Le même scénario, tel qu'une autre édition l'aurait gardé ; `bonus` : toutes ses années à ces bornes."""
    r = simulate(territoire, scenario or Scenario("Tel quel"))
    montants = dict.fromkeys(r.annees, (bonus["bas"], bonus["haut"], bonus["bas"])) if bonus else {}
    return replace(r.scenario, marque=Marque(r.scenario.code, edition, JOUR, montants))


def relire(territoire, scenario):
    return lu(" ".join(reread(simulate(territoire, scenario)).phrases))


def test_chaque_edition_a_un_numero_une_date_et_des_corrections_dites():
    assert [e.numero for e in editions()] == list(range(1, len(editions()) + 1))
    assert [e.depuis for e in editions()] == sorted(e.depuis for e in editions())
    for edition in editions()[1:]:
        assert edition.corrections
        for c in edition.corrections:
            assert c.change[0].islower()
            assert c.pourquoi[0].islower()
            assert not (c.change + c.pourquoi).endswith(".")


def test_chaque_lecture_qu_une_correction_nomme_existe(armentieres):
    r = simulate(armentieres)
    for edition in editions():
        for correction in edition.corrections:
            assert correction.touches(r) in (True, False)


def test_une_lecture_inconnue_ne_passe_pas_inapercue(armentieres):
    with pytest.raises(KeyError):
        Correction("x", "y", "bonus", "lecture_inventee").touches(simulate(armentieres))


def test_armentieres_dit_son_bonus_d_alors_celui_d_aujourd_hui_et_pourquoi(armentieres):
    """Revue d'usage n° 1 : 618 000 € par an sur quatre ans, puis une fourchette par an."""
    phrase = relire(armentieres, garder(armentieres, bas=618_000.0, haut=618_000.0))
    assert phrase.startswith(
        "Ce scénario a été enregistré le 22 novembre 2026 avec une édition antérieure du calcul : son bonus de 2023 à "
        "2026 était alors de 2 472 000 € ; il serait aujourd'hui compris entre 618 000 € et 2 472 000 €, parce qu'un "
    )
    assert "en entier chaque année" in phrase


def test_sans_chiffres_gardes_la_phrase_ne_donne_pas_de_montant(armentieres):
    phrase = relire(armentieres, garder(armentieres))
    assert "qui n'en gardait pas les chiffres" in phrase
    assert "€" not in phrase


def test_un_bonus_qui_n_a_pas_bouge_ne_dit_rien_de_lui(armentieres):
    r = simulate(armentieres, Scenario("Tel quel"))
    gardee = replace(mark(r, JOUR), edition=1)
    assert reread(r, gardee).bonus == ""
    centime = {a: (bas + 0.4, haut, connu) for a, (bas, haut, connu) in gardee.bonus_eur.items()}
    assert reread(r, replace(gardee, bonus_eur=centime)).bonus == ""


def test_un_territoire_que_nulle_correction_ne_touche_ne_dit_rien(construire):
    territoire = construire(
        structures=[{"id": "a", "type": "laep", "quantite": 10}], references=[{"type": "laep", "montant_eur": 1200}]
    )
    assert relire(territoire, garder(territoire)) == ""
    bouge = relire(territoire, garder(territoire, bas=1_000.0, haut=1_000.0))
    assert "Aucune correction du calcul ne le concerne" in bouge


def test_une_annee_seule_qui_bouge_se_dit_seule(armentieres):
    r = simulate(armentieres, Scenario("Tel quel"), [2024])
    alors = Marque(r.scenario.code, 1, JOUR, {2024: (1.0, 1.0, 1.0)})
    assert "son bonus de 2024 était alors de 1 €" in lu(reread(r, alors).bonus)


def test_un_scenario_d_aujourd_hui_ou_change_depuis_ne_dit_rien(armentieres):
    r = simulate(armentieres, Scenario("Tel quel"))
    assert relire(armentieres, replace(r.scenario, marque=mark(r))) == ""
    assert relire(armentieres, r.scenario) == ""
    exemple = load_territoire("exemple")
    assert relire(exemple, garder(exemple)) != ""
    assert relire(exemple, garder(exemple).fermer("creche-aulne", "2027-01-01")) == ""


@pytest.mark.parametrize(
    ("bonus", "dit"), [({}, "ses chiffres peuvent"), ({"bas": 1.0, "haut": 1.0}, "y était de 4 €")]
)
def test_une_edition_plus_recente_se_lit_et_se_dit(armentieres, bonus, dit):
    phrase = relire(armentieres, garder(armentieres, edition=latest_edition().numero + 5, **bonus))
    assert f"l'édition {latest_edition().numero + 5} du calcul, plus récente que celle de cet atelier" in phrase
    assert dit in phrase
    assert "Mettre l'atelier à jour" in phrase


def test_un_fichier_dit_son_edition_ou_il_est_de_la_premiere(tmp_path):
    ecrit = tmp_path / "s.json"
    for dite, attendue in ((None, 1), (1, 1), (2, 2), (99, 99)):
        contenu = as_mapping(FERMER) | ({"edition": dite} if dite else {})
        ecrit.write_text(json.dumps(contenu), encoding="utf-8")
        assert read_scenario_file(ecrit).garde.edition == attendue
        assert read_scenario_file(ecrit).code == FERMER.code
    exemple = load_territoire("exemple")
    assert "99" in relire(exemple, open_scenario(ecrit, "exemple"))


@pytest.mark.parametrize("ecrite", ["deux", 0, -1, True, 1.5, [2]])
def test_une_edition_qui_n_est_pas_un_numero_est_refusee(ecrite):
    with pytest.raises(CtgError, match="n'est pas un numéro") as refus:
        read_scenario({"nom": "Essai", "edition": ecrite})
    assert "edition: 1" in refus.value.que_faire


def test_la_marque_suit_un_scenario_ecrit_relu_et_resolu():
    marque = read_scenario(as_mapping(replace(FERMER, marque=Marque(FERMER.code, 1)))).garde
    assert marque == Marque(FERMER.code, 1)
    lu_resolu = resolve(
        replace(Scenario("Suite", base="premier"), marque=Marque(Scenario("", base="premier").code, 1)),
        {"premier": as_mapping(FERMER)},
    )
    assert (lu_resolu.garde.code, lu_resolu.garde.edition) == (FERMER.code, 1)


def test_la_commande_et_le_json_le_disent(armentieres):
    vieux = simulate(armentieres, garder(armentieres, bas=618_000.0, haut=618_000.0))
    assert "était alors de 2 472 000 €" in lu(report([vieux]))
    contenu = as_json(vieux)
    assert contenu["edition"] == latest_edition().numero
    assert "était alors de 2 472 000 €" in lu(contenu["scenario"]["relecture"][0])
    assert as_json(simulate(armentieres))["scenario"]["relecture"] == []
