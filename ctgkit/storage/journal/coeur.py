"""Le journal : tout ce que les personnes ont fait, gardé pour toujours, rejoué pour dire l'état présent."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from ctgkit.errors import CtgError
from ctgkit.storage.journal.base import Base
from ctgkit.storage.journal.conflits import Changement, Etat
from ctgkit.storage.journal.ecriture import append, last_id
from ctgkit.storage.journal.tables import ENTREES, Entree, clean_key, same_value

E = ENTREES.c


class Journal:
    """Le journal d'un territoire. Une entrée rendue par `record` est sur le disque et ne sera jamais perdue."""

    def __init__(self, base: Base, territoire: str) -> None:
        self.base, self.territoire = base, territoire

    @property
    def lecture_seule(self) -> str:
        """Pourquoi rien ne peut être écrit, en français ; vide quand tout va bien."""
        return self.base.lecture_seule

    def record(  # noqa: PLR0913
        self, objet: str, cle: str, champ: str, apres: Any, *, role: str, version: int | None, avant: Any = None,
        uuid: str = "",
    ) -> Entree:  # fmt: skip
        """Écrit un changement, ou lève `ConflictError` si quelqu'un a écrit ce champ depuis `version`."""
        plus = {"uuid": uuid} if uuid else {}
        return self.record_all([Changement(objet, cle, champ, apres, version, avant, **plus)], role)[0]

    def record_all(
        self, changements: Iterable[Changement], role: str, geste: str = "saisie", vise: int | None = None
    ) -> list[Entree]:
        """Écrit plusieurs changements d'un seul coup : tous, ou aucun."""
        propres = [c.clean() for c in changements]
        if not propres:
            return []
        commun = {"role": clean_key(role), "geste": geste, "vise": vise, "lot": propres[0].uuid}
        return self.base.write(lambda c: append(c, self.territoire, propres, commun), self.territoire)

    def undo(self, *entrees: Entree | int, role: str) -> list[Entree]:
        """Remet la valeur d'avant, par une nouvelle entrée ; `ConflictError` si le champ a changé depuis."""
        visees = [e if isinstance(e, Entree) else self.entry(e) for e in entrees]
        retours = [Changement(e.objet, e.cle, e.champ, e.avant, e.id) for e in visees]
        return self.record_all(retours, role, "annulation", visees[0].id if visees else None)

    def restore(self, objet: str, cle: str, version: int, role: str) -> list[Entree]:
        """Remet tout l'objet comme il était juste après l'entrée `version`."""
        present, passe = self.state(objet, cle), self.state(objet, cle, at=version)
        origine = {e.champ: e.avant for e in self.history(objet, cle, limite=None) if e.version == 0}
        cible = origine | dict(passe.valeurs)
        changes = [champ for champ, v in present.valeurs.items() if not same_value(v, cible[champ])]
        return self.record_all([present.change(champ, cible[champ]) for champ in changes], role, "retour", version)

    def state(self, objet: str, cle: str, at: int | None = None) -> Etat:
        """L'objet rejoué, maintenant ou juste après l'entrée `at`."""
        return self.states(objet, at, clean_key(cle)).get(clean_key(cle), Etat(objet, clean_key(cle)))

    def states(self, objet: str, at: int | None = None, cle: str | None = None) -> dict[str, Etat]:
        """Tous les objets d'une sorte, rejoués en une lecture."""
        ici = [E.territoire == self.territoire, E.objet == clean_key(objet)]
        ici += ([] if cle is None else [E.cle == cle]) + ([] if at is None else [E.id <= at])
        dernieres = sa.select(sa.func.max(E.id)).where(*ici).group_by(E.cle, E.champ)
        rendus: dict[str, Etat] = {}
        for e in self._entries(E.id.in_(dernieres), E.objet == clean_key(objet)):
            etat = rendus.setdefault(e.cle, Etat(e.objet, e.cle, {}, {}))
            etat.valeurs[e.champ], etat.versions[e.champ] = e.apres, e.id
        return rendus

    def since(self, dernier: int) -> list[Entree]:
        """Ce que les autres ont écrit depuis : à demander chaque seconde ; une entrée n'apparaît jamais en retard."""
        return list(self._entries(E.id > dernier))

    def last_id(self) -> int:
        return self.base.read(lambda c: last_id(c, self.territoire))

    def version_at(self, quand: datetime) -> int:
        """La dernière entrée à cette date."""
        borne = quand.astimezone(UTC).isoformat(timespec="milliseconds")
        demande = sa.select(sa.func.max(E.id)).where(E.territoire == self.territoire, E.quand <= borne)
        return self.base.read(lambda c: c.scalar(demande)) or 0

    def entry(self, numero: int) -> Entree:
        trouvees = list(self._entries(E.id == numero))
        if not trouvees:
            raise CtgError(f"Le journal n'a pas d'entrée {numero}.", self.base.ou, "Recharger l'historique.")
        return trouvees[0]

    def batch(self, entree: Entree) -> list[Entree]:
        """Les entrées écrites du même coup."""
        return list(self._entries(E.lot == entree.lot))

    def history(
        self, objet: str | None = None, cle: str | None = None, champ: str | None = None, limite: int | None = 200
    ) -> list[Entree]:
        """Les changements, le plus récent d'abord ; `phrase(entree)` les dit en français."""
        demandes = ((E.objet, objet), (E.cle, cle), (E.champ, champ))
        filtres = [colonne == clean_key(v) for colonne, v in demandes if v is not None]
        return list(self._entries(*filtres, ordre=E.id.desc(), limite=limite))

    def close(self) -> None:
        self.base.close()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _entries(
        self, *filtres: sa.ColumnElement[bool], ordre: sa.ColumnElement = E.id, limite: int | None = None
    ) -> Iterator[Entree]:
        demande = sa.select(ENTREES).where(E.territoire == self.territoire, *filtres).order_by(ordre).limit(limite)
        return iter(self.base.read(lambda c: [Entree.of_row(ligne) for ligne in c.execute(demande)]))
