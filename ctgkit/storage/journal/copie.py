"""Copier un journal d'une base à une autre, ou récupérer ce qui se lit encore d'un fichier abîmé."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from ctgkit.errors import CtgError
from ctgkit.storage.journal.base import sqlite_url
from ctgkit.storage.journal.coeur import Journal
from ctgkit.storage.journal.ouverture import NOM, open_file, open_journal, own_code
from ctgkit.storage.journal.pannes import CorruptJournalError
from ctgkit.storage.journal.tables import ENTREES, create_tables

E = ENTREES.c


def export_journal(journal: Journal, fichier: Path) -> int:
    """Le journal d'un territoire dans un fichier SQLite seul, lu d'un coup ; rend le nombre d'entrées."""
    lignes = journal.base.read(lambda c: c.execute(_rows(journal.territoire)).mappings().all())
    _write_file(fichier, [dict(ligne) for ligne in lignes])
    return len(lignes)


def import_journal(fichier: Path, journal: Journal) -> int:
    """Ajoute à un journal partagé les entrées qui lui manquent ; refuse une histoire qui divergerait de la sienne."""
    base = open_file(fichier)
    try:
        venues = base.read(lambda c: c.execute(_rows(own_code(base))).mappings().all())
    finally:
        base.close()
    return journal.base.write(lambda c: _merge(c, journal, [dict(v) for v in venues]), journal.territoire)


def salvage(dossier: Path) -> tuple[int, Path]:
    """Refait un journal avec ce qui se lit encore ; le fichier abîmé est gardé à côté."""
    fichier = dossier / NOM
    if not fichier.is_file():
        raise CtgError("Ce dossier n'a pas de journal.", str(dossier), "Donner le dossier d'un territoire.")
    lues, neuf = _readable_rows(fichier), dossier / f"{NOM}.recupere"
    neuf.unlink(missing_ok=True)
    _write_file(neuf, lues)
    garde = dossier / f"{NOM}.abime-{datetime.now():%Y-%m-%d-%Hh%Mm%S}"
    for suffixe in ("", "-wal", "-shm"):
        ancien = dossier / f"{NOM}{suffixe}"
        if ancien.exists():
            ancien.rename(f"{garde}{suffixe}")
    neuf.rename(fichier)
    open_journal(dossier).close()
    return len(lues), garde


def _write_file(fichier: Path, lignes: list[dict]) -> None:
    moteur = sa.create_engine(sqlite_url(fichier))
    try:
        with moteur.begin() as c:
            create_tables(c)
            if lignes:
                c.execute(ENTREES.insert(), lignes)
    finally:
        moteur.dispose()


def _rows(territoire: str) -> sa.Select:
    return sa.select(ENTREES).where(E.territoire == territoire).order_by(E.id)


def _merge(c: sa.Connection, journal: Journal, venues: list[dict]) -> int:
    presentes = dict(c.execute(sa.select(E.id, E.uuid).where(E.territoire == journal.territoire)).all())
    numeros = {identifiant: numero for numero, identifiant in presentes.items()}
    if any(
        presentes.get(v["id"], v["uuid"]) != v["uuid"] or numeros.get(v["uuid"], v["id"]) != v["id"] for v in venues
    ):
        raise CtgError(
            "Le journal partagé contient déjà, pour ce territoire, une autre histoire que celle de la sauvegarde.",
            journal.base.ou,
            "Restaurer sans CTG_JOURNAL pour consulter la sauvegarde à part. Le journal partagé n'a pas été touché.",
        )
    manquantes = [v | {"territoire": journal.territoire} for v in venues if v["id"] not in presentes]
    if manquantes:
        c.execute(ENTREES.insert(), manquantes)
    return len(manquantes)


def _readable_rows(fichier: Path) -> list[dict]:
    """Lit la table par ses deux bouts : une page abîmée n'empêche pas de lire avant et après elle."""
    lues: dict[tuple[str, int], dict] = {}
    for sens in ("ASC", "DESC"):
        try:
            with closing(sqlite3.connect(f"{fichier.resolve().as_uri()}?mode=ro", uri=True)) as base:
                base.row_factory = sqlite3.Row
                for ligne in base.execute(f"SELECT * FROM ctg_entrees NOT INDEXED ORDER BY rowid {sens}"):
                    lues[ligne["territoire"], ligne["id"]] = dict(ligne)
        except sqlite3.DatabaseError:
            continue
    if not lues:
        raise CorruptJournalError(str(fichier))
    return [lues[cle] for cle in sorted(lues)]
