"""Lire une sauvegarde venue d'ailleurs sans rien lui accorder : noms, tailles, empreintes, tout est vérifié."""

import hashlib
import json
import os
import re
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from ctgkit.errors import CtgError
from ctgkit.storage.journal.ouverture import NOM

MANIFESTE = "sauvegarde.json"
FORMAT = 1
OCTETS_MAX = 1 << 30
FICHIERS_MAX = 20_000
_RESERVES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


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
            manifeste = _manifest(archive, fichier)
            _check_names(archive, manifeste, fichier)
            for fiche in manifeste["fichiers"]:
                _copy(archive, fiche, fichier, dans)
    except FileNotFoundError as cause:
        raise CtgError("Ce fichier de sauvegarde n'existe pas.", str(fichier), "Vérifier son chemin.") from cause
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as cause:
        raise _damaged(fichier, "le fichier ne se lit pas en entier") from cause
    quand = datetime.fromisoformat(manifeste["quand"])
    fiches = manifeste["fichiers"]
    chemins, octets = tuple(f["chemin"] for f in fiches), sum(f["octets"] for f in fiches)
    return Contenu(manifeste["territoire"], quand, manifeste["entrees"], chemins, octets)


def _manifest(archive: zipfile.ZipFile, fichier: Path) -> dict:
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
    if not conforme or lu["format"] != FORMAT:
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


def _copy(archive: zipfile.ZipFile, fiche: dict, fichier: Path, dans: Path | None) -> None:
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
        f"Cette sauvegarde n'est pas sûre : {raison}. Rien n'a été restauré.", str(fichier),
        "Reprendre une autre copie de la sauvegarde.",
    )  # fmt: skip
