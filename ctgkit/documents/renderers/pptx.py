"""Des diapositives : pandoc les écrit, puis leurs tableaux, leurs pieds et leurs images sont mis au point."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from html import escape

from ctgkit.documents.diapositives import short, slides
from ctgkit.documents.formats import OFFICE, Format
from ctgkit.documents.images import image_name
from ctgkit.documents.modele import Document, Figure, Image, walk
from ctgkit.documents.pandoc import reference, render_tree
from ctgkit.documents.retouche import patch_zip
from ctgkit.documents.typographie import clean, metadata

FORMAT = Format("Diaporama", f"{OFFICE}.presentationml.presentation")
_FILET = '<a:lnB w="9525"><a:solidFill><a:srgbClr val="DACFBC"/></a:solidFill></a:lnB>'
_MARGES = 'marL="68580" marR="68580" marT="36576" marB="36576"'
_CASE = f"<a:tcPr {_MARGES}>{_FILET}<a:noFill/></a:tcPr>"
_TETE = f'<a:tcPr {_MARGES} anchor="b">{_FILET}<a:solidFill><a:srgbClr val="F8F2E7"/></a:solidFill></a:tcPr>'
# « Aucun style, aucune grille » : les traits et les fonds sont ceux de nos cases, les mêmes dans tous les logiciels.
_SANS_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
_PETIT = (
    '<a:rPr lang="fr-FR" sz="900"><a:solidFill><a:srgbClr val="4C5763"/></a:solidFill>'
    '<a:latin typeface="+mn-lt"/><a:cs typeface="+mn-cs"/></a:rPr>'
)
_CHAMP = "{C5EF2332-01BF-834F-8236-50238282D533}"
_TAILLE_CASE, _TAILLE_TITRE, TITRE_COURT = 1200, 2000, 45


def render(document: Document) -> bytes:
    pages = slides(document.blocs, document.titre)
    courte = replace(document, titre=short(document.titre), sous_titre=short(document.suite, 160), pied="",
                     logos=(), blocs=pages)  # fmt: skip
    brut = render_tree(courte, "pptx", "--slide-level=1", f"--reference-doc={reference('reference.pptx')}")
    retouche = partial(_slide, textes=_descriptions(document), pied=escape(metadata(document.pied), quote=False))
    return patch_zip(brut, {"ppt/slides/slide*": retouche})


def _slide(xml: str, textes: Mapping[str, str], pied: str) -> str:
    """Pandoc ne décrit une image que par son nom de fichier, et laisse les tableaux déborder."""
    xml = re.sub(r'descr="(image-\w+\.\w+)"', lambda m: f'descr="{textes.get(m[1], "")}"', xml)
    xml = re.sub(r"<a:tbl>.*?</a:tbl>", lambda m: _table(m[0]), xml, flags=re.DOTALL)
    xml = re.sub(r"<a:rPr(?=[ />])", '<a:rPr lang="fr-FR"', xml)
    if 'type="ctrTitle"' in xml:
        return xml
    xml = re.sub(r'(<p:ph type="title" ?/>.*?</p:sp>)', lambda m: _title(m[1]), xml, count=1, flags=re.DOTALL)
    return xml.replace("</p:spTree>", _footer(pied) + "</p:spTree>")


def _title(xml: str) -> str:
    long = len("".join(re.findall(r"<a:t>([^<]*)", xml))) > TITRE_COURT
    return xml.replace('<a:rPr lang="fr-FR"', f'<a:rPr lang="fr-FR" sz="{_TAILLE_TITRE}"') if long else xml


def _table(xml: str) -> str:
    """Des lettres de douze points, un filet sous chaque ligne, les titres sur fond crème."""
    xml = re.sub(r"<a:tableStyleId>[^<]*", f"<a:tableStyleId>{_SANS_STYLE}", xml)
    xml = re.sub(r"<a:rPr(?=[ />])", f'<a:rPr sz="{_TAILLE_CASE}"', xml)
    xml = re.sub(r"<a:tcPr ?/>", "", xml).replace("</a:tc>", f"{_CASE}</a:tc>")
    if 'firstRow="1"' not in xml:
        return xml
    fin = xml.index("</a:tr>")
    tete = xml[:fin].replace(_CASE, _TETE).replace("<a:rPr ", '<a:rPr b="1" ')
    return tete + xml[fin:]


def _footer(pied: str) -> str:
    numero = f'<a:fld id="{_CHAMP}" type="slidenum">{_PETIT}<a:t>‹#›</a:t></a:fld>'
    texte = f'<a:pPr algn="l"/><a:r>{_PETIT}<a:t>{pied}</a:t></a:r>'
    return _placeholder(90, "Pied de page", "ftr", 11, texte) + _placeholder(91, "Numéro", "sldNum", 12, numero)


def _placeholder(numero: int, nom: str, genre: str, rang: int, contenu: str) -> str:
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{numero}" name="{nom}"/><p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr><p:nvPr>'
        f'<p:ph type="{genre}" sz="quarter" idx="{rang}"/></p:nvPr></p:nvSpPr><p:spPr/>'
        f"<p:txBody><a:bodyPr/><a:lstStyle/><a:p>{contenu}</a:p></p:txBody></p:sp>"
    )


def _descriptions(document: Document) -> dict[str, str]:
    images = [b for b in walk(document.blocs) if isinstance(b, Figure | Image)]
    return {image_name(_source(b)): escape(clean(b.description)) for b in images}


def _source(image: Figure | Image) -> bytes | str:
    return image.svg if isinstance(image, Figure) else image.octets
