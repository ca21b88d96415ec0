"""Noyaux et lots : un noyau instantané, cent rapports, face à papermill et nbconvert tels qu'on les installe."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from ctgkit.noyaux import NOM, preheat

RACINE = Path(__file__).resolve().parents[2]
CARNET = RACINE / "notebooks/rapports/fiche_commune.ipynb"
TERRITOIRES = ["exemple", "valenciennes-metropole", "cambrai"]  # 12 + 35 + 55 communes
TEMOINS = 4
COEURS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
CALCUL = "import pandas as pd, plotly.graph_objects as go; go.Figure(go.Bar(x=[1], y=[2])); pd.DataFrame({'a': [1]})"


def mesures() -> list[dict]:
    temoin = _stock()
    total, rapports, chacun = _lot()
    ordinaire, instantane = (_kernel(n) for n in ("local-provisioner", NOM))
    return [
        {"mesure": "noyau ordinaire : prêt, pandas et plotly en main", "valeur": ordinaire[0], "unite": "s"},
        {
            "mesure": "noyau instantané : prêt, pandas et plotly en main",
            "valeur": instantane[0],
            "unite": "s",
            "plafond": 0.5,
        },
        {"mesure": "noyau ordinaire, mémoire propre (PSS)", "valeur": ordinaire[1], "unite": "Mo"},
        {"mesure": "noyau instantané, mémoire propre (PSS)", "valeur": instantane[1], "unite": "Mo"},
        {"mesure": "papermill puis nbconvert d'origine, une fiche", "valeur": round(temoin, 2), "unite": "s"},
        {"mesure": f"ctg lot : {rapports} fiches en HTML, démarrage compris", "valeur": round(total, 1), "unite": "s"},
        {
            "mesure": "ctg lot : débit, face à papermill et nbconvert d'origine",
            "valeur": round(temoin * rapports / total, 1),
            "unite": "fois",
            "plancher": 12,
        },
        {"mesure": "ctg lot : une fiche, par cœur, à chaud", "valeur": round(chacun, 3), "unite": "s", "plafond": 0.35},
    ]


def _stock() -> float:
    """Les deux commandes d'origine, l'une après l'autre, sur le même carnet."""
    durees = []
    milieu = {nom: valeur for nom, valeur in os.environ.items() if nom != "JUPYTER_DEFAULT_PROVISIONER_NAME"}
    with tempfile.TemporaryDirectory() as dossier:
        for rang in range(TEMOINS):
            fait = str(Path(dossier, f"{rang}.ipynb"))
            debut = time.perf_counter()
            papermill = [
                str(CARNET),
                fait,
                "-p",
                "territoire",
                "exemple",
                "--cwd",
                str(CARNET.parent),
                "--no-progress-bar",
            ]
            _run(["papermill", *papermill], milieu)
            _run(["nbconvert", "--to", "html", fait], milieu)
            durees.append(time.perf_counter() - debut)
    return statistics.median(durees)


def _run(commande: list[str], milieu: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-m", *commande], env=milieu, check=True, capture_output=True, cwd=RACINE)


def _lot() -> tuple[float, int, float]:
    """La durée, le nombre de rapports, et le temps de chacun quand chaque cœur en fait un à la fois."""
    with tempfile.TemporaryDirectory() as dossier:
        lot = Path(dossier, "lot.yaml")
        lot.write_text(yaml.safe_dump({"carnet": "fiche_commune", "communes": TERRITOIRES, "sortie": f"{dossier}/s"}))
        debut = time.perf_counter()
        _run(["ctgkit", "lot", str(lot), "--ouvriers", str(COEURS)], dict(os.environ))
        total = time.perf_counter() - debut
        rapports = json.loads(Path(dossier, "s/manifeste.json").read_text(encoding="utf-8"))["rapports"]
    assert all(r["statut"] == "fait" for r in rapports)
    return total, len(rapports), statistics.median(r["secondes"] for r in rapports)


def _kernel(fournisseur: str) -> tuple[float, int]:
    """Le temps d'un noyau qui a rendu un tableau et une figure, et la mémoire qu'il ajoute."""
    os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = fournisseur
    if fournisseur == NOM:
        preheat()
    KernelProvisionerFactory.instance().default_provisioner_name = fournisseur
    durees, memoire = [], 0
    for _ in range(4):
        debut = time.perf_counter()
        km = KernelManager(kernel_name="python3")
        km.start_kernel()
        kc = km.client()
        kc.start_channels()
        kc.wait_for_ready(timeout=60)
        kc.execute(CALCUL, reply=True, timeout=60)
        durees.append(time.perf_counter() - debut)
        memoire = pss(km.provisioner.pid)
        kc.stop_channels()
        km.shutdown_kernel(now=True)
    return round(statistics.median(durees), 2), memoire


def pss(pid: int) -> int:
    try:
        lignes = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(int(ligne.split()[1]) // 1024 for ligne in lignes if ligne.startswith("Pss:"))
