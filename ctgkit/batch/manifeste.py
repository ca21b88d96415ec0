"""Ce qu'un lot a fait : le manifeste (JSON et classeur) et le tableau des résultats (CSV, reproductible)."""

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ctgkit.batch.lot import Lot
from ctgkit.batch.rapport import Bilan
from ctgkit.batch.sortie import Sortie, code_version, package_version
from ctgkit.documents.classeur.feuilles import Feuille, write_workbook
from ctgkit.documents.modele import Colonne
from ctgkit.texte import csv_text

_FIXES = ("nom", "statut", "secondes", "empreinte", "fichiers", "message")


def write_manifest(sortie: Sortie, lot: Lot, bilans: Sequence[Bilan]) -> None:
    contenu = {
        "lot": lot.chemin.name,
        "carnet": lot.carnet.name,
        "formats": list(lot.formats),
        "ecrit_le": datetime.now().astimezone().isoformat(timespec="seconds"),
        "versions": {"ctgkit": package_version(), "code": code_version(), "python": platform.python_version()},
        "rapports": [_entry(b) for b in bilans],
    }
    texte = json.dumps(contenu, ensure_ascii=False, indent=1)
    sortie.write(sortie.dossier / "manifeste.json", f"{texte}\n".encode())
    sortie.write(sortie.dossier / "manifeste.xlsx", _workbook(contenu))
    sortie.write(sortie.dossier / "resultats.csv", _results(bilans))


def _entry(bilan: Bilan) -> dict[str, Any]:
    return {champ: getattr(bilan, champ) for champ in (*_FIXES, "parametres", "chiffres")}


def _keys(dictionnaires: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(cle for d in dictionnaires for cle in d))


def _results(bilans: Sequence[Bilan]) -> bytes:
    """Une ligne par rapport fait : ses paramètres et ses chiffres clés, sans heure ni durée."""
    faits = [b for b in bilans if b.statut in ("fait", "inchangé")]
    parametres, chiffres = _keys(b.parametres for b in faits), _keys(b.chiffres for b in faits)
    lignes = ([b.nom, *map(b.parametres.get, parametres), *map(b.chiffres.get, chiffres)] for b in faits)
    return csv_text([["rapport", *parametres, *chiffres], *lignes]).encode("utf-8-sig")


def _workbook(contenu: dict[str, Any]) -> bytes:
    rapports = contenu["rapports"]
    parametres, chiffres = (_keys(r[champ] for r in rapports) for champ in ("parametres", "chiffres"))
    entetes = ["nom", "statut", *parametres, *chiffres, "secondes", "empreinte", "fichiers", "message"]
    colonnes = tuple(Colonne(nom) for nom in entetes)
    lignes = [_row(r, parametres, chiffres) for r in rapports]
    origine = [("lot", contenu["lot"]), ("carnet", contenu["carnet"]), ("écrit le", contenu["ecrit_le"])]
    feuilles = [
        Feuille.of("Rapports", colonnes, lignes, filtre=True),
        Feuille.of("Origine", (Colonne("origine"), Colonne("valeur")), [*origine, *contenu["versions"].items()]),
    ]
    return write_workbook(feuilles, titre=contenu["lot"])


def _row(rapport: Mapping[str, Any], parametres: Sequence[str], chiffres: Sequence[str]) -> list[Any]:
    fichiers = ", ".join(f"{rapport['nom']}.{extension}" for extension in rapport["fichiers"])
    lus = [*map(rapport["parametres"].get, parametres), *map(rapport["chiffres"].get, chiffres)]
    return [
        rapport["nom"],
        rapport["statut"],
        *lus,
        rapport["secondes"],
        rapport["empreinte"],
        fichiers,
        rapport["message"],
    ]
