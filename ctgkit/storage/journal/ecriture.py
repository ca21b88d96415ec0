"""Le cœur du journal : dans une transaction, comparer à ce qui est écrit, puis tout ajouter ou tout refuser."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from ctgkit.errors import CtgError
from ctgkit.storage.journal.conflits import Changement, ConflictError, Conflit
from ctgkit.storage.journal.tables import ENTREES, Entree, same_value

E = ENTREES.c
_PAQUET = 2000


def append(c: sa.Connection, territoire: str, changements: list[Changement], commun: dict[str, Any]) -> list[Entree]:
    """Une entrée par changement, celle qui dit déjà la même chose quand il n'y a rien à écrire."""
    suite = _Suite(c, territoire, changements, commun)
    rendues = [suite.take(mien) for mien in changements]
    if suite.conflits:
        raise ConflictError(tuple(suite.conflits))
    if suite.nouvelles:
        c.execute(ENTREES.insert(), [e.row(territoire) for e in suite.nouvelles])
    return rendues


def last_id(c: sa.Connection, territoire: str) -> int:
    return c.scalar(sa.select(sa.func.max(E.id)).where(E.territoire == territoire)) or 0


class _Suite:
    """Les entrées que l'on prépare, à la suite de celles qui sont écrites."""

    def __init__(
        self, c: sa.Connection, territoire: str, changements: list[Changement], commun: dict[str, Any]
    ) -> None:
        self.commun, self.numero = commun, last_id(c, territoire)
        self.connues: dict[str, Entree] = {}
        self.dernieres: dict[tuple[str, str, str], Entree] = {}
        self.nouvelles: list[Entree] = []
        self.conflits: list[Conflit] = []
        for debut in range(0, len(changements), _PAQUET):
            self._load(c, territoire, changements[debut : debut + _PAQUET])

    def _load(self, c: sa.Connection, territoire: str, paquet: list[Changement]) -> None:
        """En deux demandes : les envois déjà reçus, et la dernière entrée de chaque champ visé."""
        ici, champ = E.territoire == territoire, sa.tuple_(E.objet, E.cle, E.champ)
        vises = champ.in_({_field(mien) for mien in paquet})
        dernieres = sa.select(sa.func.max(E.id)).where(ici, vises).group_by(E.objet, E.cle, E.champ)
        self.connues |= {e.uuid: e for e in _entries(c, ici, E.uuid.in_({mien.uuid for mien in paquet}))}
        self.dernieres |= {_field(e): e for e in _entries(c, ici, E.id.in_(dernieres))}

    def take(self, mien: Changement) -> Entree:
        if connue := self.connues.get(mien.uuid):
            return _same_request(connue, mien)
        derniere = self.dernieres.get(_field(mien))
        if derniere and mien.version not in (None, derniere.id):
            self.conflits.append(Conflit(mien, derniere))
            return derniere
        if derniere and same_value(derniere.apres, mien.apres):
            return derniere
        nouvelle = self._new(mien, derniere)
        self.nouvelles.append(nouvelle)
        self.connues[mien.uuid] = self.dernieres[_field(mien)] = nouvelle
        return nouvelle

    def _new(self, mien: Changement, derniere: Entree | None) -> Entree:
        avant, version = (derniere.apres, derniere.id) if derniere else (mien.avant, 0)
        quand = datetime.now(UTC)
        return Entree(
            id=self.numero + len(self.nouvelles) + 1, uuid=mien.uuid, version=version, avant=avant, apres=mien.apres,
            quand=quand.replace(microsecond=quand.microsecond // 1000 * 1000),
            objet=mien.objet, cle=mien.cle, champ=mien.champ, **self.commun,
        )  # fmt: skip


def _field(vise: Changement | Entree) -> tuple[str, str, str]:
    return vise.objet, vise.cle, vise.champ


def _entries(c: sa.Connection, *filtres: sa.ColumnElement[bool]) -> list[Entree]:
    return [Entree.of_row(ligne) for ligne in c.execute(sa.select(ENTREES).where(*filtres))]


def _same_request(connue: Entree, mien: Changement) -> Entree:
    """Une même demande envoyée deux fois (réseau coupé) n'est écrite qu'une fois."""
    if _field(connue) == _field(mien) and same_value(connue.apres, mien.apres):
        return connue
    raise CtgError(
        "Deux changements différents portent le même identifiant : le second n'est pas enregistré.",
        f"{mien.objet} {mien.cle}",
        "Enregistrer à nouveau.",
    )
