"""Ce qu'une bibliothèque charge à son import et dont rien ici ne se sert."""

import importlib
import sys


def import_jsonschema() -> None:
    """jsonschema, que nbformat demande, sans les grammaires d'adresses IRI qu'il compile sinon à son import (1 s).

    Il s'en passe quand elles manquent ; aucun de nos fichiers n'a de champ IRI. Le module reste ensuite importable.
    """
    import_without("rfc3987_syntax", "jsonschema")


def import_without(absent: str, module: str) -> None:
    if module in sys.modules or absent in sys.modules:
        return
    sys.modules[absent] = None
    try:
        importlib.import_module(module)
    finally:
        del sys.modules[absent]
