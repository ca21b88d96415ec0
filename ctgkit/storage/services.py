"""Les types de service que le droit connaît, lus dans `ctgkit/droit/*.yaml` : rien à déclarer ailleurs."""

from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import ctgkit
from ctgkit.storage.report import Report
from ctgkit.storage.yaml_tree import plain, read_tree


@lru_cache(maxsize=1)
def service_units() -> MappingProxyType[str, str]:
    """Code du service → unité de sa quantité (`eaje` → `places`)."""
    unites = {}
    for chemin in sorted((Path(ctgkit.__file__).parent / "droit").glob("*.yaml")):
        node = read_tree(chemin, Report(chemin.name))
        contenu = plain(node) if node else None
        service = contenu.get("service") if isinstance(contenu, dict) else None
        if isinstance(service, dict) and service.get("code"):
            unites[str(service["code"])] = str(service.get("unite") or "")
    return MappingProxyType(unites)
