"""Rien de ce qui est saisi n'est perdu : brouillon, retour en arrière, scénarios, partage, désaccord, exports."""

import io
import json
import os
import zipfile

import openpyxl
import pytest
from outils import lu

import ctgkit as ctg
from ctgkit.errors import CtgError
from ctgkit.simulation import as_json
from ctgkit.views.bonus.page import export, labels, link, qr_code

pytestmark = pytest.mark.long


def barres_comparees(essai) -> list[str]:
    figure = json.loads(essai.panneau.html["scenarios"].figures)[0]
    return figure["data"][0]["customdata"]


def test_le_brouillon_revient_apres_un_rechargement_ou_un_noyau_tue(essai, ouvrir):
    cle = essai.dix_places()
    essai.remplir("nom", "nom", "Dix places")
    essai.ajouter("fermer", structure="creche-aulne")  # incomplet : gardé aussi
    revenu = ouvrir()
    assert revenu.panneau.etat.brouillon == essai.panneau.etat.brouillon
    assert revenu.constat == essai.constat
    assert revenu.champ(cle, "quantite").valeur == "35"


def test_chaque_fonction_a_son_brouillon(essai, ouvrir):
    essai.dix_places()
    assert ouvrir(role="conseiller Caf").panneau.etat.brouillon.est_vide


def test_annuler_et_retablir_meme_apres_un_rechargement(essai, ouvrir):
    cle = essai.dix_places()
    essai.remplir(cle, "quantite", "40")
    essai.geste("annuler")
    assert essai.champ(cle, "quantite").valeur == "35"
    essai.geste("retablir")
    assert essai.champ(cle, "quantite").valeur == "40"
    essai.geste("annuler")
    revenu = ouvrir()
    revenu.geste("annuler")
    assert revenu.champ(cle, "date").valeur == "01/09/2027"  # celle qui était proposée
    assert revenu.champ(cle, "quantite").valeur == "35"
    for _ in range(5):
        revenu.geste("annuler")
    assert revenu.panneau.erreur is None
    assert revenu.panneau.etat.brouillon.est_vide
    assert "Sans rien changer" in revenu.constat


def test_un_changement_apres_annulation_efface_ce_qui_etait_a_retablir(essai):
    cle = essai.dix_places()
    essai.geste("annuler")
    essai.remplir(cle, "quantite", "31")
    assert not essai.panneau.memoire.can_redo


def test_revenir_a_la_reference_s_annule(essai):
    essai.dix_places()
    avant = essai.panneau.etat.brouillon
    essai.geste("reference")
    assert essai.panneau.etat.brouillon.est_vide
    essai.geste("annuler")
    assert essai.panneau.etat.brouillon == avant


def test_le_code_d_un_scenario_enregistre_donne_les_memes_montants(essai, montants, dix_places):
    essai.dix_places()
    essai.geste("enregistrer")
    code = essai.scenarios[0].code
    assert code in essai.zone("sortie")
    direct = as_json(montants(dix_places))
    ouvert = as_json(ctg.simulate("exemple", ctg.read_scenario(code.lower(), "exemple")).resultat)
    assert ouvert["lignes"] == direct["lignes"]
    assert ouvert["competences"] == direct["competences"]
    assert ouvert["scenario"]["code"] == code


def test_un_code_inconnu_dit_les_codes_connus(essai):
    essai.dix_places()
    essai.geste("enregistrer")
    with pytest.raises(CtgError, match="Aucun scénario n'a le code") as refus:
        ctg.bonus_panel("exemple", "ZZZZZZZZ")
    assert essai.scenarios[0].code in refus.value.que_faire


def test_le_panneau_ouvert_par_un_code_ne_touche_pas_au_brouillon(essai, ouvrir):
    essai.dix_places()
    essai.geste("enregistrer")
    essai.geste("reference")
    scenario = essai.scenarios[0].scenario
    assert ouvrir(scenario=scenario).constat.startswith("Dix places de plus")
    assert ouvrir().panneau.etat.brouillon.est_vide


def test_ce_que_l_on_change_apres_un_lien_revient_au_rechargement(essai, ouvrir):
    cle = essai.dix_places()
    essai.geste("enregistrer")
    scenario = essai.scenarios[0].scenario
    collegue = ouvrir(role="conseiller Caf", scenario=scenario)
    assert collegue.constat == essai.constat
    collegue.remplir(cle, "quantite", "40")
    revenu = ouvrir(role="conseiller Caf", scenario=scenario)
    assert revenu.constat == collegue.constat
    assert "Ce sont vos changements" in revenu.zone("message")
    revenu.geste("tel-qu-enregistre")
    assert revenu.constat == essai.constat
    assert ouvrir(role="conseiller Caf", scenario=scenario).constat == essai.constat


def test_enregistrer_renommer_dupliquer_reprendre(essai):
    cle = essai.dix_places()
    essai.remplir("nom", "nom", "Dix places")
    essai.geste("enregistrer")
    essai.remplir("nom", "nom", "Dix places à Castelnoix")
    essai.geste("enregistrer")
    (garde,) = essai.scenarios
    assert garde.nom == "Dix places à Castelnoix"
    essai.geste("dupliquer", garde.id)
    assert essai.panneau.etat.brouillon.nom == "Dix places à Castelnoix (copie)"
    essai.remplir(cle, "quantite", "36")
    essai.geste("enregistrer")
    noms = {s.nom: s.scenario.mouvements[0]["quantite"]["quantite"] for s in essai.scenarios}
    assert noms == {"Dix places à Castelnoix": 35.0, "Dix places à Castelnoix (copie)": 36.0}
    essai.geste("reprendre", garde.id)
    assert essai.champ(cle, "quantite").valeur == "35"


def test_deux_scenarios_ne_portent_pas_le_meme_nom(essai):
    essai.dix_places()
    essai.geste("enregistrer")
    essai.geste("enregistrer-copie")
    assert "s'appelle déjà" in essai.zone("message")


def test_comparer_jusqu_a_trois_scenarios(essai):
    cle = essai.dix_places()
    for nom, quantite in (("A", "35"), ("B", "36"), ("C", "37")):
        essai.remplir("nom", "nom", nom)
        essai.remplir(cle, "quantite", quantite)
        essai.geste("enregistrer-copie")
    ids = {s.nom: s.id for s in essai.scenarios}
    essai.geste("comparer", ids["A"]).geste("comparer", ids["B"])
    assert "Trois scénarios, face à face" in essai.zone("comparer")
    assert len(set(barres_comparees(essai))) == 3
    essai.geste("decomparer", ids["A"])
    assert len(set(barres_comparees(essai))) == 2


def test_deux_pages_de_la_meme_fonction_se_voient_et_la_personne_choisit(essai, ouvrir):
    autre = ouvrir()
    essai.dix_places()
    autre.ajouter("fermer")
    assert "Garder ma version" in autre.zone("message")
    autre.geste("garder-le-mien")
    assert autre.panneau.erreur is None
    essai.geste("ajouter", "credits")
    assert "Prendre l'autre version" in essai.zone("message")
    essai.geste("prendre-l-autre")
    assert essai.panneau.etat.brouillon == autre.panneau.etat.brouillon


def test_changer_de_fonction_emporte_ce_que_l_on_voit(essai):
    essai.dix_places()
    essai.panneau.fonction.receive({"t": "champ", "champ": "role-role", "valeur": "conseiller Caf"})
    assert essai.panneau.memoire.role == "conseiller Caf"
    assert essai.constat.startswith("Dix places de plus")
    assert "« conseiller Caf »" in essai.zone("message")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="l'administrateur écrit partout")
def test_en_lecture_seule_la_page_calcule_et_le_dit(essai, journal, ouvrir):
    essai.dix_places()
    journal.chmod(0o444)
    journal.parent.chmod(0o555)
    try:
        lecteur = ouvrir()
        lecteur.ajouter("fermer", structure="creche-aulne", date="01/01/2027")
        assert "Rien n'est enregistré" in lecteur.zone("message")
        assert lecteur.panneau.erreur is None
    finally:
        journal.parent.chmod(0o755)


def test_le_lien_ne_vaut_que_dans_l_atelier_servi():
    assert link("http://localhost:8888/lab", "exemple", "AB12") == ""
    lien = link("http://192.0.2.7:8866/carnet/20_bonus_territoire", "exemple", "AB12")
    assert lien.endswith("/carnet/20_bonus_territoire?territoire=exemple&scenario=AB12")
    assert qr_code(lien).startswith("<svg")
    assert qr_code(lien.replace("192.0.2.7", "127.0.0.1")) == ""


def test_chaque_export_est_un_vrai_fichier_qui_porte_le_code(essai):
    essai.dix_places()
    resultat = essai.panneau.lecture.calcul.resultat
    for cle in labels():
        nom, octets, _ = export(cle, essai.panneau.base, resultat)
        assert resultat.scenario.code in nom
        verifier_export(cle, octets, resultat.scenario.code)


def verifier_export(cle, octets, code):
    if cle == "xlsx":
        assert openpyxl.load_workbook(io.BytesIO(octets)).sheetnames
    elif cle == "docx":
        assert "word/document.xml" in zipfile.ZipFile(io.BytesIO(octets)).namelist()
    elif cle == "odt":
        assert "content.xml" in zipfile.ZipFile(io.BytesIO(octets)).namelist()
    elif cle == "pdf":
        assert octets.startswith(b"%PDF")
    elif cle == "json":
        assert json.loads(octets)["scenario"]["code"] == code
    elif cle == "csv":
        assert octets.startswith(b"\xef\xbb\xbf")
        assert b";creche-charme;" in octets
    else:
        assert "Seule la notification de la Caf fait foi" in lu(octets.decode())


def test_un_export_qui_echoue_le_dit(essai):
    essai.geste("exporter", "word")
    assert "Cet export n'existe pas" in essai.zone("message")
