"""Le journal vu d'une page : ce qu'elle a lu, ce qu'elle écrit, et les pas que l'on peut annuler.

Écrire par-dessus ce que quelqu'un a changé depuis qu'on l'a lu lève `ConflictError` : la page montre les deux versions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Self

from ctgkit.errors import CtgError
from ctgkit.storage.journal import Changement, ConflictError, Entree, EtatObjet, Journal, open_journal, same_value

SAISIE, ANNULATION = "saisie", "annulation"
PROFONDEUR = 100
Pas = tuple[Entree, ...]


class Memoire:
    """Une personne, par sa fonction, devant le journal d'un territoire ; sans journal, la page se lit seulement.

    `frappe` : deux écritures du même champ, plus proches que cela, ne font qu'un pas à annuler.
    """

    def __init__(
        self, journal: Journal | None, role: str, empechement: str = "", frappe: timedelta = timedelta(0)
    ) -> None:
        self.journal, self.role, self.frappe = journal, role, frappe
        self.empechement = empechement or (journal.lecture_seule if journal else "")
        self._lus: dict[tuple[str, str], EtatObjet] = {}
        self._sortes: set[str] = set()
        self.passes: list[Pas] = []
        self.annules: list[Pas] = []

    @classmethod
    def open(cls, dossier: str, role: str) -> Self:
        """Sans journal lisible, la page s'ouvre quand même et dit que rien ne s'y garde."""
        try:
            return cls(open_journal(dossier), role)
        except CtgError as erreur:
            return cls(None, role, str(erreur))

    @property
    def lecture_seule(self) -> str:
        """Pourquoi rien ne se garde, en français ; vide quand tout va bien."""
        return self.empechement

    # Lire

    def states(self, objet: str) -> dict[str, EtatObjet]:
        """Tous les objets d'une sorte, relus ; la page répondra à ces versions."""
        lus = self.journal.states(objet) if self.journal else {}
        self._lus = {vu: e for vu, e in self._lus.items() if vu[0] != objet}
        self._lus |= {(objet, cle): e for cle, e in lus.items()}
        self._sortes.add(objet)
        return lus

    def values(self, objet: str, champ: str) -> dict[str, Any]:
        """Ce champ de chaque objet, relu, sans ce qui est vide."""
        return {cle: e.valeurs[champ] for cle, e in self.states(objet).items() if e.valeurs.get(champ)}

    def state(self, objet: str, cle: str) -> EtatObjet:
        """Un objet tel que la page l'a vu ; lu la première fois, absent si sa sorte a été lue sans lui."""
        if (objet, cle) not in self._lus:
            absent = self.journal is None or objet in self._sortes
            self._lus[objet, cle] = EtatObjet(objet, cle) if absent else self.journal.state(objet, cle)
        return self._lus[objet, cle]

    def value(self, objet: str, cle: str, champ: str) -> Any:
        return self.state(objet, cle).valeurs.get(champ)

    def reload(self) -> None:
        """Tout sera relu : la personne a choisi l'autre version, ou veut répondre à la dernière."""
        self._lus.clear()
        self._sortes.clear()

    # Écrire

    def write(self, objet: str, cle: str, champ: str, apres: Any) -> list[Entree]:
        """Refusé si quelqu'un d'autre a écrit ce champ depuis qu'on l'a lu, sauf s'il y a écrit la même chose."""
        return self.write_all([self.state(objet, cle).change(champ, apres)])

    def write_all(self, changements: Iterable[Changement]) -> list[Entree]:
        """Tous, ou aucun ; ce qui est vraiment nouveau fait un pas de plus à annuler."""
        voulus = list(changements)
        avant = {(c.objet, c.cle, c.champ): c.version for c in voulus}
        try:
            entrees = self.record(voulus)
        except ConflictError as desaccord:
            if not all(c.identique for c in desaccord.conflits):
                raise
            self.reload()
            return []
        if neuves := [e for e in entrees if e.id != avant[e.objet, e.cle, e.champ]]:
            self.follow(neuves)
            self.step(neuves)
        return neuves

    def record(self, changements: Sequence[Changement], geste: str = SAISIE, vise: int | None = None) -> list[Entree]:
        """La seule écriture : une page qui tient son propre compte des versions la remplace."""
        if self.journal is None or self.empechement:
            raise CtgError("Rien n'a été gardé.", "journal du territoire", self.empechement or "Recharger la page.")
        return self.journal.record_all(changements, self.role, geste, vise)

    def follow(self, entrees: Iterable[Entree]) -> None:
        """Ce qui vient d'être écrit est ce que la page a vu."""
        for e in entrees:
            vu = self.state(e.objet, e.cle)
            self._lus[e.objet, e.cle] = replace(
                vu, valeurs={**vu.valeurs, e.champ: e.apres}, versions={**vu.versions, e.champ: e.id}
            )

    # Annuler et rétablir : une écriture de plus, l'historique garde tout

    def step(self, entrees: Sequence[Entree]) -> None:
        """Un geste fait un pas ; la suite d'une même frappe rejoint celui d'avant."""
        dernier = self.passes[-1] if self.passes else ()
        if len(entrees) == len(dernier) == 1 and self._continues(dernier[0], entrees[0]):
            self.passes[-1] = (replace(entrees[0], avant=dernier[0].avant),)
        else:
            self.passes.append(tuple(entrees))
        self.annules.clear()

    def _continues(self, avant: Entree, apres: Entree) -> bool:
        meme = (avant.objet, avant.cle, avant.champ, avant.role) == (apres.objet, apres.cle, apres.champ, apres.role)
        return meme and apres.version == avant.id and apres.quand - avant.quand < self.frappe

    def replay(self, objet: str, cle: str, champ: str) -> None:
        """Les pas faits avant cette page sur ce champ, retrouvés au journal : on annule aussi après un rechargement."""
        self.passes, self.annules = [], []
        for entree in reversed(self.journal.history(objet, cle, champ, limite=PROFONDEUR) if self.journal else ()):
            if entree.geste == ANNULATION and self.passes:
                self.passes.pop()
            else:
                self.passes.append((entree,))

    @property
    def can_undo(self) -> bool:
        return bool(self.passes) and not self.lecture_seule

    @property
    def can_redo(self) -> bool:
        return bool(self.annules) and not self.lecture_seule

    def undo(self) -> Pas:
        """Remet les valeurs d'avant ; `ConflictError` si quelqu'un d'autre a changé l'une d'elles depuis."""
        pas = self.passes[-1]
        self.follow(self.record(self.inverse(pas), ANNULATION, pas[0].id))
        self.annules.append(self.passes.pop())
        return pas

    def inverse(self, pas: Pas) -> list[Changement]:
        return [Changement(e.objet, e.cle, e.champ, e.avant, self._answered(e)) for e in pas]

    def _answered(self, entree: Entree) -> int:
        """L'entrée à laquelle répondre : celle que l'on annule, ou l'annulation qui vient d'y ramener."""
        presente = self.state(entree.objet, entree.cle).versions.get(entree.champ, 0)
        if presente == entree.id or not presente:
            return entree.id
        derniere = self.journal.entry(presente)
        return presente if derniere.geste == ANNULATION and same_value(derniere.apres, entree.apres) else entree.id

    def redo(self) -> Pas:
        *restent, pas = self.annules
        entrees = self.record([self.state(e.objet, e.cle).change(e.champ, e.apres) for e in pas])
        self.follow(entrees)
        self.passes.append(tuple(entrees))
        self.annules = restent
        return pas
