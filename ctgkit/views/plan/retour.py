"""Annuler : les derniers gestes de cette page, un pas à la fois ; une frappe continue ne fait qu'un pas."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from ctgkit.storage.journal import Entree
from ctgkit.storage.journal.plan import PlanStore

FRAPPE = timedelta(minutes=1)
Pas = tuple[Entree, ...]


class Retour:
    """La pile des pas de cette session. Annuler est une écriture de plus : l'historique garde tout."""

    def __init__(self, store: PlanStore) -> None:
        self.store = store
        self.pas: list[Pas] = []

    def keep(self, entrees: Sequence[Entree]) -> None:
        """Ce que l'on vient d'écrire ; la suite d'une même frappe rejoint le pas d'avant."""
        if not entrees:
            return
        dernier = self.pas[-1] if self.pas else ()
        if len(entrees) == len(dernier) == 1 and _continues(dernier[0], entrees[0]):
            self.pas[-1] = (replace(entrees[0], avant=dernier[0].avant),)
        else:
            self.pas.append(tuple(entrees))

    def undo(self, role: str) -> None:
        """Ce qui est né de ce pas quitte le plan ; tout le reste reprend sa valeur d'avant."""
        if not self.pas:
            return
        pas = self.pas.pop()
        naissances = [e for e in pas if is_birth(e)]
        nees = {(e.objet, e.cle) for e in naissances}
        if reste := [e for e in pas if (e.objet, e.cle) not in nees]:
            self.store.undo(reste, role)
        for objet in {e.objet for e in naissances}:
            cles = [e.cle for e in naissances if e.objet == objet]
            self.store.write_all([(cle, "retiree", True) for cle in cles], role, objet)


def is_birth(entree: Entree) -> bool:
    """Le premier champ de ce qui n'était pas dans le fichier : tout naît de ce coup."""
    return entree.champ == "code" and entree.avant is None and entree.version == 0


def _continues(avant: Entree, apres: Entree) -> bool:
    meme = (avant.objet, avant.cle, avant.champ, avant.role) == (apres.objet, apres.cle, apres.champ, apres.role)
    return meme and apres.version == avant.id and apres.quand - avant.quand < FRAPPE
