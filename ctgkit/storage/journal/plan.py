"""Le plan tenu par le journal : le fichier du territoire, rejoué avec tout ce qui a été écrit depuis."""

import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.plan import Plan, check_frozen, file_items, replay, to_stored
from ctgkit.plan.modele import SORTES, copied, element_codes, fiche_codes
from ctgkit.storage.journal.coeur import Changement, ConflictError, Journal, open_journal
from ctgkit.storage.journal.entrees import Entree
from ctgkit.storage.territoire.territories import load_territoire
from ctgkit.territoire import Territoire

OBJETS = ("enjeu", "objectif", "fiche", "plan")


def open_plan(territoire: str | os.PathLike[str]) -> "PlanStore":
    """Le plan d'un territoire (code ou dossier), prêt à être lu et changé."""
    return PlanStore(load_territoire(territoire), open_journal(territoire))


class PlanStore:
    """Le plan présent, tenu à jour entrée par entrée ; chaque changement va au journal avant d'être montré."""

    def __init__(self, territoire: Territoire, journal: Journal) -> None:
        self.territoire, self.journal = territoire, journal
        self._fichier = file_items(territoire.plan)
        self._changes: dict[str, dict[str, dict[str, Any]]] = {o: {} for o in OBJETS}
        self._versions: dict[tuple[str, str, str], int] = {}
        self.dernier = journal.last_id()
        self.ecrites: list[Entree] = []
        for objet in OBJETS:
            for cle, etat in journal.states(objet).items():
                self._changes[objet][cle] = dict(etat.valeurs)
                self._versions |= {(objet, cle, champ): v for champ, v in etat.versions.items()}
        self.plan = self._replay()

    def _replay(self) -> Plan:
        return replay(self._fichier, self._changes)

    def refresh(self) -> list[Entree]:
        """Ce qui a été écrit depuis, par cette page ou par une autre."""
        return self.take(self.journal.since(self.dernier))

    def take(self, entrees: Iterable[Entree]) -> list[Entree]:
        """Les entrées que l'on ne connaissait pas, rejouées sur le plan présent."""
        neuves = sorted((e for e in entrees if e.id > self.dernier), key=lambda e: e.id)
        if not neuves:
            return []
        self.dernier = neuves[-1].id
        utiles = [e for e in neuves if e.objet in OBJETS]
        for e in utiles:
            self._changes[e.objet].setdefault(e.cle, {})[e.champ] = e.apres
            self._versions[e.objet, e.cle, e.champ] = e.id
        if utiles:
            self.plan = self._replay()
        return utiles

    def version(self, cle: str, champ: str, objet: str = "fiche") -> int:
        return self._versions.get((objet, cle, champ), 0)

    def versions(self, objet: str, cle: str) -> dict[str, int]:
        """L'entrée dont vient chaque champ changé de cet objet."""
        return {champ: v for (o, c, champ), v in self._versions.items() if (o, c) == (objet, cle)}

    @property
    def origin(self) -> Plan:
        """Le plan du fichier, avant tout changement."""
        return replay(self._fichier)

    def before(self, quand: datetime) -> Plan:
        """Le plan tel qu'il était à cette date."""
        return self.at(self.journal.version_at(quand))

    def at(self, entree: int) -> Plan:
        """Le plan tel qu'il était juste après cette entrée ; 0 : celui du fichier."""
        passe = {o: {c: e.valeurs for c, e in self.journal.states(o, at=entree).items()} for o in OBJETS}
        return replay(self._fichier, passe)

    def write(  # noqa: PLR0913, PLR0917
        self,
        cle: str,
        champ: str,
        valeur: Any,
        role: str,
        version: int | None = None,
        objet: str = "fiche",
        requete: str = "",
    ) -> Entree:
        """Écrit un champ, ou lève `ConflictError` si quelqu'un l'a écrit depuis `version` (celle que l'on voit)."""
        if objet == "fiche" and champ == "indicateurs":
            check_frozen(self.plan, cle, valeur)
        vue = self.version(cle, champ, objet) if version is None else version
        change = Changement(
            objet, cle, champ, valeur, vue, self._in_file(objet, cle, champ), requete or uuid.uuid4().hex
        )
        return self.record([change], role)[0]

    def write_all(self, changements: Iterable[tuple[str, str, Any]], role: str, objet: str = "fiche") -> list[Entree]:
        """Plusieurs champs d'un coup (un lot, une copie) : tous, ou aucun."""
        return self.write_lot(((objet, *change) for change in changements), role)

    def write_lot(self, changements: Iterable[tuple[str, str, str, Any]], role: str) -> list[Entree]:
        """De même, pour des objets de plusieurs sortes : objet, clé, champ, valeur ; s'annule d'un coup."""
        vus = [
            Changement(objet, cle, champ, v, self.version(cle, champ, objet), self._in_file(objet, cle, champ))
            for objet, cle, champ, v in changements
        ]
        for change in vus:
            if change.champ == "indicateurs" and change.objet == "fiche":
                check_frozen(self.plan, change.cle, change.apres)
        return self.record(vus, role)

    def create(self, debut: str, valeurs: Mapping[str, Any], role: str) -> str:
        """Une fiche nouvelle, au premier numéro libre ; si quelqu'un le prend au même instant, au suivant."""
        return self._create("fiche", partial(fiche_codes, debut), valeurs, role)

    def _create(self, objet: str, codes: Callable[[], Iterator[str]], valeurs: Mapping[str, Any], role: str) -> str:
        for _ in range(50):
            pris = self._taken(objet)
            cle = next(c for c in codes() if c not in pris)
            champs = {"code": cle, **{c: v for c, v in valeurs.items() if c != "code"}}
            try:
                self.write_all([(cle, c, v) for c, v in champs.items()], role, objet)
                return cle
            except ConflictError:
                self.refresh()
        raise CtgError("Aucun numéro libre pour cette fiche.", objet, "Recharger la page, puis recommencer.")

    def create_element(self, sorte: str, parent: str, valeurs: Mapping[str, Any], role: str) -> str:
        """Un enjeu ou un objectif de plus, au premier code libre."""
        return self._create(sorte, partial(element_codes, sorte, parent), valeurs, role)

    def _taken(self, objet: str) -> set[str]:
        """Les codes déjà donnés, même à ce qui a été retiré."""
        presents = {f.code for f in self.plan.fiches} if objet == "fiche" else set()
        return {*self._changes[objet], *self._fichier[SORTES[objet]], *presents}

    def is_free(self, cle: str) -> bool:
        """Aucune fiche, présente ou retirée, n'a jamais eu cette clé."""
        return cle not in self._changes["fiche"] and cle not in self._fichier["fiches"]

    def duplicate(self, cle: str, role: str) -> str:
        fiche = self.plan.fiche(cle)
        if fiche is None:
            raise CtgError("Cette fiche n'existe plus.", f"fiche {cle}", "Recharger la page.")
        return self.create(fiche.code.rpartition("-")[0] or fiche.code, copied(fiche), role)

    def remove(self, cle: str, role: str) -> None:
        """La fiche quitte le plan ; rien n'est perdu, l'historique peut la rendre."""
        self.write(cle, "retiree", True, role)

    def restore(self, cle: str, version: int, role: str) -> list[Entree]:
        faites = self.journal.restore("fiche", cle, version, role)
        self.ecrites += faites
        self.refresh()
        return faites

    def history(self, cle: str | None = None, limite: int = 200) -> list[Entree]:
        """Ce qui a été écrit sur une fiche, ou sur tout le plan, le plus récent d'abord."""
        if cle is not None:
            return self.journal.history("fiche", cle, limite=limite)
        return [e for e in self.journal.history(limite=limite) if e.objet in OBJETS]

    @property
    def removed(self) -> dict[str, str]:
        """Les fiches retirées du plan, par clé : leur intitulé."""
        retirees = {c: v for c, v in self._changes["fiche"].items() if v.get("retiree")}
        lues = {c: {**self._fichier["fiches"].get(c, {}), **v} for c, v in retirees.items()}
        return {c: str(v.get("titre") or "sans intitulé") for c, v in lues.items()}

    def in_file(self, cle: str) -> bool:
        """La fiche est dans le fichier du territoire : elle a un état d'origine où revenir."""
        return cle in self._fichier["fiches"]

    def _in_file(self, objet: str, cle: str, champ: str) -> Any:
        return None if objet == "plan" else to_stored(self._fichier[SORTES[objet]].get(cle, {}).get(champ))

    def record(
        self, changements: Sequence[Changement], role: str, geste: str = "saisie", vise: int | None = None
    ) -> list[Entree]:
        """Écrit tout, ou rien ; `ecrites` réunit ce que cette session écrit, de quoi l'annuler."""
        entrees = self.journal.record_all(changements, role, geste, vise)
        self.ecrites += entrees
        self.refresh()
        return entrees

    def take_written(self) -> list[Entree]:
        """Ce que cette session a écrit depuis la dernière demande."""
        prises, self.ecrites = self.ecrites, []
        return prises
