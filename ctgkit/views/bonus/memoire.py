"""Ce que la page garde dans le journal : le brouillon de chaque fonction, ses retours en arrière, les scénarios."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.storage.journal import (
    ConflictError,
    Entree,
    Etat,
    Journal,
    SavedScenario,
    duplicate_scenario,
    find_scenario,
    list_scenarios,
    save_scenario,
)
from ctgkit.territoire import Scenario
from ctgkit.views.bonus.etat import Brouillon

OBJET, CHAMP = "brouillon_bonus", "scénario en cours"
PROFONDEUR = 100


class Memoire:
    """Le brouillon est écrit à chaque changement ; revenir en arrière est une écriture de plus."""

    def __init__(self, journal: Journal, role: str) -> None:
        self.journal, self.role = journal, role
        self.annules: list[Brouillon] = []
        self._relire()

    def _relire(self) -> None:
        """Le brouillon présent et ceux qui l'ont précédé, rejoués depuis le journal."""
        self.etat: Etat = self.journal.state(OBJET, self.role)
        self.passes: list[Entree] = []
        for entree in reversed(self.journal.history(OBJET, self.role, CHAMP, limite=PROFONDEUR)):
            if entree.geste == "annulation" and self.passes:
                self.passes.pop()
            else:
                self.passes.append(entree)

    @property
    def lecture_seule(self) -> str:
        return self.journal.lecture_seule

    def draft(self) -> Brouillon | None:
        return _read(self.etat.valeurs.get(CHAMP))

    def keep(self, brouillon: Brouillon) -> None:
        """`ConflictError` si la même fonction a écrit ailleurs depuis."""
        if self.lecture_seule:
            return
        avant = self.etat.versions.get(CHAMP, 0)
        (entree,) = self.journal.record_all([self.etat.change(CHAMP, brouillon.as_mapping())], self.role)
        if entree.id != avant:
            self._follow(entree)
            self.passes.append(entree)
            self.annules.clear()

    def take_over(self, brouillon: Brouillon) -> None:
        """Écrit quand même : la personne a vu l'autre version et garde la sienne."""
        self._relire()
        self.keep(brouillon)

    def reload(self) -> Brouillon | None:
        self._relire()
        return self.draft()

    @property
    def peut_annuler(self) -> bool:
        return bool(self.passes) and not self.lecture_seule

    @property
    def peut_retablir(self) -> bool:
        return bool(self.annules)

    def undo(self) -> Brouillon:
        """Le brouillon d'avant le dernier changement."""
        present, vise = self.draft(), self.passes[-1]
        retour = self.etat.change(CHAMP, vise.avant)
        (entree,) = self.journal.record_all([retour], self.role, "annulation", vise.id)
        self.passes.pop()
        self.annules.append(present or Brouillon())
        self._follow(entree)
        return self.draft() or Brouillon()

    def redo(self) -> Brouillon:
        suivants = self.annules[:]
        brouillon = suivants.pop()
        self.keep(brouillon)
        self.annules = suivants
        return brouillon

    def _follow(self, entree: Entree) -> None:
        valeurs, versions = {**self.etat.valeurs, CHAMP: entree.apres}, {**self.etat.versions, CHAMP: entree.id}
        self.etat = replace(self.etat, valeurs=valeurs, versions=versions)

    def scenarios(self) -> list[SavedScenario]:
        return list_scenarios(self.journal)

    def save(self, scenario: Scenario, suit: str) -> SavedScenario:
        """La suite du scénario que l'on reprend, ou un nouveau."""
        vu = next((s for s in self.scenarios() if s.id == suit), None)
        pris = {s.nom for s in self.scenarios() if s.id != suit}
        if scenario.nom in pris:
            raise CtgError(
                f"Un scénario s'appelle déjà « {scenario.nom} ».", "Nom du scénario", "Choisir un autre nom."
            )
        return save_scenario(self.journal, scenario, self.role, vu)

    def duplicate(self, identifiant: str) -> SavedScenario:
        return duplicate_scenario(self.journal, identifiant, self.role)

    def find(self, identifiant: str) -> SavedScenario:
        return find_scenario(self.journal, identifiant)


def _read(contenu: Any) -> Brouillon | None:
    """Un brouillon d'une autre version de l'outil, que l'on ne sait plus lire, ne bloque pas la page."""
    if not isinstance(contenu, Mapping):
        return None
    try:
        return Brouillon.of_mapping(contenu)
    except (KeyError, TypeError, ValueError):
        return None


__all__ = ["ConflictError", "Memoire"]
