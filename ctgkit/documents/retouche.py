"""Retoucher un fichier bureautique (un zip) : quelques textes remplacés, dates fixes, ordre gardé."""

import io
import zipfile
from collections.abc import Callable, Mapping

Retouche = Callable[[str], str]
DATE_FIXE = (1980, 1, 2, 0, 0, 0)


def patch_zip(octets: bytes, retouches: Mapping[str, Retouche], ajouts: Mapping[str, str] | None = None) -> bytes:
    """Applique chaque retouche au fichier de ce nom ; « * » à la fin vaut pour tous ceux qui commencent ainsi."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(octets)) as avant, zipfile.ZipFile(sortie, "w") as apres:
        for info in avant.infolist():
            contenu = avant.read(info)
            if retouche := _find(info.filename, retouches):
                contenu = retouche(contenu.decode("utf-8")).encode("utf-8")
            _write(apres, info.filename, contenu, info.compress_type)
        for nom, texte in (ajouts or {}).items():
            _write(apres, nom, texte.encode("utf-8"), zipfile.ZIP_DEFLATED)
    return sortie.getvalue()


def _find(nom: str, retouches: Mapping[str, Retouche]) -> Retouche | None:
    prefixes = (r for cle, r in retouches.items() if cle.endswith("*") and nom.startswith(cle[:-1]))
    return retouches.get(nom) or next(prefixes, None)


def _write(archive: zipfile.ZipFile, nom: str, contenu: bytes, methode: int) -> None:
    info = zipfile.ZipInfo(nom, DATE_FIXE)
    info.compress_type, info.external_attr = methode, 0o644 << 16
    archive.writestr(info, contenu)
