"""Word : par pandoc, avec notre modèle de style, en-têtes de tableaux répétés et pied de page."""

import re
from html import escape

from ctgkit.documents.formats import OFFICE, Format
from ctgkit.documents.modele import Document
from ctgkit.documents.pandoc import patch_zip, reference, render_tree
from ctgkit.documents.typographie import metadata

FORMAT = Format("Word", f"{OFFICE}.wordprocessingml.document")
_SAUT = {"t": "RawBlock", "c": ["openxml", '<w:p><w:r><w:br w:type="page"/></w:r></w:p>']}
_PAYSAGE = '<w:pgSz w:w="16838" w:h="11906" w:orient="landscape" />'


def render(document: Document) -> bytes:
    brut = render_tree(document, "docx", f"--reference-doc={reference('reference.docx')}", saut=[_SAUT])
    pied = escape(metadata(document.pied), quote=False)
    retouches = {"word/footer*": lambda xml: xml.replace("PIED-DE-PAGE", pied)}
    if document.paysage:
        retouches["word/document.xml"] = lambda xml: re.sub(r"<w:pgSz [^>]*/>", _PAYSAGE, xml)
        retouches["word/footer*"] = lambda xml: xml.replace("PIED-DE-PAGE", pied).replace('"9638"', '"14570"')
    return patch_zip(brut, retouches)
