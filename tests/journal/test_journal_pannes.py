"""Kill -9, foule, disque plein, dossier en lecture seule, fichier abîmé : rien d'annoncé n'est perdu, tout est dit."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from outils import sample

from ctgkit.errors import CtgError
from ctgkit.storage.journal import Changement, CorruptJournalError, open_journal
from ctgkit.storage.journal.sauvegarde import restore_backup, salvage, save_backup

pytestmark = pytest.mark.long

ICI = Path(__file__).parent


def lancer(programme, *arguments):
    ordre = [sys.executable, str(ICI / programme), *map(str, arguments)]
    fini = subprocess.run(ordre, capture_output=True, text=True, timeout=300, check=False)
    assert fini.returncode == 0, fini.stderr
    return json.loads(fini.stdout)


def ecrire(journal, apres, champ="titre", version=None):
    return journal.record_all([Changement("fiche", "F1", champ, apres, version)], "animatrice")[0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="demande un système à processus dupliqués")
def test_des_kill_moins_neuf_ne_perdent_rien_d_annonce(dossier):
    morts = sample(40, 200)
    bilan = lancer("tueur.py", dossier, morts)
    assert bilan["tues"] == morts
    assert bilan["annonces"] > morts / 10
    assert (bilan["perdus"], bilan["a_moitie"], bilan["en_trop"]) == (0, 0, 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="demande un système à processus dupliqués")
def test_vingt_ecrivains_a_la_fois(dossier):
    tours = sample(4, 50)
    bilan = lancer("foule.py", dossier, 20, tours)
    assert bilan["erreurs"] == []
    assert bilan["compteurs"] == bilan["annonces"]
    assert sum(bilan["compteurs"].values()) == bilan["entrees"]
    assert [bilan["compteurs"][f"E{n}"] for n in range(20)] == [tours] * 20


def test_ce_qu_une_session_ecrit_l_autre_le_voit_a_la_lecture_suivante(dossier):
    with open_journal(dossier) as lectrice, open_journal(dossier) as ecrivain:
        for n in range(20):
            ecrite = ecrire(ecrivain, n)
            assert [e.id for e in lectrice.since(n)] == [ecrite.id]


def test_dix_fils_d_un_meme_processus(dossier):
    with open_journal(dossier) as journal:
        fils = [threading.Thread(target=ecrire, args=(journal, n, f"champ{n}")) for n in range(10)]
        [f.start() for f in fils]
        [f.join() for f in fils]
        assert journal.state("fiche", "F1").valeurs == {f"champ{n}": n for n in range(10)}


def test_un_journal_ouvert_avant_un_fork_sert_aux_deux(dossier):
    with open_journal(dossier) as journal:
        ecrire(journal, "mère")
        if not (enfant := os.fork()):
            ecrire(journal, "enfant", "pilote")
            os._exit(0)
        assert os.waitpid(enfant, 0)[1] == 0
        ecrire(journal, "mère encore")
        assert journal.state("fiche", "F1").valeurs == {"titre": "mère encore", "pilote": "enfant"}


def test_les_reglages_qui_font_survivre_a_une_coupure_de_courant(dossier_sqlite):
    with open_journal(dossier_sqlite) as journal, journal.base.engine.connect() as c:
        assert c.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert c.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_le_fichier_du_journal_copie_seul_est_entier(dossier_sqlite, tmp_path):
    """Revue de solidité, F2 : la copie d'un seul fichier, page ouverte ou atelier arrêté net, ne perd rien."""
    with open_journal(dossier_sqlite) as journal:
        for n in range(5):
            ecrire(journal, f"titre {n}")
            seul = tmp_path / f"copie-{n}"
            seul.mkdir()
            shutil.copy(dossier_sqlite / "journal.sqlite", seul)
            with open_journal(seul) as copie:
                assert copie.state("fiche", "F1").valeurs == {"titre": f"titre {n}"}
        (dossier_sqlite / "journal.sqlite-wal").write_bytes(b"abime")
        with open_journal(dossier_sqlite) as relu:
            assert relu.state("fiche", "F1").valeurs == {"titre": "titre 4"}


@pytest.mark.parametrize("sort", ["restaure", "efface", "remplace"])
def test_un_journal_remplace_pendant_qu_il_est_ouvert_refuse_d_ecrire(dossier_sqlite, tmp_path, sort):
    """Revue de solidité, F3 : dire « Enregistré » dans le fichier mis de côté serait une perte."""
    with open_journal(dossier_sqlite) as ouverte:
        ecrire(ouverte, "avant")
        if sort == "restaure":
            archive = save_backup(dossier_sqlite, tmp_path / "sauvegarde.zip").fichier
            restore_backup(archive, dossier_sqlite, remplacer=True)
        elif sort == "efface":
            (dossier_sqlite / "journal.sqlite").unlink()
        else:
            shutil.copy(dossier_sqlite / "journal.sqlite", tmp_path / "autre")
            os.replace(tmp_path / "autre", dossier_sqlite / "journal.sqlite")
        with pytest.raises(CtgError, match="n'est pas enregistrée") as refus:
            ecrire(ouverte, "apres")
        assert "rouvrir la page" in refus.value.que_faire
    if sort != "efface":
        with open_journal(dossier_sqlite) as relu:
            assert relu.state("fiche", "F1").valeurs == {"titre": "avant"}


def test_un_verrou_garde_trop_longtemps_se_dit_en_francais(dossier_sqlite, monkeypatch):
    monkeypatch.setattr("ctgkit.storage.journal.base.PATIENCE_SECONDES", 0.1)
    with open_journal(dossier_sqlite) as occupant, open_journal(dossier_sqlite) as gene:
        with occupant.base.engine.connect() as c:
            c.exec_driver_sql("BEGIN IMMEDIATE")
            with pytest.raises(CtgError, match="très occupé") as refus:
                ecrire(gene, "en attente")
            assert "locked" not in str(refus.value)
        assert ecrire(gene, "passe maintenant").id == 1


@pytest.fixture
def petit_disque(tmp_path):
    """Un vrai disque de 400 ko, quand on a le droit d'en monter un."""
    monte = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "essai", tmp_path], capture_output=True, check=False
    )
    if monte.returncode:
        pytest.skip("monter un petit disque demande les droits d'administrateur")
    yield tmp_path
    subprocess.run(["umount", "-l", tmp_path], check=True)


def test_disque_plein_rien_a_moitie_puis_tout_repart(dossier_sqlite):
    with open_journal(dossier_sqlite) as journal:
        ecrire(journal, "le journal existe", "autre")
    with open_journal(dossier_sqlite) as journal, journal.base.engine.connect() as c:
        pages = c.exec_driver_sql("PRAGMA page_count").scalar()
        c.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")
        c.close()
        rien_a_moitie(journal, lambda: agrandir(journal))


def agrandir(journal):
    with journal.base.engine.connect() as c:
        c.exec_driver_sql("PRAGMA max_page_count=1000000")


def test_vrai_disque_plein_rien_a_moitie_puis_tout_repart(petit_disque, monkeypatch):
    monkeypatch.delenv("CTG_JOURNAL", raising=False)
    bourrage = petit_disque / "bourrage"
    with open_journal(petit_disque) as journal:
        ecrire(journal, "avant le plein", "autre")
        with bourrage.open("wb") as f:
            while shutil.disk_usage(petit_disque).free > 20_480:
                f.write(b"x" * 4096)
                f.flush()
        rien_a_moitie(journal, bourrage.unlink)


def rien_a_moitie(journal, faire_de_la_place):
    ecrire(journal, "avant")
    gardees = journal.history()
    gros = [Changement("fiche", "F1", champ, "x" * 20_000, None) for champ in ("a", "b", "c")]
    with pytest.raises(CtgError, match="Le disque est plein") as refus:
        journal.record_all(gros, "animatrice")
    assert "n'est pas enregistrée" in refus.value.quoi
    assert "resté à l'écran" in refus.value.que_faire
    assert journal.history() == gardees
    faire_de_la_place()
    journal.record_all(gros, "animatrice")
    assert {"titre", "a", "b", "c"} <= set(journal.state("fiche", "F1").valeurs)


@pytest.mark.parametrize("present", [True, False])
def test_dossier_en_lecture_seule(monkeypatch, present):
    monkeypatch.delenv("CTG_JOURNAL", raising=False)
    dossier = Path(tempfile.mkdtemp())
    try:
        if present:
            with open_journal(dossier) as journal:
                ecrire(journal, "lisible")
            (dossier / "journal.sqlite").chmod(0o444)
        dossier.chmod(0o555)
        dit = lancer("lecteur.py", dossier)
        assert dit["lu"] == ({"titre": "lisible"} if present else {})
        assert "lecture seule" in dit["raison"]
        assert "n'est pas enregistrée" in dit["refus"]
        assert "Que faire" in dit["refus"]
        assert [f.name for f in dossier.iterdir()] == ["journal.sqlite"] * present
    finally:
        dossier.chmod(0o755)
        shutil.rmtree(dossier)


def remplir(dossier, entrees=300):
    with open_journal(dossier) as journal:
        journal.record_all(
            [Changement("fiche", f"F{n}", "titre", f"titre {n} " * 20, 0) for n in range(entrees)], "élue"
        )
    return dossier / "journal.sqlite"


@pytest.mark.parametrize("abime", ["entete", "milieu", "coupe", "autre"])
def test_un_fichier_abime_se_dit_et_n_est_pas_touche(dossier_sqlite, abime):
    fichier = remplir(dossier_sqlite)
    octets = bytearray(fichier.read_bytes())
    if abime == "coupe":
        octets = octets[: len(octets) // 2]
    elif abime == "autre":
        octets = bytearray(b"ceci n'est pas un journal" * 400)
    else:
        debut = 0 if abime == "entete" else len(octets) // 2 // 4096 * 4096
        octets[debut : debut + 4096] = os.urandom(4096)
    fichier.write_bytes(octets)
    with pytest.raises(CorruptJournalError, match="abîmé") as refus:
        open_journal(dossier_sqlite)
    assert "ctg restaurer" in refus.value.que_faire
    assert fichier.read_bytes() == bytes(octets)


def test_on_recupere_ce_qui_se_lit_encore(dossier_sqlite):
    fichier = remplir(dossier_sqlite)
    octets = bytearray(fichier.read_bytes())
    milieu = octets.index(b"titre 150 ") // 4096 * 4096
    octets[milieu : milieu + 4096] = bytes(4096)
    fichier.write_bytes(octets)
    nombre, garde = salvage(dossier_sqlite)
    assert 200 < nombre < 300
    assert garde.read_bytes() == bytes(octets)
    with open_journal(dossier_sqlite) as journal:
        assert len(journal.states("fiche")) == nombre
        assert journal.record_all([Changement("fiche", "F0", "titre", "repart", None)], "élue")[0].apres == "repart"


def test_aucune_deterioration_ne_donne_une_trace(dossier_sqlite, tmp_path):
    sain = remplir(dossier_sqlite, 60).read_bytes()
    hasard, refus = random.Random(5), 0
    for n in range(60):
        octets = bytearray(sain)
        ou = hasard.randrange(len(octets) - 64)
        octets[ou : ou + 64] = hasard.randbytes(64)
        dossier = tmp_path / f"d{n}"
        dossier.mkdir()
        (dossier / "journal.sqlite").write_bytes(octets)
        try:
            with open_journal(dossier) as journal:
                journal.history()
                journal.states("fiche")
                ecrire(journal, "nouveau")
        except CtgError:
            refus += 1
    assert refus > 10


def test_un_format_plus_recent_demande_une_mise_a_jour(dossier_sqlite):
    with open_journal(dossier_sqlite) as journal:
        journal.base.write(lambda c: c.exec_driver_sql("UPDATE ctg_journal SET format = 99"))
    with pytest.raises(CtgError, match="plus récent"):
        open_journal(dossier_sqlite)


def test_un_dossier_disparu(tmp_path):
    with pytest.raises(CtgError, match="inconnu"):
        open_journal(tmp_path / "parti")
