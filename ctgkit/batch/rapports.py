"""Un lot lancé depuis un carnet : le même que `ctg lot`, et ses résultats en DataFrame."""

import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from ctgkit.batch.execution import SuiviLot, run_lot, workers
from ctgkit.batch.lot import read_lot
from ctgkit.storage import write_text


def run_reports(  # noqa: PLR0913 - les clés d'un lot
    carnet: str,
    sortie: str | Path,
    *,
    communes: str | Sequence[str] = "",
    liste: Sequence[Mapping[str, Any]] = (),
    produit: Mapping[str, Sequence[Any]] | None = None,
    parametres: Mapping[str, Any] | None = None,
    formats: Sequence[str] = ("html",),
    ouvriers: int = 0,
) -> pd.DataFrame:
    """Un rapport par commune, par élément d'une liste ou par combinaison ; rend leurs chiffres clés, une ligne chacun.

    Ce qui est déjà fait et n'a pas changé n'est pas refait. Le lot reste dans le dossier : `ctg lot` peut le reprendre.
    """
    dossier = Path(sortie).expanduser().absolute()
    voulu = {
        "communes": communes,
        "liste": [dict(x) for x in liste],
        "produit": {nom: list(valeurs) for nom, valeurs in (produit or {}).items()},
        "parametres": dict(parametres or {}),
    }
    ecrit = {
        "carnet": carnet,
        "sortie": str(dossier),
        "formats": list(formats),
        **{c: v for c, v in voulu.items() if v},
    }
    dossier.mkdir(parents=True, exist_ok=True)
    chemin = dossier / "lot.yaml"
    write_text(chemin, yaml.safe_dump(ecrit, allow_unicode=True, sort_keys=False))
    run_lot(read_lot(chemin), workers(ouvriers or os.cpu_count() or 1), SuiviLot(io.StringIO()))
    return _results(dossier)


def _results(dossier: Path) -> pd.DataFrame:
    rapports = json.loads((dossier / "manifeste.json").read_text(encoding="utf-8"))["rapports"]
    return pd.DataFrame(
        [{"rapport": r["nom"], "statut": r["statut"], **r["parametres"], **r["chiffres"]} for r in rapports]
    )
