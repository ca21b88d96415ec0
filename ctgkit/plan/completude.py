"""Ce qui manque avant signature, fiche par fiche et pour le plan, et qui peut le remplir."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ctgkit.plan.champs import Champ, requis
from ctgkit.plan.modele import Fiche, Plan

POUR_UN_INDICATEUR = ("libelle", "valeur_initiale", "cible", "source")


@dataclass(frozen=True)
class Completude:
    """Les champs requis d'une fiche : combien sont remplis, lesquels manquent."""

    total: int
    manques: tuple[Champ, ...]

    @property
    def remplis(self) -> int:
        return self.total - len(self.manques)

    @property
    def est_prete(self) -> bool:
        return not self.manques


def complete(plan: Plan, fiche: Fiche) -> Completude:
    champs = requis()
    return Completude(len(champs), tuple(c for c in champs if not is_filled(plan, fiche, c)))


def is_filled(plan: Plan, fiche: Fiche, champ: Champ) -> bool:
    if champ.cle == "enjeux":
        return bool(plan.enjeux_of(fiche))
    if champ.cle == "indicateurs":
        return any(is_complete(i) for i in fiche.rows("indicateurs"))
    return fiche[champ.cle] not in (None, "", [])


def is_complete(indicateur: Mapping[str, Any]) -> bool:
    """Un départ, une cible et une source : de quoi évaluer un jour."""
    return all(indicateur.get(c) not in (None, "") for c in POUR_UN_INDICATEUR)


@dataclass(frozen=True)
class CompletudePlan:
    fiches: int
    pretes: int
    remplis: int
    total: int
    par_champ: tuple[tuple[Champ, int], ...]
    par_role: tuple[tuple[str, int], ...]
    objectifs_sans_fiche: tuple[str, ...]


def complete_plan(plan: Plan) -> CompletudePlan:
    lues = [complete(plan, f) for f in plan.fiches]
    manques = Counter(c for x in lues for c in x.manques)
    roles: Counter[str] = Counter()
    for champ, fois in manques.items():
        roles[champ.qui] += fois
    seuls = tuple(o.cle for o in plan.objectifs if not plan.fiches_of(o.cle))
    return CompletudePlan(
        fiches=len(lues), pretes=sum(x.est_prete for x in lues), remplis=sum(x.remplis for x in lues),
        total=sum(x.total for x in lues), par_champ=tuple(manques.most_common()), par_role=tuple(roles.most_common()),
        objectifs_sans_fiche=seuls,
    )  # fmt: skip
