"""Les images d'un document : reconnues à leur contenu, converties en PNG sans navigateur quand il le faut."""

import base64
import hashlib
import re
import struct
import tempfile
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path

from ctgkit.documents.modele import Image
from ctgkit.errors import CtgError
from ctgkit.storage.fichiers import raw_bytes

POLICES = files("ctgkit.documents") / "polices"
OCTETS_MAX = 20 << 20
LOGO_LARGE, LOGO_HAUT = 4.0, 2.0
_DIMENSIONS_JPEG = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_SIGNATURES = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"))
_TYPES = {"png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml"}


def image_kind(octets: bytes) -> str:
    """`png`, `jpg` ou `svg` d'après le contenu, jamais d'après le nom."""
    if len(octets) <= OCTETS_MAX:
        for signature, nature in _SIGNATURES:
            if octets.startswith(signature):
                return nature
        debut = octets[:2000].lstrip(b"\xef\xbb\xbf \t\r\n")
        if debut.startswith(b"<svg") or (debut.startswith((b"<?xml", b"<!--")) and b"<svg" in debut):
            return "svg"
    raise CtgError(
        "Cette image ne peut pas entrer dans un document.",
        f"fichier de {len(octets)} octets",
        "Donner un logo en PNG, JPEG ou SVG, de moins de 20 Mo.",
    )


def logo_width(octets: bytes) -> float:
    """La largeur d'un logo, en centimètres : deux de haut au plus, quatre de large au plus."""
    return round(min(LOGO_LARGE, LOGO_HAUT * _ratio(octets)), 2)


def load_logo(chemin: Path) -> Image:
    try:
        return Image(raw_bytes(chemin), f"Logo : {chemin.stem}")
    except OSError as cause:
        raise CtgError("Ce logo ne peut pas être lu.", str(chemin), "Vérifier son chemin.") from cause


def _ratio(octets: bytes) -> float:
    """Largeur sur hauteur, lue dans l'image ; deux quand elle ne le dit pas."""
    nature = image_kind(octets)
    if nature == "png" and len(octets) >= 24:
        large, haut = struct.unpack(">II", octets[16:24])
    elif nature == "jpg":
        large, haut = _jpeg_size(octets)
    else:
        boite = re.search(rb'viewBox="\s*[-\d.]+[ ,]+[-\d.]+[ ,]+([\d.]+)[ ,]+([\d.]+)', octets[:4000])
        large, haut = (float(boite[1]), float(boite[2])) if boite else (2, 1)
    return large / haut if large and haut else 2.0


def _jpeg_size(octets: bytes) -> tuple[int, int]:
    """Le premier bloc qui décrit l'image ; les autres se passent, de longueur en longueur."""
    place = 2
    while place + 9 < len(octets) and octets[place] == 0xFF:
        if octets[place + 1] in _DIMENSIONS_JPEG:
            haut, large = struct.unpack(">HH", octets[place + 5 : place + 9])
            return large, haut
        place += 2 + struct.unpack(">H", octets[place + 2 : place + 4])[0]
    return 2, 1


def place_image(source: bytes | str, dossier: Path, garder_svg: bool = False) -> str:
    """Écrit l'image dans le dossier, un SVG en PNG si le format ne sait pas le lire, et rend son nom."""
    octets, nom = _bytes(source), image_name(source, garder_svg)
    convertir = image_kind(octets) == "svg" and not garder_svg
    (dossier / nom).write_bytes(to_png(octets) if convertir else octets)
    return nom


def image_name(source: bytes | str, garder_svg: bool = False) -> str:
    """Le nom d'une image rangée, tiré de son contenu."""
    octets = _bytes(source)
    nature = image_kind(octets)
    extension = "png" if nature == "svg" and not garder_svg else nature
    return f"image-{hashlib.sha256(octets).hexdigest()[:16]}.{extension}"


def _bytes(source: bytes | str) -> bytes:
    return source.encode() if isinstance(source, str) else source


def data_uri(source: bytes | str) -> str:
    """L'image dans la page elle-même ; un SVG ainsi montré n'exécute rien et ne va rien chercher."""
    octets = _bytes(source)
    return f"data:{_TYPES[image_kind(octets)]};base64,{base64.b64encode(octets).decode()}"


@lru_cache(maxsize=64)
def to_png(svg: bytes, ppi: int = 160) -> bytes:
    import typst

    with tempfile.TemporaryDirectory() as dossier, as_file(POLICES) as polices:
        Path(dossier, "a.svg").write_bytes(svg)
        page = Path(dossier, "a.typ")
        page.write_text('#set page(width: auto, height: auto, margin: 0pt)\n#image("a.svg")', encoding="utf-8")
        commun = {"root": dossier, "font_paths": [str(polices)], "ignore_system_fonts": True}
        try:
            return typst.compile(str(page), format="png", ppi=ppi, **commun)
        except (RuntimeError, typst.TypstError) as cause:
            raise CtgError("Cette image SVG ne se lit pas.", que_faire="La donner en PNG.") from cause
