"""Une ligne du fichier, vue par les noms que le format lui donne."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(slots=True)
class Ligne:
    numero: int
    cellules: list[str]
    autres: Mapping[str, int]
    code: str = ""

    def at(self, rang: int | None) -> str:
        """La cellule d'une colonne ; vide au-delà de la dernière cellule d'une ligne de tableur."""
        return self.cellules[rang] if rang is not None and rang < len(self.cellules) else ""

    def get(self, cle: str) -> str:
        """La cellule d'une des colonnes que le format a nommées dans `autres`."""
        return self.at(self.autres.get(cle)).strip()
