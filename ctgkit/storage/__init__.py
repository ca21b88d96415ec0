"""La seule porte des fichiers : lire, vérifier, lister et créer des territoires."""

from ctgkit.storage.fichiers import locked, read_bytes, write_text
from ctgkit.storage.territoire import (
    NationalCommune,
    Registre,
    TerritoireResume,
    data_folder,
    find_folder,
    is_code,
    list_territoires,
    load_territoire,
    national_communes,
    new_territoire,
    origines,
    read_tables,
    search_communes,
    verify,
)

__all__ = [
    "NationalCommune",
    "Registre",
    "TerritoireResume",
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
    "write_text",
]
