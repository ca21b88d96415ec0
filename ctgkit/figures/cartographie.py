"""Des cases autour de positions réelles : un schéma du territoire, sans fond de carte ni réseau."""

import math

import numpy as np

Polygone = np.ndarray  # n × 2, dans l'ordre du contour


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


def _around(centre: np.ndarray, rayon: float, cotes: int = 24) -> Polygone:
    angles = np.linspace(0, 2 * math.pi, cotes, endpoint=False)
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


def fit(polygones: list[Polygone], largeur: float, marge: float = 6.0) -> tuple[list[Polygone], float]:
    """Ramène les polygones dans un cadre de cette largeur ; rend aussi la hauteur du cadre."""
    points = np.vstack(polygones)
    bas, haut = points.min(axis=0), points.max(axis=0)
    echelle = (largeur - 2 * marge) / max(float((haut - bas)[0]), 1e-6)
    hauteur = float((haut - bas)[1]) * echelle + 2 * marge
    return [(p - bas) * echelle + marge for p in polygones], hauteur


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
