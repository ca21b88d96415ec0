"""L'interface de Voilà en un seul fichier : une demande au lieu de quatre-vingt-sept, et dès le début de la page.

Voilà découpe ses scripts en morceaux qu'il demande en trois vagues, après le calcul. Mis bout à bout, ils se déposent
eux-mêmes dans leur registre avant que « voila.js » ne les cherche ; un morceau qui n'y est pas (autre version) est
demandé seul, comme d'ordinaire. `interface.txt` les nomme ; un essai de navigateur dit lesquels y manquent.
"""

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from tornado import web

from ctgkit.server.fichiers import UN_AN, find

RELEVE = files(__package__) / "interface.txt"
ATTENTE = files(__package__) / "gabarit/labextensions/atelier/attendre.js"
_PAQUETS = ("voila", "ipywidgets", "jupyterlab_widgets", "anywidget", "ctgkit")


@cache
def edition() -> str:
    """Dans le chemin des fichiers : il change avec les versions, donc le navigateur peut tout garder un an."""
    empreinte = hashlib.sha256("".join(map(version, _PAQUETS)).encode() + RELEVE.read_bytes() + ATTENTE.read_bytes())
    return "v" + empreinte.hexdigest()[:10]


class Morceaux:
    """Les morceaux du relevé, chacun dans sa fonction : « use strict » ne vaut que pour le sien."""

    def __init__(self, dossiers: Mapping[str, Sequence[str]]) -> None:
        self.racines = {nom: [Path(chemin) for chemin in chemins] for nom, chemins in dossiers.items()}

    @cached_property
    def octets(self) -> bytes:
        noms = (ligne.partition("/") for ligne in RELEVE.read_text(encoding="utf-8").split())
        trouves = (find(self.racines[dossier], chemin) for dossier, _, chemin in noms)
        return b"".join(b"(function(){" + f.read_bytes() + b"\n})();\n" for f in trouves if f)

    @cached_property
    def comprimes(self) -> bytes:
        return gzip.compress(self.octets, 6)


class Interface(web.RequestHandler):
    def initialize(self, morceaux: Morceaux, compresser: bool) -> None:
        self.morceaux, self.compresser = morceaux, compresser

    def get(self) -> None:
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", UN_AN)
        if self.compresser and "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.set_header("Vary", "Accept-Encoding")
            self.finish(self.morceaux.comprimes)
        else:
            self.finish(self.morceaux.octets)
