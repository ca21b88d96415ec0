"""Imports ensemble : deux en même temps, un format ou un genre de plus, et des sources qui se lisent."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ctgkit import echanges
from ctgkit.__main__ import main
from ctgkit.echanges import apply, formats, known_formats, preview
from ctgkit.errors import CtgError
from ctgkit.storage import data_folder, load_territoire, locked, origines
from ctgkit.storage import fichiers as porte

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


COMPTER = """
import sys
from pathlib import Path
from ctgkit.storage import locked
compte = Path(sys.argv[1], "compte")
for _ in range(25):
    with locked(sys.argv[1]):
        compte.write_text(str(int(compte.read_text()) + 1))
"""


def test_le_verrou_tient_entre_processus_et_ne_laisse_pas_de_fichier(tmp_path):
    (tmp_path / "compte").write_text("0")
    comptent = [subprocess.Popen([sys.executable, "-c", COMPTER, str(tmp_path)]) for _ in range(5)]
    assert [p.wait(120) for p in comptent] == [0] * 5
    assert (tmp_path / "compte").read_text() == "125"
    assert [f.name for f in tmp_path.iterdir()] == ["compte"]


def test_celui_qui_attend_trop_le_dit_et_n_ecrit_rien(dossier, monkeypatch):
    monkeypatch.setattr(porte, "_ATTENTE_S", 0.1)
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


UN_FORMAT = """
from ctgkit.echanges.tableau.entete import Donnee, Maille
from ctgkit.echanges.tableau.format import FormatMesures

FORMAT = FormatMesures(
    code="ludotheques",
    libelle="Annuaire des ludothèques",
    source="annuaire-ludotheques-{annee}",
    mailles=(Maille("commune", "commune_du_siege", (Donnee.count("AD01", "ludotheques"),)),),
)
"""


def test_un_format_d_import_de_plus_est_un_seul_fichier(dossier, tmp_path, monkeypatch):
    """Posé dans `formats/`, il est trouvé, reconnu et lu : aucune liste ne le nomme."""
    (tmp_path / "ajoutes").mkdir()
    (tmp_path / "ajoutes" / "ludotheques_a_la_volee.py").write_text(UN_FORMAT, encoding="utf-8")
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path / "ajoutes")])
    known_formats.cache_clear()
    try:
        apercu = preview(b"Commune du siege;Ludotheques\n59122;3\n59606;1\n", dossier, nom="annuaire_2024.csv")
    finally:
        sys.modules.pop(f"{formats.__name__}.ludotheques_a_la_volee", None)
        known_formats.cache_clear()
    assert apercu.libelle == "Annuaire des ludothèques"
    assert [(i.code, i.geo, i.annee, i.valeur, i.source) for i in apercu.lignes] == [
        ("AD01", "59122", 2024, 3, "annuaire-ludotheques-2024")
    ]


def test_un_genre_d_import_de_plus_est_un_seul_fichier(tmp_path, monkeypatch):
    """`importer_<genre>.py` : son nom suffit pour que `ctg importer <genre>` l'appelle."""
    (tmp_path / "importer_essai.py").write_text("def executer(args):\n    return 40 + len(args.fichiers)\n")
    monkeypatch.setattr(echanges, "__path__", [*echanges.__path__, str(tmp_path)])
    try:
        assert main(["importer", "essai", "a.csv", "b.csv", "--territoire", "exemple"]) == 42
    finally:
        sys.modules.pop("ctgkit.echanges.importer_essai", None)
