"""Constat ↔ objectif ↔ action ↔ indicateur : les besoins sans action, les actions sans besoin."""

from collections.abc import Iterable
from dataclasses import dataclass

from ctgkit.plan.completude import is_complete
from ctgkit.plan.modele import Element, Fiche, Plan


@dataclass(frozen=True)
class Constat:
    """Une phrase du diagnostic. `sens` : besoin, offre ou contexte."""

    code: str
    phrase: str
    domaine: str = ""
    sens: str = "besoin"
    source: str = ""
    ecart: str = ""
    defavorable: bool = False
    retenu: bool = False

    @property
    def appelle_une_action(self) -> bool:
        """Un écart défavorable, ou un constat que le groupe a retenu."""
        return self.defavorable or self.retenu


@dataclass(frozen=True)
class Rang:
    """Un constat et ce que le plan en fait."""

    constat: Constat
    fiches: tuple[Fiche, ...]
    objectifs: tuple[str, ...]
    indicateurs: int

    @property
    def est_sans_action(self) -> bool:
        return not self.fiches


@dataclass(frozen=True)
class Matrice:
    rangs: tuple[Rang, ...]
    fiches_sans_constat: tuple[Fiche, ...]
    objectifs_sans_fiche: tuple[Element, ...]

    @property
    def sans_action(self) -> tuple[Constat, ...]:
        """Les besoins que rien ne traite."""
        return tuple(r.constat for r in self.rangs if r.est_sans_action and r.constat.appelle_une_action)


def cover(plan: Plan, constats: Iterable[Constat]) -> Matrice:
    retenus = {c.code: c for c in constats}
    cites = {code for f in plan.fiches for code in f["constats"]}
    utiles = [c for c in retenus.values() if c.appelle_une_action or c.code in cites]
    inconnus = [Constat(code, f"Constat {code}, absent du diagnostic") for code in sorted(cites - set(retenus))]
    rangs = tuple(_row(plan, c) for c in (*utiles, *inconnus))
    orphelines = tuple(f for f in plan.fiches if not f["constats"])
    seuls = tuple(o for o in plan.objectifs if not plan.fiches_of(o.cle))
    return Matrice(rangs, orphelines, seuls)


def _row(plan: Plan, constat: Constat) -> Rang:
    fiches = tuple(f for f in plan.fiches if constat.code in f["constats"])
    objectifs = tuple(dict.fromkeys(o for f in fiches for o in f["objectifs"]))
    return Rang(constat, fiches, objectifs, sum(is_complete(i) for f in fiches for i in f.rows("indicateurs")))
