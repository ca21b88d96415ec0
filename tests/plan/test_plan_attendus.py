"""Le texte entier de chaque document du plan d'exemple, tel qu'on l'a relu ; puis le même dans chaque format.

Un changement voulu se relit puis s'enregistre : `CTG_ATTENDUS=1 pytest tests/plan/test_plan_attendus.py`.
"""

import io
import os
import re
import zipfile
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ctgkit.documents import render
from ctgkit.documents.catalogue.plan.bilan import annual_document
from ctgkit.documents.catalogue.plan.comite import committee_document
from ctgkit.documents.catalogue.plan.entier import plan_document
from ctgkit.documents.catalogue.plan.fiche import fiche_document
from ctgkit.documents.catalogue.plan.suivi import follow_up_document
from ctgkit.documents.catalogue.plan.voisins import Voisins
from ctgkit.documents.typographie import flat

ATTENDUS = Path(__file__).with_name("attendus")
DOCUMENTS = ("fiche", "plan", "suivi", "bilan", "comite", "valenciennes")
FINS = {"p", "h1", "h2", "h3", "h4", "li", "tr", "figcaption", "caption", "th", "td"}


class _Lignes(HTMLParser):
    """Un bloc par ligne, les cases d'un tableau séparées par des barres, les images par leur description."""

    def __init__(self) -> None:
        super().__init__()
        self.texte, self.muet, self.dessin = "", False, False

    def handle_starttag(self, balise: str, attributs: list) -> None:
        self.muet = balise in ("style", "title") or self.muet
        if balise == "svg":
            self.texte += f"[image : {dict(attributs)['aria-label']}]\n"
            self.dessin = self.muet = True

    def handle_endtag(self, balise: str) -> None:
        self.dessin = self.dessin and balise != "svg"
        self.muet = self.dessin or (self.muet and balise not in ("style", "title", "svg"))
        self.texte += " | " if balise in ("td", "th") else "\n" if balise in FINS else ""

    def handle_data(self, donnees: str) -> None:
        self.texte += "" if self.muet else donnees.replace("\n", " ")


def lignes(octets: bytes) -> str:
    lecteur = _Lignes()
    lecteur.feed(octets.decode())
    propres = (re.sub(r"[ \t]+", " ", x).strip(" |") for x in lecteur.texte.split("\n"))
    return "\n".join(x for x in propres if x) + "\n"


@pytest.fixture
def ecrire(exemple, ouvrir, jour):
    """Un document par son nom, sur le plan d'exemple ou sur celui de Valenciennes."""
    voisins = Voisins(exemple.territoire, exemple.journal, jour.year)
    plan, territoire = exemple.plan, exemple.territoire
    reel = ouvrir("valenciennes-metropole")
    return {
        "fiche": lambda: fiche_document(plan, plan.fiche("PE-02"), territoire, jour, voisins),
        "plan": lambda: plan_document(plan, territoire, jour),
        "suivi": lambda: follow_up_document(plan, territoire, jour),
        "bilan": lambda: annual_document(plan, territoire, 2026, jour, voisins),
        "comite": lambda: committee_document(plan, territoire, jour, voisins),
        "valenciennes": lambda: plan_document(reel.plan, reel.territoire, jour),
    }


@pytest.mark.parametrize("nom", DOCUMENTS)
def test_le_texte_entier_est_celui_que_l_on_a_relu(ecrire, nom):
    lu, fichier = lignes(render(ecrire[nom](), "html")), ATTENDUS / f"{nom}.txt"
    if os.environ.get("CTG_ATTENDUS"):
        ATTENDUS.mkdir(exist_ok=True)
        fichier.write_text(lu, encoding="utf-8")
    assert lu == fichier.read_text(encoding="utf-8")


@pytest.mark.parametrize("extension", ["docx", "odt"])
@pytest.mark.parametrize("nom", ["fiche", "plan", "bilan"])
def test_chaque_format_a_les_memes_mots(ecrire, nom, extension):
    """Tous les mots de la page web, ni plus ni moins, hors pied de page et descriptions d'images."""
    document = ecrire[nom]()
    attendus = re.sub(r"\[image : [^\]]*\]", "", lignes(render(document, "html"))).removesuffix(
        f"{flat(document.pied)}\n"
    )
    octets, corps = render(document, extension), {"docx": "word/document.xml", "odt": "content.xml"}[extension]
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        racine = ET.fromstring(archive.read(corps))
    assert _words(" ".join(_texts(racine))) == _words(attendus)


def _texts(noeud: ET.Element):
    """Les textes d'un XML bureautique ; une fin de paragraphe sépare deux mots."""
    nom = noeud.tag.rpartition("}")[2]
    if nom in ("desc", "title"):
        return
    yield noeud.text or ""
    for enfant in noeud:
        yield from _texts(enfant)
        yield enfant.tail or ""


def _words(texte: str) -> Counter:
    return Counter(re.findall(r"\w+", texte))
