"""Personne d'autre que le secret ne touche aux chiffres bruts, et celui qui le ferait serait pris."""

import ast
import json
from pathlib import Path

import pytest

import ctgkit

RACINE = Path(ctgkit.__file__).parents[1]

SORTIES = ("views", "documents", "batch", "commandes", "server", "plan", "seance", "simulation")
# Les indicateurs d’une fiche du plan ne sont pas ceux du diagnostic.
PERMIS = {("plan/tables.py", "r")}


def contournements(source: str, fichier: str = "vue.py") -> list[str]:
    """Toute façon d'atteindre les chiffres bruts : l'attribut, son nom en texte, le fichier ouvert à la main."""
    fautes = []
    for noeud in ast.walk(ast.parse(source)):
        if isinstance(noeud, ast.Attribute) and noeud.attr == "indicateurs":
            sur = ast.unparse(noeud.value)
            if (fichier, sur) not in PERMIS and not sur.endswith("publication.territoire"):
                fautes.append(f"{fichier}:{noeud.lineno} {sur}.indicateurs")
        appel = ast.unparse(noeud.func) if isinstance(noeud, ast.Call) else ""
        arguments = [a.value for a in noeud.args if isinstance(a, ast.Constant)] if appel else []
        if appel.endswith(("getattr", "read_csv", "open", "Path", "read_table")) and any(
            isinstance(a, str) and a.startswith("indicateurs") for a in arguments
        ):
            fautes.append(f"{fichier}:{noeud.lineno} {appel}(« indicateurs »)")
        if appel in ("vars", "asdict", "dataclasses.asdict") and "territoire" in ast.unparse(noeud).lower():
            fautes.append(f"{fichier}:{noeud.lineno} {appel} d'un territoire")
    return fautes


def test_aucune_sortie_n_atteint_les_chiffres_bruts():
    paquet = Path(ctgkit.__file__).parent
    fichiers = [f for d in SORTIES for f in sorted((paquet / d).rglob("*.py"))]
    assert len(fichiers) > 100
    assert [x for f in fichiers for x in contournements(f.read_text("utf-8"), f.relative_to(paquet).as_posix())] == []


def test_aucun_carnet_n_atteint_les_chiffres_bruts():
    for carnet in (RACINE / "notebooks").rglob("*.ipynb"):
        for cellule in json.loads(carnet.read_text(encoding="utf-8"))["cells"]:
            if cellule["cell_type"] == "code":
                assert contournements("".join(cellule["source"]), carnet.name) == []


@pytest.mark.parametrize(
    "vue",
    [
        "def carte(t):\n    return [x.valeur for x in t.indicateurs]",
        "def carte(self):\n    return self.lu.territoire.indicateurs['valeur']",
        "def carte(lieu):\n    return getattr(lieu, 'indicateurs')",
        "import pandas as pd\ndf = pd.read_csv('indicateurs.csv')",
        "def export(territoire):\n    return asdict(territoire)",
        "def export(territoire):\n    return vars(territoire)",
    ],
)
def test_une_vue_qui_contourne_le_secret_est_prise(vue):
    assert contournements(vue)


def test_dans_le_diagnostic_seul_le_secret_et_les_noms_lisent_les_lignes():
    """Le secret lit les valeurs ; les noms de lieux lisent les colonnes `geo` et `niveau`, rien d'autre."""
    lecteurs = set()
    for fichier in sorted((RACINE / "ctgkit" / "diagnostic").rglob("*.py")):
        for noeud in ast.walk(ast.parse(fichier.read_text(encoding="utf-8"))):
            if isinstance(noeud, ast.Attribute) and noeud.attr == "indicateurs":
                lecteurs.add(fichier.stem)
    assert lecteurs <= {"publication", "noms", "documents"}
