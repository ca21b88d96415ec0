"""Ce qu'une note de cohérence conteste n'est pas repris comme un fait : la phrase le dit, partout où elle va."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from ctgkit.diagnostic.coherence import Alerte
from ctgkit.diagnostic.comparaison import MesureComparee, Tendance

A_VERIFIER = "à vérifier"
_INCOMPLET = "X"
Lue = TypeVar("Lue", MesureComparee, Tendance)


def doubted(alertes: Iterable[Alerte]) -> frozenset[str]:
    """Les indicateurs que met en doute une alerte que personne n'a expliquée."""
    return frozenset(a.codes[0] for a in alertes if a.codes and not a.expliquee and a.niveau != _INCOMPLET)


def with_doubts(lues: Iterable[Lue], alertes: Iterable[Alerte]) -> tuple[Lue, ...]:
    douteux = doubted(alertes)
    return tuple(_doubtful(x) if _code(x) in douteux else x for x in lues)


def _code(lue: MesureComparee | Tendance) -> str:
    return lue.mesure.code if isinstance(lue, MesureComparee) else lue.definition.code


def _doubtful(lue: Lue) -> Lue:
    return replace(lue, douteuse=True, lecture=f"{lue.lecture} ({A_VERIFIER})")
