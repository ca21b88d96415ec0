"""Le journal d'un territoire : ce que les autres pièces en utilisent."""

from ctgkit.storage.journal.base import CorruptJournalError
from ctgkit.storage.journal.coeur import (
    Changement,
    ConflictError,
    EtatObjet,
    Journal,
    has_journal,
    open_journal,
)
from ctgkit.storage.journal.entrees import Entree, actor, moment, phrase, same_value
from ctgkit.storage.journal.scenarios import (
    SavedScenario,
    duplicate_scenario,
    find_scenario,
    list_scenarios,
    load_scenario,
    save_scenario,
)

__all__ = [
    "Changement",
    "ConflictError",
    "CorruptJournalError",
    "Entree",
    "EtatObjet",
    "Journal",
    "SavedScenario",
    "actor",
    "duplicate_scenario",
    "find_scenario",
    "has_journal",
    "list_scenarios",
    "load_scenario",
    "moment",
    "open_journal",
    "phrase",
    "same_value",
    "save_scenario",
]
