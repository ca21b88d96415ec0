"""Un petit carnet de rapport et de quoi écrire un lot autour de lui."""

import nbformat
import pytest
import yaml

CELLULES = {
    "parametres": 'territoire = "exemple"  # territoire\ncommune = "00001"  # code de la commune\n'
    'annee = 2026  # année [2020-2035]\nmode = "tout"  # ce que l\'on montre {tout|panne|mort|lent}',
    "import": "import os, time\nimport pandas as pd\nimport plotly.graph_objects as go",
    "donnees": 'assert os.environ["CTG_LOT"] == "1"\npannes = {"panne": 1 / (mode != "panne")}',
    "resultat": 'pd.DataFrame({"commune": [commune], "annee": [annee]})',
    "figure": 'barres = go.Bar(x=["2025", "2026"], y=[1234.5, None], name="Bonus")\n'
    'go.Figure(barres, layout={"title": {"text": "Le <bonus>"}})',
    "panneau": 'raise SystemExit("une cellule interactive a été exécutée")',
    "fin": 'os._exit(9) if mode == "mort" else time.sleep(60 if mode == "lent" else 0)',
    "export": '{"annee_lue": annee, "bonus_eur": 1234.5, "note": "=1+1", "inconnu": None}',
}
ETIQUETTES = {"parametres": ["parameters"], "panneau": ["interactif"], "export": ["lot"]}


def ecrire_carnet(chemin, **remplace):
    cellules = [nbformat.v4.new_markdown_cell("# Commune à l'essai\n\n<script>non</script> du *texte*", id="titre")]
    for nom, source in {**CELLULES, **remplace}.items():
        cellules.append(nbformat.v4.new_code_cell(source, id=nom, metadata={"tags": ETIQUETTES.get(nom, [])}))
    metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}, "title": "Essai"}
    nbformat.write(nbformat.v4.new_notebook(cells=cellules, metadata=metadata), chemin)
    return chemin


@pytest.fixture
def lot(tmp_path):
    """`lot(liste=[…], formats=[…])` écrit un lot autour du petit carnet et rend son chemin."""
    ecrire_carnet(tmp_path / "essai.ipynb")

    def ecrire(**cles):
        contenu = {"carnet": "essai.ipynb", "sortie": str(tmp_path / "sortie"), **cles}
        chemin = tmp_path / "lot.yaml"
        chemin.write_text(yaml.safe_dump({c: v for c, v in contenu.items() if v is not None}), encoding="utf-8")
        return chemin

    return ecrire
