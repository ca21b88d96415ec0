"""Ce que les tests demandent au système : Chromium, LibreOffice, PostgreSQL. Installe ce qu'il peut, dit le reste.

En intégration (CI=true), ce qui manque fait échouer les tests concernés ; ailleurs ils sont sautés avec un mot.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

NOMS_CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """Le navigateur des tests : celui du système, sinon celui de Playwright."""
    trouves = [shutil.which(nom) for nom in NOMS_CHROMIUM]
    return next((t for t in trouves if t), None) or _playwright()


def _playwright() -> str | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as p:
        chemin = p.chromium.executable_path
    return chemin if Path(chemin).exists() else None


def opens_pages() -> bool:
    chemin = chromium()
    return bool(chemin) and "hrom" in _said(chemin, "--version")


def converts() -> bool:
    """LibreOffice lit un tableau et un texte : un paquet sans Calc ou sans Writer ne suffit pas."""
    if not (soffice := shutil.which("soffice")):
        return False
    with tempfile.TemporaryDirectory() as dossier:
        for nom, vers in (("a.csv", "xlsx"), ("b.txt", "odt")):
            source = Path(dossier, nom)
            source.write_text("a;b\n", encoding="utf-8")
            profil = f"-env:UserInstallation=file://{dossier}/profil"
            _said(soffice, profil, "--headless", "--convert-to", vers, "--outdir", dossier, str(source))
        return Path(dossier, "a.xlsx").exists() and Path(dossier, "b.odt").exists()


def serves_postgres() -> bool:
    installes = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")) or [shutil.which("pg_ctl") or ""]
    return "PostgreSQL" in _said(str(installes[0]), "--version")


# Chaque besoin se prouve par ce qu'il fait ; les paquets Debian qui l'apportent, au choix dans l'ordre.
BESOINS: dict[str, tuple[Callable[[], bool], tuple[str, ...]]] = {
    "Chromium": (opens_pages, ("chromium-headless-shell", "chromium")),
    "LibreOffice": (converts, ("libreoffice-calc libreoffice-writer libreoffice-impress",)),
    "pdftotext": (lambda: "version" in _said("pdftotext", "-v"), ("poppler-utils",)),
    "PostgreSQL": (serves_postgres, ("postgresql",)),
    "la police Liberation Sans": (
        lambda: "Liberation" in _said("fc-match", "Liberation Sans"),
        ("fontconfig fonts-liberation",),
    ),
}


def missing() -> list[str]:
    with ThreadPoolExecutor() as fils:
        presents = list(fils.map(lambda besoin: besoin[0](), BESOINS.values()))
    return [nom for nom, present in zip(BESOINS, presents, strict=True) if not present]


def install(manque: list[str]) -> None:
    """Debian et racine : apt. Ailleurs : le navigateur de Playwright seulement."""
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        print(f"Installation par apt de ce que les tests demandent : {', '.join(manque)}…", flush=True)
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _run(["apt-get", "update", "-qq"], env)
        paquets = " ".join(_offered(BESOINS[nom][1]) for nom in manque).split()
        _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *paquets], env)
    elif "Chromium" in manque:
        print("Installation du navigateur de Playwright…", flush=True)
        _run([sys.executable, "-m", "playwright", "install", "chromium"], dict(os.environ))


def _offered(choix: tuple[str, ...]) -> str:
    """Le premier choix que ce système propose."""
    proposes = (c for c in choix[:-1] if "Candidate: (none)" not in (dit := _said("apt-cache", "policy", c)) and dit)
    return next(proposes, choix[-1])


def _said(*commande: str) -> str:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        fait = subprocess.run(commande, capture_output=True, text=True, timeout=60, check=False)
        return fait.stdout + fait.stderr
    return ""


def _run(commande: list[str], env: dict[str, str]) -> None:
    fait = subprocess.run(commande, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if fait.returncode:
        print(f"Échec de « {' '.join(commande[:3])}… » : {fait.stderr.strip()[-400:]}", file=sys.stderr)


if __name__ == "__main__":
    if manque := missing():
        install(manque)
        manque = missing()
    if manque:
        suite = "ces tests échoueront" if os.environ.get("CI") else "ces tests seront sautés"
        print(f"Introuvable sur ce poste : {', '.join(manque)} ; {suite}.", file=sys.stderr)
