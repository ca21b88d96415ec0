"""Du clic à la page qui répond, cache vide : l'atelier, Voilà d'origine, Voilà préchauffé, Streamlit.

Chacun sert les mêmes calculs sur ce poste, tour à tour, dans le même Chromium ; la médiane de plusieurs ouvertures.
"""

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from outils import OPTIONS_CHROMIUM, RACINE, serve
from systeme import chromium

from tests.bench.temoins import install

OUVERTURES = 5
PRECHAUFFE_S = 12  # le temps que Voilà refasse son noyau d'avance
# Ce que l'on attend dans chaque page : un contrôle et le premier graphique.
CARNETS = {"20_bonus_territoire": ".jupyter-widgets #t-rep", "10_diagnostic": ".jupyter-widgets .graphe svg.ample"}
PAGE_STREAMLIT = "[data-test-script-state=notRunning] [data-testid=stPlotlyChart] .main-svg"
# Les pages d'origine appellent des polices sur l'internet : qu'elles échouent tout de suite au lieu d'attendre.
SANS_RESEAU = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"


def mesures() -> list[dict]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        navigateur = p.chromium.launch(executable_path=chromium(), args=[*OPTIONS_CHROMIUM, SANS_RESEAU])
        resultats = [ligne for carnet in CARNETS for ligne in _compare(navigateur, carnet)]
        navigateur.close()
    return resultats


def _compare(navigateur, carnet: str) -> list[dict]:
    ici, origine = _atelier(navigateur, carnet), _voila(navigateur, carnet)
    chauffe, autre = _voila(navigateur, carnet, chauffe=True), _streamlit(navigateur, carnet)
    nom = carnet[:2]
    return [
        {"mesure": f"{carnet} : l'atelier", "valeur": ici, "unite": "s"},
        {"mesure": f"{carnet} : Voilà d'origine", "valeur": origine, "unite": "s"},
        {"mesure": f"{carnet} : Voilà préchauffé", "valeur": chauffe, "unite": "s"},
        {
            "mesure": f"{carnet} : Streamlit, page comparable",
            "valeur": autre,
            "unite": "s",
            "note": "" if autre else "Streamlit n'a pas pu être installé",
        },
        {
            "mesure": f"{nom} : l'atelier, en fois Voilà d'origine",
            "valeur": round(ici / origine, 2),
            "unite": "fois",
            "plafond": 0.5,
        },
        {
            "mesure": f"{nom} : l'atelier, en fois Streamlit",
            "valeur": autre and round(ici / autre, 2),
            "unite": "fois",
            "plafond": 1.0,
            "note": "" if autre else "Streamlit n'a pas pu être installé",
        },
    ]


def _atelier(navigateur, carnet: str) -> float:
    with serve() as atelier:
        cle = f"token={atelier.token}"
        return _opening(
            navigateur, f"{atelier.racine}/carnet/{carnet}", CARNETS[carnet], f"{atelier.racine}/aide?{cle}"
        )


def _voila(navigateur, carnet: str, chauffe: bool = False) -> float:
    options = ["--template=lab", "--VoilaConfiguration.allow_template_override=NO", "--no-browser", "--token="]
    if chauffe:
        options += ["--preheat_kernel=True", "--pool_size=1"]
    port = _free_port()
    commande = [sys.executable, "-m", "voila", str(RACINE / f"notebooks/{carnet}.ipynb"), f"--port={port}", *options]
    milieu = {nom: v for nom, v in os.environ.items() if nom != "JUPYTER_DEFAULT_PROVISIONER_NAME"}
    with _running(commande, milieu, f"http://127.0.0.1:{port}/voila/static/voila.js"):
        attendre = PRECHAUFFE_S if chauffe else 0
        return _opening(navigateur, f"http://127.0.0.1:{port}/", CARNETS[carnet], attendre=attendre)


def _streamlit(navigateur, carnet: str) -> float | None:
    with tempfile.TemporaryDirectory() as dossier:
        python = install("streamlit", Path(dossier))
        if python is None:
            return None
        port = _free_port()
        fichier = RACINE / "tests/bench/temoin_streamlit.py"
        options = [
            "--server.headless=true",
            f"--server.port={port}",
            "--server.address=127.0.0.1",
            "--browser.gatherUsageStats=false",
            "--server.fileWatcherType=none",
        ]
        chemins = os.pathsep.join([str(RACINE), *(c for c in sys.path if c.endswith("site-packages"))])
        commande = [str(python), "-m", "streamlit", "run", str(fichier), *options]
        with _running(commande, {**os.environ, "PYTHONPATH": chemins}, f"http://127.0.0.1:{port}/_stcore/health"):
            return _opening(navigateur, f"http://127.0.0.1:{port}/?page={carnet}", PAGE_STREAMLIT)


def _opening(navigateur, adresse: str, attendu: str, entree: str = "", attendre: float = 0) -> float:
    """La première ouverture réveille le serveur et ne compte pas ; chacune a son contexte, donc un cache vide."""
    return round(
        statistics.median([_open(navigateur, adresse, attendu, entree, attendre) for _ in range(OUVERTURES + 1)][1:]), 2
    )


def _open(navigateur, adresse: str, attendu: str, entree: str, attendre: float) -> float:
    time.sleep(attendre)
    contexte = navigateur.new_context(viewport={"width": 1440, "height": 900})
    if entree:
        contexte.request.get(entree)  # le droit d'entrer, sans rien mettre dans le cache des pages
    page = contexte.new_page()
    depart = time.perf_counter()
    page.goto(adresse, wait_until="commit")
    page.wait_for_selector(attendu, timeout=90_000)
    duree = time.perf_counter() - depart
    contexte.close()
    return duree


@contextlib.contextmanager
def _running(commande: list[str], milieu: dict[str, str], pret: str) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as journal:
        processus = subprocess.Popen(
            commande,
            cwd=RACINE,
            env={**milieu, "CTG_JOURNAL": journal},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _until(lambda: _answers(pret), 90)
            yield
        finally:
            processus.terminate()
            processus.wait(20)


def _until(vrai: Callable[[], bool], delai: float) -> None:
    fin = time.monotonic() + delai
    while not vrai():
        if time.monotonic() > fin:
            raise TimeoutError("le témoin n'a pas démarré")
        time.sleep(0.3)


def _answers(adresse: str) -> bool:
    try:
        with urllib.request.urlopen(adresse, timeout=2) as reponse:
            return reponse.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _free_port() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return prise.getsockname()[1]
