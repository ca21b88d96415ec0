"""La seule porte des fichiers : lire, vérifier, lister et créer des territoires."""

from ctgkit.storage.fichiers import locked, read_bytes, write_text
from ctgkit.storage.territoire.commun import (
    NationalCommune,
    Registre,
    caf_rule,
    national_communes,
    origines,
    search_communes,
)
from ctgkit.storage.territoire.folders import data_folder, find_folder, is_code
from ctgkit.storage.territoire.reponses import write_answer
from ctgkit.storage.territoire.skeleton import new_territoire
from ctgkit.storage.territoire.territories import (
    list_territoires,
    load_territoire,
    read_tables,
    verify,
)

__all__ = [
    "NationalCommune",
    "Registre",
    "caf_rule",
    "data_folder",
    "find_folder",
    "is_code",
    "list_territoires",
    "load_territoire",
    "locked",
    "national_communes",
    "new_territoire",
    "origines",
    "read_bytes",
    "read_tables",
    "search_communes",
    "verify",
    "write_answer",
    "write_text",
]
