"""Sauvegarder un territoire et son journal en un seul fichier, relu et vérifié avant d'être donné."""

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ctgkit.errors import CtgError
from ctgkit.storage.journal.copie import export_journal
from ctgkit.storage.journal.ouverture import NOM, open_journal
from ctgkit.storage.journal.verification import FORMAT, MANIFESTE, read_backup
from ctgkit.storage.territoire.folders import find_folder
from ctgkit.storage.territoire.texts import explain

_ECARTES = ("sorties", "__pycache__", ".ipynb_checkpoints", ".git")


@dataclass(frozen=True)
class Sauvegarde:
    fichier: Path
    fichiers: int
    entrees: int
    octets: int


def save_backup(territoire: str | os.PathLike[str], sortie: Path | None = None) -> Sauvegarde:
    """Écrit la sauvegarde à côté, la relit entière, puis seulement lui donne son nom."""
    dossier = find_folder(territoire)
    cible = sortie or Path(f"{dossier.resolve().name}_{datetime.now():%Y-%m-%d_%Hh%M}.zip")
    essai = cible.with_name(f".{cible.name}.{os.getpid()}.partiel")
    try:
        entrees, nombre = _write(dossier, essai)
        read_backup(essai)
        essai.replace(cible)
    except OSError as erreur:
        raise CtgError(
            f"La sauvegarde n'a pas pu être écrite ({explain(erreur)}).", str(cible),
            "Choisir avec --sortie un dossier modifiable, sur un disque où il reste de la place.",
        ) from erreur  # fmt: skip
    finally:
        essai.unlink(missing_ok=True)
    return Sauvegarde(cible, nombre, entrees, cible.stat().st_size)


def _write(dossier: Path, essai: Path) -> tuple[int, int]:
    with tempfile.TemporaryDirectory() as provisoire:
        copie = Path(provisoire, NOM)
        with open_journal(dossier) as journal:
            entrees = export_journal(journal, copie)
        contenu = [*_files(dossier), (NOM, copie)]
        with zipfile.ZipFile(essai, "w", zipfile.ZIP_DEFLATED) as archive:
            fiches = [_add(archive, nom, chemin) for nom, chemin in contenu]
            archive.writestr(MANIFESTE, _manifest(dossier, fiches, entrees))
    return entrees, len(contenu)


def _files(dossier: Path) -> Iterator[tuple[str, Path]]:
    """Les fichiers du territoire, sans son journal (à part), sans lien ni sortie recalculable."""
    for racine, dossiers, fichiers in os.walk(dossier):
        dossiers[:] = sorted(d for d in dossiers if d not in _ECARTES and not Path(racine, d).is_symlink())
        for chemin in (Path(racine, f) for f in sorted(fichiers)):
            if chemin.is_file() and not chemin.is_symlink() and not chemin.name.startswith(NOM):
                yield chemin.relative_to(dossier).as_posix(), chemin


def _add(archive: zipfile.ZipFile, nom: str, chemin: Path) -> dict[str, object]:
    """L'empreinte est celle des octets lus, même si le fichier change pendant la lecture."""
    empreinte, taille = hashlib.sha256(), 0
    with chemin.open("rb") as source, archive.open(nom, "w", force_zip64=True) as cible:
        while bloc := source.read(1 << 20):
            empreinte.update(bloc)
            cible.write(bloc)
            taille += len(bloc)
    return {"chemin": nom, "octets": taille, "sha256": empreinte.hexdigest()}


def _manifest(dossier: Path, fiches: list[dict[str, object]], entrees: int) -> str:
    contenu = {
        "format": FORMAT,
        "territoire": dossier.resolve().name,
        "quand": datetime.now().astimezone().isoformat(timespec="seconds"),
        "entrees": entrees,
        "fichiers": fiches,
    }
    return json.dumps(contenu, ensure_ascii=False, indent=1)
