"""Une ligne du fichier, vue par les noms que le format lui donne."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Ligne:
    numero: int
    cellules: Sequence[str]
    autres: Mapping[str, int]
    code: str = ""

    def at(self, rang: int | None) -> str:
        """La cellule d'une colonne ; vide au-delà de la dernière cellule d'une ligne de tableur."""
        if rang is None:
            return ""
        try:
            return self.cellules[rang]
        except IndexError:
            return ""

    def get(self, cle: str) -> str:
        """La cellule d'une des colonnes que le format a nommées dans `autres`."""
        return self.at(self.autres.get(cle)).strip()
