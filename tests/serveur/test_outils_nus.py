"""Les outils ordinaires marchent sans la commande ctg : voila, papermill, jupyter (nbclient)."""

import os
import subprocess
import sys

import nbformat
import pytest
from outils import RACINE, require, wait_until
from systeme import chromium

CARNET = RACINE / "notebooks" / "00_territoire.ipynb"


def test_papermill_nu_execute_le_carnet(tmp_path):
    sortie = tmp_path / "sortie.ipynb"
    commande = [sys.executable, "-m", "papermill", str(CARNET), str(sortie), "-p", "territoire", "cambrai"]
    env = {**os.environ, "CTG_DONNEES": str(RACINE / "data")}
    subprocess.run(commande, check=True, capture_output=True, timeout=90, cwd=tmp_path, env=env)
    carnet = nbformat.read(sortie, as_version=4)
    textes = [
        o.data.get("text/html", "") for c in carnet.cells if c.cell_type == "code" for o in c.outputs if "data" in o
    ]
    assert any("55" in t and "Cambrai" in t for t in textes)


@pytest.mark.parametrize("carnet", ["10_diagnostic", "rapports/fiche_commune"])
def test_papermill_nu_refuse_un_parametre_mal_ecrit(tmp_path, carnet):
    """Revue d'analyste D12 : un paramètre mal écrit tournait avec la valeur par défaut, sans un mot."""
    commande = [sys.executable, "-m", "papermill", str(RACINE / f"notebooks/{carnet}.ipynb"), str(tmp_path / "s.ipynb")]
    env = {**os.environ, "CTG_DONNEES": str(RACINE / "data")}
    fini = subprocess.run(
        [*commande, "-p", "comune", "00009"],
        check=False,
        capture_output=True,
        text=True,
        timeout=90,
        cwd=tmp_path,
        env=env,
    )
    assert fini.returncode
    assert "Paramètre inconnu « comune » vouliez-vous dire « commune » ?" in fini.stdout + fini.stderr


@pytest.mark.navigateur
def test_voila_nu_ouvre_le_carnet_avec_notre_gabarit(navigateur):
    require(chromium(), "Chromium")
    port = "18876"
    processus = subprocess.Popen(
        [sys.executable, "-m", "voila", str(CARNET.parent), "--no-browser", "--port", port],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    page = navigateur.new_page()
    try:
        adresse = f"http://localhost:{port}/voila/render/00_territoire.ipynb"
        assert wait_until(lambda: _answers(f"http://localhost:{port}"), 30)
        page.goto(adresse)
        page.wait_for_selector(".jupyter-widgets", timeout=40_000)
        assert page.locator("html").get_attribute("lang") == "fr"
        assert page.locator("#communes tbody tr").count() == 35
    finally:
        page.close()
        processus.terminate()
        processus.wait(20)


def _answers(adresse: str) -> bool:
    import urllib.error
    import urllib.request

    try:
        urllib.request.urlopen(adresse, timeout=2)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
