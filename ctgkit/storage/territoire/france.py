"""La liste nationale des communes : les rechercher par code, par EPCI ou par département."""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ctgkit.errors import CtgError
from ctgkit.storage.territoire.folders import data_file
from ctgkit.texte import fold

FICHIER = "communes.csv.gz"
_LIMITE = 30 * 1024 * 1024


class NationalCommune(NamedTuple):
    code_insee: str
    nom: str
    epci_siren: str
    epci_nom: str
    departement: str
    population: int | None
    annee_population: int | None
    lat: float | None
    lon: float | None


def national_communes(*, code: str = "", siren: str = "", departement: str = "") -> tuple[NationalCommune, ...]:
    """Les communes qui répondent à tous les critères donnés, dans l'ordre des codes."""
    lignes = _load(_national_file())
    choisies = [lignes[code]] if code in lignes else [] if code else lignes.values()
    return tuple(
        _commune(x)
        for x in choisies
        if (not siren or x[2] == siren) and (not departement or x[4] == departement)
    )  # fmt: skip


def search_communes(texte: str, limite: int = 50) -> tuple[NationalCommune, ...]:
    """Les communes dont le nom, le code ou l'intercommunalité répond à ce texte ; les noms exacts d'abord."""
    voulu = _searched(texte)
    lus = ((x, _searched(x[1]), _searched(x[3])) for x in _load(_national_file()).values()) if voulu else ()
    trouves = [
        (nom != voulu, not nom.startswith(voulu), nom, x)
        for x, nom, epci in lus
        if x[0] == texte.strip() or x[2] == voulu or nom.startswith(voulu) or f" {voulu}" in f" {nom} {epci}"
    ]
    return tuple(_commune(x) for *_, x in sorted(trouves)[:limite])


def _searched(texte: str) -> str:
    """« saint étienne » trouve « Saint-Étienne »."""
    return " ".join(re.findall(r"\w+", fold(texte)))


def national_codes() -> Mapping[str, list[str]]:
    """Tous les codes connus ; rien quand la liste n'est pas installée (les contrôles s'en passent)."""
    try:
        return _load(_national_file())
    except CtgError:
        return {}


def _national_file() -> Path:
    chemin = data_file(FICHIER)
    if chemin is None:
        raise CtgError(
            "La liste nationale des communes est absente.",
            f"data/{FICHIER}",
            "Remettre ce fichier, fourni avec l'atelier.",
        )
    return chemin


@lru_cache(maxsize=2)
def _load(chemin: Path) -> dict[str, list[str]]:
    try:
        with gzip.open(chemin) as flux:
            texte = flux.read(_LIMITE).decode("utf-8-sig")
        lignes = list(csv.reader(io.StringIO(texte), delimiter=";", strict=True))
    except (OSError, EOFError, UnicodeDecodeError, zlib.error, csv.Error) as erreur:
        raise _broken(chemin) from erreur
    if not lignes or lignes[0] != list(NationalCommune._fields) or any(len(x) != len(lignes[0]) for x in lignes):
        raise _broken(chemin)
    return {ligne[0]: ligne for ligne in lignes[1:]}


def _broken(chemin: Path) -> CtgError:
    return CtgError("La liste nationale des communes est illisible.", str(chemin), "Remettre le fichier d'origine.")


def _commune(ligne: list[str]) -> NationalCommune:
    *textes, population, annee, lat, lon = ligne
    return NationalCommune(
        *textes,
        int(population) if population else None,
        int(annee) if annee else None,
        float(lat) if lat else None,
        float(lon) if lon else None,
    )
