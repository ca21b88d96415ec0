"""Des textes hostiles dans chaque champ d'une fiche, dans chaque document et chaque format : du texte, rien d'autre."""

import csv
import io
import re
import unicodedata
import zipfile
from html import unescape
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from ctgkit.documents import render
from ctgkit.documents.catalogue.plan.bilan import annual_document
from ctgkit.documents.catalogue.plan.comite import committee_document
from ctgkit.documents.catalogue.plan.donnees import data_document
from ctgkit.documents.catalogue.plan.entier import plan_document
from ctgkit.documents.catalogue.plan.fiche import fiche_document
from ctgkit.documents.catalogue.plan.suivi import follow_up_document
from ctgkit.documents.catalogue.plan.voisins import Voisins
from ctgkit.plan import Champ, Element, Fiche, Plan, champs

PIEGES = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "markdown": "**gras** [lien](javascript:alert(1)) ![i](/etc/passwd) # titre | ``code`` $x$ ~~~ ::: {.a}",
    "jinja": '{{ 7*191 }} {% for x in y %} ${7*191} #{7*191} #let x = 1; #include("x")',
    "formule": '=HYPERLINK("http://x";"y")+cmd|\' /C calc\'!A1 @SUM(A1)',
    "emoji": "👩‍👧‍👦 🇫🇷 é́̂ ﷽",
    "sens": "avant\u202ernevne\u202c \u2066après\u2069 \u200fשלום",
    "controle": "a\x00b\x07c\x1bd\ufffee",
    "long": "Sans fin " * 1_200,
    "colle": "x" * 10_000,
}
FORMATS = ("docx", "odt", "pdf", "html", "pptx", "xlsx", "csv")


def remplir(champ: Champ, piege: str):
    """Le piège partout où un texte tient, même là où l'on attend une date ou un nombre."""
    if champ.type == "tableau":
        return [{c.cle: remplir(c, piege) for c in champ.colonnes}]
    return [piege] if champ.est_liste else [] if champ.type == "mesures" else piege


def plan_piege(piege: str) -> Plan:
    fiche = Fiche("F1", {c.cle: remplir(c, piege) for c in champs().values()})
    elements = [
        (Element(c, {"titre": piege, "nom": piege, "plan": piege, "enjeux": ["E"], "domaine": ["D"]}),) for c in "DEO"
    ]
    return Plan(*elements, (fiche, Fiche("F2", {**fiche.valeurs, "objectifs": ["O"], "statut": "Bloqué"})))


@pytest.fixture
def documents(exemple, jour):
    """Les six documents d'un plan piégé ; les voisins sont ceux d'un vrai territoire."""
    voisins = Voisins(exemple.territoire, exemple.journal, jour.year)

    def ecrire(piege: str):
        plan, t = plan_piege(piege), exemple.territoire
        return {
            "fiche": fiche_document(plan, plan.fiches[0], t, jour, voisins),
            "plan": plan_document(plan, t, jour),
            "suivi": follow_up_document(plan, t, jour),
            "bilan": annual_document(plan, t, jour.year, jour, voisins),
            "comite": committee_document(plan, t, jour, voisins),
            "donnees": data_document(plan, t, jour),
        }

    return ecrire


COURTS = ("formule", "script", "markdown", "jinja", "emoji", "sens", "controle")


def test_chaque_champ_de_chaque_document_reste_du_texte(documents):
    """Tous les pièges à la fois, celui des formules en tête de chaque case."""
    for nom, document in documents(" ".join(PIEGES[c] for c in COURTS)).items():
        for extension in FORMATS:
            verifier(render(document, extension), extension, nom)


@pytest.mark.parametrize("piege", ["long", "colle"])
def test_dix_mille_signes_dans_chaque_champ_ne_cassent_rien(documents, piege):
    ecrits = documents(PIEGES[piege])
    for nom, extension in (
        ("fiche", "docx"),
        ("fiche", "pdf"),
        ("comite", "pptx"),
        ("plan", "odt"),
        ("donnees", "xlsx"),
    ):
        verifier(render(ecrits[nom], extension), extension, nom)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texte=st.text(min_size=1, max_size=80))
def test_un_texte_au_hasard_ne_casse_aucun_document(documents, texte):
    ecrits = documents(texte)
    for nom, extension in (
        ("fiche", "docx"),
        ("plan", "html"),
        ("comite", "pptx"),
        ("bilan", "odt"),
        ("donnees", "csv"),
    ):
        verifier(render(ecrits[nom], extension), extension, nom)


def verifier(octets: bytes, extension: str, nom: str) -> None:
    verifieurs = {"pdf": _pdf, "html": _html, "xlsx": _xlsx, "csv": _csv}
    verifieurs.get(extension, _bureau)(octets, nom)


def _pdf(octets: bytes, nom: str) -> None:
    assert octets.startswith(b"%PDF"), nom
    for interdit in (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/URI(javascript"):
        assert interdit not in octets, (nom, interdit)


class _Balises(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lues: list[tuple[str, dict]] = []

    def handle_starttag(self, balise: str, attributs: list) -> None:
        self.lues.append((balise, dict(attributs)))


def _html(octets: bytes, nom: str) -> None:
    lecteur = _Balises()
    lecteur.feed(octets.decode())
    assert not {b for b, _ in lecteur.lues} & {"script", "iframe", "object", "embed", "form"}, nom
    assert not [a for _, attributs in lecteur.lues for a in attributs if a.startswith("on")], nom
    liens = [str(a.get(k)) for _, a in lecteur.lues for k in ("href", "src") if a.get(k)]
    assert all(x.startswith(("data:", "http://", "https://", "#")) for x in liens), nom
    assert "1337" not in octets.decode()
    assert not set(octets.decode()) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"), nom


def _bureau(octets: bytes, nom: str) -> None:
    """Chaque XML se relit ; aucun lien, champ, macro ni objet n'est né du texte."""
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        assert archive.testzip() is None
        for fichier in archive.namelist():
            if not fichier.endswith((".xml", ".rels")):
                continue
            xml = archive.read(fichier).decode()
            ET.fromstring(xml)
            assert "javascript:" not in "".join(re.findall(r'(?:Target|xlink:href)="([^"]*)"', xml)), nom
            assert "1337" not in unescape(re.sub(r"<[^>]*>", "", xml)) or "slide" not in fichier
        assert not [n for n in archive.namelist() if "vba" in n.lower() or "embeddings" in n.lower()], nom


def _xlsx(octets: bytes, nom: str) -> None:
    for feuille in load_workbook(io.BytesIO(octets)):
        for ligne in feuille.iter_rows():
            assert not [c.coordinate for c in ligne if c.data_type == "f" or c.hyperlink], nom


def _csv(octets: bytes, nom: str) -> None:
    for ligne in csv.reader(io.StringIO(octets.decode("utf-8-sig")), delimiter=";"):
        for case in ligne:
            assert not case.startswith(("=", "+", "@", "\t", "\r")), (nom, case[:40])
            assert not [c for c in case if unicodedata.category(c) == "Cc" and c not in "\n\t"], nom
