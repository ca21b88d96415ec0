"""La maison tient debout : étages, tailles, mots, carnets, verrous, documents."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

RACINE = Path(__file__).resolve().parents[2]
PAQUET = RACINE / "ctgkit"

# L'étage de chaque pièce : une importation ne fait que descendre (ou rester dans sa pièce).
ETAGES = {
    "errors": 0, "formats": 0, "table": 0, "territoire": 0, "droit.bareme": 0,
    "droit": 1,
    "horloge": 2, "cartographie": 2, "simulation": 2, "diagnostic": 2, "plan": 2, "seance": 2,
    "storage": 3, "echanges": 3,
    "views": 4, "batch": 4, "server": 4, "documents": 4, "commandes": 4, "__main__": 4,
}  # fmt: skip
LOURDES = {"ipywidgets", "plotly", "anywidget", "papermill", "voila", "nbclient", "nbconvert", "tornado", "typst"}


def modules() -> list[Path]:
    return sorted(PAQUET.rglob("*.py"))


def piece(chemin: Path) -> str:
    parties = chemin.relative_to(PAQUET).with_suffix("").parts
    deux = ".".join(parties[:2])
    return deux if deux in ETAGES else parties[0]


def importations(chemin: Path) -> list[str]:
    noms: list[str] = []
    for noeud in ast.walk(ast.parse(chemin.read_text(encoding="utf-8"))):
        if isinstance(noeud, ast.Import):
            noms += [alias.name for alias in noeud.names]
        elif isinstance(noeud, ast.ImportFrom) and noeud.module and not noeud.level:
            noms += [noeud.module, *(f"{noeud.module}.{alias.name}" for alias in noeud.names)]
    return noms


def piece_importee(nom: str) -> str | None:
    parties = nom.split(".")[1:]
    for longueur in (2, 1):
        if ".".join(parties[:longueur]) in ETAGES:
            return ".".join(parties[:longueur])
    return None


def test_chaque_module_a_un_etage():
    assert {piece(m) for m in modules() if m.name != "__init__.py" or m.parent != PAQUET} <= set(ETAGES)


def test_les_importations_ne_font_que_descendre():
    fautes = []
    for module in modules():
        ici = piece(module)
        if ici == "__init__":
            continue
        for nom in importations(module):
            la = piece_importee(nom) if nom.startswith("ctgkit") else None
            if la and la != ici and ETAGES[la] > ETAGES[ici]:
                fautes.append(f"{module.relative_to(RACINE)} importe {nom}")
    assert not fautes, fautes


def test_les_etages_bas_ne_connaissent_ni_widget_ni_serveur():
    fautes = [
        f"{m.relative_to(RACINE)} : {nom}"
        for m in modules()
        if m.parent != PAQUET or m.name not in ("__init__.py",)
        if ETAGES[piece(m)] < 4
        for nom in importations(m)
        if nom.split(".")[0] in LOURDES
    ]
    assert not fautes, fautes


def test_une_facade_importee_reste_au_repos():
    """`import ctgkit` ne charge ni pandas, ni widget, ni serveur."""
    code = (
        "import sys, ctgkit; print([m for m in ('pandas','numpy','ipywidgets','plotly','voila') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_aucun_module_ne_passe_250_lignes():
    trop = {str(m.relative_to(RACINE)): n for m in modules() if (n := len(m.read_text().splitlines())) > 250}
    assert not trop, trop


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
