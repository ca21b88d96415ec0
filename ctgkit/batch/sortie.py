"""Le dossier où un lot écrit : un seul lot à la fois, chaque fichier entier ou absent, un état par rapport."""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ctgkit.batch.contenu import PageDeGarde
from ctgkit.errors import CtgError
from ctgkit.formats import nombre
from ctgkit.storage import data_folder, find_folder
from ctgkit.storage.fichiers import explain, hold, write_bytes
from ctgkit.storage.journal import open_journal
from ctgkit.storage.journal.base import NOM as JOURNAL

PROGRAMME = Path(find_spec("ctgkit").origin).parent
PAQUET = PROGRAMME
_LONGUEUR = 16


def fingerprint(carnet: Path, parametres: Mapping[str, Any], couverture: PageDeGarde | None = None) -> str:
    contenu = {
        "carnet": digest_file(carnet),
        "parametres": dict(parametres),
        "code": code_version(),
        "donnees": _data(carnet.parent, parametres),
    }
    if couverture:
        contenu["couverture"] = [*(digest_file(Path(f)) for f in couverture.logos), str(couverture.jour)]
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


ESPACE_MIN = 20 * 1024 * 1024
_CUISINE = ".lot"


class SortieError(CtgError):
    """Le disque refuse : inutile d'essayer les rapports suivants."""


class Sortie:
    """Les chemins d'un dossier de sortie, et les gestes qui n'y laissent jamais un fichier à moitié."""

    def __init__(self, dossier: Path) -> None:
        self.dossier = Path(dossier).absolute()
        self.etats, self.chantier = self.dossier / _CUISINE / "etats", self.dossier / _CUISINE / "chantier"
        self.echecs = self.dossier / "echecs"

    @contextlib.contextmanager
    def opened(self) -> Iterator["Sortie"]:
        """Prend le dossier pour ce lot ; refuse avant d'avoir rien calculé s'il ne convient pas."""
        check_place(self.dossier)
        with refused(self.dossier):
            for dossier in (self.etats, self.chantier):
                dossier.mkdir(parents=True, exist_ok=True)
            libre = shutil.disk_usage(self.dossier).free
        if libre < ESPACE_MIN:
            reste = nombre(libre / 1024**2, 1)
            raise CtgError(f"Disque plein : il reste {reste} Mo.", str(self.dossier), "Libérer de la place, relancer.")
        with self._lock():
            self._sweep()
            yield self

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        occupe = CtgError(
            "Un autre lot écrit déjà dans ce dossier.",
            str(self.dossier),
            "Attendre sa fin, ou donner un autre dossier « sortie ».",
        )
        with refused(self.dossier), hold(self.dossier / _CUISINE / "verrou", occupe):
            yield

    def _sweep(self) -> None:
        """Enlève ce qu'un lot tué avait commencé d'écrire."""
        for reste in self.chantier.iterdir():
            with contextlib.suppress(OSError):
                reste.unlink()

    def path(self, nom: str, extension: str) -> Path:
        return self.dossier / f"{nom}.{extension}"

    def write(self, chemin: Path, octets: bytes) -> str:
        """Le fichier n'apparaît sous son nom qu'entier et sur le disque ; rend son empreinte."""
        with refused(chemin):
            chemin.parent.mkdir(exist_ok=True)
            write_bytes(chemin, octets, self.chantier)
        return digest(octets)

    def record(self, nom: str, etat: Mapping[str, Any]) -> None:
        """Écrit en dernier : tant que l'état n'y est pas, le rapport est à refaire."""
        self.write(self.etats / f"{nom}.json", json.dumps(etat, ensure_ascii=False).encode())

    def read(self, nom: str) -> dict[str, Any]:
        try:
            return json.loads((self.etats / f"{nom}.json").read_bytes())
        except (OSError, ValueError):
            return {}

    def is_done(self, nom: str, empreinte: str, formats: tuple[str, ...]) -> bool:
        """Vrai quand chaque fichier demandé est là, intact, et né des mêmes entrées."""
        etat = self.read(nom)
        fichiers = etat.get("fichiers", {})
        if etat.get("statut") != "fait" or etat.get("empreinte") != empreinte or not set(formats) <= set(fichiers):
            return False
        try:
            return all(digest_file(self.path(nom, f)) == fichiers[f] for f in formats)
        except OSError:
            return False

    def withdraw(self, nom: str, formats: tuple[str, ...]) -> None:
        """Un rapport qui échoue ne laisse pas l'ancien passer pour le sien."""
        for extension in formats:
            self.path(nom, extension).unlink(missing_ok=True)

    def forget_failure(self, nom: str) -> None:
        for extension in ("ipynb", "txt"):
            (self.echecs / f"{nom}.{extension}").unlink(missing_ok=True)


@contextlib.contextmanager
def refused(chemin: Path) -> Iterator[None]:
    try:
        yield
    except OSError as erreur:
        raise SortieError(
            f"Écriture impossible : {explain(erreur)}.", str(chemin), "Vérifier le dossier, ses droits et la place."
        ) from erreur


def check_place(dossier: Path) -> None:
    """Jamais parmi les données, ni les carnets, ni le programme : un lot n'écrit pas sur ce qu'il lit."""
    atelier = data_folder().resolve().parent
    for interdit in (data_folder(), atelier / "notebooks", PROGRAMME):
        if dossier.resolve().is_relative_to(interdit.resolve()):
            raise CtgError(
                f"Le dossier de sortie est dans « {interdit.name} », que le lot lit.",
                str(dossier),
                "Choisir un autre dossier, par exemple « sorties/mon-lot ».",
            )
