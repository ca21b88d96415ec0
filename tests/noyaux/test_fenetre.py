"""Une erreur imprévue dans un noyau : son détail va à la fenêtre du serveur, jamais au navigateur."""

import subprocess
import sys

import pytest

from ctgkit.server.noyaux import fournisseur

ESSAI = """
import nbclient, nbformat
from ctgkit.server.noyaux import use_instant_kernels
{instantanes}
code = '''
from ctgkit.views.base import unexpected
try:
    1 / 0
except ZeroDivisionError:
    erreur = unexpected()
import time; time.sleep(0.5)
erreur.ou
'''
carnet = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
nbclient.NotebookClient(carnet, kernel_name="python3").execute()
print(carnet.cells[0].outputs)
"""


@pytest.mark.parametrize("instantanes", ["use_instant_kernels()", ""])
def test_le_detail_reste_dans_la_fenetre(instantanes):
    if instantanes and not fournisseur.forkable():
        pytest.skip("ce système ne se dédouble pas")
    fait = subprocess.run([sys.executable, "-c", ESSAI.format(instantanes=instantanes)], capture_output=True, text=True,
                          check=True, timeout=60)  # fmt: skip
    assert "référence" in fait.stdout
    assert "ZeroDivisionError" not in fait.stdout
    assert "Erreur imprévue, référence" in fait.stderr
    assert "ZeroDivisionError" in fait.stderr
