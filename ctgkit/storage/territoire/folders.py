"""Où sont les données : le dossier commun, un territoire désigné par son code ou par son dossier."""

import errno
import os
import re
from importlib.util import find_spec
from pathlib import Path

from ctgkit.errors import CtgError, did_you_mean
from ctgkit.storage.fichiers import explain
from ctgkit.storage.report import excerpt

FICHE = "territoire.yaml"
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TERRITOIRES = "territoires"


def is_code(texte: str) -> bool:
    """Un code ne peut désigner qu'un dossier de data/territoires : ni point, ni barre, ni majuscule."""
    return len(texte) <= 100 and bool(_CODE.fullmatch(texte))


def data_folder() -> Path:
    """CTG_DONNEES, sinon le plus proche dossier `data` au-dessus du dossier courant, sinon celui de l'atelier."""
    if choisi := os.environ.get("CTG_DONNEES"):
        return _chosen(choisi)
    candidats = [dossier / "data" for dossier in _ancestors()] + [_shipped_data()]
    trouve = next((d for d in candidats if _is_dir(d / _TERRITOIRES)), None)
    if trouve is None:
        raise CtgError(
            "Aucun dossier de données trouvé.",
            f"aucun « data/{_TERRITOIRES} » ici ni au-dessus",
            "Se placer dans le dossier de l'atelier, ou indiquer le dossier « data » dans CTG_DONNEES.",
        )
    return trouve


def _chosen(choisi: str) -> Path:
    trouve = next((d for d in (Path(choisi), Path(choisi) / "data") if _is_dir(d / _TERRITOIRES)), None)
    if trouve is None:
        raise CtgError(
            f"Le dossier de données indiqué ne contient pas de dossier « {_TERRITOIRES} ».",
            f"CTG_DONNEES = {excerpt(choisi)}",
            "Corriger CTG_DONNEES, ou l'effacer pour utiliser les données de l'atelier.",
        )
    return trouve


def _ancestors() -> list[Path]:
    try:
        ici = Path.cwd()
    except OSError:
        return []
    return [ici, *ici.parents]


def _shipped_data() -> Path:
    """Les données livrées avec l'atelier, à côté du paquet."""
    return Path(find_spec("ctgkit").origin).resolve().parent.parent / "data"


def data_file(nom: str) -> Path | None:
    """Un fichier commun du dossier de données, ou à défaut celui de l'atelier."""
    try:
        candidats = [data_folder() / nom, _shipped_data() / nom]
    except CtgError:
        candidats = [_shipped_data() / nom]
    return next((c for c in candidats if c.is_file()), None)


def territories_folder() -> Path:
    return data_folder() / _TERRITOIRES


def territory_folders() -> list[Path]:
    """Chaque sous-dossier, même abîmé ; ceux qui commencent par un point ou un soulignement sont à part."""
    dossier = territories_folder()
    return sorted(d for d in _children(dossier) if d.name[0] not in "._" and (d.is_symlink() or _is_dir(d)))


def find_folder(code_ou_chemin: str | os.PathLike[str]) -> Path:
    """Le dossier d'un territoire, d'après son code ou un chemin donné par l'utilisateur."""
    texte = os.fspath(code_ou_chemin)
    if not isinstance(texte, str) or not texte.strip() or "\0" in texte:
        raise _unknown(str(texte))
    try:
        chemin = (_by_code(texte) if is_code(texte) else None) or Path(texte).expanduser()
        with os.scandir(chemin):
            return chemin
    except FileNotFoundError as erreur:
        raise _unknown(texte) from erreur
    except OSError as erreur:
        raise CtgError(
            f"Le dossier du territoire ne peut pas être lu : {explain(erreur)}.",
            excerpt(texte),
            "Donner un code de territoire ou le chemin d'un dossier lisible.",
        ) from erreur
    except (ValueError, RuntimeError) as erreur:
        raise _unknown(texte) from erreur


def _by_code(code: str) -> Path | None:
    try:
        dossier = territories_folder() / code
    except CtgError:
        return None
    return dossier if os.path.lexists(dossier) else None


def _unknown(texte: str) -> CtgError:
    try:
        codes = [d.name for d in territory_folders()]
    except CtgError:
        codes = []
    conseil = did_you_mean(texte[:80], codes)
    suite = (
        f"Territoires connus : {', '.join(codes)}." if codes else "Créer un territoire : ctg nouveau-territoire --help"
    )
    return CtgError(
        f"Territoire inconnu : « {excerpt(texte)} »" + (f", {conseil}" if conseil else "."),
        que_faire=f"Donner un code ou le chemin d'un dossier. {suite}",
    )


def _children(dossier: Path) -> list[Path]:
    try:
        return list(dossier.iterdir())
    except OSError as erreur:
        raise CtgError(f"Dossier impossible à lire : {explain(erreur)}.", str(dossier)) from erreur


def _is_dir(chemin: Path) -> bool:
    try:
        return chemin.is_dir()
    except (OSError, ValueError) as erreur:
        return getattr(erreur, "errno", None) == errno.EACCES
