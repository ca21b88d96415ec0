"""Les pièces communes des tests ; leurs outils sont dans outils.py."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

from outils import OPTIONS_CHROMIUM, RACINE, Atelier, Visite, require, serve, visit
from systeme import chromium

from ctgkit.noyaux.imports import import_jsonschema

import_jsonschema()  # une seconde de grammaires dont rien ne se sert, pour chaque processus de la suite

# Une machine chargée ne fait échouer aucun essai.
settings.register_profile("sans horloge", deadline=None)
settings.load_profile("sans horloge")

OUVRENT_DE_VRAIS_LOGICIELS = {"atelier", "bureau", "navigateur"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Les fichiers longs d'abord : commencés en dernier, ils feraient attendre tous les autres."""
    longs = {i.path for i in items if OUVRENT_DE_VRAIS_LOGICIELS & set(i.fixturenames) or i.get_closest_marker("long")}
    items.sort(key=lambda i: i.path not in longs)


@pytest.fixture(scope="session")
def racine() -> Path:
    return RACINE


@pytest.fixture(scope="session")
def atelier() -> Iterator[Atelier]:
    with serve() as ouvert:
        yield ouvert


@pytest.fixture(scope="module")
def navigateur():
    """Fermé à la fin de chaque fichier : Playwright occupe la boucle asyncio du processus tant qu'il est ouvert."""
    chemin = chromium()
    require(chemin, "Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        ouvert = p.chromium.launch(executable_path=chemin, args=OPTIONS_CHROMIUM)
        yield ouvert
        ouvert.close()


@pytest.fixture
def visite(navigateur, atelier) -> Iterator[Visite]:
    with visit(navigateur, atelier) as ouverte:
        yield ouverte
