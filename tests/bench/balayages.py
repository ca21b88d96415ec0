"""Les balayages que « make test » fait sur un échantillon fixe, entiers : morts subites, hasard, LibreOffice."""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ESSAIS = Path(__file__).resolve().parents[1]
# Ce que « make test » fait en partie : un échantillon, ou une page dont les couleurs ne sont lues qu'à une largeur.
ECHANTILLON = re.compile(r"\bsample\(|\bcouleurs=")


def mesures() -> list[dict]:
    fichiers = [str(f) for f in sorted(ESSAIS.glob("*/test_*.py")) if ECHANTILLON.search(f.read_text(encoding="utf-8"))]
    rapport = ESSAIS.parent / ".pytest_balayages.xml"
    ordre = [sys.executable, "-m", "pytest", "-q", f"--junitxml={rapport}", *fichiers]
    subprocess.run(ordre, cwd=ESSAIS.parent, env={**os.environ, "CTG_LONG": "1"}, check=False)
    suite = ElementTree.parse(rapport).getroot().find("testsuite")
    rapport.unlink()
    rates = int(suite.get("failures")) + int(suite.get("errors"))
    duree = round(float(suite.get("time")))
    return [
        {
            "mesure": f"balayages entiers, échecs sur {suite.get('tests')} essais",
            "valeur": rates,
            "unite": "",
            "plafond": 0,
        },
        {"mesure": "balayages entiers, durée", "valeur": duree, "unite": "s"},
    ]
