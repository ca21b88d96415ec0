"""Une feuille que l'on remplit ligne à ligne, et dont les autres feuilles citent les cases par le nom des colonnes."""

from collections.abc import Mapping
from typing import Any

from ctgkit.documents.classeur.feuilles import Feuille, letter, quote
from ctgkit.documents.modele import Colonne


class Grille:
    """Les colonnes ont une clé ; `saisies` sont celles que l'on peut changer dans le tableur."""

    def __init__(
        self,
        nom: str,
        colonnes: Mapping[str, Colonne],
        notes: tuple[str, ...] = (),
        saisies: tuple[str, ...] = (),
        prevues: int = 0,
    ) -> None:
        """`prevues` : le nombre de lignes, quand d'autres feuilles citent une colonne avant qu'elle soit remplie."""
        self.nom, self.colonnes, self.notes, self.saisies = nom, dict(colonnes), notes, saisies
        self.lignes: list[list[Any]] = []
        self.prevues = prevues
        self.lettres = {cle: letter(rang) for rang, cle in enumerate(self.colonnes)}
        self.premiere = self._sheet().premiere_ligne

    def add(self, **valeurs: Any) -> int:
        """Ajoute une ligne et rend son numéro dans le tableur."""
        if inconnues := set(valeurs) - set(self.colonnes):
            raise KeyError(sorted(inconnues))
        self.lignes.append([valeurs.get(cle) for cle in self.colonnes])
        return self.premiere + len(self.lignes) - 1

    @property
    def suivante(self) -> int:
        """Le numéro de la ligne que l'on va ajouter."""
        return self.premiere + len(self.lignes)

    def here(self, cle: str, ligne: int) -> str:
        """Une case, citée de la même feuille."""
        return f"{self.lettres[cle]}{ligne}"

    def case(self, cle: str, ligne: int) -> str:
        """Une case, citée d'une autre feuille."""
        return f"{quote(self.nom)}!${self.lettres[cle]}${ligne}"

    def column(self, cle: str) -> str:
        """Toute une colonne de données."""
        lettre, fin = self.lettres[cle], self.premiere + max(len(self.lignes), self.prevues, 1) - 1
        return f"{quote(self.nom)}!${lettre}${self.premiere}:${lettre}${fin}"

    def sheet(self) -> Feuille:
        return self._sheet()

    def _sheet(self) -> Feuille:
        rangs = tuple(rang for rang, cle in enumerate(self.colonnes) if cle in self.saisies)
        return Feuille(self.nom, tuple(self.colonnes.values()), self.lignes, self.nom, self.notes, saisies=rangs)
