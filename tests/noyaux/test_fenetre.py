"""Une erreur imprévue dans un noyau : son détail va à la fenêtre du serveur, jamais au navigateur."""

import subprocess
import sys

import pytest

from ctgkit.noyaux import provisioner

ESSAI = """
import nbclient, nbformat
from ctgkit.noyaux import use_instant_kernels
use_instant_kernels()
code = '''
from ctgkit.views.composants.panneau import unexpected
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


@pytest.mark.skipif(not provisioner.forkable(), reason="ce système ne se dédouble pas")
def test_le_detail_reste_dans_la_fenetre():
    fait = subprocess.run([sys.executable, "-c", ESSAI], capture_output=True, text=True, check=True, timeout=60)
    assert "référence" in fait.stdout
    assert "ZeroDivisionError" not in fait.stdout
    assert "Erreur imprévue, référence" in fait.stderr
    assert "ZeroDivisionError" in fait.stderr
