"""La seule porte des fichiers : lire, vérifier, lister et créer des territoires."""

from ctgkit.storage.folders import data_folder, find_folder, is_code
from ctgkit.storage.france import NationalCommune, national_communes
from ctgkit.storage.origines import Registre, origines
from ctgkit.storage.skeleton import new_territoire
from ctgkit.storage.territories import TerritoireResume, list_territoires, load_territoire, verify
from ctgkit.storage.writing import locked, write_text

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
    "verify",
    "write_text",
]
