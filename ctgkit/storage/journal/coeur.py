"""Le journal : tout ce que les personnes ont fait, gardé pour toujours, rejoué pour dire l'état présent."""

import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from ctgkit.errors import CtgError
from ctgkit.formats import INSECABLE
from ctgkit.storage.journal.base import NOM, Base, open_file, open_shared, own_code
from ctgkit.storage.journal.entrees import (
    ENTREES,
    Entree,
    actor,
    as_kept,
    clean_key,
    moment,
    quoted,
    same_value,
    told,
)
from ctgkit.storage.territoire.folders import find_folder

COLONNE = ENTREES.c
_PAQUET = 2000


@dataclass(frozen=True)
class Changement:
    """Ce que l'on veut écrire. `version` : l'entrée que l'on a vue en dernier pour ce champ (0 : aucune).

    `None` prend la dernière quelle qu'elle soit : pour ce qu'une seule main écrit, comme le vote d'un participant.
    `avant` ne sert qu'au premier changement d'un champ : la valeur que disait le fichier.
    """

    objet: str
    cle: str
    champ: str
    apres: Any
    version: int | None
    avant: Any = None
    uuid: str = field(default_factory=lambda: uuid.uuid4().hex)

    def clean(self) -> "Changement":
        """Le même, tel que la base le rendra."""
        cible = (clean_key(self.objet), clean_key(self.cle), clean_key(self.champ))
        return Changement(*cible, as_kept(self.apres), self.version, as_kept(self.avant), self.uuid)


@dataclass(frozen=True)
class EtatObjet:
    """Les valeurs d'un objet et, par champ, l'entrée dont chacune vient : de quoi écrire à son tour."""

    objet: str
    cle: str
    valeurs: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)

    @property
    def version(self) -> int:
        return max(self.versions.values(), default=0)

    def change(self, champ: str, apres: Any, avant: Any = None) -> Changement:
        """Un changement qui refusera d'écraser ce qui serait venu depuis cet état."""
        return Changement(self.objet, self.cle, champ, apres, self.versions.get(champ, 0), avant)


@dataclass(frozen=True)
class Conflit:
    """Les deux versions d'un champ : la mienne, et l'entrée de quelqu'un d'autre venue entre-temps."""

    mien: Changement
    autre: Entree

    @property
    def identique(self) -> bool:
        """Les deux ont écrit la même chose : une page peut prendre acte sans rien demander."""
        return same_value(self.mien.apres, self.autre.apres)

    def phrase(self) -> str:
        return (
            f"{actor(self.autre.role)} a modifié {quoted(self.autre.champ)} {moment(self.autre.quand)}{INSECABLE}: "
            f"{told(self.autre.apres)}. Votre version{INSECABLE}: {told(self.mien.apres)}."
        )


class ConflictError(CtgError):
    """Rien n'est écrit : les deux versions sont montrées et la personne choisit."""

    def __init__(self, conflits: tuple[Conflit, ...]) -> None:
        self.conflits = conflits
        premier = conflits[0].autre
        super().__init__(
            "Quelqu’un a modifié le même champ pendant que vous écriviez. " + " ".join(c.phrase() for c in conflits),
            f"{premier.objet} {premier.cle}",
            "Choisir l'une des deux versions, ou les réunir, puis enregistrer à nouveau.",
        )

    @property
    def mienne(self) -> Any:
        return self.conflits[0].mien.apres

    @property
    def autre(self) -> Entree:
        return self.conflits[0].autre


def append(
    connexion: sa.Connection, territoire: str, changements: list[Changement], commun: dict[str, Any]
) -> list[Entree]:
    """Une entrée par changement, celle qui dit déjà la même chose quand il n'y a rien à écrire."""
    suite = _Suite(connexion, territoire, changements, commun)
    rendues = [suite.take(mien) for mien in changements]
    if suite.conflits:
        raise ConflictError(tuple(suite.conflits))
    if suite.nouvelles:
        connexion.execute(ENTREES.insert(), [e.row(territoire) for e in suite.nouvelles])
    return rendues


def last_id(connexion: sa.Connection, territoire: str) -> int:
    return connexion.scalar(sa.select(sa.func.max(COLONNE.id)).where(COLONNE.territoire == territoire)) or 0


class _Suite:
    """Les entrées que l'on prépare, à la suite de celles qui sont écrites."""

    def __init__(
        self, connexion: sa.Connection, territoire: str, changements: list[Changement], commun: dict[str, Any]
    ) -> None:
        self.commun, self.numero = commun, last_id(connexion, territoire)
        self.connues: dict[str, Entree] = {}
        self.dernieres: dict[tuple[str, str, str], Entree] = {}
        self.nouvelles: list[Entree] = []
        self.conflits: list[Conflit] = []
        for debut in range(0, len(changements), _PAQUET):
            self._load(connexion, territoire, changements[debut : debut + _PAQUET])

    def _load(self, connexion: sa.Connection, territoire: str, paquet: list[Changement]) -> None:
        """En deux demandes : les envois déjà reçus, et la dernière entrée de chaque champ visé."""
        ici, champ = COLONNE.territoire == territoire, sa.tuple_(COLONNE.objet, COLONNE.cle, COLONNE.champ)
        vises = champ.in_({_field(mien) for mien in paquet})
        dernieres = (
            sa.select(sa.func.max(COLONNE.id)).where(ici, vises).group_by(COLONNE.objet, COLONNE.cle, COLONNE.champ)
        )
        self.connues |= {e.uuid: e for e in _entries(connexion, ici, COLONNE.uuid.in_({mien.uuid for mien in paquet}))}
        self.dernieres |= {_field(e): e for e in _entries(connexion, ici, COLONNE.id.in_(dernieres))}

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
            id=self.numero + len(self.nouvelles) + 1,
            uuid=mien.uuid,
            version=version,
            avant=avant,
            apres=mien.apres,
            quand=quand.replace(microsecond=quand.microsecond // 1000 * 1000),
            objet=mien.objet,
            cle=mien.cle,
            champ=mien.champ,
            **self.commun,
        )


def _field(vise: Changement | Entree) -> tuple[str, str, str]:
    return vise.objet, vise.cle, vise.champ


def _entries(connexion: sa.Connection, *filtres: sa.ColumnElement[bool]) -> list[Entree]:
    return [Entree.of_row(ligne) for ligne in connexion.execute(sa.select(ENTREES).where(*filtres))]


def _same_request(connue: Entree, mien: Changement) -> Entree:
    """Une même demande envoyée deux fois (réseau coupé) n'est écrite qu'une fois."""
    if _field(connue) == _field(mien) and same_value(connue.apres, mien.apres):
        return connue
    raise CtgError(
        "Deux changements différents portent le même identifiant : le second n'est pas enregistré.",
        f"{mien.objet} {mien.cle}",
        "Enregistrer à nouveau.",
    )


class Journal:
    """Le journal d'un territoire. Une entrée rendue par `record_all` est sur le disque et ne sera jamais perdue."""

    def __init__(self, base: Base, territoire: str) -> None:
        self.base, self.territoire = base, territoire

    @property
    def lecture_seule(self) -> str:
        """Pourquoi rien ne peut être écrit, en français ; vide quand tout va bien."""
        return self.base.lecture_seule

    def record_all(
        self, changements: Iterable[Changement], role: str, geste: str = "saisie", vise: int | None = None
    ) -> list[Entree]:
        """Écrit d'un seul coup, tout ou rien ; `ConflictError` si quelqu'un a écrit l'un de ces champs depuis."""
        propres = [c.clean() for c in changements]
        if not propres:
            return []
        commun = {"role": clean_key(role), "geste": geste, "vise": vise, "lot": propres[0].uuid}
        return self.base.write(lambda c: append(c, self.territoire, propres, commun), self.territoire)

    def restore(self, objet: str, cle: str, version: int, role: str) -> list[Entree]:
        """Remet tout l'objet comme il était juste après l'entrée `version`."""
        present, passe = self.state(objet, cle), self.state(objet, cle, at=version)
        origine = {e.champ: e.avant for e in self.history(objet, cle, limite=None) if e.version == 0}
        cible = origine | dict(passe.valeurs)
        changes = [champ for champ, v in present.valeurs.items() if not same_value(v, cible[champ])]
        return self.record_all([present.change(champ, cible[champ]) for champ in changes], role, "retour", version)

    def state(self, objet: str, cle: str, at: int | None = None) -> EtatObjet:
        """L'objet rejoué, maintenant ou juste après l'entrée `at`."""
        return self.states(objet, at, clean_key(cle)).get(clean_key(cle), EtatObjet(objet, clean_key(cle)))

    def states(self, objet: str, at: int | None = None, cle: str | None = None) -> dict[str, EtatObjet]:
        """Tous les objets d'une sorte, rejoués en une lecture."""
        ici = [COLONNE.territoire == self.territoire, COLONNE.objet == clean_key(objet)]
        ici += ([] if cle is None else [COLONNE.cle == cle]) + ([] if at is None else [COLONNE.id <= at])
        dernieres = sa.select(sa.func.max(COLONNE.id)).where(*ici).group_by(COLONNE.cle, COLONNE.champ)
        rendus: dict[str, EtatObjet] = {}
        for e in self._entries(COLONNE.id.in_(dernieres), COLONNE.objet == clean_key(objet)):
            etat = rendus.setdefault(e.cle, EtatObjet(e.objet, e.cle, {}, {}))
            etat.valeurs[e.champ], etat.versions[e.champ] = e.apres, e.id
        return rendus

    def since(self, dernier: int) -> list[Entree]:
        """Ce que les autres ont écrit depuis : à demander chaque seconde ; une entrée n'apparaît jamais en retard."""
        return list(self._entries(COLONNE.id > dernier))

    def last_id(self) -> int:
        return self.base.read(lambda c: last_id(c, self.territoire))

    def version_at(self, quand: datetime) -> int:
        """La dernière entrée à cette date."""
        borne = quand.astimezone(UTC).isoformat(timespec="milliseconds")
        demande = sa.select(sa.func.max(COLONNE.id)).where(
            COLONNE.territoire == self.territoire, COLONNE.quand <= borne
        )
        return self.base.read(lambda c: c.scalar(demande)) or 0

    def entry(self, numero: int) -> Entree:
        trouvees = list(self._entries(COLONNE.id == numero))
        if not trouvees:
            raise CtgError(f"Le journal n'a pas d'entrée {numero}.", self.base.ou, "Recharger l'historique.")
        return trouvees[0]

    def history(
        self, objet: str | None = None, cle: str | None = None, champ: str | None = None, limite: int | None = 200
    ) -> list[Entree]:
        """Les changements, le plus récent d'abord ; `phrase(entree)` les dit en français."""
        demandes = ((COLONNE.objet, objet), (COLONNE.cle, cle), (COLONNE.champ, champ))
        filtres = [colonne == clean_key(v) for colonne, v in demandes if v is not None]
        return list(self._entries(*filtres, ordre=COLONNE.id.desc(), limite=limite))

    def close(self) -> None:
        self.base.close()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _entries(
        self, *filtres: sa.ColumnElement[bool], ordre: sa.ColumnElement = COLONNE.id, limite: int | None = None
    ) -> Iterator[Entree]:
        demande = (
            sa.select(ENTREES).where(COLONNE.territoire == self.territoire, *filtres).order_by(ordre).limit(limite)
        )
        return iter(self.base.read(lambda c: [Entree.of_row(ligne) for ligne in c.execute(demande)]))


def open_journal(territoire: str | os.PathLike[str]) -> Journal:
    """Le journal d'un territoire (code ou dossier) : dans son dossier, ou là où CTG_JOURNAL le dit."""
    dossier = find_folder(territoire)
    ailleurs = os.environ.get("CTG_JOURNAL", "").strip()
    if not ailleurs:
        base = open_file(dossier / NOM)
        return Journal(base, own_code(base) or dossier.resolve().name)
    return Journal(open_shared(ailleurs), dossier.resolve().name)


def has_journal(territoire: str | os.PathLike[str]) -> bool:
    """Lire un territoire où personne n'a encore rien fait ne lui crée pas de journal."""
    return bool(os.environ.get("CTG_JOURNAL", "").strip()) or (find_folder(territoire) / NOM).exists()
