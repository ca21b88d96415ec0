"""Ouvrir le journal d'un territoire : où il est, s'il est sain, si l'on peut y écrire."""

import os
from pathlib import Path

import sqlalchemy as sa

from ctgkit.errors import CtgError
from ctgkit.storage.journal.attente import BaseAVenir
from ctgkit.storage.journal.base import Base, sqlite_url
from ctgkit.storage.journal.coeur import Journal
from ctgkit.storage.journal.pannes import CorruptJournalError
from ctgkit.storage.journal.tables import ENTREES, FORMAT, MARQUE, create_tables
from ctgkit.storage.territoire.folders import find_folder

NOM = "journal.sqlite"


def open_journal(territoire: str | os.PathLike[str]) -> Journal:
    """Le journal d'un territoire (code ou dossier) : dans son dossier, ou là où CTG_JOURNAL le dit."""
    dossier = find_folder(territoire)
    ailleurs = os.environ.get("CTG_JOURNAL", "").strip()
    if not ailleurs:
        base = open_file(dossier / NOM)
        return Journal(base, own_code(base) or dossier.resolve().name)
    return Journal(_open_shared(ailleurs), dossier.resolve().name)


def open_file(fichier: Path) -> Base:
    """Une base SQLite, vérifiée ; en lecture seule quand le dossier l'est ; créée au premier changement."""
    raison = _read_only_reason(fichier)
    if not fichier.exists():
        return BaseAVenir(fichier, _prepare, raison)
    base = Base(sqlite_url(fichier, _read_only_mode(fichier) if raison else ""), raison)
    if base.read(lambda c: c.exec_driver_sql("PRAGMA quick_check(1)").scalar()) != "ok":
        base.close()
        raise CorruptJournalError(str(fichier))
    return _prepare(base)


def own_code(base: Base) -> str:
    """Le territoire d'un journal qui n'en contient qu'un : un dossier renommé garde son histoire."""
    codes = base.read(lambda c: c.scalars(sa.select(ENTREES.c.territoire).distinct().limit(2)).all())
    return codes[0] if len(codes) == 1 else ""


def _open_shared(adresse: str) -> Base:
    if "://" not in adresse:
        chemin = Path(adresse).expanduser()
        return open_file(chemin / NOM if chemin.is_dir() else chemin)
    try:
        url = sa.make_url(adresse)
    except (sa.exc.ArgumentError, ValueError) as cause:
        raise _unknown_address() from cause
    if url.get_backend_name() == "sqlite" and url.database:
        return open_file(Path(url.database))
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise _unknown_address()
    return _prepare(Base(url.set(drivername="postgresql+psycopg")))


def _prepare(base: Base) -> Base:
    """Crée les tables la première fois ; refuse un journal écrit par une version plus récente."""
    if not base.read(lambda c: sa.inspect(c).has_table(MARQUE.name)):
        base.write(create_tables)
    trouve = base.read(lambda c: c.scalar(sa.select(MARQUE.c.format)))
    if trouve != FORMAT:
        raise CtgError(
            f"Ce journal est d'un format plus récent ({trouve}) que cette version d'Atelier CTG ({FORMAT}).",
            base.ou,
            "Mettre à jour Atelier CTG sur cet ordinateur.",
        )
    return base


def _read_only_reason(fichier: Path) -> str:
    dossier = fichier.parent
    if not dossier.is_dir():
        raise CtgError(
            "Le dossier du journal n'existe pas.", str(dossier), "Vérifier le nom du territoire, ou CTG_JOURNAL."
        )
    if os.access(dossier, os.W_OK) and (not fichier.exists() or os.access(fichier, os.W_OK)):
        return ""
    return "ce dossier est en lecture seule."


def _read_only_mode(fichier: Path) -> str:
    """Sans journal d'attente (-wal), un fichier que personne ne peut écrire se lit tel quel."""
    attente = fichier.with_name(fichier.name + "-wal")
    return "?mode=ro" if attente.exists() and attente.stat().st_size else "?immutable=1"


def _unknown_address() -> CtgError:
    return CtgError(
        "L'adresse donnée par CTG_JOURNAL n'est pas comprise.",
        "variable d'environnement CTG_JOURNAL",
        "Donner un chemin de fichier, ou une adresse postgresql://utilisateur@serveur/base.",
    )
