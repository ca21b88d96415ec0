"""Relire le texte d'un document, quel que soit son format."""

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from html.parser import HTMLParser


class _Textes(HTMLParser):
    """Les mots d'un dessin sont les siens : Word et le PDF en font une image."""

    def __init__(self):
        super().__init__()
        self.lus, self.balises, self.muet, self.dessin = [], [], False, False

    def handle_starttag(self, balise, attributs):
        self.balises.append((balise, dict(attributs)))
        self.dessin = self.dessin or balise == "svg"
        self.muet = self.dessin or balise in ("style", "title")

    def handle_endtag(self, balise):
        self.dessin = self.dessin and balise != "svg"
        self.muet = self.dessin

    def handle_data(self, texte):
        if not self.muet:
            self.lus.append(texte)


def balises_html(octets):
    lecteur = _Textes()
    lecteur.feed(octets.decode())
    return lecteur.balises


def texte(octets, extension):
    """Tout le texte visible, d'un seul tenant."""
    if extension == "html":
        lecteur = _Textes()
        lecteur.feed(octets.decode())
        return "".join(lecteur.lus)
    if extension == "csv":
        return octets.decode("utf-8-sig")
    motif = {
        "docx": r"word/(document|footer.*)\.xml",
        "odt": r"content\.xml",
        "pptx": r"ppt/slides/slide\d+\.xml",
        "xlsx": r"xl/(sharedStrings|worksheets/.*)\.xml",
    }[extension]
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        noms = [n for n in archive.namelist() if re.fullmatch(motif, n)]
        return "\n".join(_xml_text(ET.fromstring(archive.read(n))) for n in sorted(noms, key=lambda n: (len(n), n)))


def _xml_text(racine):
    """Le texte d'un XML bureautique, sauts de ligne et espaces compris."""
    blancs = {"br": "\n", "tab": "\t", "line-break": "\n", "s": " "}
    rendus = []

    def lire(noeud):
        nom = noeud.tag.rsplit("}", 1)[-1]
        if nom in ("annotation", "desc"):
            return
        rendus.append(blancs.get(nom, ""))
        rendus.append(noeud.text or "" if nom in ("t", "p", "h", "span", "a") else "")
        for enfant in noeud:
            lire(enfant)
            rendus.append(enfant.tail or "" if nom in ("p", "h", "span", "a") else "")
        rendus.append("\n" if nom in ("p", "h", "si") else "")

    lire(racine)
    return "".join(rendus)


def fichiers(octets):
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        return {n: archive.read(n) for n in archive.namelist()}
