"""Un plan que l'on peut changer : les données livrées, un journal à part."""

from datetime import date

import pytest

from ctgkit.storage.journal.plan import open_plan

JOUR = date(2026, 11, 21)


@pytest.fixture
def ouvrir(tmp_path, monkeypatch):
    """Ouvre un territoire livré ; deux ouvertures sont deux sessions sur le même journal."""
    monkeypatch.setenv("CTG_JOURNAL", str(tmp_path / "journal.sqlite"))
    return open_plan


@pytest.fixture
def exemple(ouvrir):
    return ouvrir("exemple")


@pytest.fixture
def jour():
    return JOUR
