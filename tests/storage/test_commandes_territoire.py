"""`ctg verifier` et `ctg nouveau-territoire`, comme on les tape."""

import json
import subprocess
import sys


def ctg(*arguments):
    fini = subprocess.run(
        [sys.executable, "-m", "ctgkit", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert "Traceback" not in fini.stderr
    return fini


def test_un_dossier_sans_defaut(plaine):
    fini = ctg("verifier", "plaine")
    assert (fini.returncode, fini.stdout, fini.stderr) == (0, "Aucun défaut.\n", "")


def test_un_dossier_abime_en_texte_et_en_json(plaine):
    structures = plaine / "structures.csv"
    structures.write_text(structures.read_text().replace("280 000", "Entre 200 et 500").replace(";01004;", ";1004;"))
    fini = ctg("verifier", plaine)
    assert fini.returncode == 1
    assert "Erreur : structures.csv, ligne 2, « charges_eur » : nombre attendu." in fini.stdout
    assert "Avis : structures.csv, ligne 2, « code_insee » : zéro initial perdu" in fini.stdout
    fini = ctg("verifier", plaine, "--format", "json")
    lu = json.loads(fini.stdout)
    assert (fini.returncode, lu["territoire"], lu["erreurs"], lu["avis"]) == (1, "plaine", 1, 1)
    assert lu["defauts"][0]["ligne"] == 2


def test_un_code_hostile(plaine):
    fini = ctg("verifier", "../../nulle/part")
    assert fini.returncode == 2
    assert fini.stderr.startswith("Territoire inconnu : « ../../nulle/part ».")


def test_creer_sans_dire_quoi(donnees):
    fini = ctg("nouveau-territoire")
    assert fini.returncode == 2
    assert "--siren 200068500 ou --commune 59017" in fini.stderr


def test_creer_puis_verifier(donnees, tmp_path):
    fini = ctg("nouveau-territoire", "--commune", "59606", "--dans", tmp_path)
    assert fini.returncode == 0
    assert f"ctg verifier {tmp_path / 'valenciennes'}" in fini.stdout
    assert ctg("verifier", tmp_path / "valenciennes").stdout == "Aucun défaut.\n"
    assert ctg("nouveau-territoire", "--commune", "59606", "--dans", tmp_path).returncode == 2
