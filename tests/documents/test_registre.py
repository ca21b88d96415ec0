"""Le registre : un fichier de plus dans `catalogue/` est un document de plus, sur la page et à la commande."""

import io
import json

import openpyxl
import pytest

from ctgkit.__main__ import main
from ctgkit.documents import Colonne, Document, Image, Liste, Morceau, Paragraphe, Section, Tableau, render
from ctgkit.documents.catalogue import plan
from ctgkit.documents.registre import find_offre, offres, sujets
from ctgkit.documents.renderers.json import read
from ctgkit.errors import CtgError
from ctgkit.views.plan.import_export import offered

EN_PLUS = """
from ctgkit.documents import Document, Paragraphe
from ctgkit.documents.registre import Offre


def listed(plan, jour):
    return Document("Les pilotes", (Paragraphe(f"{len(plan.fiches)} fiches au {jour:%d/%m/%Y}"),))


OFFRE = Offre("pilotes", "Les pilotes", "Qui porte quoi.", ("docx", "html"), listed, rang=9)
"""


def test_un_fichier_de_plus_est_un_document_de_plus(tmp_path, monkeypatch):
    (tmp_path / "pilotes_essai.py").write_text(EN_PLUS, encoding="utf-8")
    monkeypatch.setattr(plan, "__path__", [*plan.__path__, str(tmp_path)])
    assert "Les pilotes" in [offre.titre for offre in offered(False)]
    sortie = tmp_path / "pilotes.html"
    demande = ["exporter", "plan", "exemple", "--document", "pilotes", "--jour", "2026-02-20", "--sortie", str(sortie)]
    assert main(demande) == 0
    assert "fiches au 20/02/2026" in sortie.read_text(encoding="utf-8")


def test_chaque_sujet_a_ses_documents():
    assert {"bonus", "plan"} <= set(sujets())
    assert list(offres("plan")) == ["plan", "suivi", "bilan", "comite", "donnees", "fiche"]
    for sujet in sujets():
        for offre in offres(sujet).values():
            assert offre.titre
            assert offre.aide
            assert all(offre.name(extension) for extension in offre.formats)


@pytest.mark.parametrize(
    ("extension", "attendu"), [("xlsx", "donnees"), ("pptx", "comite"), ("docx", "plan"), ("html", "plan")]
)
def test_sans_nom_le_format_choisit(extension, attendu):
    assert find_offre("plan", "", extension).cle == attendu


def test_un_document_inconnu_se_dit():
    with pytest.raises(CtgError, match="vouliez-vous dire « bilan »"):
        find_offre("plan", "bilans")


@pytest.mark.parametrize("extension", ["xlsx", "docx", "csv", "json", "html"])
def test_ctg_exporter_bonus(tmp_path, extension):
    scenario = tmp_path / "projet.yaml"
    scenario.write_text("nom: Fermer\nmouvements:\n  - fermer: {structure: creche-aulne, date: 2027-01-01}\n")
    sortie = tmp_path / f"bonus.{extension}"
    assert main(["exporter", "bonus", "exemple", "--scenario", str(scenario), "--sortie", str(sortie)]) == 0
    octets = sortie.read_bytes()
    if extension == "xlsx":
        assert "Comparaison" in openpyxl.load_workbook(io.BytesIO(octets)).sheetnames
    if extension == "json":
        assert json.loads(octets)["scenario"]["nom"] == "Fermer"
    if extension == "html":
        assert "Ce que le scénario change" in octets.decode()


def test_un_document_fait_l_aller_et_le_retour_en_json():
    tableau = Tableau((Colonne("Année"), Colonne("Bonus", "fourchette")), (("2026", (10.0, None)), ("2027", None)))
    blocs = (
        Section("Titre", (Paragraphe((Morceau("gras", gras=True),)), Liste(("a", "b"), numerotee=True), tableau)),
        Image(b"\x89PNG", "image"),
    )
    for document in (Document("Essai", blocs, sous_titre="suite", paysage=True), Document("", (Paragraphe(""),))):
        assert read(json.loads(render(document, "json"))) == document
