"""Le même journal sur SQLite et sur PostgreSQL : chaque essai reçoit de quoi ouvrir le journal d'un dossier neuf."""

import os
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

import pytest

from ctgkit.storage.journal import open_journal


@pytest.fixture(scope="session")
def postgres():
    """L'adresse d'un PostgreSQL : celui de CTG_TEST_POSTGRES, sinon un serveur privé, le temps des essais."""
    if adresse := os.environ.get("CTG_TEST_POSTGRES"):
        yield adresse
        return
    programmes = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programmes:
        absent = "PostgreSQL n'est pas installé (paquet Debian « postgresql »)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(absent)
    dossier = Path(tempfile.mkdtemp(prefix="ctg-pg-"))
    autre = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if autre:
        shutil.chown(dossier, "postgres")

    def lancer(*ordre):
        muet = subprocess.DEVNULL
        subprocess.run([*autre, *map(str, ordre)], check=True, cwd=dossier, stdout=muet, stderr=muet)

    pg_ctl = (programmes[-1] / "pg_ctl", "-D", dossier / "d")
    lancer(programmes[-1] / "initdb", "-D", dossier / "d", "-U", "postgres", "-A", "trust", "-N", "--locale=C.UTF-8")
    lancer(*pg_ctl, "-w", "-o", f"-c listen_addresses='' -c max_connections=60 -k {dossier}", "start")
    yield f"postgresql://postgres@/postgres?host={dossier}"
    lancer(*pg_ctl, "-w", "-m", "immediate", "stop")
    shutil.rmtree(dossier, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.systeme)])
def dossier(request, tmp_path, monkeypatch):
    """Un dossier de territoire dont le journal est en SQLite, puis en PostgreSQL."""
    if request.param == "postgres":
        monkeypatch.setenv("CTG_JOURNAL", request.getfixturevalue("postgres"))
    else:
        monkeypatch.delenv("CTG_JOURNAL", raising=False)
    chemin = tmp_path / f"essai-{uuid.uuid4().hex[:8]}"
    chemin.mkdir()
    return chemin


@pytest.fixture
def dossier_sqlite(tmp_path, monkeypatch):
    monkeypatch.delenv("CTG_JOURNAL", raising=False)
    chemin = tmp_path / "essai"
    chemin.mkdir()
    return chemin


@pytest.fixture
def journal(dossier):
    with open_journal(dossier) as ouvert:
        yield ouvert
