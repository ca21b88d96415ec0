"""LibreOffice : par pandoc, avec notre modèle de style, et les textes de remplacement que pandoc n'écrit pas."""

import re
from collections.abc import Iterator
from html import escape

from ctgkit.documents.formats import Format
from ctgkit.documents.modele import Document, pictures
from ctgkit.documents.pandoc import footer_xml, patch_zip, render_tree
from ctgkit.documents.typographie import clean

FORMAT = Format("OpenDocument", "application/vnd.oasis.opendocument.text")
_SAUT = {"t": "RawBlock", "c": ["opendocument", '<text:p text:style-name="SautDePage"/>']}
_STYLES = (
    '<style:style style:name="SautDePage" style:family="paragraph" style:parent-style-name="Standard">'
    '<style:paragraph-properties fo:break-before="page"/></style:style></office:automatic-styles>'
)
_MARGES = 'fo:padding-top="0.04cm" fo:padding-bottom="0.04cm" fo:padding-left="0.1cm" fo:padding-right="0.1cm"'
_CASE = f'fo:border-bottom="0.5pt solid #DACFBC" {_MARGES}'
_TETE = f'fo:background-color="#F8F2E7" fo:border-top="1pt solid #1D2732" {_MARGES}'


def render(document: Document) -> bytes:
    brut = render_tree(document, "odt", saut=[_SAUT])
    descriptions = iter([clean(image.description) for image in (*document.logos, *pictures(document))])
    retouches = {
        "content.xml": lambda xml: _content(xml, descriptions),
        "styles.xml": lambda xml: _styles(xml, document),
    }
    return patch_zip(brut, retouches)


def _content(xml: str, descriptions: Iterator[str]) -> str:
    xml = re.sub(r"</draw:frame>", lambda _: f"<svg:desc>{escape(next(descriptions, ''))}</svg:desc></draw:frame>", xml)
    for nom, bords in (("TableHeaderRowCell", _TETE), ("TableRowCell", _CASE)):
        cadre = rf'(style:name="{nom}" [^>]*>\s*<style:table-cell-properties )fo:border="none"'
        xml = re.sub(cadre, rf"\g<1>{bords}", xml)
    return xml.replace("</office:automatic-styles>", _STYLES, 1)


def _styles(xml: str, document: Document) -> str:
    xml = xml.replace("PIED-DE-PAGE", footer_xml(document))
    if not document.paysage:
        return xml
    for avant, apres in (("width", "29.7cm"), ("height", "21cm")):
        xml = re.sub(rf'fo:page-{avant}="[^"]*"', f'fo:page-{avant}="{apres}"', xml)
    return xml.replace('print-orientation="portrait"', 'print-orientation="landscape"')
