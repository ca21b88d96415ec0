"""Dans JupyterLab, sans la commande ctg : la figure est vivante et en français, le panneau tient dans sa cellule."""

import os
import sys
from urllib.parse import urlparse

import nbformat
import pytest
from outils import RACINE, answers, check_living, running, wait_until

pytestmark = pytest.mark.navigateur
CELLULES = (
    'import ctgkit as ctg\nlieu = ctg.load_territoire("exemple")\nctg.simulate(lieu).figure()',
    "ctg.bonus_panel(lieu)",
)
# Ce qui dépasse du bloc, hors d'un cadre qui défile et hors de ce qui n'est là que pour l'écoute.
COUPES = """(bloc) => {
  const bords = bloc.getBoundingClientRect();
  const defile = (x) => x !== bloc && (/auto|scroll/.test(getComputedStyle(x).overflowX) || defile(x.parentElement));
  const depasse = [...bloc.querySelectorAll("*")].filter((x) => {
    const r = x.getBoundingClientRect();
    const montre = r.width > 1 && r.height > 1 && getComputedStyle(x).visibility === "visible";
    return montre && (r.right > bords.right + 1 || r.left < bords.left - 1) && !defile(x.parentElement);
  });
  const noms = depasse.map((x) => `${x.tagName}.${x.getAttribute("class")}`);
  return bloc.scrollWidth > bloc.clientWidth ? [...noms, `défile de ${bloc.scrollWidth - bloc.clientWidth}`] : noms;
}"""
FLOTTANTS = "(tous) => tous.map((x) => getComputedStyle(x).float)"
COLONNES = "(x) => getComputedStyle(x).gridTemplateColumns.split(' ').length"


@pytest.fixture
def laboratoire(tmp_path):
    """Un JupyterLab neuf, sur cette machine, qui ne cherche ni nouveautés ni extensions."""
    carnet = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLULES])
    carnet.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    dossier = tmp_path / "carnets"
    dossier.mkdir()
    nbformat.write(carnet, dossier / "essai.ipynb")
    maison = {nom: str(tmp_path / nom) for nom in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    lieux = {"CTG_DONNEES": str(RACINE / "data"), "CTG_JOURNAL": str(tmp_path / "journal"), "PYTHONPATH": str(RACINE)}
    port = 19000 + os.getpid() % 20000
    commande = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--allow-root"),
        *(f"--ServerApp.root_dir={dossier}", "--ServerApp.port_retries=0", "--IdentityProvider.token=essai"),
        *("--LabApp.check_for_update_class=jupyterlab.NeverCheckForUpdate", "--LabApp.extension_manager=readonly"),
    ]
    racine = f"http://127.0.0.1:{port}"
    with running(commande, {**maison, **lieux}):
        assert wait_until(lambda: answers(f"{racine}/api?token=essai"), 60)
        yield f"{racine}/lab/tree/essai.ipynb?token=essai"


def executer(page) -> None:
    """Tout le carnet, par le menu, une fois que le noyau attend."""
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def test_la_figure_est_vivante_en_francais_et_le_panneau_tient_dans_sa_cellule(navigateur, laboratoire):
    page = navigateur.new_page(viewport={"width": 1440, "height": 900})
    hotes = set()
    page.on("request", lambda r: hotes.add(urlparse(r.url).hostname))
    page.on("websocket", lambda w: hotes.add(urlparse(w.url).hostname))
    try:
        page.goto(laboratoire)
        executer(page)
        check_living(page.locator(".jp-OutputArea .js-plotly-plot"))
        bloc = page.locator(".jp-OutputArea .atelier-page")
        bloc.locator(".atelier h1").wait_for(timeout=40_000)
        bloc.locator("style").wait_for(state="attached")
        for largeur, colonnes in ((900, 1), (600, 1), (1250, 3)):
            autour = page.viewport_size["width"] - bloc.bounding_box()["width"]
            page.set_viewport_size({"width": round(largeur + autour), "height": 900})
            assert wait_until(lambda voulue=largeur: abs(bloc.bounding_box()["width"] - voulue) <= 1)
            assert wait_until(lambda: bloc.evaluate(COUPES) == []), (largeur, bloc.evaluate(COUPES))
            assert bloc.locator(".atelier").evaluate(COLONNES) == colonnes
            assert bloc.locator(".resultat .dessins svg:visible").count() == 1
            assert set(bloc.locator("dt, dd").evaluate_all(FLOTTANTS)) == {"none"}
            assert bloc.locator(".curseur input[type=text]").first.bounding_box()["width"] < 150
        assert hotes <= {"127.0.0.1", None}
    finally:
        page.close()
