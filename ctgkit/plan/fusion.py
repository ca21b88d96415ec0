"""Deux personnes dans un même tableau : leurs cases se réunissent quand ce ne sont pas les mêmes."""

from collections.abc import Mapping
from typing import Any

Lignes = list[Mapping[str, Any]]


def merge_rows(base: Lignes, mienne: Lignes, autre: Lignes) -> Lignes | None:
    """Le tableau réuni, ou None quand la même case, ou le nombre de lignes, a changé des deux côtés."""
    if len(mienne) != len(base) and len(autre) != len(base):
        return _both_added(base, mienne, autre)
    if len(mienne) != len(base):
        return mienne if autre == base else None
    if len(autre) != len(base):
        return autre if mienne == base else None
    lignes = [_merge_row(*trois) for trois in zip(base, mienne, autre, strict=True)]
    return None if None in lignes else lignes


def _both_added(base: Lignes, mienne: Lignes, autre: Lignes) -> Lignes | None:
    """Chacun a ajouté une ligne à la fin, sans toucher aux autres : les deux restent."""
    n = len(base)
    if mienne[:n] == base and autre[:n] == base:
        return [*autre, *mienne[n:]]
    return None


def _merge_row(
    base: Mapping[str, Any], mienne: Mapping[str, Any], autre: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    reunie = dict(autre)
    for colonne in {*base, *mienne, *autre}:
        avant, moi, lui = base.get(colonne), mienne.get(colonne), autre.get(colonne)
        if moi in (avant, lui):
            continue
        if lui != avant:
            return None
        if moi is None:
            reunie.pop(colonne, None)
        else:
            reunie[colonne] = moi
    return reunie
