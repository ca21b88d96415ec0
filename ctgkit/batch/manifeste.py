"""Ce qu'un lot a fait : le manifeste (JSON et classeur) et le tableau des résultats (CSV, reproductible)."""

import io
import json
import platform
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from ctgkit.batch.bureau import SANS_FORMULE
from ctgkit.batch.lot import Lot
from ctgkit.batch.rapport import Bilan
from ctgkit.batch.sortie import Sortie, code_version, package_version
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
    import xlsxwriter

    flux = io.BytesIO()
    rapports = contenu["rapports"]
    parametres, chiffres = (_keys(r[champ] for r in rapports) for champ in ("parametres", "chiffres"))
    entetes = ["nom", "statut", *parametres, *chiffres, "secondes", "empreinte", "fichiers", "message"]
    with xlsxwriter.Workbook(flux, {"in_memory": True, **SANS_FORMULE}) as classeur:
        gras = classeur.add_format({"bold": True})
        feuille = classeur.add_worksheet("Rapports")
        feuille.freeze_panes(1, 1)
        feuille.set_column(0, 0, 44)
        feuille.write_row(0, 0, entetes, gras)
        for rang, r in enumerate(rapports, start=1):
            fixes = {**r, "fichiers": ", ".join(f"{r['nom']}.{f}" for f in r["fichiers"])}
            valeurs = [fixes["nom"], fixes["statut"], *(r["parametres"].get(p) for p in parametres),
                       *(r["chiffres"].get(c) for c in chiffres), *(fixes[e] for e in entetes[-4:])]  # fmt: skip
            for colonne, valeur in enumerate(valeurs):
                _write(feuille, rang, colonne, valeur)
        if rapports:
            feuille.autofilter(0, 0, len(rapports), len(entetes) - 1)
        origine = classeur.add_worksheet("Origine")
        lignes = [("lot", contenu["lot"]), ("carnet", contenu["carnet"]), ("écrit le", contenu["ecrit_le"])]
        for rang, (nom, valeur) in enumerate([*lignes, *contenu["versions"].items()]):
            origine.write_row(rang, 0, [nom, valeur])
    return flux.getvalue()


def _write(feuille: Any, ligne: int, colonne: int, valeur: Any) -> None:
    if isinstance(valeur, int | float) and not isinstance(valeur, bool):
        feuille.write_number(ligne, colonne, valeur)
    elif valeur is not None:
        feuille.write_string(ligne, colonne, str(valeur)[:32_000])
