"""Les aides des commandes se lisent l'une sous l'autre : même forme partout."""

import importlib
import pkgutil

import pytest

from ctgkit import commandes

NOMS = sorted(m.name for m in pkgutil.iter_modules(commandes.__path__))


@pytest.mark.parametrize("nom", NOMS)
def test_une_aide_commence_par_un_verbe_en_minuscule_et_ne_finit_pas_par_un_point(nom):
    aide = importlib.import_module(f"ctgkit.commandes.{nom}").AIDE
    assert aide.split()[0].endswith(("er", "ir", "re"))
    assert aide[0].islower()
    assert not aide.endswith(".")
