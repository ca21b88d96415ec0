"""Un journal qui n'existe pas encore : le lire ne laisse aucune trace, le premier changement le crée."""

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from ctgkit.storage.journal.base import Base, Rendu, sqlite_url
from ctgkit.storage.journal.tables import MARQUE, create_tables


class BaseAVenir(Base):
    """Vide tant que personne n'a rien écrit, ici ou dans une autre session."""

    def __init__(self, fichier: Path, preparer: Callable[[Base], Base], lecture_seule: str = "") -> None:
        super().__init__(sqlite_url(fichier))
        self.lecture_seule = lecture_seule
        self._fichier, self._preparer, self._prete = fichier, preparer, False

    def read(self, lire: Callable[[sa.Connection], Rendu]) -> Rendu:
        return super().read(lire) if self._is_ready() else _in_memory(lire)

    def write(self, ecrire: Callable[[sa.Connection], Rendu], verrou: str = "") -> Rendu:
        if not self.lecture_seule and not self._is_ready():
            super().write(create_tables)
        return super().write(ecrire, verrou)

    def _is_ready(self) -> bool:
        """Le fichier existe et ses tables y sont ; entre les deux, une autre session est en train de le créer."""
        if self._prete or self.lecture_seule or not self._fichier.exists():
            return self._prete
        self._prete = super().read(lambda c: sa.inspect(c).has_table(MARQUE.name))
        return self._prete and bool(self._preparer(self))


def _in_memory(lire: Callable[[sa.Connection], Rendu]) -> Rendu:
    """La même question, posée à un journal vide."""
    moteur = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    try:
        with moteur.connect() as connexion:
            create_tables(connexion)
            return lire(connexion)
    finally:
        moteur.dispose()
