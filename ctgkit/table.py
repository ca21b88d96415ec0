"""Une table rangée par colonnes : on y lit des objets, le moteur y lit des tableaux numpy."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import numpy as np

Ligne = TypeVar("Ligne")
_TABLEAUX = {"date": "datetime64[D]", "float": float, "int": float, "bool": float}


class Table(Generic[Ligne]):
    """Des lignes d'un même type.

    Inconnu : NaN pour un nombre ou un oui/non, NaT pour une date, chaîne vide pour un texte.
    """

    def __init__(self, record: type[Ligne], colonnes: Mapping[str, np.ndarray]) -> None:
        self.record = record
        self.colonnes = MappingProxyType(dict(colonnes))
        for tableau in self.colonnes.values():
            tableau.flags.writeable = False

    @classmethod
    def of(cls, record: type[Ligne], lignes: Iterable[Ligne] = ()) -> "Table[Ligne]":
        lignes = list(lignes)
        return cls(record, {c.name: to_array(_kind(c), [getattr(x, c.name) for x in lignes]) for c in fields(record)})

    def __len__(self) -> int:
        return len(next(iter(self.colonnes.values())))

    def __getitem__(self, colonne: str) -> np.ndarray:
        return self.colonnes[colonne]

    def __iter__(self) -> Iterator[Ligne]:
        natures = [_kind(c) for c in fields(self.record)]
        colonnes = [to_list(k, self.colonnes[c.name]) for k, c in zip(natures, fields(self.record), strict=True)]
        return (self.record(*ligne) for ligne in zip(*colonnes, strict=True))

    def __eq__(self, autre: object) -> bool:
        return isinstance(autre, Table) and self.record is autre.record and list(self) == list(autre)

    __hash__ = None


def _kind(champ: Any) -> str:
    """`date`, `float`, `int`, `bool` ou `str`, lu dans l'annotation du champ."""
    annotation = str(champ.type)
    return next((k for k in ("date", "float", "int", "bool") if k in annotation), "str")


def column_kinds(record: type) -> dict[str, str]:
    return {c.name: _kind(c) for c in fields(record)}


def to_array(nature: str, valeurs: list[Any]) -> np.ndarray:
    if nature == "str":
        tableau = np.empty(len(valeurs), dtype=object)
        tableau[:] = ["" if v is None else v for v in valeurs]
        return tableau
    if nature == "date":
        return np.array([np.datetime64("NaT") if v is None else v for v in valeurs], dtype="datetime64[D]")
    return np.array([np.nan if v is None else v for v in valeurs], dtype=_TABLEAUX[nature])


def to_list(nature: str, tableau: np.ndarray) -> list[Any]:
    if nature in ("str", "date"):
        return tableau.tolist()
    lu = {"int": int, "bool": bool, "float": float}[nature]
    return [None if np.isnan(v) else lu(v) for v in tableau.tolist()]
