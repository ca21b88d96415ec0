"""Word : par pandoc, avec notre modèle de style, en-têtes de tableaux répétés et pied de page."""

import re

from ctgkit.documents.formats import OFFICE, Format
from ctgkit.documents.modele import Document
from ctgkit.documents.pandoc import footer_xml, patch_zip, render_tree

FORMAT = Format("Word", f"{OFFICE}.wordprocessingml.document")
_SAUT = {"t": "RawBlock", "c": ["openxml", '<w:p><w:r><w:br w:type="page"/></w:r></w:p>']}
_PAYSAGE = '<w:pgSz w:w="16838" w:h="11906" w:orient="landscape" />'


def render(document: Document) -> bytes:
    brut, pied = render_tree(document, "docx", saut=[_SAUT]), footer_xml(document)
    retouches = {"word/footer*": lambda xml: xml.replace("PIED-DE-PAGE", pied)}
    if document.paysage:
        retouches["word/document.xml"] = lambda xml: re.sub(r"<w:pgSz [^>]*/>", _PAYSAGE, xml)
        retouches["word/footer*"] = lambda xml: xml.replace("PIED-DE-PAGE", pied).replace('"9638"', '"14570"')
    return patch_zip(brut, retouches)
