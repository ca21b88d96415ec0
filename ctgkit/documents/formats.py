"""Les formats de sortie : un fichier `renderers/<extension>.py` chacun, trouvé tout seul."""

import importlib
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from ctgkit.documents import renderers
from ctgkit.documents.modele import Document
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.storage.fichiers import write_bytes

OFFICE = "application/vnd.openxmlformats-officedocument"


@dataclass(frozen=True)
class Format:
    """Son nom sur un bouton, et le type que le navigateur lui connaît."""

    nom: str
    genre: str


def extensions() -> list[str]:
    return sorted(m.name for m in pkgutil.iter_modules(renderers.__path__))


def format_of(extension: str) -> Format:
    return _renderer(extension).FORMAT


def render(document: Document, extension: str) -> bytes:
    """Le document, en octets ; toujours les mêmes pour le même document."""
    return _renderer(extension).render(document)


def _renderer(extension: str) -> ModuleType:
    voulue = extension.lower().lstrip(".")
    if voulue not in extensions():
        conseil = did_you_mean(voulue, extensions())
        raise CtgError(
            f"Format de document inconnu : « {extension[:20]} »{', ' * bool(conseil)}{conseil}",
            que_faire=f"Formats possibles : {', '.join(extensions())}.",
        )
    return importlib.import_module(f"{renderers.__name__}.{voulue}")


def write_whole(sortie: Path, octets: bytes) -> Path:
    """Écrit le fichier d'un coup : complet, ou absent."""
    try:
        write_bytes(sortie, octets)
    except OSError as cause:
        raise CtgError(
            "Le document n'a pas pu être écrit.",
            str(sortie),
            "Vérifier que le dossier existe, qu'il est modifiable, et que le fichier n'est pas ouvert ailleurs.",
        ) from cause
    return sortie
