"""`ctg diagnostic`, comme on la tape."""

import csv
import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from ctgkit.__main__ import main
from ctgkit.diagnostic import load_catalogue, publish, tableau_mesures, to_csv
from ctgkit.storage import load_territoire
from ctgkit.storage.journal import open_journal

ENTETE = "code;geo;niveau;annee;valeur;statut;source;reference\n"


@pytest.fixture
def dossier(tmp_path):
    """Un territoire de plus, copié du fictif, dont un libellé est une formule de tableur."""
    copie = tmp_path / "ailleurs"
    shutil.copytree(Path("data/territoires/exemple"), copie)
    for journal in copie.glob("journal*"):
        journal.unlink()
    lignes = "PE03;000000000;epci;2023;48,2;publie;=cmd|'/c calc'!A1;+1+1\n"
    lignes += "PE02;000000000;epci;2023;-4,8;publie;@SUM(A1);-2\n"
    (copie / "indicateurs.csv").write_text(ENTETE + lignes, encoding="utf-8")
    (copie / "relations.yaml").write_text("relations: []\n", encoding="utf-8")
    return copie


def lancer(capsys, *arguments):
    code = main(["diagnostic", *map(str, arguments)])
    sortie = capsys.readouterr()
    return code, sortie.out, sortie.err


def test_le_tableau_se_lit_au_terminal(capsys):
    code, lu, _ = lancer(capsys, "valenciennes-metropole", "--theme", "petite_enfance")
    assert code == 0
    assert "Le taux de couverture est inférieur de 8,2\u00a0points à celui du Nord en 2022 : offre moindre" in lu
    assert "JEUNESSE" not in lu


def test_json_donne_toutes_les_lignes(capsys):
    _, lu, _ = lancer(capsys, "valenciennes-metropole", "--format", "json")
    donnees = json.loads(lu)
    assert donnees["territoire"] == "valenciennes-metropole"
    par_code = {x["code"]: x for x in donnees["lignes"]}
    assert par_code["PE03"]["valeur"] == 50.3
    assert par_code["PE03"]["valeur_repere"] == 58.5


def test_csv_est_fait_pour_un_tableur_francais(capsys, tmp_path):
    sortie = tmp_path / "mesures.csv"
    code, dit, _ = lancer(capsys, "valenciennes-metropole", "--format", "csv", "--sortie", sortie)
    assert (code, dit.strip()) == (0, f"Écrit : {sortie}")
    octets = sortie.read_bytes()
    assert octets.startswith(b"\xef\xbb\xbf")
    lignes = list(csv.DictReader(io.StringIO(octets.decode("utf-8-sig")), delimiter=";"))
    assert {x["Code"]: x["Valeur"] for x in lignes}["PE03"] == "50,3"


def test_aucune_formule_ne_s_echappe_en_csv(dossier, capsys):
    _, lu, _ = lancer(capsys, dossier, "--format", "csv")
    lignes = list(csv.DictReader(io.StringIO(lu), delimiter=";"))
    par_code = {x["Code"]: x for x in lignes}
    assert par_code["PE03"]["Source"] == "'=cmd|'/c calc'!A1"
    assert par_code["PE03"]["Référence"] == "'+1+1"
    assert par_code["PE02"]["Valeur"] == "-4,8"


def test_aucune_formule_ne_s_echappe_en_xlsx(dossier, capsys, tmp_path):
    sortie = tmp_path / "mesures.xlsx"
    assert lancer(capsys, dossier, "--format", "xlsx", "--sortie", sortie)[0] == 0
    with zipfile.ZipFile(sortie) as archive:
        feuille = archive.read("xl/worksheets/sheet1.xml").decode()
        textes = archive.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in feuille
    assert "=cmd|" in textes


def test_une_commune_a_la_place_du_territoire(capsys):
    _, lu, _ = lancer(capsys, "valenciennes-metropole", "--lieu", "59019", "--format", "json")
    par_code = {x["code"]: x for x in json.loads(lu)["lignes"]}
    assert par_code["AS01"]["lieu"] == "Artres"
    assert par_code["AS05"]["lieu"] == "Valenciennes Métropole"
    assert "Artres : masqué" in par_code["AS05"]["avertissements"]


def test_une_seule_annee(capsys):
    _, lu, _ = lancer(capsys, "valenciennes-metropole", "--annee", "2019", "--format", "json")
    assert {x["annee"] for x in json.loads(lu)["lignes"]} == {2019}


def test_la_coherence_en_json(capsys):
    code, lu, _ = lancer(capsys, "valenciennes-metropole", "--coherence", "--format", "json")
    donnees = json.loads(lu)
    assert code == 0
    assert donnees["comptes"]["E"] == 6
    assert any("15 + 4 = 19, le document dit 16" in a["calcul"] for a in donnees["alertes"])
    assert set(donnees["alertes"][0]) >= {"id", "niveau", "titre", "calcul", "chiffres", "explications"}


@pytest.mark.parametrize("format_", ["tableau", "csv"])
def test_la_coherence_se_lit(capsys, format_):
    _, lu, _ = lancer(capsys, "valenciennes-metropole", "--coherence", "--format", format_, "--theme", "avs")
    assert "15 + 4 = 19, le document dit 16" in lu
    assert "20\u202f729" not in lu


def test_un_document_texte_se_controle_en_plus(capsys, tmp_path, dossier):
    texte = tmp_path / "convention.txt"
    texte.write_bytes("Chef de projet : à définir\r\nMontant : XX €".encode("cp1252"))
    _, lu, _ = lancer(capsys, dossier, "--document", texte)
    assert "à définir" in lu
    assert "convention.txt, ligne 2" in lu


def test_une_alerte_expliquee_garde_sa_raison(capsys, dossier):
    (dossier / "relations.yaml").write_text("- {regle: somme, total: 5, parties: [1, 2]}\n", encoding="utf-8")
    _, lu, _ = lancer(capsys, dossier, "--coherence", "--format", "json")
    visee = next(a for a in json.loads(lu)["alertes"] if a["calcul"].startswith("1 + 2"))
    with open_journal(dossier) as journal:
        raison = "Deux services en cours d'agrément"
        journal.record_all([journal.state("alerte", visee["id"]).change("explication", raison)], "caf")
    _, lu, _ = lancer(capsys, dossier, "--coherence", "--format", "json")
    apres = next(a for a in json.loads(lu)["alertes"] if a["id"] == visee["id"])
    assert (apres["expliquee"], apres["raison"]) == (True, raison)


@pytest.mark.parametrize(
    ("arguments", "dit"),
    [
        (["nulle-part"], "nulle-part"),
        (["valenciennes-metropole", "--theme", "petit_enfance"], "vouliez-vous dire « petite_enfance »"),
        (["valenciennes-metropole", "--lieu", "59O14"], "Lieu inconnu dans ce territoire : « 59O14 »"),
        (["valenciennes-metropole", "--repere", "62"], "Lieu inconnu"),
        (["valenciennes-metropole", "--format", "xlsx"], "Ajouter --sortie"),
        (["valenciennes-metropole", "--document", "absent.txt"], "ne se lit pas"),
        (["valenciennes-metropole", "--format", "csv", "--sortie", "/nulle/part/x.csv"], "n'a pas pu être écrit"),
    ],
)
def test_une_erreur_se_dit_en_francais(capsys, arguments, dit):
    code, _, erreur = lancer(capsys, *arguments)
    assert code == 2
    assert dit in erreur
    assert "Traceback" not in erreur


def test_un_fichier_binaire_n_est_pas_une_convention(capsys, tmp_path):
    image = tmp_path / "convention.pdf"
    image.write_bytes(b"%PDF\x00\x01")
    assert "Ce PDF est abîmé" in lancer(capsys, "armentieres", "--document", image)[2]


def test_rien_n_est_ecrit_dans_le_territoire(capsys, dossier):
    avant = sorted(p.name for p in dossier.iterdir())
    lancer(capsys, dossier, "--coherence")
    assert sorted(p.name for p in dossier.iterdir()) == avant


def test_chaque_theme_se_demande_seul(capsys):
    for theme in load_catalogue().themes:
        assert lancer(capsys, "exemple", "--theme", theme)[0] == 0


def test_les_exports_disent_la_meme_chose():
    tableau = tableau_mesures(publish(load_territoire("exemple")))
    assert len(tableau.lignes) == to_csv(tableau).count("\r\n") - 1
