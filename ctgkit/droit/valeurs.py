"""Ce que vaut un paramètre pour des tableaux de communes ou de structures : toujours deux bornes, [bas, haut]."""

from collections.abc import Mapping

import numpy as np

from ctgkit.droit.bareme import Tranche, Valeur

Bornes = tuple[np.ndarray, np.ndarray]


def bounds(valeur: Valeur, criteres: Mapping[str, np.ndarray], taille: int, zone: np.ndarray | None = None) -> Bornes:
    """Le montant de la tranche de chacun ; les bornes des tranches possibles quand un critère n'est pas connu.

    `criteres[""]` est le critère d'un barème qui n'en nomme pas ; `zone` dit qui est en zone prioritaire.
    """
    if len(valeur.tranches) == 1:
        seule = valeur.tranches[0]
        bas, haut = np.full(taille, seule.bas), np.full(taille, seule.haut)
    else:
        bas, haut = _among(valeur.tranches, criteres, taille)
    if valeur.zone_prioritaire is not None and zone is not None:
        bas[zone == 1] = haut[zone == 1] = valeur.zone_prioritaire
    return bas, haut


def _among(tranches: tuple[Tranche, ...], criteres: Mapping[str, np.ndarray], taille: int) -> Bornes:
    if (critere := _only_criterion(tranches)) is not None:
        return _on_scale(tranches, np.broadcast_to(criteres.get(critere, np.nan), taille), critere)
    bas, haut = np.full(taille, np.inf), np.zeros(taille)
    reste = np.ones(taille, bool)
    for tranche in tranches:
        possible, certaine = _fits(tranche, criteres, taille)
        choisis = reste & possible
        bas[choisis] = np.minimum(bas[choisis], tranche.bas)
        haut[choisis] = np.maximum(haut[choisis], tranche.haut)
        reste &= ~certaine
    return bas, haut


def _only_criterion(tranches: tuple[Tranche, ...]) -> str | None:
    """Le critère d'un barème qui n'en a qu'un, borné partout de la même façon."""
    cas = {(tuple(t.limites), t.incluse) for t in tranches[:-1]}
    noms = next(iter(cas))[0] if len(cas) == 1 else ()
    return noms[0] if len(noms) == 1 else None


def _on_scale(tranches: tuple[Tranche, ...], x: np.ndarray, critere: str) -> Bornes:
    """La tranche de chacun sur une échelle ; toutes les tranches quand le critère n'est pas connu."""
    limites = [t.limites[critere] for t in tranches[:-1]]
    rang = np.searchsorted(limites, np.round(x, 9), side="left" if tranches[0].incluse else "right")
    inconnu = np.isnan(x)
    bas, haut = np.array([t.bas for t in tranches]), np.array([t.haut for t in tranches])
    return np.where(inconnu, bas.min(), bas[rang]), np.where(inconnu, haut.max(), haut[rang])


def _fits(tranche: Tranche, criteres: Mapping[str, np.ndarray], taille: int) -> tuple[np.ndarray, np.ndarray]:
    """Qui peut relever de la tranche, et qui en relève à coup sûr."""
    possible, certaine = np.ones(taille, bool), np.ones(taille, bool)
    for critere, limite in tranche.limites.items():
        x = np.round(np.broadcast_to(criteres.get(critere, np.nan), taille), 9)
        dedans = x <= limite if tranche.incluse else x < limite
        possible &= dedans | np.isnan(x)
        certaine &= dedans
    return possible, certaine


def thresholds(valeur: Valeur) -> list[tuple[float, float]]:
    """Les seuils d'un barème à un critère : à partir de quelle valeur, quel montant au moins."""
    limites = [t.limites.get("", np.inf) for t in valeur.tranches[:-1]]
    return [(limite, suivante.bas) for limite, suivante in zip(limites, valeur.tranches[1:], strict=True)]
