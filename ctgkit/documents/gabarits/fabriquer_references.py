"""Refait les modèles de style (reference.docx, .odt, .pptx) à partir de ceux de pandoc.

Lancer `python -m ctgkit.documents.gabarits.fabriquer_references` ; on peut aussi ouvrir les fichiers dans Word ou
LibreOffice et y changer les styles à la main : rien d'autre n'en dépend.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from ctgkit.documents.pandoc import patch_zip, run_pandoc

OFFRE = "12617B"
ENCRE, SECONDE, FILET, CREME, ALERTE = "1D2732", "4C5763", "DACFBC", "F8F2E7", "FFEFBF"
COULEURS = {"4F81BD": OFFRE, "C0504D": "AF3D1B", "9BBB59": "636973", "8064A2": "6A4A9C", "1F497D": ENCRE}
_GAUCHE = 'algn="l" defTabSz="342900" rtl="0" eaLnBrk="1" latinLnBrk="0" hangingPunct="1"'
# Une marge de couleur sur toute la hauteur, derrière le texte ; purement décorative.
_MARGE = (
    '<p:sp><p:nvSpPr><p:cNvPr id="40" name="Marge"/><p:cNvSpPr/><p:nvPr userDrawn="1"/></p:nvSpPr><p:spPr>'
    '<a:xfrm><a:off x="0" y="0"/><a:ext cx="137160" cy="5143500"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/>'
    f'</a:prstGeom><a:solidFill><a:srgbClr val="{OFFRE}"/></a:solidFill><a:ln><a:noFill/></a:ln></p:spPr>'
    '<p:txBody><a:bodyPr/><a:lstStyle/><a:p><a:endParaRPr lang="fr-FR"/></a:p></p:txBody></p:sp>'
)
_PIED = ('<a:off x="3124200" y="4767263"/><a:ext cx="2895600" cy="273844"/>',
         '<a:off x="457200" y="4767263"/><a:ext cx="6858000" cy="273844"/>')  # fmt: skip


def make_pptx(defaut: bytes) -> bytes:
    retouches = {
        "ppt/theme/theme1.xml": _theme,
        "ppt/slideMasters/slideMaster1.xml": _master,
        "ppt/slideLayouts/slideLayout1.xml": _cover,
        "ppt/slideLayouts/slideLayout4.xml": lambda xml: xml.replace('sz="2100"', 'sz="1600"'),
    }
    return patch_zip(defaut, retouches)


def _theme(xml: str) -> str:
    for avant, apres in COULEURS.items():
        xml = xml.replace(f'"{avant}"', f'"{apres}"')
    xml = xml.replace('<a:sysClr val="windowText" lastClr="000000"/>', f'<a:srgbClr val="{ENCRE}"/>')
    for police in ("Cambria", "Arial"):
        xml = xml.replace('typeface="Calibri"', f'typeface="{police}"', 1)
    return xml


def _master(xml: str) -> str:
    """Titres à gauche et en gras, texte plus petit, pied de page à gauche, marge de couleur."""
    xml = xml.replace(
        "<p:titleStyle><a:lvl1pPr " + _GAUCHE.replace('"l"', '"ctr"'), f"<p:titleStyle><a:lvl1pPr {_GAUCHE}"
    )
    xml = xml.replace('sz="3300" kern="1200"', 'sz="2600" b="1" kern="1200"').replace('sz="2400"', 'sz="1800"')
    xml = xml.replace(*_PIED)
    xml = re.sub(r'(type="ftr".*?<a:lvl1pPr algn=)"ctr"', r'\1"l"', xml, count=1, flags=re.DOTALL)
    return re.sub(r"(</p:grpSpPr>)", lambda m: m[1] + _MARGE, xml, count=1)


def _cover(xml: str) -> str:
    """La première diapositive : titre et sous-titre à gauche."""
    xml = xml.replace('algn="ctr"', 'algn="l"').replace('<a:off x="1371600"', '<a:off x="685800"')
    return xml.replace('<a:ext cx="6400800"', '<a:ext cx="7772400"')


PIED = "PIED-DE-PAGE"
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_ARIAL = '<w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/>'
_PLAIN = f'{_ARIAL}<w:b w:val="0"/>'
_TITRES = '<w:rFonts w:ascii="Cambria" w:hAnsi="Cambria" w:cs="Cambria"/>'


def make_docx() -> bytes:
    pied = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:ftr {_W} {_R}><w:p><w:pPr><w:pStyle w:val="Note"/>'
        '<w:tabs><w:tab w:val="right" w:pos="9638"/></w:tabs></w:pPr>'
        f'<w:r><w:t xml:space="preserve">{PIED}</w:t></w:r><w:r><w:tab/></w:r>{_field("PAGE")}'
        f"<w:r><w:t> / </w:t></w:r>{_field('NUMPAGES')}</w:p></w:ftr>"
    )
    lien = (
        '<Relationship Id="rIdPied" Target="footer1.xml" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer"/></Relationships>'
    )
    genre = (
        '<Override PartName="/word/footer1.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/></Types>'
    )
    retouches = {
        "word/styles.xml": _docx_styles,
        "word/document.xml": lambda s: _with_r(re.sub(r"<w:sectPr>.*</w:sectPr>", _SECTION, s, flags=re.DOTALL)),
        "word/_rels/document.xml.rels": lambda s: s.replace("</Relationships>", lien),
        "[Content_Types].xml": lambda s: s.replace("</Types>", genre),
    }
    return patch_zip(_default("reference.docx"), retouches, {"word/footer1.xml": pied})


def make_odt() -> bytes:
    return patch_zip(_default("reference.odt"), {"styles.xml": _odt_styles})


_SECTION = (
    '<w:sectPr><w:footerReference w:type="default" r:id="rIdPied"/><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/>'
    "</w:sectPr>"
)


def _default(nom: str) -> bytes:
    return run_pandoc(b"", "--print-default-data-file", nom)


def _field(nom: str) -> str:
    return f'<w:fldSimple w:instr=" {nom} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def _with_r(xml: str) -> str:
    return xml if "xmlns:r=" in xml else xml.replace("<w:document ", f"<w:document {_R} ", 1)


def _docx_styles(xml: str) -> str:
    xml = re.sub(r"<w:rFonts w:asciiTheme.*?/>", _ARIAL, xml, count=1, flags=re.DOTALL)
    xml = xml.replace('<w:sz w:val="24" />', '<w:sz w:val="21" />', 1).replace('w:val="en-US"', 'w:val="fr-FR"', 1)
    xml = xml.replace('<w:spacing w:after="200" />', '<w:spacing w:after="120" w:line="264" w:lineRule="auto" />', 1)
    styles = {
        "Title": ('<w:spacing w:before="0" w:after="60"/>', f"{_TITRES}<w:b/>{_ink(44)}"),
        "Subtitle": ('<w:spacing w:before="0" w:after="200"/>', _PLAIN + _ink(24, SECONDE)),
        "Author": ('<w:spacing w:after="120"/>', _PLAIN + _ink(19, SECONDE)),
        "Heading1": (_heading(320, 100, 0, regle=True), f"{_TITRES}<w:b/>{_ink(30)}"),
        "Heading2": (_heading(240, 80, 1), f"{_TITRES}<w:b/>{_ink(25)}"),
        "Heading3": (_heading(180, 60, 2), f"<w:b/>{_ink(22)}"),
        "Heading4": (_heading(140, 60, 3), f"<w:b/>{_ink(21, SECONDE)}"),
        "Compact": ('<w:spacing w:before="30" w:after="30" w:line="240" w:lineRule="auto"/>', _ink(19)),
        "TableCaption": ('<w:keepNext/><w:spacing w:before="200" w:after="60"/>', f'<w:b/><w:i w:val="0"/>{_ink(20)}'),
        "ImageCaption": ('<w:spacing w:before="40" w:after="160"/>', f'<w:b/><w:i w:val="0"/>{_ink(20)}'),
        "CaptionedFigure": ('<w:keepNext/><w:spacing w:before="120" w:after="40"/>', ""),
    }
    for nom, (paragraphe, texte) in styles.items():
        xml = _restyle(xml, nom, paragraphe, texte)
    xml = re.sub(r'<w:style w:type="table" w:default="1" w:styleId="Table">.*?</w:style>', _TABLE, xml, flags=re.DOTALL)
    return xml.replace("</w:styles>", _own_docx() + "</w:styles>")


def _restyle(xml: str, nom: str, paragraphe: str, texte: str) -> str:
    """Garde le nom et les liens du style, remplace sa mise en forme."""
    debut = re.search(rf'<w:style [^>]*w:styleId="{nom}">.*?</w:style>', xml, re.DOTALL)
    bloc = re.sub(r"<w:[pr]Pr>.*?</w:[pr]Pr>|<w:semiHidden */>", "", debut[0], flags=re.DOTALL)
    neuf = bloc.replace("</w:style>", f"<w:pPr>{paragraphe}</w:pPr><w:rPr>{texte}</w:rPr></w:style>")
    return xml.replace(debut[0], neuf)


def _ink(demi_points: int, couleur: str = ENCRE) -> str:
    return f'<w:color w:val="{couleur}"/><w:sz w:val="{demi_points}"/><w:szCs w:val="{demi_points}"/>'


def _heading(avant: int, apres: int, niveau: int, regle: bool = False) -> str:
    filet = f'<w:pBdr><w:bottom w:val="single" w:sz="6" w:space="3" w:color="{ENCRE}"/></w:pBdr>' if regle else ""
    espace = f'<w:spacing w:before="{avant}" w:after="{apres}"/>'
    return f'<w:keepNext/><w:keepLines/>{filet}{espace}<w:outlineLvl w:val="{niveau}"/>'


def _own_docx() -> str:
    encadre = "".join(f'<w:{c} w:val="single" w:sz="{s}" w:space="6" w:color="B07900"/>' for c, s in _COTES.items())
    styles: Mapping[str, tuple[str, str]] = {
        "Chapeau": ('<w:spacing w:after="200"/>', _ink(24, SECONDE)),
        "Note": ('<w:spacing w:before="20" w:after="120"/>', _ink(17, SECONDE)),
        "Alerte": (
            f'<w:pBdr>{encadre}</w:pBdr><w:shd w:val="clear" w:fill="{ALERTE}"/><w:ind w:left="140" w:right="140"/>',
            _ink(20, "5A3C00"),
        ),
    }
    tenue = (
        '<w:style w:type="paragraph" w:customStyle="1" w:styleId="Tenue"><w:name w:val="Tenue"/>'
        '<w:basedOn w:val="Compact"/><w:pPr><w:keepNext/></w:pPr></w:style>'
    )
    return tenue + "".join(
        f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{nom}"><w:name w:val="{nom}"/>'
        f'<w:basedOn w:val="Normal"/>'
        f"<w:qFormat/><w:pPr>{paragraphe}</w:pPr><w:rPr>{texte}</w:rPr></w:style>"
        for nom, (paragraphe, texte) in styles.items()
    )


_COTES = {"top": 4, "left": 24, "bottom": 4, "right": 4}
_TABLE = (
    '<w:style w:type="table" w:default="1" w:styleId="Table"><w:name w:val="Table"/><w:basedOn w:val="TableNormal"/>'
    '<w:qFormat/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblBorders>'
    f'<w:top w:val="single" w:sz="8" w:color="{ENCRE}"/>'
    f'<w:bottom w:val="single" w:sz="8" w:color="{ENCRE}"/><w:insideH w:val="single" w:sz="4" w:color="{FILET}"/>'
    '</w:tblBorders><w:tblCellMar><w:left w:w="80" w:type="dxa"/><w:right w:w="80" w:type="dxa"/></w:tblCellMar>'
    "</w:tblPr>"
    f'<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:shd w:val="clear" w:fill="{CREME}"/>'
    '<w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr></w:style>'
)


def _odt_styles(xml: str) -> str:
    for avant, apres in _ODT_PAGE.items():
        xml = re.sub(avant, apres, xml)
    for nom, (paragraphe, texte) in _ODT.items():
        neuf = (
            f'<style:style style:name="{nom}" style:family="paragraph" style:parent-style-name="Standard"'
            f"{_outline(nom)}><style:paragraph-properties {paragraphe}/><style:text-properties {texte}/></style:style>"
        )
        xml, fait = re.subn(rf'<style:style style:name="{nom}".*?</style:style>', neuf, xml, count=1, flags=re.DOTALL)
        xml = xml if fait else xml.replace("</office:styles>", f"{neuf}</office:styles>")
    pages = "<text:page-number>1</text:page-number> / <text:page-count>1</text:page-count>"
    pied = f'<text:p text:style-name="Note">{PIED} — {pages}</text:p>'
    return re.sub(r"<style:footer>.*?</style:footer>", f"<style:footer>{pied}</style:footer>", xml, flags=re.DOTALL)


def _outline(nom: str) -> str:
    niveau = re.fullmatch(r"Heading_20_(\d)", nom)
    return f' style:default-outline-level="{niveau[1]}" style:display-name="Heading {niveau[1]}"' if niveau else ""


def _odt_text(taille: float, couleur: str = ENCRE, gras: bool = False, police: str = "Arial") -> str:
    graisse = ' fo:font-weight="bold"' if gras else ""
    return f'fo:font-family="{police}" fo:font-size="{taille}pt" fo:color="#{couleur}"{graisse}'


_SUITE = 'fo:keep-with-next="always"'
_ODT_PAGE = {
    r'fo:page-width="[^"]*"': 'fo:page-width="21cm"',
    r'fo:page-height="[^"]*"': 'fo:page-height="29.7cm"',
    r'(fo:margin-(?:top|left|right))="1in"': r'\1="2cm"',
    r'fo:margin-bottom="1in"': 'fo:margin-bottom="1.2cm"',
    r'fo:language="en" fo:country="US"': 'fo:language="fr" fo:country="FR"',
}
_ODT = {
    "Standard": ('fo:margin-top="0cm" fo:margin-bottom="0cm"', _odt_text(10.5)),
    "Text_20_body": ('fo:margin-top="0cm" fo:margin-bottom="0.15cm" fo:line-height="112%"', _odt_text(10.5)),
    "First_20_paragraph": ('fo:margin-top="0cm" fo:margin-bottom="0.15cm" fo:line-height="112%"', _odt_text(10.5)),
    "Title": ('fo:margin-bottom="0.1cm"', _odt_text(22, gras=True, police="Cambria")),
    "Subtitle": ('fo:margin-bottom="0.4cm"', _odt_text(12, SECONDE)),
    "Author": ('fo:margin-bottom="0.3cm"', _odt_text(9.5, SECONDE)),
    "Heading_20_1": (
        f'fo:margin-top="0.6cm" fo:margin-bottom="0.2cm" fo:border-bottom="0.75pt solid #{ENCRE}" {_SUITE}',
        _odt_text(15, gras=True, police="Cambria"),
    ),
    "Heading_20_2": (
        f'fo:margin-top="0.45cm" fo:margin-bottom="0.15cm" {_SUITE}',
        _odt_text(12.5, gras=True, police="Cambria"),
    ),
    "Heading_20_3": (f'fo:margin-top="0.35cm" fo:margin-bottom="0.1cm" {_SUITE}', _odt_text(11, gras=True)),
    "Heading_20_4": (f'fo:margin-top="0.3cm" fo:margin-bottom="0.1cm" {_SUITE}', _odt_text(10.5, SECONDE, gras=True)),
    "Table_20_Contents": ('fo:margin-top="0.04cm" fo:margin-bottom="0.04cm"', _odt_text(9.5)),
    "Table_20_Heading": ('fo:margin-top="0.04cm" fo:margin-bottom="0.04cm"', _odt_text(9.5, gras=True)),
    "TableCaption": (f'fo:margin-top="0.35cm" fo:margin-bottom="0.1cm" {_SUITE}', _odt_text(10, gras=True)),
    "FigureCaption": ('fo:margin-top="0.1cm" fo:margin-bottom="0.3cm"', _odt_text(10, gras=True)),
    "FigureWithCaption": (f'fo:margin-top="0.2cm" {_SUITE}', _odt_text(10.5)),
    "Tenue": (f'fo:margin-top="0.04cm" fo:margin-bottom="0.04cm" {_SUITE}', _odt_text(9.5)),
    "Chapeau": ('fo:margin-bottom="0.35cm"', _odt_text(12, SECONDE)),
    "Note": ('fo:margin-bottom="0.2cm"', _odt_text(8.5, SECONDE)),
    "Alerte": (
        f'fo:background-color="#{ALERTE}" fo:border="0.5pt solid #B07900" fo:padding="0.2cm" fo:margin-bottom="0.2cm"',
        _odt_text(10, "5A3C00"),
    ),
}


def main() -> None:
    dossier = Path(__file__).parent
    (dossier / "reference.docx").write_bytes(make_docx())
    (dossier / "reference.odt").write_bytes(make_odt())
    (dossier / "reference.pptx").write_bytes(make_pptx(_default("reference.pptx")))


if __name__ == "__main__":
    main()
