"""Écrire un fichier en entier ou pas du tout : un arrêt au milieu laisse l'ancien intact."""

import contextlib
import os
import tempfile
from pathlib import Path

from ctgkit.errors import CtgError
from ctgkit.storage.texts import explain


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
