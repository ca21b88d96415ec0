"""Un scénario enregistré se retrouve par son code court, avec le même contenu, donc les mêmes montants."""

from dataclasses import replace
from datetime import date

import pytest

from ctgkit.errors import CtgError
from ctgkit.simulation import latest_edition
from ctgkit.storage.journal import (
    ConflictError,
    duplicate_scenario,
    find_scenario,
    list_scenarios,
    load_scenario,
    save_scenario,
)
from ctgkit.storage.journal.coeur import EtatObjet
from ctgkit.territoire import Marque, Scenario

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


def test_un_scenario_garde_l_edition_et_ses_chiffres_d_alors(journal):
    chiffres = {2026: (10.0, None, 12.5), 2027: (20.0, 30.0, 30.0)}
    marque = Marque(OUVRIR.code, latest_edition().numero, bonus_eur=chiffres)
    garde = save_scenario(journal, replace(OUVRIR, marque=marque), "élue")
    for lu in (garde.scenario, load_scenario(journal, OUVRIR.code)):
        assert (lu.garde.edition, lu.garde.bonus_eur) == (latest_edition().numero, chiffres)
        assert lu.garde.jour == garde.quand.astimezone().date()
    assert save_scenario(journal, FERMER, "élue").scenario.garde.edition == latest_edition().numero


def test_un_code_depasse_garde_l_edition_de_son_jour(journal):
    vu = save_scenario(journal, replace(OUVRIR, marque=Marque(OUVRIR.code, 1, bonus_eur={2026: (1.0, 1.0, 1.0)})), "x")
    save_scenario(journal, FERMER, "x", vu=vu)
    assert load_scenario(journal, OUVRIR.code).garde.edition == 1
    assert load_scenario(journal, OUVRIR.code).garde.bonus_eur == {2026: (1.0, 1.0, 1.0)}
    assert load_scenario(journal, FERMER.code).garde.edition == latest_edition().numero


def test_une_copie_garde_le_jour_et_l_edition_de_son_original(journal):
    jour = date(2026, 11, 2)
    garde = save_scenario(journal, replace(OUVRIR, marque=Marque(OUVRIR.code, 1, jour)), "élue")
    copie = duplicate_scenario(journal, garde.id, "élue").scenario.garde
    assert (copie.edition, copie.jour) == (1, jour)


def test_ce_qu_une_version_d_avant_a_ecrit_est_de_la_premiere_edition(journal):
    """Sans édition ; ou avec celle d'un contenu que cette version-là a changé depuis."""
    garde = save_scenario(journal, FERMER, "élue")
    mouvements = [dict(m) for m in OUVRIR.mouvements]
    suite = {"repartition": "historique", "poids": {"S1": 0.5}, "mouvements": mouvements, "code": OUVRIR.code}
    journal.record_all([garde.etat.change(champ, valeur) for champ, valeur in suite.items()], "élue")
    assert load_scenario(journal, OUVRIR.code).garde.edition == 1
    assert load_scenario(journal, FERMER.code).garde.edition == latest_edition().numero
    neuf = EtatObjet("scenario", "ancien")
    contenu = suite | {"nom": "Ancien", "base": "", "repartition": "lisse", "code": "x"}
    journal.record_all([neuf.change(champ, valeur) for champ, valeur in contenu.items()], "élue")
    assert find_scenario(journal, "ancien").scenario.garde.edition == 1


@pytest.mark.parametrize("bonus", ["demain", [1, 2], {"2026": "beaucoup"}, {"2026": {"bas": 1}}, None])
def test_une_version_plus_recente_se_lit_meme_si_elle_garde_ses_chiffres_autrement(journal, bonus):
    garde = save_scenario(journal, OUVRIR, "élue")
    calcul = {"code": OUVRIR.code, "edition": 99, "bonus_eur": bonus, "jour": "demain", "autre": 1}
    journal.record_all([garde.etat.change("calcul", calcul)], "élue")
    marque = find_scenario(journal, garde.id).scenario.garde
    assert (marque.edition, dict(marque.bonus_eur)) == (99, {})
