"""L'argent d'une fiche : ce qui est saisi, et pour les lignes liées ce qui est simulé, notifié, perçu."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ctgkit.fourchette import Fourchette
from ctgkit.plan.modele import Fiche, Plan
from ctgkit.territoire import Notification

Bornes = tuple[float, float | None]
Notifiees = list[tuple[Notification, set[str]]]


@dataclass(frozen=True)
class Versement:
    """Ce que la Caf a écrit et versé pour une structure, une année."""

    notifie: float | None = None
    percu: float | None = None


@dataclass(frozen=True)
class LigneFinancement:
    """Une ligne du plan de financement ; `simule` suit le moteur quand elle est liée à une structure."""

    rang: int
    financeur: str
    etat: str
    montant: float | None
    structure: str
    dispositif: str
    scenario: str
    annee: int | None
    suit: str = ""
    simule: Bornes | None = None
    notifie: float | None = None
    percu: float | None = None

    @property
    def est_liee(self) -> bool:
        return bool(self.structure)

    @property
    def est_hors_fourchette(self) -> bool:
        """Le montant saisi n'est pas dans ce que le moteur calcule."""
        if self.simule is None or self.montant is None:
            return False
        bas, haut = self.simule
        return self.montant < round(bas) - 1 or (haut is not None and self.montant > round(haut) + 1)


@dataclass(frozen=True)
class Financement:
    cout: float | None
    lignes: tuple[LigneFinancement, ...]

    @property
    def reste(self) -> Bornes | None:
        """Ce qui n'est couvert par rien, au plus bas et au plus haut ; None quand le coût ou un montant manque."""
        sans_montant = [x for x in self.lignes if x.montant is None and x.simule is None]
        if self.cout is None or sans_montant:
            return None
        bas = sum(x.montant if x.montant is not None else x.simule[0] for x in self.lignes)
        hauts = [x.montant if x.montant is not None else x.simule[1] for x in self.lignes]
        if None in hauts:
            return None
        return self.cout - sum(hauts), self.cout - bas

    @property
    def liees(self) -> tuple[LigneFinancement, ...]:
        return tuple(x for x in self.lignes if x.est_liee)

    @property
    def est_couvert(self) -> bool:
        return self.reste is not None and self.reste[1] <= 0

    @property
    def reste_ecrit(self) -> str:
        if self.cout is None:
            return "budget prévisionnel à saisir"
        if self.reste is None:
            return "montants à compléter"
        bas, haut = self.reste
        return "entièrement couvert" if self.est_couvert else Fourchette(max(bas, 0.0), haut).write()


def read_financing(fiche: Fiche) -> Financement:
    lignes = tuple(_line(rang, x) for rang, x in enumerate(fiche.rows("financeurs")))
    return Financement(_number(fiche["budget_total"]), lignes)


def _line(rang: int, ligne: Mapping[str, Any]) -> LigneFinancement:
    textes = (str(ligne.get(c) or "") for c in ("etat", "structure", "dispositif", "scenario"))
    etat, structure, dispositif, scenario = textes
    financeur, montant = str(ligne.get("financeur") or "Financeur à nommer"), _number(ligne.get("montant_eur"))
    suit = str(ligne.get("suit") or "")
    return LigneFinancement(rang, financeur, etat, montant, structure, dispositif, scenario, ligne.get("annee"), suit)


def bind(
    financement: Financement,
    simules: Mapping[int, tuple[int, Bornes]],
    notifications: Iterable[Notification],
    bonus: Collection[str] = (),
) -> Financement:
    """Pose les montants du moteur (par rang de ligne : l'année et les bornes) et ceux de la Caf.

    `bonus` : les dispositifs que compte une ligne qui n'en nomme aucun ; vide, tous.
    """
    notifiees = [(n, _names(n.dispositif, bonus)) for n in notifications]
    return replace(financement, lignes=tuple(_bind(x, simules.get(x.rang), notifiees) for x in financement.lignes))


def _names(dispositif: str, bonus: Collection[str]) -> set[str]:
    """Les noms sous lesquels une ligne peut demander une notification."""
    return {dispositif} if bonus and dispositif not in bonus else {"", dispositif}


def _bind(ligne: LigneFinancement, simule: tuple[int, Bornes] | None, notifications: Notifiees) -> LigneFinancement:
    if not ligne.est_liee:
        return ligne
    annee, bornes = simule or (ligne.annee, None)
    versement = _payments(ligne, annee, notifications)
    return replace(ligne, annee=annee, simule=bornes, notifie=versement.notifie, percu=versement.percu)


def _payments(ligne: LigneFinancement, annee: int | None, notifications: Notifiees) -> Versement:
    """Ceux de l'année simulée, pour le dispositif de la ligne ; sans dispositif nommé, ceux du bonus."""
    siennes = [
        n
        for n, noms in notifications
        if n.structure == ligne.structure and n.annee == annee and ligne.dispositif in noms
    ]
    return Versement(_total(n.notifie_eur for n in siennes), _total(n.percu_eur for n in siennes))


def _total(montants: Iterable[float | None]) -> float | None:
    """Leur somme, ou None quand aucun n'est connu."""
    connus = [m for m in montants if m is not None and not math.isnan(m)]
    return sum(connus) if connus else None


def _number(valeur: object) -> float | None:
    return float(valeur) if isinstance(valeur, int | float) and not isinstance(valeur, bool) else None


@dataclass(frozen=True)
class Argent:
    """L'argent d'un plan. Ce qui n'est pas saisi se compte à part : il ne vaut pas zéro."""

    budget: float | None
    sans_budget: int
    acquis: float | None
    sollicite: float | None
    sans_montant: int
    liees: tuple[tuple[Fiche, LigneFinancement], ...]

    @property
    def notifie(self) -> float | None:
        return _total(x.notifie for x in self._distinctes)

    @property
    def percu(self) -> float | None:
        return _total(x.percu for x in self._distinctes)

    @property
    def notifiees(self) -> int:
        return sum(x.notifie is not None for x in self._distinctes)

    @property
    def percues(self) -> int:
        return sum(x.percu is not None for x in self._distinctes)

    @property
    def suivies(self) -> int:
        return len(self._distinctes)

    @property
    def _distinctes(self) -> tuple[LigneFinancement, ...]:
        """Deux fiches liées à la même structure montrent la même notification : elle ne compte qu'une fois."""
        return tuple({(x.structure, x.dispositif, x.annee): x for _, x in self.liees}.values())


def sum_money(plan: Plan, financer: Callable[[Fiche], Financement]) -> Argent:
    """Le total des fiches que le plan garde : une fiche abandonnée ne demande plus d'argent."""
    lus = [(f, financer(f)) for f in plan.fiches if f.statut != "Abandonné"]
    lignes = [(f, x) for f, lu in lus for x in lu.lignes]
    return Argent(
        budget=_total(lu.cout for _, lu in lus),
        sans_budget=sum(lu.cout is None for _, lu in lus),
        acquis=_total(x.montant for _, x in lignes if x.etat == "acquis"),
        sollicite=_total(x.montant for _, x in lignes if x.etat == "sollicite"),
        sans_montant=sum(x.montant is None for _, x in lignes),
        liees=tuple((f, x) for f, x in lignes if x.est_liee),
    )
