"""Les dépendances disent vrai : ce qui est importé est déclaré, ce qui est déclaré est importé."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

RACINE = Path(__file__).resolve().parents[2]
# Servis comme programmes, jamais importés par le paquet.
PROGRAMMES = {"jupyterlab"}
OUTILS_D_ESSAI = {"nbstripout", "pytest-xdist", "ruff", "psycopg", "fonttools"}
# Les scripts qui refont un fichier livré sont à côté de lui, hors du paquet installé.
FABRIQUES = "fabriquer_"


def declarees(groupe: str = "") -> set[str]:
    projet = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lignes = projet["optional-dependencies"][groupe] if groupe else projet["dependencies"]
    return {normal(re.split(r"[><=\[]", ligne)[0]) for ligne in lignes}


def normal(nom: str) -> str:
    return nom.lower().replace("_", "-")


def importees(dossier: str) -> dict[str, str]:
    """Les distributions importées sous ce dossier, et l'un des fichiers qui le font."""
    de_module = packages_distributions()
    trouvees = {}
    for chemin in (f for f in (RACINE / dossier).rglob("*.py") if not f.name.startswith(FABRIQUES)):
        for noeud in ast.walk(ast.parse(chemin.read_text(encoding="utf-8"))):
            noms = [a.name for a in noeud.names] if isinstance(noeud, ast.Import) else []
            if isinstance(noeud, ast.ImportFrom) and noeud.module and not noeud.level:
                noms = [noeud.module]
            for nom in (n.split(".")[0] for n in noms):
                if nom not in sys.stdlib_module_names and nom in de_module:
                    trouvees[normal(de_module[nom][0])] = str(chemin.relative_to(RACINE))
    trouvees.pop("ctgkit", None)
    return trouvees


def test_ce_qui_est_importe_est_declare():
    connues = declarees() | declarees("grappe")
    assert {d: ou for d, ou in importees("ctgkit").items() if d not in connues} == {}


def test_ce_qui_est_declare_est_importe():
    assert declarees() - PROGRAMMES - set(importees("ctgkit")) == set()


@pytest.mark.parametrize("nom", sorted(PROGRAMMES))
def test_un_programme_excepte_n_est_pas_importe(nom):
    assert nom not in importees("ctgkit")


def test_ce_que_les_essais_importent_est_declare():
    connues = declarees() | declarees("tests") | declarees("grappe")
    assert {d: ou for d, ou in importees("tests").items() if d not in connues and "/bench/" not in ou} == {}
    assert declarees("tests") - OUTILS_D_ESSAI - set(importees("tests")) == set()
