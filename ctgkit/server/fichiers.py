"""Les fichiers de l'interface (scripts, styles) : servis depuis la mémoire, gardés par le navigateur, rien d'autre."""

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from tornado import web

from ctgkit.views.composants.habillage import whole_sheet

UN_AN = "public, max-age=31536000, immutable"
# Une adresse qui porte les versions : son contenu ne changera plus.
_EDITION = re.compile(r"v[0-9a-f]{10}/")
COMPRESSIBLES = ("text/", "application/json", "application/javascript", "image/svg+xml")


class Fichiers(web.RequestHandler):
    """Un dossier parmi `racines` ; un chemin qui en sort n'existe pas."""

    def initialize(self, racines: list[str], compresser: bool) -> None:
        self.racines, self.compresser = [Path(r) for r in racines], compresser

    def get(self, chemin: str) -> None:
        edition = _EDITION.match(chemin)
        fichier = find(self.racines, chemin[edition.end() :] if edition else chemin)
        if fichier is None:
            raise web.HTTPError(404)
        genre = mimetypes.guess_type(fichier.name)[0] or "application/octet-stream"
        accepte = "gzip" in self.request.headers.get("Accept-Encoding", "")
        comprime = self.compresser and accepte and genre.startswith(COMPRESSIBLES)
        octets, empreinte = read(fichier, fichier.stat().st_mtime_ns, comprime)
        garde = edition or self.get_query_argument("v", "")
        self.set_header("Content-Type", genre)
        self.set_header("Cache-Control", UN_AN if garde else "no-cache")
        self.set_header("Etag", empreinte)
        if comprime:
            self.set_header("Content-Encoding", "gzip")
            self.set_header("Vary", "Accept-Encoding")
        if self.check_etag_header():
            self.set_status(304)
            self.finish()
            return
        self.finish(octets)

    head = get

    def write_error(self, status_code: int, **_: object) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("Ce fichier n'existe pas." if status_code == 404 else "Ce fichier ne peut pas être servi.")


def find(racines: list[Path], chemin: str) -> Path | None:
    if "\0" in chemin or "\\" in chemin:
        return None
    for racine in racines:
        base = racine.resolve()
        fichier = (base / chemin).resolve()
        if fichier.is_relative_to(base) and fichier.is_file():
            return fichier
    return None


@lru_cache(maxsize=512)
def read(fichier: Path, date: int, comprime: bool) -> tuple[bytes, str]:  # noqa: ARG001 (la date rend la copie périmée)
    octets = fichier.read_bytes()
    empreinte = f'"{hashlib.sha256(octets).hexdigest()[:24]}{"-gz" if comprime else ""}"'
    return (gzip.compress(octets, 6) if comprime else octets), empreinte


RELEVE = files(__package__) / "interface.txt"
ATTENTE = files(__package__) / "gabarit/labextensions/atelier/attendre.js"
_PAQUETS = ("voila", "ipywidgets", "jupyterlab_widgets", "anywidget", "plotly", "ctgkit")


class Compose(web.RequestHandler):
    """Un fichier fait de plusieurs, dont l'adresse porte l'édition."""

    def initialize(self, compose: "Composition", compresser: bool) -> None:
        self.compose, self.compresser = compose, compresser

    def get(self) -> None:
        self.set_header("Content-Type", f"{self.compose.genre}; charset=utf-8")
        self.set_header("Cache-Control", UN_AN)
        if self.compresser and "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.set_header("Vary", "Accept-Encoding")
            self.finish(self.compose.comprimes)
        else:
            self.finish(self.compose.octets)


class Composition:
    """Composé à la première demande, puis gardé en mémoire."""

    def __init__(self, genre: str, composer: Callable[[], bytes]) -> None:
        self.genre, self.composer = genre, composer

    @cached_property
    def octets(self) -> bytes:
        return self.composer()

    @cached_property
    def comprimes(self) -> bytes:
        return gzip.compress(self.octets, 6)


HABILLAGE = Composition("text/css", lambda: whole_sheet().encode())


def script(dossiers: Mapping[str, Sequence[str]]) -> Composition:
    """Les morceaux du relevé, chacun dans sa fonction : « use strict » ne vaut que pour le sien."""
    racines = {nom: [Path(chemin) for chemin in chemins] for nom, chemins in dossiers.items()}

    def join() -> bytes:
        noms = (ligne.partition("/") for ligne in RELEVE.read_text(encoding="utf-8").split())
        trouves = (find(racines[dossier], chemin) for dossier, _, chemin in noms)
        return b"".join(b"(function(){" + f.read_bytes() + b"\n})();\n" for f in trouves if f)

    return Composition("text/javascript", join)


@cache
def edition() -> str:
    """Dans le chemin des fichiers : il change avec eux, donc le navigateur peut tout garder un an."""
    versions = "".join(map(version, _PAQUETS)).encode()
    empreinte = hashlib.sha256(versions + RELEVE.read_bytes() + ATTENTE.read_bytes() + HABILLAGE.octets)
    return "v" + empreinte.hexdigest()[:10]
