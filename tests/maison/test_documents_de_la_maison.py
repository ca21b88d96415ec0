"""README, glossaire, licence : ce qu'ils promettent existe."""

import json
import re
import subprocess
import sys
import unicodedata
from dataclasses import fields
from pathlib import Path

import pytest

from ctgkit import __main__ as ctg
from ctgkit.territoire import Territoire

RACINE = Path(__file__).resolve().parents[2]
README = (RACINE / "README.md").read_text(encoding="utf-8")
CARNETS = sorted((RACINE / "notebooks").glob("*.ipynb"))


def table(titre: str) -> list[list[str]]:
    """Les lignes du premier tableau d'une section."""
    section = README.split(f"## {titre}\n", 1)[1].split("\n## ", 1)[0]
    lignes = [x for x in section.splitlines() if x.startswith("|")][2:]
    return [[c.strip().strip("`") for c in ligne.strip("|").split("|")] for ligne in lignes]


def test_les_deux_commandes_du_readme_existent():
    commandes = re.search(r"```\n(make servir\nmake test)\n```", README)
    assert commandes
    makefile = (RACINE / "Makefile").read_text()
    for cible in ("servir", "test", "lint", "bench", "propre"):
        assert re.search(rf"^{cible}:", makefile, re.M)
        assert f"make {cible}" in README
    assert "make test" in (RACINE / ".ci" / "run").read_text()


def test_le_tableau_des_carnets_est_celui_des_fichiers():
    attendu = []
    for chemin in CARNETS:
        meta = json.loads(chemin.read_text(encoding="utf-8"))["metadata"]
        attendu.append([chemin.stem, meta["title"], meta["atelier"]["question"]])
    assert table("Dashboards") == attendu


def test_chaque_carnet_a_son_apercu():
    for chemin in CARNETS:
        image = f"notebooks/apercus/{chemin.stem}.png"
        assert image in README
        assert (RACINE / image).stat().st_size < 400_000


def test_le_tableau_des_commandes_est_celui_de_ctg():
    assert table("Command line") == [[f"ctg {nom}", ctg._module(nom).AIDE] for nom in ctg.names()]


def test_l_aide_de_ctg_est_en_francais_et_complete():
    aide = subprocess.run([sys.executable, "-m", "ctgkit"], capture_output=True, text=True, check=True).stdout
    assert all(nom in aide for nom in ctg.names())
    for nom in ctg.names():
        detail = subprocess.run(
            [sys.executable, "-m", "ctgkit", nom, "--help"], capture_output=True, text=True, check=True
        ).stdout
        assert not re.search(r"\b(usage|options|positional|show this help)\b", detail), nom


def test_une_commande_mal_ecrite_propose_la_bonne():
    fait = subprocess.run([sys.executable, "-m", "ctgkit", "servr"], capture_output=True, text=True, check=False)
    assert fait.returncode == 2
    assert "vouliez-vous dire « servir »" in fait.stderr


def entrees() -> list[str]:
    return re.findall(r"^- \*\*(.+?)\*\*", (RACINE / "GLOSSAIRE.md").read_text(encoding="utf-8"), re.M)


def test_le_glossaire_est_trie_et_sans_doublon():
    cles = [unicodedata.normalize("NFD", e).encode("ascii", "ignore").decode().lower() for e in entrees()]
    assert cles == sorted(cles)
    assert len(set(cles)) == len(cles) > 30


COURANTS = {
    "id",
    "nom",
    "type",
    "code",
    "code_insee",
    "population",
    "annee_population",
    "lat",
    "lon",
    "unite",
    "quantite",
    "ouverture",
    "fermeture",
    "annee",
    "source",
    "statut",
    "date",
    "structure",
    "dispositif",
    "geo",
    "niveau",
    "valeur",
    "statut_gestionnaire",
    "charges_eur",
    "participations_eur",
    "montant_eur",
    "reference",
}


def test_chaque_mot_du_domaine_dans_les_colonnes_est_au_glossaire():
    glossaire = (RACINE / "GLOSSAIRE.md").read_text(encoding="utf-8").lower()
    colonnes = {c.name for record in Territoire.TABLES.values() for c in fields(record)} - COURANTS
    assert [c for c in sorted(colonnes) if f"`{c}`" not in glossaire and f"**{c}" not in glossaire] == []


def test_la_licence_est_l_eupl():
    assert (RACINE / "LICENSE").read_text(encoding="utf-8").startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")


@pytest.mark.parametrize("fichier", ["README.md", "LISEZMOI.md", "DECISIONS.md"])
def test_les_liens_des_documents_menent_quelque_part(fichier):
    texte = (RACINE / fichier).read_text(encoding="utf-8")
    for cible in re.findall(r"\]\(([^)#]+)\)", texte):
        assert (RACINE / cible).exists(), cible


def test_le_python_du_readme_s_execute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (bloc,) = re.findall(r"```python\n(.*?)```", README, re.S)
    noms: dict[str, object] = {}
    exec(bloc, noms)
    assert noms["r"].by("commune", 2027).shape[0] == 12
    assert (tmp_path / "bonus.xlsx").read_bytes()[:2] == b"PK"
