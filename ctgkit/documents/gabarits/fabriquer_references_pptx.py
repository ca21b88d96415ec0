"""Refait le modèle des diapositives à partir de celui de pandoc : couleurs, polices, titre à gauche, pied de page."""

import re

from ctgkit.documents.retouche import patch_zip

ENCRE, OFFRE = "1D2732", "12617B"
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
