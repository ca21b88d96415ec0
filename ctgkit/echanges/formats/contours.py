"""Contours de communes (GeoJSON, WGS 84) : seuls restent ceux du territoire, arrondis sans écarter les voisines."""

import json
import math
from collections.abc import Iterator, Mapping

from ctgkit.echanges.sorties import FichierEntier
from ctgkit.echanges.tableau.apercu import ApercuImport, Rejet
from ctgkit.echanges.tableau.codes import COMMUNE, read_code, simplify
from ctgkit.formats import liste, pluriel

FICHIER = "contours.geojson"
_CODES = (
    "code",
    "codgeo",
    "insee_com",
    "code_insee",
    "com_code",
    "code_commune",
    "insee",
    "com",
    "depcom",
    "com_current_code",
)
_NOMS = ("nom", "libgeo", "nom_com", "nom_commune", "com_name", "name", "libelle", "nom_m")
_POINTS_SERRES = 400
Anneau = list[tuple[float, float]]
Polygone = list[Anneau]


class ContoursFormat:
    code = "contours"
    libelle = "Contours de communes (GeoJSON)"

    def match_object(self, objet: object) -> bool:
        collection = isinstance(objet, dict) and objet.get("type") == "FeatureCollection"
        return collection and isinstance(objet.get("features"), list)

    def read_object(self, objet: Mapping[str, object], apercu: ApercuImport) -> None:
        traces: dict[str, list[Polygone]] = {}
        noms: dict[str, str] = {}
        anciennes: list[str] = []
        for numero, element in enumerate(objet["features"], 1):
            apercu.lues += 1
            try:
                code, nom = _identity(element)
                cible = _heir(code, apercu)
                polygones = _polygons(element) if cible else []
            except (ValueError, RecursionError) as refus:
                apercu.refusees += 1
                raison = str(refus) if isinstance(refus, ValueError) else "contour illisible"
                apercu.reject(Rejet(raison, adresse=f"élément {numero}"))
                continue
            if not cible:
                apercu.hors += 1
                continue
            apercu.reprises += 1
            traces.setdefault(cible, []).extend(polygones)
            noms[cible] = apercu.noms.get(cible) or nom
            if cible != code:
                anciennes.append(f"{nom} ({code}) dans {noms[cible]} ({cible})")
        if anciennes:
            apercu.warn(f"Anciennes communes réunies, leur limite reste tracée : {liste(anciennes)}.")
        if traces:
            sans = [f"{nom} ({code})" for code, nom in apercu.noms.items() if code not in traces]
            if sans:
                apercu.warn(f"{pluriel(len(sans), 'commune')} sans contour dans ce fichier : {liste(sans[:20])}.")
            apercu.sorties.append(FichierEntier(FICHIER, _render(traces, noms), len(traces)))


def _heir(code: str, apercu: ApercuImport) -> str:
    """La commune d'aujourd'hui ; une commune séparée depuis n'a pas de contour connu."""
    if code in apercu.noms:
        return code
    heritieres = apercu.perimetre.mouvements.heirs(code) & set(apercu.noms)
    return next(iter(heritieres)) if len(heritieres) == 1 else ""


def _identity(element: object) -> tuple[str, str]:
    if not isinstance(element, dict) or not isinstance(element.get("properties"), dict):
        raise ValueError("élément sans propriétés")
    proprietes = {simplify(str(cle)): valeur for cle, valeur in element["properties"].items()}
    code = next((proprietes[c] for c in _CODES if proprietes.get(c)), None)
    nom = next((proprietes[c] for c in _NOMS if proprietes.get(c)), "")
    code, nom = (v[0] if isinstance(v, list) and v else v for v in (code, nom))
    if not isinstance(code, str | int):
        raise ValueError("élément sans code de commune")
    return read_code(COMMUNE, str(code)), str(nom)


def _polygons(element: Mapping[str, object]) -> list[Polygone]:
    geometrie = element.get("geometry")
    if not isinstance(geometrie, dict) or not isinstance(geometrie.get("coordinates"), list):
        raise ValueError("élément sans contour")
    polygones = geometrie["coordinates"]
    if geometrie.get("type") == "Polygon":
        polygones = [polygones]
    elif geometrie.get("type") != "MultiPolygon":
        raise ValueError(f"contour attendu, et non « {str(geometrie.get('type'))[:20]} »")
    if not all(isinstance(p, list) and p for p in polygones) or not polygones:
        raise ValueError("contour vide")
    return [[_ring(anneau) for anneau in polygone] for polygone in polygones]


def _ring(anneau: object) -> Anneau:
    if not isinstance(anneau, list) or len(anneau) < 4:
        raise ValueError("contour de moins de quatre points")
    return [_point(p) for p in anneau]


def _point(point: object) -> tuple[float, float]:
    if not isinstance(point, list) or len(point) < 2 or not all(_is_number(x) for x in point[:2]):
        raise ValueError("coordonnées illisibles")
    lon, lat = point[:2]
    if abs(lon) > 180 or abs(lat) > 90:
        raise ValueError(
            "coordonnées hors du globe : sans doute du Lambert-93, à convertir en WGS 84 (longitude, latitude)"
        )
    return lon, lat


def _is_number(x: object) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x)


def _render(par_commune: dict[str, list[Polygone]], noms: dict[str, str]) -> str:
    """Trié et arrondi : le même fichier donne les mêmes octets, et deux voisines partagent toujours leurs points."""
    points = sum(len(a) for polygones in par_commune.values() for p in polygones for a in p)
    decimales = 4 if points > _POINTS_SERRES * len(par_commune) else 5
    elements = [
        {
            "type": "Feature",
            "properties": {"code": code, "nom": noms[code]},
            "geometry": _geometry(polygones, decimales),
        }
        for code, polygones in sorted(par_commune.items())
    ]
    lignes = ",\n".join(json.dumps(e, ensure_ascii=False, separators=(",", ":")) for e in elements)
    return f'{{"type":"FeatureCollection","features":[\n{lignes}\n]}}\n'


def _geometry(polygones: list[Polygone], decimales: int) -> dict[str, object]:
    arrondis = [[list(_round(a, decimales)) for a in p] for p in polygones]
    pleins = [[a for a in p if len(a) >= 4] for p in arrondis]
    pleins = [p for p in pleins if p] or arrondis
    return (
        {"type": "Polygon", "coordinates": pleins[0]}
        if len(pleins) == 1
        else {"type": "MultiPolygon", "coordinates": pleins}
    )


def _round(anneau: Anneau, decimales: int) -> Iterator[list[float]]:
    dernier = None
    for lon, lat in anneau:
        point = [round(lon, decimales), round(lat, decimales)]
        if point != dernier:
            yield point
        dernier = point


FORMAT = ContoursFormat()
