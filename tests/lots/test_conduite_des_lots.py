"""Un lot se reprend, se surveille, s'arrête : rien de tronqué, rien d'orphelin, rien de refait pour rien."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import zipfile
from pathlib import Path

import nbformat
import openpyxl
import pytest
from outils import axe, overflow, wait_until

from ctgkit.__main__ import main
from ctgkit.batch import sortie as s
from ctgkit.storage import data_folder

RACINE = Path(__file__).resolve().parents[2]


@pytest.fixture
def sortie(tmp_path):
    return tmp_path / "sortie"


@pytest.fixture(autouse=True)
def code_immobile(tmp_path, monkeypatch):
    """Le code compte dans l'empreinte ; ici un dossier à nous en tient lieu, qui ne bouge que si on le dit."""
    (tmp_path / "code").mkdir()
    monkeypatch.setattr(s, "PAQUET", tmp_path / "code")
    return tmp_path / "code"


def manifeste(sortie):
    return {r["nom"]: r for r in json.loads((sortie / "manifeste.json").read_text())["rapports"]}


def statuts(sortie):
    return [r["statut"] for r in manifeste(sortie).values()]


LANCEUR = """
import sys
from pathlib import Path
from ctgkit.batch import sortie
sortie.PAQUET = Path(sys.argv[2]).parent / "code"
from ctgkit.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def lancer(chemin, *options, **kwargs):
    """`ctg lot` dans son processus ; le dossier « code » du test tient lieu de code, là aussi."""
    commande = [sys.executable, "-c", LANCEUR, "lot", str(chemin), *options]
    tubes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(commande, cwd=RACINE, **{**tubes, **kwargs})


def descendants(pid):
    lus = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout.split("\n")
    parents = dict(tuple(map(int, ligne.split())) for ligne in lus if ligne.strip())
    trouves, file = set(), [pid]
    while file:
        pere = file.pop()
        enfants = {p for p, pp in parents.items() if pp == pere} - trouves
        trouves |= enfants
        file += enfants
    return trouves


def vivants(pids):
    return {p for p in pids if Path(f"/proc/{p}").exists() and " Z " not in Path(f"/proc/{p}/stat").read_text()}


def entier(fichier):
    return fichier.read_text(encoding="utf-8").rstrip().endswith("</html>")


def test_lot_entier_puis_repris_au_plus_juste(lot, sortie, capsys, code_immobile):
    chemin = lot(produit={"annee": [2026, 2027, 2028]}, formats=["html", "ipynb"])
    assert main(["lot", str(chemin), "--ouvriers", "2"]) == 0
    assert statuts(sortie) == ["fait"] * 3
    assert capsys.readouterr().out.count("\n") == 1, "hors d'un terminal, une ligne de bilan suffit"
    rapport = manifeste(sortie)["essai_2027"]
    assert rapport["chiffres"] == {"annee_lue": 2027, "bonus_eur": 1234.5, "note": "=1+1", "inconnu": None}
    feuille = openpyxl.load_workbook(sortie / "manifeste.xlsx")["Rapports"]
    assert [c.value for c in feuille[3]][:5] == ["essai_2027", "fait", 2027, 2027, 1234.5]
    resultats = (sortie / "resultats.csv").read_bytes()
    assert resultats.decode("utf-8-sig").splitlines()[1] == "essai_2026;2026;2026;1234,5;'=1+1;"
    dates = {f: f.stat().st_mtime_ns for f in sortie.glob("essai_*")}

    assert main(["lot", str(chemin)]) == 0
    assert statuts(sortie) == ["inchangé"] * 3
    assert {f: f.stat().st_mtime_ns for f in sortie.glob("essai_*")} == dates
    assert (sortie / "resultats.csv").read_bytes() == resultats

    (sortie / "essai_2026.html").unlink()
    with open(sortie / "essai_2028.html", "a") as abime:
        abime.write("abîmé")
    octets = (sortie / "essai_2027.html").read_bytes()
    assert main(["lot", str(chemin)]) == 0
    assert statuts(sortie) == ["fait", "inchangé", "fait"]

    ecrire = json.loads((chemin.parent / "essai.ipynb").read_text())
    ecrire["cells"][0]["source"] += " revu"
    (chemin.parent / "essai.ipynb").write_text(json.dumps(ecrire))
    assert main(["lot", str(chemin)]) == 0
    assert statuts(sortie) == ["fait"] * 3
    assert (sortie / "essai_2027.html").read_bytes() != octets

    (code_immobile / "regle.py").write_text("nouvelle règle")
    assert main(["lot", str(chemin), "--essai"]) == 0
    assert "3\u00a0rapports à faire" in capsys.readouterr().out


def test_un_echec_ne_gene_pas_les_autres(lot, sortie, capsys):
    chemin = lot(produit={"mode": ["tout", "panne", "mort"]})
    sortie.mkdir()
    (sortie / "essai_panne.html").write_text("un ancien rapport")
    assert main(["lot", str(chemin)]) == 1
    assert statuts(sortie) == ["fait", "échec", "échec"]
    assert sorted(f.name for f in sortie.glob("essai*")) == ["essai_tout.html"]
    carnet = nbformat.read(sortie / "echecs/essai_panne.ipynb", as_version=4)
    assert any(o.output_type == "error" for c in carnet.cells if c.cell_type == "code" for o in c.outputs)
    assert "cellule « donnees »" in (sortie / "echecs/essai_panne.txt").read_text()
    assert "arrêté net" in (sortie / "echecs/essai_mort.txt").read_text()
    erreurs = capsys.readouterr().err
    assert "essai_panne" in erreurs
    assert "Traceback" not in erreurs
    corrige = json.loads((chemin.parent / "essai.ipynb").read_text())
    corrige["cells"][3]["source"] = "pannes = {}"
    (chemin.parent / "essai.ipynb").write_text(json.dumps(corrige))
    assert main(["lot", str(lot(produit={"mode": ["tout", "panne"]}))]) == 0
    assert not (sortie / "echecs/essai_panne.txt").exists()


def test_tous_les_formats_s_ouvrent(lot, sortie):
    assert main(["lot", str(lot(liste=[{}], formats=["html", "ipynb", "docx", "odt", "pdf", "xlsx"]))]) == 0
    (nom,) = manifeste(sortie)
    assert (sortie / f"{nom}.pdf").read_bytes().startswith(b"%PDF")
    mots = zipfile.ZipFile(sortie / f"{nom}.docx").read("word/document.xml").decode()
    assert "Commune à l" in mots
    classeur = openpyxl.load_workbook(sortie / f"{nom}.xlsx")
    lignes = list(classeur[classeur.sheetnames[-1]].iter_rows(values_only=True))
    assert (2025, 1234.5) in lignes, "les nombres restent des nombres"
    assert (sortie / f"{nom}.ipynb").stat().st_size < 300_000


def test_essai_ne_lance_rien(lot, sortie, capsys):
    assert main(["lot", str(lot(produit={"annee": [2026, 2027]})), "--essai"]) == 0
    dit = capsys.readouterr().out
    assert "2\u00a0rapports à faire" in dit
    assert "Rien n'a été lancé" in dit
    assert not sortie.exists()


def test_tue_net_puis_repris(lot, sortie):
    chemin = lot(produit={"annee": list(range(2020, 2028))}, formats=["html", "ipynb"])
    processus = lancer(chemin, "--ouvriers", "1")
    assert wait_until(lambda: len(list(sortie.glob("*.html"))) >= 2)
    famille = descendants(processus.pid)
    processus.kill()
    processus.communicate()
    assert wait_until(lambda: not vivants(famille))
    faits = set(sortie.glob("*.html"))
    assert 2 <= len(faits) < 8
    assert all(map(entier, faits))
    assert all(nbformat.read(f, as_version=4) for f in sortie.glob("*.ipynb"))
    gardes = {f: f.stat().st_mtime_ns for f in faits if (sortie / ".lot/etats" / f"{f.stem}.json").exists()}
    assert main(["lot", str(chemin)]) == 0
    assert len(list(sortie.glob("*.html"))) == 8
    assert {f: f.stat().st_mtime_ns for f in gardes} == gardes
    assert statuts(sortie).count("inchangé") == len(gardes)
    assert not list((sortie / ".lot/chantier").iterdir())
    assert not list(Path(tempfile.gettempdir()).glob(f"ctg-prises-{processus.pid}-*"))


def test_ctrl_c_une_fois_finit_ce_qui_est_en_cours(lot, sortie, capsys):
    def interrompre():
        assert wait_until(lambda: len(list(sortie.glob("*.html"))) >= 1)
        os.kill(os.getpid(), signal.SIGINT)

    guetteur = threading.Thread(target=interrompre)
    guetteur.start()
    assert main(["lot", str(lot(produit={"annee": list(range(2020, 2030))})), "--ouvriers", "1"]) == 130
    guetteur.join()
    assert "se terminent" in capsys.readouterr().err
    assert {"fait", "à faire"} == set(statuts(sortie))
    assert all(map(entier, sortie.glob("*.html")))
    assert len(list(sortie.glob("*.html"))) == statuts(sortie).count("fait")


def test_ctrl_c_deux_fois_part_sans_orphelin(lot):
    processus = lancer(lot(produit={"mode": ["lent"]}), start_new_session=True)
    assert wait_until(lambda: len(descendants(processus.pid)) >= 2)
    famille = descendants(processus.pid)
    processus.send_signal(signal.SIGINT)
    assert "Arrêt demandé" in processus.stderr.readline()  # confondus, deux signaux n'en feraient qu'un
    processus.send_signal(signal.SIGINT)
    _, erreurs = processus.communicate(timeout=60)
    assert processus.returncode == 130
    assert "Traceback" not in erreurs
    assert wait_until(lambda: not vivants(famille))


def test_deux_lots_dans_le_meme_dossier(lot, sortie, capsys):
    premier = s.Sortie(sortie)
    with premier.opened():
        assert main(["lot", str(lot(liste=[{}]))]) == 2
    assert "Un autre lot écrit déjà" in capsys.readouterr().err
    with premier.opened():
        assert not (sortie / "manifeste.json").exists()


@pytest.mark.parametrize("dossier", ["territoires/exemple", "sorties", "../notebooks", "../ctgkit/batch"])
def test_sortie_parmi_ce_que_le_lot_lit(lot, capsys, dossier):
    interdit = data_folder() / dossier
    assert main(["lot", str(lot(liste=[{}], sortie=str(interdit)))]) == 2
    assert "que le lot lit" in capsys.readouterr().err
    assert not (interdit / ".lot").exists()


def test_sortie_par_un_lien_vers_les_donnees(lot, tmp_path):
    (tmp_path / "lien").symlink_to(data_folder())
    assert main(["lot", str(lot(liste=[{}], sortie=str(tmp_path / "lien" / "x")))]) == 2


def test_sortie_refusee_par_le_systeme(lot, tmp_path, capsys):
    (tmp_path / "fichier").write_text("")
    for refuse in ("/proc/ctg", str(tmp_path / "fichier" / "sortie")):
        assert main(["lot", str(lot(liste=[{}], sortie=refuse))]) == 2
        assert "Écriture impossible" in capsys.readouterr().err


@pytest.mark.systeme
def test_disque_plein(lot, tmp_path, capsys, monkeypatch):
    disque = tmp_path / "petit"
    disque.mkdir()
    monte = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", disque], check=False, capture_output=True
    )
    if monte.returncode:
        pytest.skip("il faut être administrateur pour monter un petit disque")
    try:
        chemin = lot(liste=[{}], sortie=str(disque / "s"))
        assert main(["lot", str(chemin)]) == 2
        assert "Disque plein" in capsys.readouterr().err
        monkeypatch.setattr(s, "ESPACE_MIN", 0)
        assert main(["lot", str(chemin)]) == 2
        assert "disque plein" in capsys.readouterr().err
        assert not list(disque.glob("s/*.html"))
    finally:
        subprocess.run(["umount", disque], check=True)


def test_dans_un_terminal_une_ligne_par_rapport_et_une_barre(lot, monkeypatch):
    maitre, esclave = pty.openpty()
    with open(esclave, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        assert main(["lot", str(lot(produit={"annee": [2026, 2027]})), "--ouvriers", "1"]) == 0
        texte = ""
        while "2\u00a0faits" not in texte and select.select([maitre], [], [], 10)[0]:
            texte += os.read(maitre, 65536).decode()
    os.close(maitre)
    assert "2\u00a0rapports à faire" in texte
    assert re.search(r"1/2  fait  .*essai_2026", texte)
    assert re.search(r"█+░+  1/2  reste \d+ s", texte)
    assert "2\u00a0faits" in texte


def test_page_seule_et_sans_reseau(lot, sortie):
    assert main(["lot", str(lot(liste=[{}]))]) == 0
    page = next(sortie.glob("*.html")).read_text(encoding="utf-8")
    assert len(page.encode()) < 1_500_000
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!data:|#)""", page)
    assert "<script" not in page
    assert "url(http" not in page
    assert "&lt;script&gt;non&lt;/script&gt;" in page
    figure = page[page.index("<figure>") : page.index("</figure>")]
    assert "<svg" in figure
    assert "<table" in figure.split("</svg>")[1]
    assert "non renseigné" in figure
    assert "Le &lt;bonus&gt;" in figure


@pytest.mark.navigateur
def test_page_accessible_et_sur_papier_a4(lot, sortie, navigateur):
    assert main(["lot", str(lot(liste=[{}]))]) == 0
    page = navigateur.new_page()
    demandes = []
    page.on("request", lambda r: demandes.append(r.url))
    page.goto(next(sortie.glob("*.html")).as_uri())
    assert len(demandes) == 1
    assert axe(page) == []
    papier = page.pdf(prefer_css_page_size=True)
    assert re.search(rb"/MediaBox \[0 0 59[45][.\d]* 84[12][.\d]*\]", papier)
    assert overflow(page) <= 0
    page.close()
