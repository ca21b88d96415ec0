"""La base du journal, SQLite ou PostgreSQL : écritures l'une après l'autre, pannes dites en français."""

import os
import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ctgkit.errors import CtgError
from ctgkit.storage.journal.pannes import CorruptJournalError, explain, is_temporary, missing_driver
from ctgkit.storage.journal.tables import UnreadableEntryError

PATIENCE_SECONDES = 30.0
# Court, puis on retente : l'attente de SQLite s'allonge d'elle-même, et le premier arrivé passerait après tous.
_PRAGMAS = ("busy_timeout=250", "journal_mode=WAL", "synchronous=FULL")
_PRAGMAS_LECTURE = ("busy_timeout=5000", "query_only=ON")
_VERROU_POSTGRES = sa.text(
    "SELECT set_config('lock_timeout', '20s', true), set_config('synchronous_commit', 'on', true), "
    "pg_advisory_xact_lock(hashtextextended(:cle, 0))"
)
Rendu = TypeVar("Rendu")


class Base:
    """Une base ouverte. Après un `fork`, l'enfant ouvre ses propres connexions."""

    def __init__(self, url: sa.URL, lecture_seule: str = "") -> None:
        self.lecture_seule = lecture_seule
        self.url, self.ou = url, _place(url)
        self._engine, self._pid = _engine(url, bool(lecture_seule)), os.getpid()

    @property
    def est_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    @property
    def engine(self) -> sa.Engine:
        if self._pid != os.getpid():
            self._engine.dispose(close=False)
            self._pid = os.getpid()
        return self._engine

    def read(self, lire: Callable[[sa.Connection], Rendu]) -> Rendu:
        return self._attempt(lambda: self._read(lire), ecriture=False)

    def write(self, ecrire: Callable[[sa.Connection], Rendu], verrou: str = "") -> Rendu:
        """Tout ou rien. `ecrire` peut être rejouée : elle ne doit avoir d'effet que par la connexion."""
        if self.lecture_seule:
            raise CtgError("Cette modification n'est pas enregistrée : " + self.lecture_seule, self.ou, GARDER)
        return self._attempt(lambda: self._write(ecrire, verrou), ecriture=True)

    def close(self) -> None:
        self.engine.dispose()

    def _read(self, lire: Callable[[sa.Connection], Rendu]) -> Rendu:
        with self.engine.connect() as connexion:
            return lire(connexion)

    def _write(self, ecrire: Callable[[sa.Connection], Rendu], verrou: str) -> Rendu:
        with self.engine.connect() as connexion, connexion.begin():
            if self.est_sqlite:
                connexion.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                _lock_postgres(connexion, verrou)
            return ecrire(connexion)

    def _attempt(self, essai: Callable[[], Rendu], ecriture: bool) -> Rendu:
        limite = time.monotonic() + PATIENCE_SECONDES
        while True:
            try:
                return essai()
            except (DBAPIError, sqlite3.Error) as panne:
                if not is_temporary(panne) or time.monotonic() > limite:
                    raise explain(panne, self.ou, ecriture) from panne
                time.sleep(random.uniform(0.005, 0.05))
            except UnreadableEntryError as panne:
                raise CorruptJournalError(self.ou) from panne
            except SQLAlchemyError as panne:
                raise explain(panne, self.ou, ecriture) from panne


GARDER = "Le texte saisi est resté à l'écran : le copier, puis rouvrir le territoire dans un dossier modifiable."


def sqlite_url(fichier: Path, mode: str = "") -> sa.URL:
    if not mode:
        return sa.URL.create("sqlite", database=str(fichier))
    return sa.URL.create("sqlite", database=fichier.resolve().as_uri() + mode, query={"uri": "true"})


def _engine(url: sa.URL, lecture_seule: bool) -> sa.Engine:
    try:
        if url.get_backend_name() == "sqlite":
            moteur = sa.create_engine(url, connect_args={"isolation_level": None, "timeout": 5})
            sa.event.listen(moteur, "connect", _set_pragmas(_PRAGMAS_LECTURE if lecture_seule else _PRAGMAS))
            return moteur
        return sa.create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 5})
    except ModuleNotFoundError as cause:
        raise missing_driver(_place(url)) from cause


def _set_pragmas(reglages: tuple[str, ...]) -> Callable[[Any, Any], None]:
    def regler(connexion: sqlite3.Connection, _: Any) -> None:
        for reglage in reglages:
            connexion.execute(f"PRAGMA {reglage}").close()

    return regler


def _lock_postgres(connexion: sa.Connection, verrou: str) -> None:
    """Un seul écrivain à la fois par territoire : les numéros d'entrée suivent l'ordre des validations."""
    connexion.execute(_VERROU_POSTGRES, {"cle": f"ctg:{verrou}"})


def _place(url: sa.URL) -> str:
    """Le lieu à montrer : jamais le mot de passe."""
    return (url.database or "") if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
