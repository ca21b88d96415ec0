"""Restaurer une sauvegarde : tout est vérifié à part, puis le dossier change d'un coup, l'ancien gardé à côté."""

import errno
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ctgkit.errors import CtgError
from ctgkit.storage.journal.copie import import_journal
from ctgkit.storage.journal.ouverture import NOM, open_file, open_journal
from ctgkit.storage.journal.verification import Contenu, read_backup
from ctgkit.storage.territoire.folders import is_code, territories_folder
from ctgkit.storage.territoire.texts import explain


@dataclass(frozen=True)
class Restauration:
    dossier: Path
    contenu: Contenu
    ancien: Path | None = None
    ajoutees: int | None = None


def restore_backup(fichier: Path, dans: Path | None = None, remplacer: bool = False) -> Restauration:
    """`dans` : le dossier du territoire à créer ; par défaut son code dans data/territoires."""
    annonce = read_backup(fichier)
    cible = dans or _default_folder(annonce)
    if _is_taken(cible) and not remplacer:
        raise CtgError(
            "Il y a déjà quelque chose dans ce dossier : rien n'a été restauré.", str(cible),
            "Choisir un autre dossier avec --dans, ou ajouter --remplacer (l'ancien dossier est gardé à côté).",
        )  # fmt: skip
    try:
        cible.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(cible.parent).free < annonce.octets:
            raise OSError(errno.ENOSPC, "")
        with tempfile.TemporaryDirectory(prefix=f".{cible.name}-", dir=cible.parent) as provisoire:
            return _restore(fichier, Path(provisoire) / "territoire", cible)
    except OSError as erreur:
        raise CtgError(
            f"La restauration n'a pas pu être écrite ({explain(erreur)}). L'ancien dossier est intact.",
            str(cible), "Choisir avec --dans un dossier modifiable, sur un disque où il reste de la place.",
        ) from erreur  # fmt: skip


def _restore(fichier: Path, neuf: Path, cible: Path) -> Restauration:
    neuf.mkdir()
    contenu = read_backup(fichier, neuf)
    open_file(neuf / NOM).close()
    ancien = _swap(neuf, cible)
    return Restauration(cible, contenu, ancien, _share(cible))


def _swap(neuf: Path, cible: Path) -> Path | None:
    """Deux renommages ; si le second échoue, le premier est défait."""
    ancien = _kept_name(cible) if _is_taken(cible) else None
    if ancien:
        cible.rename(ancien)
    elif cible.exists():
        cible.rmdir()
    try:
        neuf.rename(cible)
    except OSError:
        if ancien:
            ancien.rename(cible)
        raise
    return ancien


def _kept_name(cible: Path) -> Path:
    """Un nom libre, écarté de la liste des territoires par son soulignement."""
    nom = f"_{cible.name}-avant-{datetime.now():%Y-%m-%d-%Hh%Mm%S}"
    essais = [nom, *(f"{nom}-{n}" for n in range(2, 100))]
    return next(libre for essai in essais if not (libre := cible.with_name(essai)).exists())


def _share(cible: Path) -> int | None:
    """Avec CTG_JOURNAL, les entrées rejoignent aussi le journal partagé."""
    if not os.environ.get("CTG_JOURNAL", "").strip():
        return None
    with open_journal(cible) as journal:
        return import_journal(cible / NOM, journal)


def _default_folder(contenu: Contenu) -> Path:
    if not is_code(contenu.territoire):
        raise CtgError(
            f"La sauvegarde vient d'un dossier dont le nom n'est pas un code : « {contenu.territoire[:60]} ».",
            que_faire="Dire où la restaurer avec --dans DOSSIER.",
        )
    return territories_folder() / contenu.territoire


def _is_taken(cible: Path) -> bool:
    return cible.is_file() or cible.is_symlink() or (cible.is_dir() and any(cible.iterdir()))
