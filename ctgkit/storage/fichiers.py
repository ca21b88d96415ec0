"""La porte des fichiers : lire sans surprise, écrire en entier ou pas du tout, attendre son tour."""

import contextlib
import errno
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ctgkit.errors import CtgError
from ctgkit.formats import FINE, nombre
from ctgkit.storage.report import Report

VERROU = ".verrou"
MEGA = 1024 * 1024
LIMITE_CSV = 50 * MEGA
LIMITE_YAML = 5 * MEGA

_UTF8 = "UTF-8 (dans Excel : Enregistrer sous, « CSV UTF-8 » ; dans le Bloc-notes : Encodage, UTF-8)"
_INTERDITS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_MAL_DECODE = re.compile("Ã[\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹Œ]|â€|\ufffd")
_SIGNATURES = {
    b"\xff\xfe": "encodage UTF-16 détecté",
    b"\xfe\xff": "encodage UTF-16 détecté",
    b"PK\x03\x04": "c'est un classeur ou une archive, pas un fichier texte",
    b"\xd0\xcf\x11\xe0": "c'est un ancien classeur Excel, pas un fichier texte",
}
_SYSTEME = {
    errno.ELOOP: "lien symbolique en boucle",
    errno.EACCES: "interdit par les droits du fichier",
    errno.EPERM: "interdit par les droits du fichier",
    errno.ENOENT: "fichier absent, ou lien symbolique cassé",
    errno.ENOTDIR: "un fichier se trouve là où un dossier est attendu",
    errno.ENAMETOOLONG: "nom trop long",
    errno.EEXIST: "un fichier de ce nom existe déjà",
    errno.ENOSPC: "disque plein",
    errno.EROFS: "support en lecture seule",
}
_ATTENTE_S, _PAS_S = 20.0, 0.05


def explain(erreur: OSError) -> str:
    """La raison d'un refus du système, en français."""
    return _SYSTEME.get(erreur.errno or 0, f"refus du système (erreur n°{FINE}{erreur.errno})")


class IrregularFileError(OSError):
    """Un dossier, un tube, un périphérique : rien qui se lise comme un fichier."""


def raw_bytes(chemin: str | os.PathLike[str], limite: int | None = None) -> bytes:
    """Les octets d'un fichier ordinaire, un de plus que la limite quand il la dépasse ; `OSError` s'il se refuse."""
    mode = os.stat(chemin).st_mode
    if not stat.S_ISREG(mode):
        raise IrregularFileError("c'est un dossier" if stat.S_ISDIR(mode) else "ce n'est pas un fichier ordinaire")
    with open(chemin, "rb") as flux:
        return flux.read(-1 if limite is None else limite + 1)


def read_bytes(chemin: str | os.PathLike[str], limite: int, attendu: str = "un fichier ordinaire") -> bytes:
    """Les octets d'un fichier que l'on désigne ; au-delà de la limite, un de trop suffit à le dire."""
    try:
        return raw_bytes(chemin, limite)
    except IrregularFileError as erreur:
        raise CtgError("Ce n'est pas un fichier ordinaire.", str(chemin), f"Donner {attendu}.") from erreur
    except FileNotFoundError as erreur:
        raise CtgError("Fichier introuvable.", str(chemin), "Vérifier le chemin du fichier.") from erreur
    except (OSError, ValueError) as erreur:
        conseil = "Vérifier le chemin et les droits."
        raise CtgError("Fichier impossible à ouvrir.", str(chemin)[:200], conseil) from erreur


def read_text(chemin: Path, limite: int, report: Report) -> str | None:
    """Le texte du fichier, ou rien avec le défaut dans le relevé."""
    octets = _read_bytes(chemin, limite, report)
    texte = None if octets is None else _decode(octets, report)
    if texte is None or not _is_clean(texte, report):
        return None
    if trouve := _MAL_DECODE.search(texte):
        report.avis("texte sans doute mal décodé avant d'arriver ici", "des accents lisibles", *_place(texte, trouve))
    return texte


def _read_bytes(chemin: Path, limite: int, report: Report) -> bytes | None:
    try:
        octets = raw_bytes(chemin, limite)
    except IrregularFileError as erreur:
        report.erreur(str(erreur), f"un fichier nommé {chemin.name}")
    except (OSError, ValueError) as erreur:
        report.erreur(explain(erreur) if isinstance(erreur, OSError) else "nom de fichier illisible")
    else:
        if len(octets) <= limite:
            return octets
        taille = nombre(os.stat(chemin).st_size / MEGA, 1)
        report.erreur("fichier trop gros", f"au plus {limite // MEGA} Mo", valeur=f"{taille} Mo")
    return None


def _decode(octets: bytes, report: Report) -> str | None:
    for signature, constat in _SIGNATURES.items():
        if octets.startswith(signature):
            report.erreur(constat, _UTF8)
            return None
    try:
        return octets.decode("utf-8").lstrip("\ufeff")
    except UnicodeDecodeError as erreur:
        _report_encoding(octets, erreur.start, report)
        return None


def _report_encoding(octets: bytes, position: int, report: Report) -> None:
    debut = octets.rfind(b"\n", 0, position) + 1
    fin = octets.find(b"\n", position)
    extrait = octets[max(debut, position - 25) : position + 25 if fin < 0 else min(fin, position + 25)]
    ligne = octets.count(b"\n", 0, position) + 1
    try:
        octets.decode("cp1252")
        report.erreur("encodage Windows (cp1252) détecté", _UTF8, ligne, valeur=extrait.decode("cp1252"))
    except UnicodeDecodeError:
        report.erreur("encodage illisible", _UTF8, ligne, valeur=extrait.decode("ascii", "replace"))


def _is_clean(texte: str, report: Report) -> bool:
    trouve = _INTERDITS.search(texte)
    if trouve:
        code = f"U+{ord(trouve[0]):04X}"
        report.erreur("caractère de contrôle invisible", "un fichier texte", _place(texte, trouve)[0], valeur=code)
    return not trouve


def _place(texte: str, trouve: re.Match[str]) -> tuple[int, str, str]:
    ligne = texte.count("\n", 0, trouve.start()) + 1
    return ligne, "", texte[max(0, trouve.start() - 15) : trouve.end() + 15]


@contextlib.contextmanager
def hold(fichier: Path, occupe: CtgError, attente: float = 0.0) -> Iterator[None]:
    """Ce verrou pour soi, ou `occupe` après l'attente ; rendu même après un arrêt brutal, sans laisser de fichier."""
    from filelock import FileLock, Timeout

    verrou = FileLock(fichier)
    try:
        verrou.acquire(timeout=attente, poll_interval=_PAS_S)
    except Timeout:
        raise occupe from None
    try:
        yield
    finally:
        # Effacé tant qu'on le tient : qui attendait sur ce fichier voit qu'il n'est plus et en prend un neuf.
        # Sous Windows, un fichier ouvert ne s'efface pas : c'est filelock qui l'enlève en le rendant.
        with contextlib.suppress(OSError):
            fichier.unlink()
        verrou.release()


@contextlib.contextmanager
def locked(dossier: str | os.PathLike[str]) -> Iterator[None]:
    """Le dossier d'un territoire pour soi, le temps de lire, fusionner et écrire."""
    occupe = CtgError(
        "Un autre import écrit dans ce territoire en ce moment : rien n'est écrit.",
        str(dossier),
        "Attendre qu'il finisse, puis relancer celui-ci.",
    )
    with contextlib.ExitStack() as pile:
        # Un partage réseau sans verrous, un dossier protégé : on écrit comme avant, ou l'écriture dira son refus.
        with contextlib.suppress(OSError, NotImplementedError):
            pile.enter_context(hold(Path(dossier) / VERROU, occupe, _ATTENTE_S))
        yield


def write_text(chemin: str | os.PathLike[str], texte: str) -> None:
    """Le texte en UTF-8, tel quel."""
    try:
        write_bytes(Path(chemin), texte.encode())
    except OSError as erreur:
        quoi = f"Écriture impossible : {explain(erreur)}."
        raise CtgError(quoi, str(chemin), "Vérifier le dossier et ses droits.") from erreur


def write_bytes(chemin: Path, octets: bytes, chantier: Path | None = None) -> None:
    """En entier ou pas du tout : le fichier n'apparaît sous son nom qu'une fois sur le disque.

    `chantier` : où l'écrire d'abord, sur le même disque ; à défaut, à côté.
    """
    descripteur, provisoire = tempfile.mkstemp(dir=chantier or chemin.parent, prefix=f".{chemin.name}.", suffix=".tmp")
    try:
        with open(descripteur, "wb") as flux:
            flux.write(octets)
            flux.flush()
            os.fsync(flux.fileno())
        os.chmod(provisoire, _mode(chemin))
        os.replace(provisoire, chemin)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(provisoire)


def _mode(chemin: Path) -> int:
    """Les droits du fichier remplacé ; ceux d'un fichier ordinaire s'il est nouveau."""
    with contextlib.suppress(OSError):
        return chemin.stat().st_mode & 0o777
    return 0o644
