"""Sauvegarder un territoire et son journal en un fichier, le restaurer, récupérer ce qui se lit encore."""

import errno
import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

import sqlalchemy as sa

from ctgkit.errors import CtgError
from ctgkit.storage.fichiers import VERROU, explain
from ctgkit.storage.journal.base import NOM, CorruptJournalError, open_file, own_code, sqlite_url
from ctgkit.storage.journal.coeur import Journal, open_journal
from ctgkit.storage.journal.entrees import ENTREES, create_tables
from ctgkit.storage.territoire.folders import find_folder, is_code, territories_folder

COLONNE = ENTREES.c
MANIFESTE = "sauvegarde.json"
FORMAT_SAUVEGARDE = 1
OCTETS_MAX = 1 << 30
FICHIERS_MAX = 20_000
_RESERVES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_ECARTES = ("sorties", "__pycache__", ".ipynb_checkpoints", ".git")


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
    return sa.select(ENTREES).where(COLONNE.territoire == territoire).order_by(COLONNE.id)


def _merge(connexion: sa.Connection, journal: Journal, venues: list[dict]) -> int:
    presentes = dict(
        connexion.execute(sa.select(COLONNE.id, COLONNE.uuid).where(COLONNE.territoire == journal.territoire)).all()
    )
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
        connexion.execute(ENTREES.insert(), manquantes)
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


@dataclass(frozen=True)
class Contenu:
    """Ce qu'une sauvegarde vérifiée contient."""

    territoire: str
    quand: datetime
    entrees: int
    chemins: tuple[str, ...]
    octets: int


def read_backup(fichier: Path, dans: Path | None = None) -> Contenu:
    """Vérifie chaque octet ; écrit les fichiers dans le dossier vide `dans` s'il est donné."""
    try:
        with zipfile.ZipFile(fichier) as archive:
            manifeste = _read_manifest(archive, fichier)
            _check_names(archive, manifeste, fichier)
            for fiche in manifeste["fichiers"]:
                _extract(archive, fiche, fichier, dans)
    except FileNotFoundError as cause:
        raise CtgError("Ce fichier de sauvegarde n'existe pas.", str(fichier), "Vérifier son chemin.") from cause
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as cause:
        raise _damaged(fichier, "le fichier ne se lit pas en entier") from cause
    quand = datetime.fromisoformat(manifeste["quand"])
    fiches = manifeste["fichiers"]
    chemins, octets = tuple(f["chemin"] for f in fiches), sum(f["octets"] for f in fiches)
    return Contenu(manifeste["territoire"], quand, manifeste["entrees"], chemins, octets)


def _read_manifest(archive: zipfile.ZipFile, fichier: Path) -> dict:
    try:
        info = archive.getinfo(MANIFESTE)
        if info.file_size > 16 << 20:
            raise _damaged(fichier, "sa liste de contenu est démesurée")
        lu = json.loads(archive.read(info))
        formes = {"format": int, "territoire": str, "quand": str, "entrees": int, "fichiers": list}
        datetime.fromisoformat(lu["quand"])
        conforme = all(isinstance(lu[cle], forme) for cle, forme in formes.items())
        fiches = {"chemin": str, "octets": int, "sha256": str}
        conforme &= all(isinstance(f[cle], forme) for f in lu["fichiers"] for cle, forme in fiches.items())
    except (KeyError, TypeError, ValueError, RecursionError) as cause:
        raise CtgError(
            "Ce fichier n'est pas une sauvegarde d'Atelier CTG.",
            str(fichier),
            "Choisir un fichier fait par « ctg sauvegarder ».",
        ) from cause
    if not conforme or lu["format"] != FORMAT_SAUVEGARDE:
        raise _damaged(fichier, "sa liste de contenu n'est pas du format attendu")
    return lu


def _check_names(archive: zipfile.ZipFile, manifeste: dict, fichier: Path) -> None:
    annonces = [f["chemin"] for f in manifeste["fichiers"]]
    presents = [i.filename for i in archive.infolist() if i.filename != MANIFESTE]
    if sorted(annonces) != sorted(presents) or len(set(map(str.casefold, annonces))) != len(annonces):
        raise _damaged(fichier, "son contenu ne correspond pas à sa liste")
    for chemin in annonces:
        if not is_safe(chemin):
            raise _damaged(fichier, f"un nom de fichier y sort du dossier du territoire ({chemin[:60]!r})")
    if NOM not in annonces:
        raise _damaged(fichier, "le journal y manque")
    tailles = [f["octets"] for f in manifeste["fichiers"]]
    if min(tailles) < 0 or sum(tailles) > OCTETS_MAX or len(tailles) > FICHIERS_MAX:
        raise _damaged(fichier, "elle est démesurée une fois dépliée")


def is_safe(chemin: str) -> bool:
    """Un nom relatif, sans « .. », qui reste dans le dossier sur Linux, macOS et Windows."""
    parties = chemin.split("/")
    sans_piege = not any(p in ("", ".", "..") or p[-1] in ". " or _RESERVES.fullmatch(p) for p in parties)
    return sans_piege and not re.search('[\\\\:*?"<>|\x00-\x1f]', chemin) and not PurePosixPath(chemin).is_absolute()


def _extract(archive: zipfile.ZipFile, fiche: dict, fichier: Path, dans: Path | None) -> None:
    empreinte, reste = hashlib.sha256(), fiche["octets"]
    cible = (dans / fiche["chemin"]) if dans else Path(os.devnull)
    if dans:
        cible.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(fiche["chemin"]) as source, cible.open("wb") as sortie:
        while bloc := source.read(min(1 << 20, reste + 1)):
            reste -= len(bloc)
            if reste < 0:
                break
            empreinte.update(bloc)
            sortie.write(bloc)
    if reste or empreinte.hexdigest() != fiche["sha256"]:
        raise _damaged(fichier, f"« {fiche['chemin']} » a été modifié ou tronqué")


def _damaged(fichier: Path, raison: str) -> CtgError:
    return CtgError(
        f"Cette sauvegarde n'est pas sûre : {raison}. Rien n'a été restauré.",
        str(fichier),
        "Reprendre une autre copie de la sauvegarde.",
    )


@dataclass(frozen=True)
class Sauvegarde:
    fichier: Path
    fichiers: int
    entrees: int
    octets: int


def save_backup(territoire: str | os.PathLike[str], sortie: Path | None = None) -> Sauvegarde:
    """Écrit la sauvegarde à côté, la relit entière, puis seulement lui donne son nom ; n'écrase jamais un fichier."""
    dossier = find_folder(territoire)
    cible = sortie or Path(f"{dossier.resolve().name}_{datetime.now():%Y-%m-%d_%Hh%M}.zip")
    if sortie and os.path.lexists(sortie):
        raise CtgError(
            "Ce fichier existe déjà : la sauvegarde ne l'écrase pas.", str(sortie), "Donner un autre nom avec --sortie."
        )
    essai = cible.with_name(f".{cible.name}.{os.getpid()}.partiel")
    try:
        entrees, nombre = _write_archive(dossier, essai)
        read_backup(essai)
        cible = _take_name(essai, cible)
    except OSError as erreur:
        raise CtgError(
            f"La sauvegarde n'a pas pu être écrite ({explain(erreur)}).",
            str(cible),
            "Choisir avec --sortie un dossier modifiable, sur un disque où il reste de la place.",
        ) from erreur
    finally:
        essai.unlink(missing_ok=True)
    return Sauvegarde(cible, nombre, entrees, cible.stat().st_size)


def _take_name(essai: Path, cible: Path) -> Path:
    """Le premier nom libre, pris d'un seul geste : deux sauvegardes de la même minute gardent chacune le sien."""
    for nom in (cible, *(cible.with_stem(f"{cible.stem}-{n}") for n in range(2, 100))):
        try:
            os.close(os.open(nom, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            continue
        essai.replace(nom)
        return nom
    raise FileExistsError(errno.EEXIST, "")


def _write_archive(dossier: Path, essai: Path) -> tuple[int, int]:
    with tempfile.TemporaryDirectory() as provisoire:
        copie = Path(provisoire, NOM)
        with open_journal(dossier) as journal:
            entrees = export_journal(journal, copie)
        contenu = [*_files(dossier), (NOM, copie)]
        with zipfile.ZipFile(essai, "w", zipfile.ZIP_DEFLATED) as archive:
            fiches = [_add(archive, nom, chemin) for nom, chemin in contenu]
            archive.writestr(MANIFESTE, _write_manifest(dossier, fiches, entrees))
    return entrees, len(contenu)


def _files(dossier: Path) -> Iterator[tuple[str, Path]]:
    """Les fichiers du territoire, sans son journal (à part), sans lien ni sortie recalculable."""
    for racine, dossiers, fichiers in os.walk(dossier):
        dossiers[:] = sorted(d for d in dossiers if d not in _ECARTES and not Path(racine, d).is_symlink())
        for chemin in (Path(racine, f) for f in sorted(fichiers)):
            if chemin.is_file() and not chemin.is_symlink() and not chemin.name.startswith((NOM, VERROU)):
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


def _write_manifest(dossier: Path, fiches: list[dict[str, object]], entrees: int) -> str:
    contenu = {
        "format": FORMAT_SAUVEGARDE,
        "territoire": dossier.resolve().name,
        "quand": datetime.now().astimezone().isoformat(timespec="seconds"),
        "entrees": entrees,
        "fichiers": fiches,
    }
    return json.dumps(contenu, ensure_ascii=False, indent=1)


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
            "Il y a déjà quelque chose dans ce dossier : rien n'a été restauré.",
            str(cible),
            "Choisir un autre dossier avec --dans, ou ajouter --remplacer (l'ancien dossier est gardé à côté).",
        )
    try:
        cible.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(cible.parent).free < annonce.octets:
            raise OSError(errno.ENOSPC, "")
        with tempfile.TemporaryDirectory(prefix=f".{cible.name}-", dir=cible.parent) as provisoire:
            return _restore(fichier, Path(provisoire) / "territoire", cible)
    except OSError as erreur:
        raise CtgError(
            f"La restauration n'a pas pu être écrite ({explain(erreur)}). L'ancien dossier est intact.",
            str(cible),
            "Choisir avec --dans un dossier modifiable, sur un disque où il reste de la place.",
        ) from erreur


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
