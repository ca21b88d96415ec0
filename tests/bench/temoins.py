"""Un logiciel à comparer s'installe pour la mesure, dans un dossier qui disparaît avec elle."""

import shutil
import subprocess
import sys
from pathlib import Path


def install(paquet: str, dossier: Path) -> Path | None:
    """Le Python d'un environnement neuf où `paquet` est installé ; rien si l'installation échoue."""
    python = dossier / "venv/bin/python"
    uv = shutil.which("uv")
    creer = [uv, "venv", "-q", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
    poser = [uv, "pip", "install", "-q", "--python", str(python)] if uv else [str(python), "-m", "pip", "install", "-q"]
    for commande in ([*creer, str(dossier / "venv")], [*poser, paquet]):
        if subprocess.run(commande, capture_output=True, check=False, timeout=600).returncode:
            return None
    return python
