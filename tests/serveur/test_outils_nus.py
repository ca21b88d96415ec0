"""Les outils ordinaires marchent sans la commande ctg : voila, papermill, jupyter (nbclient)."""

import contextlib
import os
import subprocess
import sys

import nbformat
import pytest
from outils import RACINE, answers, check_living, running, sample, wait_until

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


@pytest.mark.parametrize("carnet", ["10_diagnostic", "rapports/fiche_commune"][: sample(1, 2)])
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


@pytest.fixture(scope="module")
def voila_nu(tmp_path_factory):
    journal = tmp_path_factory.mktemp("journal") / "journal.sqlite"
    port = 20000 + os.getpid() % 20000
    commande = [sys.executable, "-m", "voila", str(CARNET.parent), "--no-browser", "--port", str(port)]
    with running(commande, {"CTG_DONNEES": str(RACINE / "data"), "CTG_JOURNAL": str(journal)}):
        assert wait_until(lambda: answers(f"http://localhost:{port}"), 60)
        yield f"http://localhost:{port}/voila/render"


@pytest.mark.navigateur
def test_voila_nu_ouvre_le_carnet_avec_notre_gabarit(navigateur, voila_nu):
    with contextlib.closing(navigateur.new_page()) as page:
        page.goto(f"{voila_nu}/00_territoire.ipynb")
        page.wait_for_selector(".jupyter-widgets", timeout=40_000)
        assert page.locator("html").get_attribute("lang") == "fr"
        assert page.locator("#communes tbody tr").count() == 35


@pytest.mark.navigateur
def test_voila_nu_montre_une_figure_vivante_et_en_francais(navigateur, voila_nu):
    with contextlib.closing(navigateur.new_page()) as page:
        page.goto(f"{voila_nu}/exemples/1_simuler.ipynb")
        check_living(page.locator(".js-plotly-plot"))
