"""Deux imports en même temps sur un territoire : aucun n'efface l'autre, et celui qui attend trop le dit."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ctgkit.echanges import apply, preview
from ctgkit.echanges.tableau.reconnaissance import known_formats
from ctgkit.errors import CtgError
from ctgkit.storage import data_folder, load_territoire, locked, origines, writing

TETE = "code;geo;niveau;annee;valeur;statut;source;reference\n"


@pytest.fixture
def dossier(tmp_path) -> Path:
    return Path(shutil.copytree(data_folder() / "territoires" / "cambrai", tmp_path / "cambrai"))


def fichier(rang: int) -> bytes:
    return f"{TETE}AD01;59122;commune;{2000 + rang};{100 + rang};publie;essai-{rang};ligne {rang}\n".encode()


def test_huit_imports_simultanes_sont_tous_ecrits(dossier):
    apercus = [preview(fichier(rang), dossier, nom=f"{rang}.csv") for rang in range(8)]
    avant = len(load_territoire(dossier).indicateurs)
    with ThreadPoolExecutor(8) as fils:
        list(fils.map(lambda a: apply(a, dossier), apercus))
    assert len(load_territoire(dossier).indicateurs) == avant + 8


def test_celui_qui_attend_trop_le_dit_et_n_ecrit_rien(dossier, monkeypatch):
    monkeypatch.setattr(writing, "_ATTENTE_S", 0.1)
    apercu = preview(fichier(1), dossier, nom="1.csv")
    avant = (dossier / "indicateurs.csv").read_bytes()
    with locked(dossier), pytest.raises(CtgError, match="Un autre import écrit dans ce territoire"):
        apply(apercu, dossier)
    assert (dossier / "indicateurs.csv").read_bytes() == avant


def test_chaque_source_d_un_import_a_un_nom_qui_se_lit():
    registre = origines()
    sources = [f.source.format(annee=2024) for f in known_formats() if hasattr(f, "source")]
    assert len(sources) > 6
    assert [s for s in [*sources, "insee-filosofi-2023"] if registre.court(s) == s] == []
