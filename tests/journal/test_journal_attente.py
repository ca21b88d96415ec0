"""Lire un territoire ne lui crée pas de journal ; le premier changement le fait, même à plusieurs."""

import os
import shutil
import subprocess
import sys
import threading

import pytest

from ctgkit.storage import find_folder
from ctgkit.storage.journal import Changement, open_journal
from ctgkit.storage.journal.plan import open_plan


@pytest.fixture
def copie(tmp_path, monkeypatch):
    monkeypatch.delenv("CTG_JOURNAL", raising=False)
    return shutil.copytree(find_folder("exemple"), tmp_path / "essai", ignore=shutil.ignore_patterns("journal*"))


def traces(dossier):
    return sorted(p.name for p in dossier.iterdir() if p.name.startswith("journal"))


def test_lire_ne_laisse_aucune_trace(copie):
    store = open_plan(copie)
    assert len(store.plan.fiches) == 20
    assert (store.refresh(), store.history("PE-02"), store.journal.last_id()) == ([], [], 0)
    store.journal.close()
    assert traces(copie) == []


def test_le_premier_changement_cree_le_journal_et_l_autre_session_le_voit(copie):
    ecrit, lit = open_plan(copie), open_plan(copie)
    ecrit.write("PE-02", "titre", "Nouveau", "élue")
    assert traces(copie)[0] == "journal.sqlite"
    (entree,) = lit.refresh()
    assert (entree.apres, lit.plan.fiche("PE-02").titre) == ("Nouveau", "Nouveau")
    lit.write("PE-02", "titre", "Encore", "Caf")
    assert [e.apres for e in ecrit.refresh()] == ["Encore"]
    assert open_plan(copie).plan.fiche("PE-02").titre == "Encore"


def test_vingt_premiers_changements_a_la_fois(copie):
    """Chaque fil a ouvert avant que le fichier n'existe ; aucun n'efface l'autre."""
    journaux = [open_journal(copie) for _ in range(20)]
    depart, rates = threading.Barrier(20), []

    def ecrire(rang):
        depart.wait()
        try:
            journaux[rang].record_all([Changement("fiche", "F", f"champ{rang}", rang, None)], "élue")
        except Exception as erreur:
            rates.append(erreur)

    fils = [threading.Thread(target=ecrire, args=(n,)) for n in range(20)]
    [f.start() for f in fils]
    [f.join() for f in fils]
    assert rates == []
    assert open_journal(copie).state("fiche", "F").valeurs == {f"champ{n}": n for n in range(20)}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="demande un système à processus dupliqués")
def test_un_processus_duplique_ecrit_dans_le_journal_ouvert_avant_lui(copie):
    code = (
        "import os, sys\nfrom ctgkit.storage.journal import Changement, open_journal\n"
        "j = open_journal(sys.argv[1]); j.last_id(); enfant = os.fork()\n"
        "if not enfant:\n    j.record_all([Changement('fiche', 'F', 'titre', 'enfant', None)], 'élue'); os._exit(0)\n"
        "os.waitpid(enfant, 0); print(j.state('fiche', 'F').valeurs['titre'])\n"
    )
    fini = subprocess.run([sys.executable, "-c", code, copie], capture_output=True, text=True, check=False)
    assert fini.stdout.strip() == "enfant", fini.stderr
