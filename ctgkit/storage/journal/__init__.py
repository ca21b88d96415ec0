"""Le journal d'un territoire : ce que les autres pièces en utilisent."""

from ctgkit.storage.journal.coeur import Journal
from ctgkit.storage.journal.conflits import Changement, ConflictError, Conflit, Etat
from ctgkit.storage.journal.ouverture import open_journal
from ctgkit.storage.journal.pannes import CorruptJournalError
from ctgkit.storage.journal.phrases import phrase
from ctgkit.storage.journal.scenarios import (
    SavedScenario,
    duplicate_scenario,
    find_scenario,
    list_scenarios,
    load_scenario,
    remove_scenario,
    rename_scenario,
    save_scenario,
)
from ctgkit.storage.journal.tables import Entree

__all__ = [
    "Changement",
    "ConflictError",
    "Conflit",
    "CorruptJournalError",
    "Entree",
    "Etat",
    "Journal",
    "SavedScenario",
    "duplicate_scenario",
    "find_scenario",
    "list_scenarios",
    "load_scenario",
    "open_journal",
    "phrase",
    "remove_scenario",
    "rename_scenario",
    "save_scenario",
]
