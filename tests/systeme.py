"""Ce que les tests demandent au système : Chromium, LibreOffice, PostgreSQL. Installe ce qu'il peut, dit le reste.

En intégration (CI=true), ce qui manque fait échouer les tests concernés ; ailleurs ils sont sautés avec un mot.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# Le programme qui prouve qu'un paquet est là, et le paquet Debian qui l'apporte.
PAQUETS = {
    "chromium": "chromium",
    "soffice": "libreoffice-calc libreoffice-writer libreoffice-impress",
    "pdftotext": "poppler-utils",
    "pg_ctl": "postgresql",
    "fc-list": "fontconfig fonts-liberation",
}
NOMS_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


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


def program(nom: str) -> str | None:
    if nom == "chromium":
        return chromium()
    if nom == "pg_ctl":
        return next(map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))), None) or shutil.which(nom)
    return shutil.which(nom)


def missing() -> list[str]:
    return [nom for nom in PAQUETS if not program(nom)]


def install() -> None:
    """Debian et racine : apt. Ailleurs : le navigateur de Playwright seulement."""
    manque = missing()
    if not manque:
        return
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        print(f"Installation par apt de ce que les tests demandent : {', '.join(manque)}…", flush=True)
        paquets = " ".join(PAQUETS[nom] for nom in manque).split()
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _run(["apt-get", "update", "-qq"], env)
        _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *paquets], env)
    elif "chromium" in manque:
        print("Installation du navigateur de Playwright…", flush=True)
        _run([sys.executable, "-m", "playwright", "install", "chromium"], dict(os.environ))


def _run(commande: list[str], env: dict[str, str]) -> None:
    fait = subprocess.run(commande, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if fait.returncode:
        print(f"Échec de « {' '.join(commande[:3])}… » : {fait.stderr.strip()[-400:]}", file=sys.stderr)


if __name__ == "__main__":
    install()
    if reste := missing():
        suite = "ces tests échoueront" if os.environ.get("CI") else "ces tests seront sautés"
        print(f"Introuvable sur ce poste : {', '.join(reste)} ; {suite}.", file=sys.stderr)
