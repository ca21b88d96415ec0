"""Les contours réels des communes, quand un fichier GeoJSON est déposé dans le dossier du territoire."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ctgkit.storage.territoire.report import Report

OCTETS_MAX = 20 * 1024 * 1024
POINTS_MAX = 400_000
# Les noms que prend le code d'une commune dans les fichiers publics.
CODES = ("code", "code_insee", "insee_com", "codgeo", "insee", "com", "depcom", "com_code")
Anneau = tuple[tuple[float, float], ...]


class _TooBig(ValueError):
    """Un fichier que l'on refuse pour sa taille."""


def find_contours(dossier: Path) -> Path | None:
    """`contours.geojson`, sinon le premier GeoJSON du dossier."""
    fichiers = sorted(f for f in dossier.glob("*.geojson") if f.is_file())
    nommes = [f for f in fichiers if f.name == "contours.geojson"]
    return (nommes or fichiers or [None])[0]


def read_contours(chemin: Path, codes: set[str], report: Report) -> dict[str, tuple[Anneau, ...]]:
    """Par commune du territoire, ses contours extérieurs en (longitude, latitude) ; les autres sont ignorées."""
    try:
        if chemin.stat().st_size > OCTETS_MAX:
            raise _TooBig("fichier de plus de 20 Mo : le réduire aux communes du territoire")
        objet = json.loads(chemin.read_text(encoding="utf-8-sig"))
        return _collect(objet["features"], codes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, IndexError) as erreur:
        detail = str(erreur) if isinstance(erreur, _TooBig) else ""
        report.avis(detail or "contours illisibles : la carte restera schématique", "un GeoJSON de communes, en degrés")
        return {}


def _collect(elements: list[Any], codes: set[str]) -> dict[str, tuple[Anneau, ...]]:
    contours: dict[str, tuple[Anneau, ...]] = {}
    points = 0
    for element in elements:
        code = _code(element["properties"])
        if code not in codes:
            continue
        contours[code] = contours.get(code, ()) + tuple(_rings(element["geometry"]))
        points += sum(map(len, contours[code]))
        if points > POINTS_MAX:
            raise _TooBig("fichier trop détaillé : le simplifier avant de le déposer")
    return {code: anneaux for code, anneaux in contours.items() if anneaux}


def _code(proprietes: Mapping[str, Any]) -> str:
    connues = {str(cle).lower(): valeur for cle, valeur in proprietes.items()}
    return next((str(connues[c]).zfill(5) for c in CODES if connues.get(c)), "")


def _rings(geometrie: Mapping[str, Any]) -> Iterator[Anneau]:
    polygones = {"Polygon": [geometrie["coordinates"]], "MultiPolygon": geometrie["coordinates"]}[geometrie["type"]]
    for polygone in polygones:
        anneau = tuple((float(x), float(y)) for x, y, *_ in polygone[0])
        if len(anneau) < 3 or not all(math.isfinite(v) for point in anneau for v in point):
            raise ValueError("contour incomplet")
        yield anneau
