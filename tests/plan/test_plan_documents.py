"""Les documents du plan, relus : leur texte, leurs pages, d'autres logiciels."""

import json
import re
import shutil
import subprocess

import pytest
from outils import lu, require

from ctgkit.__main__ import main
from ctgkit.documents import render
from ctgkit.documents.catalogue.plan.bilan import annual_document
from ctgkit.documents.catalogue.plan.comite import committee_document
from ctgkit.documents.catalogue.plan.donnees import data_document, data_json
from ctgkit.documents.catalogue.plan.entier import pages_sentence, plan_document
from ctgkit.documents.catalogue.plan.fiche import fiche_document
from ctgkit.documents.catalogue.plan.suivi import follow_up_document
from ctgkit.documents.catalogue.plan.voisins import Voisins
from ctgkit.documents.registre import count_pages


@pytest.fixture
def voisins(exemple, jour):
    return Voisins(exemple.territoire, exemple.journal, jour.year)


@pytest.fixture
def documents(exemple, jour, voisins):
    plan, territoire = exemple.plan, exemple.territoire
    return {
        "fiche": fiche_document(plan, plan.fiche("PE-02"), territoire, jour, voisins),
        "plan": plan_document(plan, territoire, jour),
        "suivi": follow_up_document(plan, territoire, jour),
        "bilan": annual_document(plan, territoire, 2026, jour, voisins),
        "comite": committee_document(plan, territoire, jour, voisins),
    }


def pdf_text(octets, tmp_path):
    require(shutil.which("pdftotext"), "pdftotext")
    (tmp_path / "d.pdf").write_bytes(octets)
    fait = subprocess.run(["pdftotext", tmp_path / "d.pdf", "-"], capture_output=True, check=True)
    return lu(" ".join(fait.stdout.decode().split()))


ATTENDUS = {
    "fiche": [
        "PE-02 Proposer dix places en horaires atypiques",
        "E1-O2 Répondre aux horaires atypiques",
        "142 000 €",
        "au moins 85 950 €",
        "88 200 €",
        "43 (2025)",
        "Seule la notification de la Caf fait foi",
    ],
    "plan": [
        "10 enjeux, 14 objectifs, 20 fiches action",
        "E1-S1 Développer et répartir l'offre d'accueil",
        "Partager un pôle ressources handicap",
        "inventés pour l'essai",
    ],
    "suivi": ["Tableau de suivi", "En retard", "Accord des équipes obtenu", "142 000 €"],
    "bilan": ["Bilan 2026", "PE-02, 24 mars 2026", "Ce qui est en retard", "144 jours après l'échéance"],
}


@pytest.mark.parametrize("nom", ATTENDUS)
def test_le_pdf_dit_ce_que_le_plan_contient(documents, nom, tmp_path):
    texte = pdf_text(render(documents[nom], "pdf"), tmp_path)
    for phrase in ATTENDUS[nom]:
        assert " ".join(phrase.split()) in texte, phrase


@pytest.mark.parametrize("extension", ["docx", "odt", "html", "pptx", "xlsx"])
def test_chaque_document_s_ecrit_dans_chaque_format(documents, extension):
    for document in documents.values():
        assert len(render(document, extension)) > 2_000


def test_le_plan_tient_en_dix_pages_et_le_dit(documents, ouvrir, jour):
    pages = count_pages(render(documents["plan"], "pdf"))
    assert 1 <= pages <= 10
    vide = ouvrir("valenciennes-metropole")
    assert lu(pages_sentence(6, vide.territoire)) == "6 pages : la Caf du Nord en demande 10 au plus."
    assert "il y en a 2 de trop" in pages_sentence(12, vide.territoire)
    assert count_pages(render(plan_document(vide.plan, vide.territoire, jour), "pdf")) >= 1


def test_une_fiche_incomplete_dit_ce_qui_manque(exemple, jour, voisins, tmp_path):
    cle = exemple.create("PE", {"titre": "Brouillon"}, "élue")
    document = fiche_document(exemple.plan, exemple.plan.fiche(cle), exemple.territoire, jour, voisins)
    texte = pdf_text(render(document, "pdf"), tmp_path)
    assert "À compléter avant signature" in texte
    assert "partenaires" in texte
    assert "Aucun indicateur" in texte


@pytest.mark.systeme
def test_libreoffice_rouvre_la_fiche(documents, tmp_path):
    require(shutil.which("soffice"), "LibreOffice")
    for extension in ("docx", "odt"):
        chemin = tmp_path / f"fiche.{extension}"
        chemin.write_bytes(render(documents["fiche"], extension))
        commande = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profil", "--headless", "--convert-to", "pdf"]
        subprocess.run([*commande, "--outdir", tmp_path, chemin], check=True, capture_output=True, timeout=90)
        texte = pdf_text((tmp_path / "fiche.pdf").read_bytes(), tmp_path)
        assert "Proposer dix places en horaires atypiques" in texte


def test_une_caf_dont_on_ne_sait_rien_ne_demande_pas_de_pages(exemple):
    """Revue d'analyste D12 : la règle d'une Caf ne se dit qu'à ses territoires."""
    assert exemple.territoire.caf == "Caf d'exemple (fictive)"
    assert lu(pages_sentence(12, exemple.territoire)) == "12 pages."


def test_les_donnees_json_gardent_les_valeurs(exemple, jour):
    lues = json.loads(data_json(exemple.plan, exemple.territoire, jour))
    assert len(lues["fiches"]) == 20
    assert lues["fiches"][1]["budget_total"] == 142000
    assert len(data_document(exemple.plan, exemple.territoire, jour).blocs) == 3


def test_la_commande_exporte_et_compte_les_pages(ouvrir, tmp_path, capsys):
    sortie = tmp_path / "plan.pdf"
    assert main(["exporter", "plan", "exemple", "--sortie", str(sortie), "--jour", "2026-11-21"]) == 0
    assert sortie.read_bytes().startswith(b"%PDF")
    ecrit = lu(capsys.readouterr().out)
    assert re.search(r"\d+ pages?\.", ecrit)
    assert "au plus" not in ecrit
    assert main(["exporter", "plan", "exemple", "--fiche", "PE-99", "--sortie", str(sortie)]) == 2
    assert "Aucune fiche n'a le numéro" in lu(capsys.readouterr().err)
