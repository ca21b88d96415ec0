"""Un scénario s'écrit aussi en Python, dans les mots de son YAML : même contenu, même code, mêmes refus."""

from datetime import date

import pytest
import yaml

from ctgkit.simulation import (
    ScenarioError,
    compare_scenarios,
    read_scenario,
    simulate,
)
from ctgkit.territoire import Scenario

ECRIT = """
nom: Projet
repartition: historique
mouvements:
  - ouvrir:
      structure: {type: eaje, code_insee: "59001", quantite: 20, nom: Neuve, charges_eur: 1500.5}
      date: 2027-09-01
  - fermer: {structure: a, date: 2027-01-01}
  - quantite: {structure: b, quantite: 31, date: 2026-09-01}
  - quantite: {structure: c, quantite: 12,5}
  - adherer: {code_insee: "59001", date: 2026-02-01, effet: 2026-03-01}
  - credits: {competence: k, annee: 2026, credits_eur: 1000}
  - parametre: {code: eaje.nouveau, valeur: {min: 1, max: 2}, depuis: 2026-01-01, statut: local}
"""


def construit() -> Scenario:
    projet = Scenario("Projet").ouvrir(
        type="eaje", commune="59001", quantite=20.0, date=date(2027, 9, 1), nom="Neuve", charges_eur="1500,5"
    )
    projet = projet.fermer("a", "01/01/2027").quantite("b", 31, "2026-09-01").quantite("c", "12,5")
    projet = projet.adherer("59001", "2026-02-01", effet=date(2026, 3, 1)).credits("k", 2026, 1000)
    projet = projet.parametre("eaje.nouveau", {"min": 1, "max": 2}, "2026-01-01", statut="local")
    return projet.repartir("historique")


def test_les_memes_mots_donnent_le_meme_code():
    lu = read_scenario(yaml.safe_load(ECRIT.replace("12,5", '"12,5"')))
    assert (construit(), construit().code) == (lu, lu.code)


def test_chaque_mouvement_donne_un_autre_scenario():
    vide = Scenario("Essai")
    assert vide.fermer("a", "2027-01-01").mouvements != vide.mouvements == ()


@pytest.mark.parametrize(
    ("ecrire", "attendu"),
    [
        (lambda s: s.ouvrir(type="eaje", quantite=20, date="2027-09-01"), "Il manque « commune »"),
        (lambda s: s.ouvrir("eaje", "59001", "vingt", "2027-09-01"), "« vingt » n'est pas un nombre"),
        (lambda s: s.ouvrir("eaje", "59001", 20), "Il manque « date »"),
        (lambda s: s.ouvrir("eaje", "59001", 20, "2027-09-01", gestionaire="x"), "vouliez-vous dire « gestionnaire »"),
        (lambda s: s.fermer("a", "2027-02-30"), "n'est pas une date"),
        (lambda s: s.fermer("a", "2027-02-01", motif="x"), "Clé « motif » inconnue"),
        (lambda s: s.quantite("a", -3), "négatif"),
        (lambda s: s.credits("k", 2026.5, 1), "n'est pas une année"),
        (lambda s: s.parametre("eaje.nouveau", 3000), "il manque « depuis »"),
        (lambda s: s.repartir("lissee"), "vouliez-vous dire « lisse »"),
        (lambda s: s.fermer("a", "2027-01-01").vary("quantité", [1]), "Aucun mouvement ne porte « quantité »"),
    ],
)
def test_un_mot_faux_est_refuse_tout_de_suite(ecrire, attendu):
    with pytest.raises(ScenarioError) as erreur:
        ecrire(Scenario("Essai"))
    assert attendu.lower() in str(erreur.value).lower()
    assert erreur.value.ou.startswith("Essai")


def test_un_scenario_varie_sans_boucle(construire):
    territoire = construire(
        structures=[{"id": "a", "type": "eaje", "quantite": 10}], references=[{"type": "eaje", "montant_eur": 20000}]
    )
    projet = Scenario("Agrandir").quantite("a", 20, "2025-01-01")
    variantes = projet.vary("quantite", [10, 20, 30])
    assert [s.nom for s in variantes] == ["Agrandir, quantite 10", "Agrandir, quantite 20", "Agrandir, quantite 30"]
    assert variantes[1].code == projet.code
    resultats = [simulate(territoire, variante) for variante in variantes]
    ecarts = compare_scenarios(*resultats).table("annee")
    assert ecarts[ecarts["annee"] == 2026]["bas"].tolist() == [10 * 2600 + 20 * 300, 20 * 2600 + 30 * 300]
    ouverte = Scenario("Ouvrir").ouvrir("eaje", "59001", 20, "2026-01-01")
    assert ouverte.vary("quantite", [5])[0].code == Scenario().ouvrir("eaje", "59001", 5, "2026-01-01").code
    assert [s.mouvements[0]["ouvrir"]["date"] for s in ouverte.vary("date", ["2027-01-01"])] == ["2027-01-01"]
    assert simulate(territoire, ouverte).scenario == ouverte
