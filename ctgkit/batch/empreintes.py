"""L'empreinte d'un rapport : carnet, paramètres, données et code. Même empreinte, même rapport : rien à refaire."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.storage import data_folder, find_folder
from ctgkit.storage.journal.ouverture import NOM as JOURNAL
from ctgkit.storage.journal.ouverture import open_journal

PAQUET = Path(find_spec("ctgkit").origin).parent
_LONGUEUR = 16


def fingerprint(carnet: Path, parametres: Mapping[str, Any]) -> str:
    contenu = {
        "carnet": digest_file(carnet),
        "parametres": dict(parametres),
        "code": code_version(),
        "donnees": _data(carnet.parent, parametres),
    }
    return digest(json.dumps(contenu, sort_keys=True, ensure_ascii=False).encode())[:_LONGUEUR]


def digest(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def digest_file(chemin: Path) -> str:
    with open(chemin, "rb") as flux:
        return hashlib.file_digest(flux, "sha256").hexdigest()


@cache
def package_version() -> str:
    try:
        return version("ctgkit")
    except PackageNotFoundError:
        return "non installé"


@cache
def code_version() -> str:
    """Le numéro de version ne suffit pas pendant qu'on travaille au code : son contenu compte aussi."""
    return f"{package_version()} {_digest_files(_files(PAQUET))[:_LONGUEUR]}"


def _data(dossier: Path, parametres: Mapping[str, Any]) -> list[str]:
    """Le territoire nommé, les fichiers communs, tout fichier désigné ; sans territoire nommé, toutes les données."""
    commun = data_folder()
    designes = [dossier / str(v) for v in parametres.values() if isinstance(v, str) and v]
    fichiers = [d for d in designes if _exists(d)]
    territoire = parametres.get("territoire")
    if not isinstance(territoire, str):
        return [_folder(commun), *(_folder(f) for f in fichiers)]
    communs = tuple(sorted(f for f in commun.iterdir() if f.is_file()))
    return [_folder(find_folder(territoire)), _journal(territoire), _digest_files(communs), *map(_folder, fichiers)]


def _exists(chemin: Path) -> bool:
    try:
        return chemin.exists()
    except OSError:
        return False


@cache
def _folder(dossier: Path) -> str:
    return _digest_files(_files(dossier)) if dossier.is_dir() else digest_file(dossier)


@cache
def _journal(territoire: str) -> str:
    """Ce que les personnes ont écrit, par la dernière entrée : le fichier, lui, change même sans rien de neuf."""
    ailleurs = os.environ.get("CTG_JOURNAL", "").strip()
    if not ailleurs and not (find_folder(territoire) / JOURNAL).exists():
        return "aucun journal"
    try:
        journal = open_journal(territoire)
    except CtgError:
        return "journal illisible"
    try:
        return f"journal {journal.last_id()}"
    finally:
        journal.base.close()


def _files(dossier: Path) -> tuple[Path, ...]:
    garde = (f for f in dossier.rglob("*") if "__pycache__" not in f.parts and not f.name.startswith((JOURNAL, ".")))
    return tuple(sorted(f for f in garde if f.is_file()))


def _digest_files(fichiers: Iterable[Path]) -> str:
    return digest("".join(f"{f.name}:{digest_file(f)}\n" for f in fichiers).encode())


def forget() -> None:
    """Oublie ce qui a été lu : un nouveau lot regarde de nouveau les fichiers."""
    for retenu in (code_version, _folder, _journal):
        retenu.cache_clear()
