"""Refait les modèles de style (reference.docx, .odt, .pptx) : ceux de pandoc, avec les styles de `references/`.

Lancer `python -m ctgkit.documents.gabarits.fabriquer_references` ; on peut aussi ouvrir les fichiers dans Word ou
LibreOffice et y changer les styles à la main : rien d'autre n'en dépend.
"""

import re
from pathlib import Path

from ctgkit.documents.pandoc import patch_zip, run_pandoc

DOSSIER = Path(__file__).parent
PPTX = {"4F81BD": "12617B", "C0504D": "AF3D1B", "9BBB59": "636973", "8064A2": "6A4A9C", "1F497D": "1D2732"}
DOCX = {
    '<w:sz w:val="24" />': '<w:sz w:val="21" />',
    'w:val="en-US"': 'w:val="fr-FR"',
    '<w:spacing w:after="200" />': '<w:spacing w:after="120" w:line="264" w:lineRule="auto" />',
}
ODT = {
    r'fo:page-width="[^"]*"': 'fo:page-width="21cm"',
    r'fo:page-height="[^"]*"': 'fo:page-height="29.7cm"',
    r'(fo:margin-(?:top|left|right))="1in"': r'\1="2cm"',
    r'fo:margin-bottom="1in"': 'fo:margin-bottom="1.2cm"',
    r'fo:language="en" fo:country="US"': 'fo:language="fr" fo:country="FR"',
}
PIED_ODT = (
    '<style:footer><text:p text:style-name="Note">PIED-DE-PAGE — <text:page-number>1</text:page-number> / '
    "<text:page-count>1</text:page-count></text:p></style:footer>"
)
_GENRE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATION = f'<Relationship Id="rIdPied" Target="footer1.xml" Type="{_GENRE}/footer"/></Relationships>'
_CONTENU = (
    '<Override PartName="/word/footer1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/></Types>'
)
_SECTION = (
    '<w:sectPr><w:footerReference w:type="default" r:id="rIdPied"/><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/>'
    "</w:sectPr>"
)
_GAUCHE = 'algn="l" defTabSz="342900" rtl="0" eaLnBrk="1" latinLnBrk="0" hangingPunct="1"'


def make_pptx() -> bytes:
    retouches = {
        "ppt/theme/theme1.xml": _theme,
        "ppt/slideMasters/slideMaster1.xml": _master,
        "ppt/slideLayouts/slideLayout1.xml": _cover,
        "ppt/slideLayouts/slideLayout4.xml": lambda xml: xml.replace('sz="2100"', 'sz="1600"'),
    }
    return patch_zip(_default("reference.pptx"), retouches)


def _theme(xml: str) -> str:
    for avant, apres in PPTX.items():
        xml = xml.replace(f'"{avant}"', f'"{apres}"')
    xml = xml.replace('<a:sysClr val="windowText" lastClr="000000"/>', '<a:srgbClr val="1D2732"/>')
    for police in ("Cambria", "Arial"):
        xml = xml.replace('typeface="Calibri"', f'typeface="{police}"', 1)
    return xml


def _master(xml: str) -> str:
    """Titres à gauche et en gras, texte plus petit, pied de page à gauche, marge de couleur derrière le texte."""
    titre = "<p:titleStyle><a:lvl1pPr "
    xml = xml.replace(titre + _GAUCHE.replace('"l"', '"ctr"'), titre + _GAUCHE)
    xml = xml.replace('sz="3300" kern="1200"', 'sz="2600" b="1" kern="1200"').replace('sz="2400"', 'sz="1800"')
    place, taille = '<a:off x="{}" y="4767263"/>', '<a:ext cx="{}" cy="273844"/>'
    milieu, gauche = (place.format(x) + taille.format(cx) for x, cx in ((3124200, 2895600), (457200, 6858000)))
    xml = xml.replace(milieu, gauche)
    xml = re.sub(r'(type="ftr".*?<a:lvl1pPr algn=)"ctr"', r'\1"l"', xml, count=1, flags=re.DOTALL)
    return xml.replace("</p:grpSpPr>", "</p:grpSpPr>" + _read("pptx_marge.xml"), 1)


def _cover(xml: str) -> str:
    """La première diapositive : titre et sous-titre à gauche."""
    xml = xml.replace('algn="ctr"', 'algn="l"').replace('<a:off x="1371600"', '<a:off x="685800"')
    return xml.replace('<a:ext cx="6400800"', '<a:ext cx="7772400"')


def make_docx() -> bytes:
    retouches = {
        "word/styles.xml": _docx_styles,
        "word/document.xml": lambda xml: re.sub(r"<w:sectPr>.*</w:sectPr>", _SECTION, _with_r(xml), flags=re.DOTALL),
        "word/_rels/document.xml.rels": lambda xml: xml.replace("</Relationships>", _RELATION),
        "[Content_Types].xml": lambda xml: xml.replace("</Types>", _CONTENU),
    }
    return patch_zip(_default("reference.docx"), retouches, {"word/footer1.xml": _read("docx_pied.xml")})


def _with_r(xml: str) -> str:
    return xml if "xmlns:r=" in xml else xml.replace("<w:document ", f'<w:document xmlns:r="{_GENRE}" ', 1)


def _docx_styles(xml: str) -> str:
    arial = '<w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/>'
    xml = re.sub(r"<w:rFonts w:asciiTheme.*?/>", arial, xml, count=1, flags=re.DOTALL)
    for avant, apres in DOCX.items():
        xml = xml.replace(avant, apres, 1)
    return _restyle(xml, "docx_styles.xml", ("w:style", "w:styleId", "</w:styles>"))


def make_odt() -> bytes:
    return patch_zip(_default("reference.odt"), {"styles.xml": _odt_styles})


def _odt_styles(xml: str) -> str:
    for avant, apres in ODT.items():
        xml = re.sub(avant, apres, xml)
    xml = _restyle(xml, "odt_styles.xml", ("style:style", "style:name", "</office:styles>"))
    return re.sub(r"<style:footer>.*?</style:footer>", PIED_ODT, xml, flags=re.DOTALL)


def _restyle(xml: str, nom: str, mots: tuple[str, str, str]) -> str:
    """Chaque style du fichier prend la place de celui de pandoc, ou s'ajoute à la fin."""
    balise, cle, fin = mots
    for neuf in re.findall(rf"<{balise} .*?</{balise}>", _read(nom), re.DOTALL):
        voulu = re.search(rf' {cle}="([^"]*)"', neuf)[1]
        ancien = re.search(rf'<{balise}(?: [^>]*)? {cle}="{voulu}".*?</{balise}>', xml, re.DOTALL)
        xml = xml.replace(ancien[0], neuf, 1) if ancien else xml.replace(fin, neuf + fin, 1)
    return xml


def _read(nom: str) -> str:
    return (DOSSIER / "references" / nom).read_text(encoding="utf-8")


def _default(nom: str) -> bytes:
    return run_pandoc(b"", "--print-default-data-file", nom)


if __name__ == "__main__":
    for extension, octets in (("docx", make_docx()), ("odt", make_odt()), ("pptx", make_pptx())):
        (DOSSIER / f"reference.{extension}").write_bytes(octets)
