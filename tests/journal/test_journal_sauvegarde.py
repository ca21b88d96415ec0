"""Une sauvegarde rend exactement ce qu'on lui a confié ; un fichier venu d'ailleurs n'obtient rien."""

import json
import os
import random
import zipfile

import pytest

from ctgkit.__main__ import main
from ctgkit.errors import CtgError
from ctgkit.storage import locked
from ctgkit.storage.fichiers import VERROU
from ctgkit.storage.journal import Changement, open_journal
from ctgkit.storage.journal.sauvegarde import is_safe, read_backup, restore_backup, save_backup


def contenu(dossier):
    fichiers = (f for f in sorted(dossier.rglob("*")) if f.is_file() and not f.name.startswith("journal.sqlite"))
    return {f.relative_to(dossier).as_posix(): f.read_bytes() for f in fichiers}


def record(journal, cle, titre, version):
    return journal.record_all([Changement("fiche", cle, "titre", titre, version)], "élue")[0]


@pytest.fixture
def territoire(dossier):
    """Un dossier avec ses fichiers, un sous-dossier, et trois changements au journal."""
    (dossier / "territoire.yaml").write_text("code: essai\nnom: Essai « fictif »\n", encoding="utf-8")
    (dossier / "logos").mkdir()
    (dossier / "logos" / "ville.png").write_bytes(bytes(range(256)) * 50)
    (dossier / "sorties").mkdir()
    (dossier / "sorties" / "lourd.pdf").write_bytes(b"recalculable")
    with open_journal(dossier) as journal:
        for n in range(3):
            record(journal, "F1", f"version {n}", n)
    return dossier


def test_ce_qui_est_sauvegarde_revient_a_l_identique(territoire, tmp_path, monkeypatch):
    with open_journal(territoire) as journal:
        gardees = journal.history()
    faite = save_backup(territoire, tmp_path / "s.zip")
    assert (faite.fichiers, faite.entrees) == (3, 3)
    monkeypatch.delenv("CTG_JOURNAL", raising=False)
    rendue = restore_backup(faite.fichier, tmp_path / "ailleurs")
    attendu = {nom: octets for nom, octets in contenu(territoire).items() if not nom.startswith("sorties")}
    assert contenu(rendue.dossier) == attendu
    with open_journal(rendue.dossier) as journal:
        assert journal.history() == gardees
        assert record(journal, "F1", "suite", 3).id == 4


def test_la_sauvegarde_prise_pendant_que_l_on_ecrit_est_complete(territoire, tmp_path):
    with open_journal(territoire) as journal:
        record(journal, "F2", "pas encore fermé", 0)
        faite = save_backup(territoire, tmp_path / "s.zip")
    assert faite.entrees == 4
    assert read_backup(faite.fichier).chemins[-1] == "journal.sqlite"


def test_le_verrou_d_un_import_n_est_pas_sauvegarde(territoire, tmp_path):
    with locked(territoire):
        faite = save_backup(territoire, tmp_path / "s.zip")
    assert VERROU not in read_backup(faite.fichier).chemins


def test_restaurer_dans_un_journal_partage(territoire, tmp_path, monkeypatch):
    faite = save_backup(territoire, tmp_path / "s.zip")
    monkeypatch.setenv("CTG_JOURNAL", str(tmp_path / "partage.sqlite"))
    cible = tmp_path / "rendu"
    assert restore_backup(faite.fichier, cible).ajoutees == 3
    assert restore_backup(faite.fichier, cible, remplacer=True).ajoutees == 0
    with open_journal(cible) as journal:
        assert journal.state("fiche", "F1").valeurs == {"titre": "version 2"}
        record(journal, "F1", "après", 3)
    assert restore_backup(faite.fichier, cible, remplacer=True).ajoutees == 0
    (tmp_path / "autre").mkdir()
    with open_journal(tmp_path / "autre") as journal:
        record(journal, "F9", "autre histoire", 0)
    (tmp_path / "autre").rmdir()
    with pytest.raises(CtgError, match="autre histoire"):
        restore_backup(faite.fichier, tmp_path / "autre")


def test_jamais_d_ecrasement_sans_le_demander(territoire, tmp_path, monkeypatch):
    faite = save_backup(territoire, tmp_path / "s.zip")
    monkeypatch.delenv("CTG_JOURNAL", raising=False)
    (territoire / "territoire.yaml").write_text("code: change\n", encoding="utf-8")
    with pytest.raises(CtgError, match="rien n'a été restauré") as refus:
        restore_backup(faite.fichier, territoire)
    assert "--remplacer" in refus.value.que_faire
    assert (territoire / "territoire.yaml").read_text() == "code: change\n"
    rendue = restore_backup(faite.fichier, territoire, remplacer=True)
    assert "Essai" in (territoire / "territoire.yaml").read_text(encoding="utf-8")
    assert (rendue.ancien / "territoire.yaml").read_text() == "code: change\n"
    assert rendue.ancien.name.startswith("_")
    assert not [f for f in territoire.parent.iterdir() if f.name.startswith(".")]


def test_si_le_renommage_echoue_l_ancien_dossier_revient(territoire, tmp_path, monkeypatch):
    faite = save_backup(territoire, tmp_path / "s.zip")
    avant, renommer = contenu(territoire), type(territoire).rename

    def capricieux(chemin, cible):
        if chemin.parent.name.startswith("."):
            raise OSError(28, "plein")
        return renommer(chemin, cible)

    monkeypatch.setattr(type(territoire), "rename", capricieux)
    with pytest.raises(CtgError, match="ancien dossier est intact"):
        restore_backup(faite.fichier, territoire, remplacer=True)
    assert contenu(territoire) == avant


def test_un_seul_octet_change_est_vu(territoire, tmp_path, monkeypatch):
    monkeypatch.delenv("CTG_JOURNAL", raising=False)
    fichier = save_backup(territoire, tmp_path / "s.zip").fichier
    sain, hasard = fichier.read_bytes(), random.Random(3)
    for n in range(80):
        octets = bytearray(sain)
        if n % 4 == 0:
            octets = octets[: hasard.randrange(len(octets))]
        else:
            octets[hasard.randrange(len(octets))] ^= 1 << hasard.randrange(8)
        fichier.write_bytes(octets)
        try:
            rendue = restore_backup(fichier, tmp_path / f"r{n}")
        except CtgError:
            assert not (tmp_path / f"r{n}").exists()
        else:
            attendu = {k: v for k, v in contenu(territoire).items() if not k.startswith("sorties")}
            assert contenu(rendue.dossier) == attendu, "un octet sans effet (date, marge) ne change rien au contenu"


def piege(fichier, nom, octets=b"x", *, annonce=None, empreinte=None):
    """Une sauvegarde fabriquée : un journal bidon et le fichier piégé."""
    import hashlib

    fiches = []
    with zipfile.ZipFile(fichier, "w", zipfile.ZIP_DEFLATED) as archive:
        for chemin, donnees in (("journal.sqlite", b""), (nom, octets)):
            archive.writestr(chemin, donnees)
            fiches.append({"chemin": chemin, "octets": len(donnees), "sha256": hashlib.sha256(donnees).hexdigest()})
        fiches[1] |= {"octets": annonce} if annonce is not None else {}
        fiches[1] |= {"sha256": empreinte} if empreinte else {}
        entete = {"format": 1, "territoire": "essai", "quand": "2026-11-21T10:00:00+01:00", "entrees": 0}
        archive.writestr("sauvegarde.json", json.dumps({**entete, "fichiers": fiches}))
    return fichier


@pytest.mark.parametrize(
    "nom", ["../hors.txt", "/etc/passwd", "a/../../b", "C:\\x", "..\\x", "a//b", "con.txt", "a\x00b", "a ", "x/."]
)
def test_aucun_fichier_ne_sort_du_dossier(tmp_path, nom):
    assert not is_safe(nom)
    fichier = piege(tmp_path / "p.zip", nom)
    with pytest.raises(CtgError, match=r"pas sûre|pas une sauvegarde"):
        restore_backup(fichier, tmp_path / "cible")
    assert sorted(f.name for f in tmp_path.iterdir()) == ["p.zip"]


@pytest.mark.parametrize("nom", ["territoire.yaml", "logos/ville.png", "été/fiche n°1.csv", "a.b.c"])
def test_les_noms_ordinaires_passent(nom):
    assert is_safe(nom)


def test_une_bombe_est_refusee_sans_remplir_le_disque(tmp_path):
    for annonce in (50_000_000, 10, -1, 2 << 30):
        fichier = piege(tmp_path / "p.zip", "bombe.csv", bytes(50_000_000), annonce=annonce, empreinte="0" * 64)
        with pytest.raises(CtgError, match="pas sûre"):
            restore_backup(fichier, tmp_path / "cible")
        assert not (tmp_path / "cible").exists()


@pytest.mark.parametrize("octets", [b"", b"du texte", b"PK\x03\x04" + b"0" * 50])
def test_ce_qui_n_est_pas_une_sauvegarde(tmp_path, octets):
    fichier = tmp_path / "x.zip"
    fichier.write_bytes(octets)
    with pytest.raises(CtgError):
        restore_backup(fichier, tmp_path / "cible")


@pytest.mark.parametrize("liste", ["{}", "[]", "nul", '{"format": 1, "fichiers": [1]}', "[" * 5000])
def test_une_liste_de_contenu_invalide(tmp_path, liste):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("sauvegarde.json", liste)
    with pytest.raises(CtgError, match="pas une sauvegarde"):
        read_backup(tmp_path / "x.zip")


def test_une_sauvegarde_n_ecrase_jamais_rien(dossier_sqlite, tmp_path, monkeypatch, capsys):
    """Revue de solidité, F5 : deux fois dans la même minute, ou un fichier qui est déjà là."""
    monkeypatch.chdir(tmp_path)
    (dossier_sqlite / "territoire.yaml").write_text("code: essai\n")
    faites = [save_backup(dossier_sqlite).fichier for _ in range(3)]
    assert len(set(faites)) == 3
    assert [read_backup(f).territoire for f in faites] == ["essai"] * 3
    (tmp_path / "notes.zip").write_text("le travail de quelqu'un")
    assert main(["sauvegarder", str(dossier_sqlite), "--sortie", "notes.zip"]) == 2
    assert "existe déjà" in capsys.readouterr().err
    assert (tmp_path / "notes.zip").read_text() == "le travail de quelqu'un"
    assert not list(tmp_path.glob(".*partiel"))


def test_la_commande_va_et_revient(dossier_sqlite, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (dossier_sqlite / "territoire.yaml").write_text("code: essai\n")
    assert main(["sauvegarder", str(dossier_sqlite), "--sortie", "s.zip"]) == 0
    assert "écrite et vérifiée" in capsys.readouterr().out
    assert main(["restaurer", "s.zip", "--dans", "neuf"]) == 0
    assert "Territoire restauré" in capsys.readouterr().out
    assert main(["restaurer", "s.zip", "--dans", "neuf"]) == 2
    assert "--remplacer" in capsys.readouterr().err
    assert main(["restaurer"]) == 2
    assert main(["restaurer", "absent.zip"]) == 2
    assert main(["sauvegarder", str(dossier_sqlite), "--sortie", "nulle/part.zip"]) == 2
    assert "Que faire" in capsys.readouterr().err
    assert os.listdir(tmp_path / "neuf") != []
    (tmp_path / "neuf" / "journal.sqlite").write_bytes(b"abime" * 1000)
    assert main(["restaurer", "--recuperer", "neuf"]) == 2
    assert "abîmé" in capsys.readouterr().err
