"""Où dessiner chaque commune : son contour réel, ou une case autour de sa position ; sans fond de carte ni réseau."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ctgkit.territoire import Territoire

LARGEUR = 640.0
MARGE = 6.0
Polygone = np.ndarray  # n × 2, dans l'ordre du contour


@dataclass(frozen=True)
class Trame:
    """Où dessiner chaque commune : un ou plusieurs polygones, le plus grand d'abord."""

    contours: Mapping[str, tuple[np.ndarray, ...]]
    hauteur: float
    reel: bool


def project(lat: np.ndarray, lon: np.ndarray, parallele: float | None = None) -> np.ndarray:
    """Latitude et longitude en kilomètres ; y descend, comme sur un écran."""
    lat, lon = np.asarray(lat, float), np.asarray(lon, float)
    milieu = math.radians(float(lat.mean()) if parallele is None else parallele)
    return np.column_stack([lon * 111.32 * math.cos(milieu), -lat * 110.57])


def cells(positions: np.ndarray) -> list[Polygone]:
    """Une case par position : tout ce qui est plus près d'elle que des autres, sans s'éloigner trop."""
    if len(positions) == 1:
        return [_around(positions[0], 1.0)]
    ecarts = np.linalg.norm(positions[:, None] - positions[None, :], axis=2)
    np.fill_diagonal(ecarts, np.inf)
    portee = 1.15 * float(np.median(np.sort(ecarts, axis=1)[:, : min(3, len(positions) - 1)].max(axis=1))) / 1.4
    return [_cell(i, positions, ecarts[i], max(portee, 0.75 * float(ecarts[i].min()))) for i in range(len(positions))]


def _cell(i: int, positions: np.ndarray, ecarts: np.ndarray, portee: float) -> Polygone:
    case = _around(positions[i], portee)
    for j in np.argsort(ecarts):
        if ecarts[j] > 2 * portee:
            break
        if ecarts[j] > 0:
            case = _clip(case, positions[i], positions[j])
    return case


def _around(centre: np.ndarray, rayon: float) -> Polygone:
    angles = np.linspace(0, 2 * math.pi, 24, endpoint=False)
    return centre + rayon * np.column_stack([np.cos(angles), np.sin(angles)])


def _clip(polygone: Polygone, ici: np.ndarray, voisin: np.ndarray) -> Polygone:
    """Garde la part du polygone plus proche d'ici que du voisin (médiatrice)."""
    normale = voisin - ici
    cotes = (polygone - (ici + voisin) / 2) @ normale
    garde = []
    for k in range(len(polygone)):
        a, b, ca, cb = polygone[k - 1], polygone[k], cotes[k - 1], cotes[k]
        if (ca <= 0) != (cb <= 0):
            garde.append(a + (b - a) * ca / (ca - cb))
        if cb <= 0:
            garde.append(b)
    return np.array(garde)


def centre(polygone: Polygone) -> tuple[float, float]:
    """Le centre de surface, où écrire un nom."""
    x, y = polygone[:, 0], polygone[:, 1]
    x2, y2 = np.roll(x, -1), np.roll(y, -1)
    croix = x * y2 - x2 * y
    surface = croix.sum() / 2
    if abs(surface) < 1e-9:
        return float(x.mean()), float(y.mean())
    return float(((x + x2) * croix).sum() / (6 * surface)), float(((y + y2) * croix).sum() / (6 * surface))


def span_at(polygone: Polygone, x: float, y: float) -> tuple[float, float]:
    """De quel bord à quel bord on peut écrire autour de ce point, à cette hauteur."""
    suivants = np.roll(polygone, -1, axis=0)
    coupes = (polygone[:, 1] > y) != (suivants[:, 1] > y)
    a, b = polygone[coupes], suivants[coupes]
    bords = a[:, 0] + (y - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])
    dessous, dessus = bords[bords <= x], bords[bords >= x]
    return (float(dessous.max()), float(dessus.min())) if len(dessous) and len(dessus) else (x, x)


def fit(polygones: list[Polygone], largeur: float) -> tuple[list[Polygone], float]:
    """Ramène les polygones dans un cadre de cette largeur ; rend aussi la hauteur du cadre."""
    points = np.vstack(polygones)
    bas, haut = points.min(axis=0), points.max(axis=0)
    echelle = (largeur - 2 * MARGE) / max(float((haut - bas)[0]), 1e-6)
    hauteur = float((haut - bas)[1]) * echelle + 2 * MARGE
    return [(p - bas) * echelle + MARGE for p in polygones], hauteur


def area(polygone: Polygone) -> float:
    x, y = polygone[:, 0], polygone[:, 1]
    return abs(float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())) / 2


def svg_path(polygone: Polygone, retrait: float = 0.0) -> str:
    """Le tracé SVG d'un polygone, un peu rentré pour que deux cases voisines se distinguent."""
    if not retrait:
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in polygone) + "Z"
    milieu = np.array(centre(polygone))
    ecarts = polygone - milieu
    tailles = np.linalg.norm(ecarts, axis=1, keepdims=True)
    rentre = milieu + ecarts * np.clip(1 - retrait / np.maximum(tailles, 1e-6), 0, 1)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in rentre) + "Z"


def layout(territoire: Territoire) -> Trame:
    """Les contours réels si le dossier en a pour toutes les communes, sinon une case autour de chaque position."""
    codes = tuple(territoire.communes["code_insee"])
    if codes and set(codes) <= set(territoire.contours):
        return _real(codes, tuple(territoire.contours[c] for c in codes))
    communes = territoire.communes
    situees = ~(np.isnan(communes["lat"]) | np.isnan(communes["lon"]))
    places = tuple(zip(communes["lat"][situees].tolist(), communes["lon"][situees].tolist(), strict=True))
    return _schema(tuple(communes["code_insee"][situees]), places)


@lru_cache(maxsize=16)
def _schema(codes: tuple[str, ...], places: tuple[tuple[float, float], ...]) -> Trame:
    if not codes:
        return Trame({}, 0.0, reel=False)
    lat, lon = np.array(places).T
    cases, hauteur = fit(cells(project(lat, lon)), LARGEUR)
    return Trame({code: (case,) for code, case in zip(codes, cases, strict=True)}, hauteur, reel=False)


@lru_cache(maxsize=4)
def _real(codes: tuple[str, ...], contours: tuple) -> Trame:
    parallele = float(np.mean([y for anneaux in contours for anneau in anneaux for _, y in anneau]))
    plats = [
        (code, project(np.array(anneau)[:, 1], np.array(anneau)[:, 0], parallele))
        for code, anneaux in zip(codes, contours, strict=True)
        for anneau in anneaux
    ]
    traces, hauteur = fit([plat for _, plat in plats], LARGEUR)
    par_code: dict[str, list[np.ndarray]] = {}
    for (code, _), trace in zip(plats, traces, strict=True):
        par_code.setdefault(code, []).append(trace)
    grands = {code: tuple(sorted(x, key=area, reverse=True)) for code, x in par_code.items()}
    return Trame(grands, hauteur, reel=True)


def with_contours(territoire: Territoire, lignes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """La table d'une carte : chaque commune (`cle, classe, texte, dit`) reçoit son nom et son contour."""
    noms = dict(zip(territoire.communes["code_insee"], territoire.communes["nom"], strict=True))
    contours = layout(territoire).contours
    return [{"nom": noms[x["cle"]], "contours": contours.get(x["cle"]), **x} for x in lignes]
