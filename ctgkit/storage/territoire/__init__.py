"""Le dossier d'un territoire : le trouver, le lire et le vérifier en entier, en créer un."""

from ctgkit.storage.territoire.commun import NationalCommune, Registre, national_communes, origines, search_communes
from ctgkit.storage.territoire.folders import data_folder, find_folder, is_code
from ctgkit.storage.territoire.skeleton import new_territoire
from ctgkit.storage.territoire.territories import (
    TerritoireResume,
    list_territoires,
    load_territoire,
    read_tables,
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
    "national_communes",
    "new_territoire",
    "origines",
    "read_tables",
    "search_communes",
    "verify",
]
