"""La maison tient debout : mots, carnets, verrous, documents."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

RACINE = Path(__file__).resolve().parents[2]
PAQUET = RACINE / "ctgkit"


def test_une_facade_importee_reste_au_repos():
    """`import ctgkit` ne charge ni pandas, ni widget, ni serveur."""
    code = (
        "import sys, ctgkit; print([m for m in ('pandas','numpy','ipywidgets','plotly','voila') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_ni_reste_ni_chemin_de_poste_ni_cdn():
    motifs = re.compile(r"\b(TODO|FIXME|XXX)\b|(?<![\w.])/(home|root|work)/\w|https?://(cdn\.|unpkg|cdnjs|fonts\.g)")
    fichiers = [
        f for ext in ("py", "yaml", "yml", "js", "css", "j2", "toml", "ipynb", "typ") for f in RACINE.rglob(f"*.{ext}")
    ]
    fautes = [
        f"{f.relative_to(RACINE)} : {trouve.group(0)}"
        for f in fichiers
        if not {".venv", "tests", "build", "node_modules"} & set(f.relative_to(RACINE).parts)
        and (trouve := motifs.search(f.read_text(encoding="utf-8")))
    ]
    assert not fautes, fautes


@pytest.mark.parametrize("commande", [["check", "."], ["format", "--check", "."]], ids=["regles", "forme"])
def test_le_code_est_propre(commande):
    fait = subprocess.run(
        [sys.executable, "-m", "ruff", *commande], cwd=RACINE, capture_output=True, text=True, check=False
    )
    assert fait.returncode == 0, fait.stdout[-4000:]


def test_les_verrous_ne_portent_ni_adresse_ni_paquet_sans_empreinte():
    for verrou in ("requirements.lock", "requirements-tests.lock"):
        texte = (RACINE / verrou).read_text()
        assert "://" not in texte
        paquets = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", texte, re.M | re.S)
        assert len(paquets) > 80
        assert all("--hash=sha256:" in p for p in paquets)


def declarees() -> list[str]:
    return tomllib.loads((RACINE / "pyproject.toml").read_text())["project"]["dependencies"]


def test_environment_yml_dit_la_meme_chose_que_pyproject():
    conda = yaml.safe_load((RACINE / "environment.yml").read_text())["dependencies"]
    assert conda[-1]["pip"] == [*declarees(), "-e ."]
    assert "python>=3.11" in conda


def test_le_verrou_couvre_les_dependances_declarees():
    fixes = dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (RACINE / "requirements.lock").read_text(), re.M))
    assert {re.split(r"[><=\[]", d)[0].lower().replace("_", "-") for d in declarees()} <= set(fixes)
