"""Annuler le dernier import d'un territoire : ce qu'il a écrit redevient ce que c'était, à l'octet près."""

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

from ctgkit.echanges.lecteurs.feuille import LIMITE
from ctgkit.errors import CtgError
from ctgkit.storage import find_folder, locked, read_bytes
from ctgkit.storage.fichiers import explain, write_bytes

FICHIER = ".dernier_import.zip"
_SOMMAIRE = "sommaire.json"


def write_all(dossier: Path, nom: str, ecrits: Mapping[str, bytes]) -> None:
    """Écrit ces fichiers après avoir gardé ce qu'ils étaient."""
    try:
        if ecrits:
            _keep(dossier, nom, ecrits)
        for fichier, octets in ecrits.items():
            write_bytes(dossier / fichier, octets)
    except OSError as erreur:
        quoi = f"Écriture impossible : {explain(erreur)}."
        raise CtgError(quoi, str(dossier), "Vérifier le dossier et ses droits.") from erreur


def _keep(dossier: Path, nom: str, ecrits: Mapping[str, bytes]) -> None:
    avant = {f: read_bytes(dossier / f, LIMITE) for f in ecrits if (dossier / f).exists()}
    empreintes = {f: hashlib.sha256(octets).hexdigest() for f, octets in ecrits.items()}
    flux = io.BytesIO()
    with zipfile.ZipFile(flux, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_SOMMAIRE, json.dumps({"import": nom, "apres": empreintes}, ensure_ascii=False))
        for fichier, octets in avant.items():
            archive.writestr(fichier, octets)
    write_bytes(dossier / FICHIER, flux.getvalue())


def undo(dossier: str | os.PathLike[str]) -> tuple[str, tuple[str, ...]]:
    """Le nom du fichier importé et ceux qu'il avait changés ; refusé dès que l'un a changé depuis."""
    dossier = find_folder(dossier)
    with locked(dossier):
        if not (dossier / FICHIER).is_file():
            raise CtgError(
                "Aucun import à annuler dans ce territoire.", dossier.name, "Seul le dernier import s'annule."
            )
        nom, apres, avant = _kept(dossier)
        for fichier, empreinte in apres.items():
            chemin = dossier / fichier
            if not chemin.is_file() or hashlib.sha256(read_bytes(chemin, LIMITE)).hexdigest() != empreinte:
                quoi = f"{fichier} a changé depuis l'import de {nom} : rien n'est annulé."
                raise CtgError(quoi, fichier, "Corriger ce fichier à la main, ou restaurer une sauvegarde.")
        for fichier in apres:
            if fichier in avant:
                write_bytes(dossier / fichier, avant[fichier])
            else:
                (dossier / fichier).unlink()
        (dossier / FICHIER).unlink()
    return nom, tuple(apres)


def _kept(dossier: Path) -> tuple[str, dict[str, str], dict[str, bytes]]:
    try:
        with zipfile.ZipFile(dossier / FICHIER) as archive:
            sommaire = json.loads(archive.read(_SOMMAIRE))
            apres = {Path(f).name: str(empreinte) for f, empreinte in sommaire["apres"].items()}
            avant = {f: archive.read(f) for f in apres if f in archive.namelist()}
            return str(sommaire["import"]), apres, avant
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError) as erreur:
        quoi = "Ce qu'il faut pour annuler le dernier import est illisible."
        raise CtgError(quoi, FICHIER, "Restaurer une sauvegarde, ou corriger à la main.") from erreur
