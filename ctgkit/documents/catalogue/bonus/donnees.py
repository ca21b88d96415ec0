"""Les montants d'une simulation, en données : une table à plat, ou tout le résultat."""

import json

from ctgkit.documents.registre import Offre
from ctgkit.simulation import Resultat, as_json, flat_csv


def table_csv(resultat: Resultat) -> bytes:
    return flat_csv([resultat], "\r\n").encode("utf-8-sig")


def data_json(resultat: Resultat, reference: Resultat | None = None) -> bytes:
    return json.dumps(as_json(resultat, reference), ensure_ascii=False, indent=1, allow_nan=False).encode()


OFFRE = Offre(
    cle="donnees",
    titre="Les données",
    aide="Une ligne par structure, année et part, ou tout le résultat.",
    formats=("csv", "json"),
    fichiers={"csv": table_csv, "json": data_json},
    rang=3,
    defaut_pour=("csv", "json"),
)
