"""Les images d'un document : reconnues à leur contenu, converties en PNG sans navigateur quand il le faut."""

import base64
import hashlib
import tempfile
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path

from ctgkit.errors import CtgError

POLICES = files("ctgkit.documents") / "polices"
OCTETS_MAX = 20 << 20
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
        "Cette image ne peut pas entrer dans un document.", f"fichier de {len(octets)} octets",
        "Donner un logo en PNG, JPEG ou SVG, de moins de 20 Mo.",
    )  # fmt: skip


def place_image(source: bytes | str, dossier: Path) -> str:
    """Écrit l'image dans le dossier, un SVG en PNG, et rend son nom."""
    octets = source.encode() if isinstance(source, str) else source
    nom = image_name(source)
    (dossier / nom).write_bytes(to_png(octets) if image_kind(octets) == "svg" else octets)
    return nom


def image_name(source: bytes | str) -> str:
    """Le nom d'une image rangée, tiré de son contenu."""
    octets = source.encode() if isinstance(source, str) else source
    nature = image_kind(octets)
    return f"image-{hashlib.sha256(octets).hexdigest()[:16]}.{'png' if nature == 'svg' else nature}"


def data_uri(source: bytes | str) -> str:
    """L'image dans la page elle-même ; un SVG ainsi montré n'exécute rien et ne va rien chercher."""
    octets = source.encode() if isinstance(source, str) else source
    return f"data:{_TYPES[image_kind(octets)]};base64,{base64.b64encode(octets).decode()}"


@lru_cache(maxsize=64)
def to_png(svg: bytes, ppi: int = 160) -> bytes:
    import typst

    with tempfile.TemporaryDirectory() as dossier, as_file(POLICES) as polices:
        Path(dossier, "a.svg").write_bytes(svg)
        page = Path(dossier, "a.typ")
        page.write_text('#set page(width: auto, height: auto, margin: 0pt)\n#image("a.svg")', encoding="utf-8")
        try:
            return typst.compile(str(page), root=dossier, format="png", ppi=ppi, font_paths=[str(polices)],
                                 ignore_system_fonts=True)  # fmt: skip
        except (RuntimeError, typst.TypstError) as cause:
            raise CtgError("Cette image SVG ne se lit pas.", que_faire="La donner en PNG.") from cause
