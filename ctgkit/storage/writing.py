"""Écrire un fichier en entier ou pas du tout : un arrêt au milieu laisse l'ancien intact."""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows : un seul import à la fois y reste à la charge de la personne
    fcntl = None

from ctgkit.errors import CtgError
from ctgkit.storage.territoire.texts import explain

_ATTENTE_S, _PAS_S = 20.0, 0.05


@contextlib.contextmanager
def locked(dossier: str | os.PathLike[str]) -> Iterator[None]:
    """Le dossier pour soi le temps de lire, fusionner et écrire ; le système rend le verrou même après un arrêt."""
    descripteur = os.open(dossier, os.O_RDONLY) if fcntl else -1
    try:
        if fcntl:
            _wait(descripteur, Path(dossier))
        yield
    finally:
        if fcntl:
            os.close(descripteur)


def _wait(descripteur: int, dossier: Path) -> None:
    fin = time.monotonic() + _ATTENTE_S
    while True:
        try:
            return fcntl.flock(descripteur, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > fin:
                raise CtgError(
                    "Un autre import écrit dans ce territoire en ce moment : rien n'est écrit.", str(dossier),
                    "Attendre qu'il finisse, puis relancer celui-ci.",
                ) from None  # fmt: skip
        except OSError:
            return None  # un partage réseau sans verrous : on écrit comme avant
        time.sleep(_PAS_S)


def write_text(chemin: str | os.PathLike[str], texte: str) -> None:
    """Le texte en UTF-8, tel quel ; le fichier n'apparaît sous son nom qu'une fois entièrement sur le disque."""
    chemin = Path(chemin)
    try:
        descripteur, provisoire = tempfile.mkstemp(dir=chemin.parent, prefix=f".{chemin.name}.", suffix=".tmp")
    except OSError as erreur:
        raise _refused(chemin, erreur) from erreur
    try:
        with open(descripteur, "w", encoding="utf-8", newline="") as flux:
            flux.write(texte)
            flux.flush()
            os.fsync(flux.fileno())
        os.chmod(provisoire, _mode(chemin))
        os.replace(provisoire, chemin)
    except OSError as erreur:
        raise _refused(chemin, erreur) from erreur
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(provisoire)


def _mode(chemin: Path) -> int:
    """Les droits du fichier remplacé ; ceux d'un fichier ordinaire s'il est nouveau."""
    with contextlib.suppress(OSError):
        return chemin.stat().st_mode & 0o777
    return 0o644


def _refused(chemin: Path, erreur: OSError) -> CtgError:
    return CtgError(f"Écriture impossible : {explain(erreur)}.", str(chemin), "Vérifier le dossier et ses droits.")
