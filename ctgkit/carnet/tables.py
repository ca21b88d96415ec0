"""D'une table du territoire à un DataFrame, et retour par la même porte qu'un fichier."""

from collections.abc import Iterable
from dataclasses import MISSING, asdict, fields

import pandas as pd

from ctgkit.carnet.apercu import Donnees
from ctgkit.territoire import Table, column_kinds

_TYPES = {"date": "datetime64[s]", "int": "Int64", "bool": "boolean", "float": float, "str": object}


def to_frame(table: Table) -> Donnees:
    """Une copie : la changer ne change pas le territoire. Ce qui n'est pas renseigné est vide, jamais zéro."""
    natures = column_kinds(table.record)
    return Donnees({nom: pd.Series(table[nom]).astype(_TYPES[nature]) for nom, nature in natures.items()})


def frame_of(record: type, lignes: Iterable[object]) -> Donnees:
    """Des enregistrements quelconques, une ligne chacun ; les colonnes même quand il n'y en a aucun."""
    return Donnees([asdict(ligne) for ligne in lignes], columns=[champ.name for champ in fields(record)])


def to_csv(frame: pd.DataFrame, record: type) -> str:
    """Le texte du fichier que ce DataFrame aurait donné ; une colonne facultative absente y est vide."""
    facultatives = {champ.name for champ in fields(record) if champ.default is not MISSING}
    complet = frame.assign(**{nom: None for nom in facultatives if nom not in frame.columns})
    return complet.to_csv(sep=";", index=False, date_format="%Y-%m-%d", lineterminator="\n")
