"""Un document, tous les formats : même texte, typographie française, accessible, identique d'une fois sur l'autre."""

import io
import re
import time
import zipfile
from dataclasses import replace

import pytest
from documents_lecture import balises_html, fichiers, texte

from ctgkit.documents import Colonne, Document, Image, Paragraphe, Section, Tableau, extensions, render
from ctgkit.documents.formats import write_whole
from ctgkit.documents.images import logo_width
from ctgkit.errors import CtgError

BUREAUTIQUES = ("docx", "odt", "html")
PHRASES = (
    "Synthèse\u00a0: le bonus territoire",
    "Scénario Référence",
    "Les vingt places rapporteraient de 52\u202f000\u202f€ à 72\u202f000\u202f€ par an\u202f!",
    "Pilote",
    "CCAS",
    "Ce qui change",
    "la règle",
    "l’ouverture de vingt places",
    "demander à la Caf",
    "Seule la notification de la Caf fait foi.",
    "Bonus par structure",
    "Crèche 59",
    "de 26\u202f059\u202f€ à 36\u202f059\u202f€",
    "1er septembre 2027",
    "masqué",
    "non renseigné",
    "au moins 1\u202f560\u202f000\u202f€",
    "Source\u00a0: simulation du 3 mars 2026",
)


@pytest.fixture(scope="module")
def rendus(document):
    return {extension: render(document, extension) for extension in extensions()}


def test_les_formats_se_trouvent_seuls():
    assert extensions() == ["csv", "docx", "html", "json", "odt", "pdf", "pptx", "xlsx"]


@pytest.mark.parametrize("extension", BUREAUTIQUES)
def test_le_meme_texte_dans_chaque_format(rendus, extension):
    lu = texte(rendus[extension], extension)
    assert [p for p in PHRASES if p not in lu] == []


def test_le_pdf_dit_la_meme_chose(rendus, lire_pdf):
    lu = " ".join(lire_pdf(rendus["pdf"], "-layout").replace("\u202f", " ").replace("\u00a0", " ").split())
    assert [p for p in PHRASES if p.replace("\u202f", " ").replace("\u00a0", " ") not in lu] == []


@pytest.mark.parametrize("extension", ["csv", "docx", "html", "json", "odt", "pdf", "pptx", "xlsx"])
def test_deux_rendus_sont_identiques_a_l_octet(document, rendus, extension):
    assert render(document, extension) == rendus[extension]


def test_le_pdf_est_accessible(rendus, lire_pdf):
    octets = rendus["pdf"]
    assert b"/Lang(fr-FR)" in octets
    assert b"/Outlines" in octets
    assert b"/MarkInfo" in octets
    assert b"pdfuaid" in octets, "norme PDF/UA-1"
    assert lire_pdf(octets).count("Places") == 2, "la ligne d'en-tête revient en haut de chaque page du tableau"


@pytest.mark.parametrize("extension", ["docx", "odt"])
def test_libreoffice_rouvre_le_document(rendus, bureau, lire_pdf, extension):
    (pdf,) = bureau.convertir("pdf", **{extension: rendus[extension]})
    lu = " ".join(lire_pdf(pdf, "-layout").replace("\u202f", " ").replace("\u00a0", " ").split())
    assert "Crèche 59 de 26 059 € à 36 059 € 20 1er septembre 2027" in lu
    assert lu.count("Structure Bonus Places Depuis") >= 2, "en-tête répété"
    assert "Document de travail" in lu


def test_word_repete_les_en_tetes_et_decrit_les_images(rendus):
    contenu = fichiers(rendus["docx"])
    document, styles = contenu["word/document.xml"].decode(), contenu["word/styles.xml"].decode()
    assert "<w:tblHeader" in document
    assert (
        'descr="En 2028\u00a0: au moins 52\u202f000\u202f€"' in document
        or 'descr="En 2028 : au moins 52 000 €"' in document
    )
    assert re.search(r'<w:pgSz [^>]*w:w="11906"', document), "A4"
    assert 'w:val="fr-FR"' in styles
    assert "Synthèse\u00a0: le bonus territoire" in contenu["docProps/core.xml"].decode()
    assert b"2026-03-03" in contenu["docProps/core.xml"]


def test_libreoffice_decrit_les_images(rendus):
    contenu = fichiers(rendus["odt"])["content.xml"].decode()
    assert "<svg:desc>En 2028 : au moins 52 000 €</svg:desc>" in contenu
    assert "<table:table-header-rows>" in contenu


def test_la_page_web_n_a_ni_script_ni_adresse_exterieure(rendus):
    balises = balises_html(rendus["html"])
    assert not [b for b, _ in balises if b in ("script", "iframe", "object", "link", "base", "form")]
    assert {a["lang"] for b, a in balises if b == "html"} == {"fr"}
    dessins = [a for b, a in balises if b == "svg"]
    assert [(a["role"], bool(a["aria-label"])) for a in dessins] == [("img", True)]
    adresses = [v for _, a in balises for k, v in a.items() if k in ("href", "src") and not v.startswith("data:")]
    assert adresses == ["https://www.legifrance.gouv.fr/"]
    assert [b for b, _ in balises if b == "h1"] == ["h1"]


def test_les_diapositives_ne_debordent_pas(rendus):
    pages = {n: v.decode() for n, v in fichiers(rendus["pptx"]).items() if re.fullmatch(r"ppt/slides/slide\d+\.xml", n)}
    assert len(pages) == 12, "titre, chapeau, champs, texte, alerte, figure, et 6 pages pour les 62 lignes du tableau"
    assert max(xml.count("<a:tr ") for xml in pages.values()) <= 13
    for xml in pages.values():
        assert sum(len(t) for t in re.findall(r"<a:t>([^<]*)", xml)) < 1200


def test_les_diapositives_decrivent_leurs_images(rendus):
    pages = [v.decode() for n, v in fichiers(rendus["pptx"]).items() if n.startswith("ppt/slides/slide")]
    decrites = [d for xml in pages for d in re.findall(r'descr="([^"]*)"', xml) if d]
    assert decrites == ["En 2028 : au moins 52 000 €"]


def test_un_titre_trop_long_pour_une_diapositive_y_est_quand_meme_en_entier():
    titre = "mot " * 60
    lu = texte(render(Document("x", (Section(titre, (Paragraphe("suite"),)),)), "pptx"), "pptx")
    assert titre.strip() in lu


def test_le_paysage_tourne_la_page(document):
    large = replace(document, paysage=True)
    assert re.search(rb"/MediaBox\[0 0 841\.\d+ 595", render(large, "pdf"))
    assert 'w:orient="landscape"' in fichiers(render(large, "docx"))["word/document.xml"].decode()
    styles = fichiers(render(large, "odt"))["styles.xml"].decode()
    assert 'fo:page-width="29.7cm"' in styles
    assert 'print-orientation="landscape"' in styles


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)


@pytest.mark.parametrize("extension", ["docx", "odt", "html", "pdf"])
def test_les_logos_des_deux_parties(extension):
    logos = (
        Image(PNG, "Logo de la Caf"),
        Image(b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "Ville"),
    )
    octets = render(Document("Convention", (Paragraphe("texte"),), logos=logos), extension)
    if extension == "html":
        assert [a["alt"] for b, a in balises_html(octets) if b == "img"] == ["Logo de la Caf", "Ville"]
    elif extension == "odt":
        lu = fichiers(octets)["content.xml"].decode()
        assert lu.index("<svg:desc>Logo de la Caf<") < lu.index("<svg:desc>Ville<")
    elif extension == "docx":
        assert len([n for n in fichiers(octets) if n.startswith("word/media/")]) == 2
    else:
        assert octets.startswith(b"%PDF")


@pytest.mark.parametrize("octets", [b"", b"GIF89a", b"<html>", b"\x89PNG" + b"0" * (21 << 20)])
def test_un_logo_qui_n_est_pas_une_image_se_dit(octets):
    with pytest.raises(CtgError, match="image ne peut pas entrer"):
        render(Document("x", logos=(Image(octets, "logo"),)), "docx")


def test_un_svg_qui_porte_un_script_ne_fait_rien_dans_la_page():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
    octets = render(Document("x", (Image(svg.encode(), "piège"),)), "html")
    assert b"<script" not in octets
    assert b"<svg" not in octets


def test_un_format_inconnu_propose_le_plus_proche():
    with pytest.raises(CtgError, match="vouliez-vous dire « docx »"):
        render(Document("x"), "docxx")


def test_un_document_sans_tableau_n_a_pas_de_csv():
    with pytest.raises(CtgError, match="pas de tableau"):
        render(Document("x", (Paragraphe("y"),)), "csv")


def test_ecrire_est_complet_ou_rien(tmp_path, document):
    write_whole(tmp_path / "s.html", render(document, "html"))
    assert (tmp_path / "s.html").read_bytes().endswith(b"</html>\n")
    with pytest.raises(CtgError, match="pas pu être écrit"):
        write_whole(tmp_path / "absent" / "s.html", b"x")
    assert sorted(f.name for f in tmp_path.iterdir()) == ["s.html"]


def test_soixante_fiches_restent_rapides():
    colonnes = (Colonne("Champ"), Colonne("Valeur"))
    fiche = Tableau(colonnes, tuple((f"champ {n}", "valeur " * 20) for n in range(20)))
    gros = Document("Plan", tuple(Section(f"Fiche {n}", (fiche,), saut_avant=True) for n in range(60)))
    debut = time.process_time()
    for extension in ("docx", "pdf", "html"):
        octets = render(gros, extension)
        assert len(octets) > 10_000
    assert time.process_time() - debut < 5


def test_chaque_fichier_bureautique_est_un_zip_sain(rendus):
    for extension in ("docx", "odt", "pptx", "xlsx"):
        with zipfile.ZipFile(io.BytesIO(rendus[extension])) as archive:
            assert archive.testzip() is None
    with zipfile.ZipFile(io.BytesIO(rendus["odt"])) as archive:
        premier = archive.infolist()[0]
    assert (premier.filename, premier.compress_type) == ("mimetype", zipfile.ZIP_STORED)


def _png(large, haut):
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + large.to_bytes(4, "big") + haut.to_bytes(4, "big") + b"\x08\x02"


JPEG = (
    b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08"
    + (100).to_bytes(2, "big")
    + (50).to_bytes(2, "big")
    + b"\x01\x01\x11\x00"
)


@pytest.mark.parametrize(
    ("octets", "largeur"),
    [
        (_png(600, 100), 4.0),
        (_png(300, 300), 2.0),
        (JPEG, 1.0),
        (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20"/>', 3.0),
        (b"\x89PNG\r\n\x1a\n", 4.0),
        (b"\xff\xd8\xff\xe0\x00\x00", 4.0),
    ],
)
def test_un_logo_tient_dans_quatre_centimetres_sur_deux(octets, largeur):
    assert logo_width(octets) == largeur
