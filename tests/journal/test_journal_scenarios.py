"""Un scénario enregistré se retrouve par son code court, avec le même contenu, donc les mêmes montants."""

from dataclasses import replace
from datetime import date

import pytest

from ctgkit.errors import CtgError
from ctgkit.storage.journal import (
    ConflictError,
    duplicate_scenario,
    find_scenario,
    list_scenarios,
    load_scenario,
    save_scenario,
)
from ctgkit.territoire import Scenario

OUVRIR = Scenario(
    "Ouvrir 20 places", "historique", {"S1": 0.5}, ({"ouvrir": {"nom": "Crèche"}, "date": date(2027, 9, 1)},)
)
FERMER = Scenario("Ouvrir 20 places", mouvements=({"fermer": "S1", "date": "2028-07-01"},))


def test_enregistrer_puis_retrouver_par_le_code(journal):
    garde = save_scenario(journal, OUVRIR, "chargée de coopération")
    assert garde.code == OUVRIR.code
    rendu = load_scenario(journal, f" {OUVRIR.code.lower()} ")
    assert (rendu.nom, rendu.repartition, dict(rendu.poids), rendu.code) == (
        OUVRIR.nom,
        "historique",
        {"S1": 0.5},
        OUVRIR.code,
    )
    assert [(s.nom, s.role) for s in list_scenarios(journal)] == [("Ouvrir 20 places", "chargée de coopération")]


def test_un_lien_donne_reste_bon_quand_le_scenario_change(journal):
    garde = save_scenario(journal, OUVRIR, "élue")
    suite = save_scenario(journal, FERMER, "élue", vu=garde)
    assert (suite.id, suite.code) == (garde.id, FERMER.code)
    assert load_scenario(journal, OUVRIR.code).code == OUVRIR.code
    assert load_scenario(journal, FERMER.code).code == FERMER.code
    assert len(list_scenarios(journal)) == 1


def test_deux_personnes_sur_un_scenario(journal):
    garde = save_scenario(journal, OUVRIR, "élue")
    save_scenario(journal, FERMER, "élue", vu=garde)
    with pytest.raises(ConflictError):
        save_scenario(journal, Scenario("Ouvrir 20 places"), "conseiller Caf", vu=garde)
    assert find_scenario(journal, garde.id).code == FERMER.code


def test_dupliquer_renommer(journal):
    garde = save_scenario(journal, OUVRIR, "élue")
    copie = duplicate_scenario(journal, garde.code, "élue")
    assert (copie.nom, copie.code) == ("Ouvrir 20 places (copie)", OUVRIR.code)
    assert copie.id != garde.id
    assert duplicate_scenario(journal, garde.id, "élue").nom == "Ouvrir 20 places (copie 2)"
    renomme = save_scenario(journal, replace(OUVRIR, nom="Variante"), "élue", vu=copie)
    assert (renomme.nom, renomme.code) == ("Variante", OUVRIR.code)


def test_un_code_inconnu_donne_ceux_que_l_on_connait(journal):
    with pytest.raises(CtgError, match="Aucun scénario") as refus:
        load_scenario(journal, "ABCD1234")
    assert "Enregistrer d'abord" in refus.value.que_faire
    save_scenario(journal, OUVRIR, "élue")
    with pytest.raises(CtgError) as refus:
        load_scenario(journal, "ABCD1234")
    assert OUVRIR.code in refus.value.que_faire


def test_un_scenario_retire_garde_son_code(journal):
    garde = save_scenario(journal, OUVRIR, "élue")
    journal.record_all([garde.etat.change("retire", True)], "élue")
    assert list_scenarios(journal) == []
    assert load_scenario(journal, OUVRIR.code).nom == OUVRIR.nom
