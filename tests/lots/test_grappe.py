"""Un lot sur une vraie grappe Dask : un ordonnanceur, deux ouvriers, l'un tué en plein lot ; rien n'est perdu."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from outils import require, wait_until

from ctgkit.__main__ import main

pytestmark = pytest.mark.long

try:
    import distributed
except ImportError:
    distributed = None

REGLAGES = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s"}


@contextmanager
def dask(*arguments):
    commande = [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]]
    processus = subprocess.Popen(
        commande,
        env={**os.environ, **REGLAGES},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield processus
    finally:
        if processus.poll() is None:
            os.killpg(processus.pid, signal.SIGKILL)
        processus.wait()


@pytest.fixture(autouse=True)
def dask_installe():
    require(distributed, "Dask (paquet distributed)")


@pytest.fixture
def grappe(tmp_path):
    """L'adresse de l'ordonnanceur et les deux ouvriers."""
    fiche = tmp_path / "ordonnanceur.json"
    commun = ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", str(tmp_path)]
    with dask("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(fiche)):
        assert wait_until(fiche.exists), "l'ordonnanceur devait écrire son adresse"
        ouvrier = ["dask_worker", "--scheduler-file", str(fiche), "--host", "127.0.0.1", *commun]
        with dask(*ouvrier) as un, dask(*ouvrier) as deux:
            adresse = json.loads(fiche.read_text())["address"]
            with distributed.Client(adresse, timeout=60) as client:
                client.wait_for_workers(2, timeout=60)
            yield adresse, [un, deux]


def test_un_ouvrier_tue_en_plein_lot_ne_perd_rien(lot, tmp_path, grappe, capfd):
    adresse, ouvriers = grappe
    chemin = lot(produit={"annee": list(range(2020, 2032))}, formats=["html"])
    sortie = tmp_path / "sortie"
    tueur = subprocess.Popen(
        [sys.executable, "-c", TUEUR, str(sortie), str(ouvriers[0].pid)], stdout=subprocess.DEVNULL
    )
    try:
        assert main(["lot", str(chemin), "--dask", adresse]) == 0
    finally:
        tueur.kill()
        tueur.wait()
    assert ouvriers[0].poll() is not None, "l'ouvrier devait mourir pendant le lot"
    rapports = json.loads((sortie / "manifeste.json").read_text())["rapports"]
    assert [r["statut"] for r in rapports] == ["fait"] * 12
    pages = list(sortie.glob("*.html"))
    assert len(pages) == 12
    assert all(p.read_text(encoding="utf-8").rstrip().endswith("</html>") for p in pages)
    assert "Traceback" not in capfd.readouterr().err


TUEUR = """
import os, signal, sys, time
from pathlib import Path
while len(list(Path(sys.argv[1]).glob("*.html"))) < 3:
    time.sleep(0.02)
os.kill(int(sys.argv[2]), signal.SIGKILL)
"""


def test_ordonnanceur_absent(lot, capsys, monkeypatch):
    monkeypatch.setattr("ctgkit.batch.execution.ATTENTE_S", 1)
    assert main(["lot", str(lot(liste=[{}])), "--dask", "tcp://127.0.0.1:9"]) == 2
    assert "ne répond pas" in capsys.readouterr().err
    assert main(["lot", str(lot(liste=[{}])), "--dask", "n'importe quoi"]) == 2
