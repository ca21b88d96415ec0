"""La base du journal, SQLite ou PostgreSQL : écritures l'une après l'autre, pannes dites en français."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ctgkit.errors import CtgError
from ctgkit.storage.journal.entrees import ENTREES, FORMAT, MARQUE, UnreadableEntryError, create_tables

_PERDU = "Cette modification n'est pas enregistrée."
_GARDE = "Le texte saisi est resté à l'écran."
_TEMPORAIRES = ("server closed the",)
_TEMPORAIRES_SQLSTATE = ("40001", "40P01", "55P03", "57P01", "57P02", "57P03", "08")
_PANNES = (
    (
        ("disk is full", "no space left", "could not extend file", "file too large"),
        "Le disque est plein.",
        "Libérer de la place sur le disque, puis enregistrer à nouveau.",
    ),
    (
        ("readonly database", "read-only", "permission denied", "query_only"),
        "Le journal est en lecture seule.",
        "Demander le droit d'écrire dans ce dossier, ou copier le territoire dans un dossier modifiable.",
    ),
    (
        ("unable to open database", "disk i/o error"),
        "Le journal ne peut pas être ouvert ou écrit.",
        "Vérifier que le dossier existe encore, que le disque est branché et qu'il reste de la place.",
    ),
    (
        ("is locked", "lock timeout", "is busy"),
        "Le journal est très occupé.",
        "Attendre quelques secondes puis enregistrer à nouveau.",
    ),
)
_ABIME = ("malformed", "not a database", "file is encrypted", "corrupt", "could not decode")
PATIENCE_SECONDES = 30.0
# La base attend elle-même son tour ; ne se retente que ce qu'elle interrompt : un blocage croisé, un lien coupé.
ESSAIS = 3
# Chaque écriture rejoint aussitôt le fichier lui-même : copié seul, sans son « -wal », il est entier.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=1")
_PRAGMAS_LECTURE = ("query_only=ON",)
_VERROU_POSTGRES = sa.text(
    "SELECT set_config('lock_timeout', '20s', true), set_config('synchronous_commit', 'on', true), "
    "pg_advisory_xact_lock(hashtextextended(:cle, 0))"
)
Rendu = TypeVar("Rendu")
GARDER = "Le texte saisi est resté à l'écran : le copier, puis rouvrir le territoire dans un dossier modifiable."
NOM = "journal.sqlite"


class CorruptJournalError(CtgError):
    """Le fichier du journal est abîmé ; il n'a pas été touché."""

    def __init__(self, ou: str) -> None:
        super().__init__(
            "Le journal de ce territoire est abîmé : son contenu ne peut pas être lu avec certitude.",
            ou,
            "Ne pas supprimer ce fichier. Reprendre la dernière sauvegarde avec « ctg restaurer FICHIER », ou "
            "récupérer ce qui se lit encore avec « ctg restaurer --recuperer DOSSIER ».",
        )


class ReplacedJournalError(CtgError):
    """Le fichier ouvert n'est plus celui qui porte ce nom : rien n'y est écrit, ou rien n'en sera relu."""

    def __init__(self, ou: str) -> None:
        super().__init__(
            f"Le journal de ce territoire a été remplacé, déplacé ou effacé depuis l'ouverture. {_PERDU}",
            ou,
            f"{_GARDE} Le copier, puis rouvrir la page.",
        )


def is_temporary(panne: Exception) -> bool:
    texte, sqlstate = _text(panne), getattr(getattr(panne, "orig", None), "sqlstate", None) or ""
    return any(t in texte for t in _TEMPORAIRES) or sqlstate.startswith(_TEMPORAIRES_SQLSTATE)


def explain(panne: Exception, ou: str, ecriture: bool) -> CtgError:
    """L'erreur à montrer pour cette panne ; le texte anglais de la base n'apparaît pas."""
    dite = _explain(panne, ou)
    if not ecriture or isinstance(dite, CorruptJournalError):
        return dite
    return CtgError(f"{dite.quoi} {_PERDU}", dite.ou, f"{dite.que_faire} {_GARDE}")


def _explain(panne: Exception, ou: str) -> CtgError:
    texte = _text(panne)
    if any(t in texte for t in _ABIME):
        return CorruptJournalError(ou)
    for indices, quoi, que_faire in _PANNES:
        if any(i in texte for i in indices):
            return CtgError(quoi, ou, que_faire)
    return CtgError(
        "Le journal ne répond pas.",
        ou,
        "Vérifier que la base est en marche et que l'adresse donnée par CTG_JOURNAL est juste.",
    )


def _text(panne: Exception) -> str:
    """Ce que dit la base elle-même, sans la demande ni les textes des personnes."""
    return str(getattr(panne, "orig", None) or panne).lower()


def missing_driver(ou: str) -> CtgError:
    return CtgError(
        "Le journal est demandé dans une base dont le pilote n'est pas installé.",
        ou,
        "Installer le pilote de PostgreSQL : pip install 'psycopg[binary]'.",
    )


class Base:
    """Une base ouverte. Après un `fork`, l'enfant ouvre ses propres connexions."""

    def __init__(self, url: sa.URL, lecture_seule: str = "") -> None:
        self.lecture_seule = lecture_seule
        self.url, self.ou = url, _place(url)
        self._engine, self._pid = _engine(url, bool(lecture_seule)), os.getpid()
        self._identite = _identity(url)

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
        self._check_identity()
        with self.engine.connect() as connexion, connexion.begin():
            if self.est_sqlite:
                connexion.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                _lock_postgres(connexion, verrou)
            rendu = ecrire(connexion)
        self._check_identity()
        return rendu

    def _check_identity(self) -> None:
        """Une restauration ou un effacement laisse la page écrire dans un fichier que plus personne ne lira."""
        if self._identite and _identity(self.url) != self._identite:
            raise ReplacedJournalError(self.ou)

    def _attempt(self, essai: Callable[[], Rendu], ecriture: bool, reste: int = ESSAIS - 1) -> Rendu:
        try:
            return essai()
        except UnreadableEntryError as panne:
            raise CorruptJournalError(self.ou) from panne
        except (SQLAlchemyError, sqlite3.Error) as panne:
            if not (reste and is_temporary(panne)):
                raise explain(panne, self.ou, ecriture) from panne
            return self._attempt(essai, ecriture, reste - 1)


def sqlite_url(fichier: Path, mode: str = "") -> sa.URL:
    if not mode:
        return sa.URL.create("sqlite", database=str(fichier))
    return sa.URL.create("sqlite", database=fichier.resolve().as_uri() + mode, query={"uri": "true"})


def _identity(url: sa.URL) -> tuple[int, int] | None:
    """Le fichier lui-même, quel que soit son nom ; rien pour une base d'un serveur ou un fichier absent."""
    if url.get_backend_name() != "sqlite" or url.query:
        return None
    try:
        trouve = os.stat(url.database or "")
    except OSError:
        return None
    return trouve.st_dev, trouve.st_ino


def _engine(url: sa.URL, lecture_seule: bool) -> sa.Engine:
    try:
        if url.get_backend_name() == "sqlite":
            moteur = sa.create_engine(url, connect_args={"isolation_level": None, "timeout": PATIENCE_SECONDES})
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


class BaseAVenir(Base):
    """Vide tant que personne n'a rien écrit, ici ou dans une autre session."""

    def __init__(self, fichier: Path, preparer: Callable[[Base], Base], lecture_seule: str = "") -> None:
        super().__init__(sqlite_url(fichier))
        self.lecture_seule = lecture_seule
        self._fichier, self._preparer, self._prete = fichier, preparer, False

    def read(self, lire: Callable[[sa.Connection], Rendu]) -> Rendu:
        return super().read(lire) if self._is_ready() else _in_memory(lire)

    def write(self, ecrire: Callable[[sa.Connection], Rendu], verrou: str = "") -> Rendu:
        if not self.lecture_seule and not self._is_ready():
            super().write(create_tables)
            self._is_ready()
        return super().write(ecrire, verrou)

    def _is_ready(self) -> bool:
        """Le fichier existe et ses tables y sont ; entre les deux, une autre session est en train de le créer."""
        if self._prete or self.lecture_seule or not self._fichier.exists():
            return self._prete
        self._prete = super().read(lambda c: sa.inspect(c).has_table(MARQUE.name))
        self._identite = _identity(self.url) if self._prete else None
        return self._prete and bool(self._preparer(self))


def _in_memory(lire: Callable[[sa.Connection], Rendu]) -> Rendu:
    """La même question, posée à un journal vide."""
    moteur = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    try:
        with moteur.connect() as connexion:
            create_tables(connexion)
            return lire(connexion)
    finally:
        moteur.dispose()


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


def open_shared(adresse: str) -> Base:
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
