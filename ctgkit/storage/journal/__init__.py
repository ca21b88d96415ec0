"""Le journal d'un territoire : ce que les autres pièces en utilisent."""

from ctgkit.storage.journal.base import CorruptJournalError
from ctgkit.storage.journal.coeur import Changement, ConflictError, Conflit, Etat, Journal, open_journal
from ctgkit.storage.journal.entrees import Entree, phrase
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
