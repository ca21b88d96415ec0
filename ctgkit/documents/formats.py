"""Les formats de sortie : un fichier `rendu_<extension>.py` chacun, trouvé tout seul."""

import importlib
import os
import pkgutil
from pathlib import Path

import ctgkit.documents
from ctgkit.documents.modele import Document
from ctgkit.errors import CtgError, did_you_mean

_PREFIXE = "rendu_"


def extensions() -> list[str]:
    modules = pkgutil.iter_modules(ctgkit.documents.__path__)
    return sorted(m.name.removeprefix(_PREFIXE) for m in modules if m.name.startswith(_PREFIXE))


def render(document: Document, extension: str) -> bytes:
    """Le document, en octets ; toujours les mêmes pour le même document."""
    voulue = extension.lower().lstrip(".")
    if voulue not in extensions():
        conseil = did_you_mean(voulue, extensions())
        raise CtgError(
            f"Format de document inconnu : « {extension[:20]} »{', ' * bool(conseil)}{conseil}",
            que_faire=f"Formats possibles : {', '.join(extensions())}.",
        )
    return importlib.import_module(f"ctgkit.documents.{_PREFIXE}{voulue}").render(document)


def write_document(document: Document, sortie: Path, extension: str = "") -> Path:
    """Écrit le fichier d'un coup : complet, ou absent."""
    return write_whole(sortie, render(document, extension or sortie.suffix))


def write_whole(sortie: Path, octets: bytes) -> Path:
    provisoire = sortie.with_name(f".{sortie.name}.{os.getpid()}.partiel")
    try:
        provisoire.write_bytes(octets)
        provisoire.replace(sortie)
    except OSError as cause:
        raise CtgError(
            "Le document n'a pas pu être écrit.", str(sortie),
            "Vérifier que le dossier existe, qu'il est modifiable, et que le fichier n'est pas ouvert ailleurs.",
        ) from cause  # fmt: skip
    finally:
        provisoire.unlink(missing_ok=True)
    return sortie
