"""Ce que partagent les tests : en intégration, un logiciel du système absent fait échouer au lieu de sauter."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

RACINE = Path(__file__).resolve().parent.parent


def require(present: object, quoi: str) -> None:
    """Saute le test sur le poste d'une personne, l'échoue en intégration."""
    if present:
        return
    if os.environ.get("CI"):
        pytest.fail(f"{quoi} introuvable : en intégration ce test doit tourner.")
    pytest.skip(f"{quoi} introuvable sur ce poste.")


@pytest.fixture(scope="session")
def racine() -> Path:
    return RACINE
