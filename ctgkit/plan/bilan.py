"""Le plan en chiffres : où en est chaque enjeu, combien d'argent prévu, acquis, notifié, perçu."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from ctgkit.plan.argent import Financement, Ligne
from ctgkit.plan.etats import EN_RETARD, SANS_STATUT, state
from ctgkit.plan.modele import Element, Fiche, Plan
from ctgkit.plan.valeurs import day

# Les états, réunis comme un comité les lit.
GROUPES = {
    "Réalisées": ("Réalisé",),
    "En cours": ("En cours",),
    "À venir, à discuter": ("À venir", "À discuter", SANS_STATUT),
    "En retard, bloquées, en pause": (EN_RETARD, "Bloqué", "En pause"),
    "Abandonnées": ("Abandonné",),
}
ARRETEES = ("Bloqué", "En pause")
FINIES = ("Réalisé", "Abandonné")


def group_states(fiches: Iterable[Fiche], jour: date) -> dict[str, int]:
    """Combien de fiches dans chaque groupe d'états ; leur somme est le nombre de fiches."""
    groupe = {etat: nom for nom, etats in GROUPES.items() for etat in etats}
    comptes = dict.fromkeys(GROUPES, 0)
    for fiche in fiches:
        comptes[groupe.get(state(fiche, jour), "À venir, à discuter")] += 1
    return comptes


def states_by_issue(plan: Plan, jour: date) -> tuple[tuple[Element, dict[str, int]], ...]:
    """Chaque enjeu et l'état de ses fiches ; une fiche qui en sert deux compte dans les deux."""
    return tuple((e, group_states([f for f in plan.fiches if e.cle in plan.enjeux_of(f)], jour)) for e in plan.enjeux)


@dataclass(frozen=True)
class Argent:
    """L'argent d'un plan. Ce qui n'est pas saisi se compte à part : il ne vaut pas zéro."""

    budget: float | None
    sans_budget: int
    acquis: float | None
    sollicite: float | None
    sans_montant: int
    liees: tuple[tuple[Fiche, Ligne], ...]

    @property
    def notifie(self) -> float | None:
        return _sum(x.notifie for x in self._distinctes)

    @property
    def percu(self) -> float | None:
        return _sum(x.percu for x in self._distinctes)

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
    def _distinctes(self) -> tuple[Ligne, ...]:
        """Deux fiches liées à la même structure montrent la même notification : elle ne compte qu'une fois."""
        return tuple({(x.structure, x.dispositif, x.annee): x for _, x in self.liees}.values())


def sum_money(plan: Plan, financer: Callable[[Fiche], Financement]) -> Argent:
    """Le total des fiches que le plan garde : une fiche abandonnée ne demande plus d'argent."""
    lus = [(f, financer(f)) for f in plan.fiches if f.statut != "Abandonné"]
    lignes = [(f, x) for f, lu in lus for x in lu.lignes]
    return Argent(
        budget=_sum(lu.cout for _, lu in lus),
        sans_budget=sum(lu.cout is None for _, lu in lus),
        acquis=_sum(x.montant for _, x in lignes if x.etat == "acquis"),
        sollicite=_sum(x.montant for _, x in lignes if x.etat == "sollicite"),
        sans_montant=sum(x.montant is None for _, x in lignes),
        liees=tuple((f, x) for f, x in lignes if x.est_liee),
    )


def next_steps(plan: Plan, jour: date, jours: int = 183) -> list[tuple[date, Fiche, str]]:
    """Les étapes à faire d'ici là, dans l'ordre ; six mois séparent deux comités."""
    fin = jour + timedelta(days=jours)
    trouvees = [
        (quand, f, str(e.get("libelle") or "étape sans nom"))
        for f in plan.fiches
        if f.statut not in FINIES
        for e in f.rows("etapes")
        if not e.get("fait") and (quand := day(e.get("date"))) and jour <= quand <= fin
    ]
    return sorted(trouvees, key=lambda x: (x[0], x[1].code))


def _sum(montants: Iterable[float | None]) -> float | None:
    """Leur somme, ou None quand aucun n'est connu."""
    connus = [m for m in montants if m is not None]
    return sum(connus) if connus else None
