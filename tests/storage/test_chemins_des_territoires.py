"""Un code ne sort jamais du dossier des territoires ; un chemin donné est lu ; tout refus est une phrase."""

import os
from pathlib import Path

import pytest

from ctgkit import storage
from ctgkit.errors import CtgError, InvalidFilesError


@pytest.mark.parametrize(
    "code",
    ["../plaine", "plaine/..", "/etc", "..", ".", "Plaine", "plaine\0", "-plaine", "plaine--x", "", "é", "a" * 101],
)
def test_ce_qui_n_est_pas_un_code(code):
    assert not storage.is_code(code)


@pytest.mark.parametrize("code", ["plaine", "valenciennes-metropole", "a1"])
def test_un_code(code):
    assert storage.is_code(code)


@pytest.mark.parametrize(
    "demande",
    [
        "",
        "  ",
        "plaine\0",
        "../../etc/passwd",
        "/n'existe/pas",
        "PLAINE",
        "~personne/x",
        "a" * 5000,
        "\ud800",
        "é\n" * 50,
    ],
)
def test_une_demande_impossible_est_une_phrase(plaine, demande):
    with pytest.raises(CtgError) as refus:
        storage.load_territoire(demande)
    assert refus.value.que_faire
    assert not isinstance(refus.value, InvalidFilesError)


def test_le_code_voisin_est_propose(plaine):
    with pytest.raises(CtgError, match="vouliez-vous dire « plaine »"):
        storage.load_territoire("plane")


def test_un_dossier_donne_par_son_chemin(plaine, tmp_path, monkeypatch):
    ailleurs = plaine.rename(tmp_path / "Mon dossier")
    monkeypatch.chdir(tmp_path)
    for chemin in (ailleurs, str(ailleurs), "Mon dossier", "./Mon dossier", "donnees/../Mon dossier"):
        assert storage.load_territoire(chemin).code == "plaine"


def test_un_fichier_n_est_pas_un_territoire(plaine):
    with pytest.raises(CtgError, match="un dossier est attendu"):
        storage.load_territoire(plaine / "territoire.yaml")


def test_une_boucle_de_liens(donnees):
    (donnees / "territoires" / "boucle").symlink_to("boucle")
    with pytest.raises(CtgError, match="boucle"):
        storage.load_territoire("boucle")
    [resume] = storage.list_territoires()
    assert "boucle" in resume.defauts[0].constat


@pytest.mark.skipif(os.name == "nt" or not os.getuid(), reason="l'administrateur lit tout")
def test_un_dossier_interdit(plaine):
    plaine.chmod(0)
    try:
        with pytest.raises(CtgError, match="interdit"):
            storage.load_territoire("plaine")
    finally:
        plaine.chmod(0o755)


def test_le_dossier_de_donnees_le_plus_proche(tmp_path, monkeypatch):
    (tmp_path / "projet" / "data" / "territoires").mkdir(parents=True)
    sous = tmp_path / "projet" / "notebooks" / "rapports"
    sous.mkdir(parents=True)
    monkeypatch.delenv("CTG_DONNEES")
    monkeypatch.chdir(sous)
    assert storage.data_folder() == tmp_path / "projet" / "data"


def test_sans_dossier_au_dessus_celui_de_l_atelier(tmp_path, monkeypatch):
    monkeypatch.delenv("CTG_DONNEES")
    monkeypatch.chdir(tmp_path)
    assert storage.data_folder() == Path(storage.__file__).resolve().parents[2] / "data"


def test_ctg_donnees_mal_renseigne(tmp_path, monkeypatch):
    monkeypatch.setenv("CTG_DONNEES", str(tmp_path / "rien"))
    with pytest.raises(CtgError, match="CTG_DONNEES"):
        storage.data_folder()


def test_ctg_donnees_peut_designer_le_projet(donnees, monkeypatch):
    donnees.rename(donnees.parent / "data")
    monkeypatch.setenv("CTG_DONNEES", str(donnees.parent))
    assert storage.data_folder() == donnees.parent / "data"
