"""Un carnet que l'on dépose dans notebooks/ s'ouvre dans l'atelier, avec les contrôles et les figures qu'il veut."""

import json

import pytest
from outils import serve, visit

from ctgkit.storage import data_folder

ETRANGER = """
import anywidget

class Compteur(anywidget.AnyWidget):
    _esm = "export default { render({ el }) { el.textContent = 'contrôle étranger'; } };"

Compteur()
"""
CELLULES = [
    ("markdown", "# Mon essai\n\nUn texte à moi."),
    ("code", "import ipywidgets, plotly.graph_objects as go\nimport ctgkit as ctg"),
    ("code", 'go.Figure(go.Bar(x=["a", "b"], y=[3, 5]))'),
    ("code", "curseur = ipywidgets.IntSlider(value=4, description='Places')\ncurseur"),
    ("code", ETRANGER),
    ("code", 'ctg.load_territoire("exemple")'),
]


@pytest.fixture(scope="module")
def atelier_a_soi(tmp_path_factory):
    racine = tmp_path_factory.mktemp("atelier")
    (racine / "data").symlink_to(data_folder())
    carnets = racine / "notebooks"
    carnets.mkdir()
    cellules = [
        {
            "cell_type": genre,
            "id": f"c{rang}",
            "metadata": {},
            "source": source,
            **({"outputs": [], "execution_count": None} if genre == "code" else {}),
        }
        for rang, (genre, source) in enumerate(CELLULES)
    ]
    noyau = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    contenu = {"cells": cellules, "metadata": noyau, "nbformat": 4, "nbformat_minor": 5}
    (carnets / "mon_essai.ipynb").write_text(json.dumps(contenu), encoding="utf-8")
    with serve(env={"CTG_DONNEES": str(racine / "data")}) as atelier:
        yield atelier


@pytest.mark.navigateur
def test_un_carnet_sans_metadonnees_s_ouvre_avec_ses_bibliotheques(navigateur, atelier_a_soi):
    with visit(navigateur, atelier_a_soi) as visite:
        page = visite.page
        visite.ouvrir("/?territoire=exemple")
        assert page.get_by_role("link", name="Mon essai").first.is_visible()
        visite.ouvrir("/carnet/mon_essai?territoire=exemple")
        page.get_by_text("contrôle étranger").wait_for()
        page.get_by_text("Un texte à moi.").wait_for()
        page.locator(".js-plotly-plot .bars path").first.wait_for()
        page.locator(".noUi-handle").wait_for()
        page.locator("article.document", has_text="12 communes").wait_for()
        assert not visite.sorties()
