"""Les enjeux et les objectifs qu'un fichier apporte : nouveaux, changés ; ceux qu'il ne cite pas restent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ctgkit.plan import Element, Plan

PLURIELS = {"enjeu": "enjeux", "objectif": "objectifs"}
LIENS = {"enjeu": "domaine", "objectif": "enjeux"}
LIBELLES = {"titre": "intitulé", "domaine": "domaine", "enjeux": "enjeux", "plan": "plan", "niveau": "niveau"}
NIVEAUX = {"strategique": "stratégique", "operationnel": "opérationnel"}

Lu = tuple[str, Mapping[str, Any]]
Nouveau = tuple[str, str, dict[str, Any]]


@dataclass(frozen=True)
class ElementChange:
    """Un enjeu ou un objectif présent que le fichier dit autrement : nom, valeur présente, valeur du fichier."""

    sorte: str
    cle: str
    champs: tuple[tuple[str, Any, Any], ...]

    def __str__(self) -> str:
        dits = (f"{LIBELLES.get(c, c)}, « {_told(a)} » → « {_told(b)} »" for c, a, b in self.champs)
        return f"{self.sorte} {self.cle} : {' ; '.join(dits)}"


def merge_elements(plan: Plan, lus: Iterable[Lu]) -> tuple[Plan, list[Nouveau], list[ElementChange]]:
    """Le plan avec ce que le fichier apporte, les éléments nouveaux, les éléments changés. Un vide n'efface rien."""
    neufs: list[Nouveau] = []
    changes: list[ElementChange] = []
    for sorte, valeurs in lus:
        cle = str(valeurs["code"])
        present = plan.element(PLURIELS[sorte], cle)
        if present is None and valeurs.get("titre") and cle not in {c for s, c, _ in neufs if s == sorte}:
            neufs.append((sorte, cle, {k: v for k, v in valeurs.items() if v not in (None, "")}))
        elif present is not None and (ecarts := _gaps(sorte, present, valeurs)):
            changes.append(ElementChange(sorte, cle, ecarts))
    venus = {s: tuple(Element(c, v) for t, c, v in neufs if t == s) for s in PLURIELS}
    enrichi = Plan(plan.domaines, (*plan.enjeux, *venus["enjeu"]), (*plan.objectifs, *venus["objectif"]), plan.fiches,
                   plan.signature)  # fmt: skip
    return enrichi, neufs, changes


def _gaps(sorte: str, present: Element, valeurs: Mapping[str, Any]) -> tuple[tuple[str, Any, Any], ...]:
    rendus = []
    for cle in LIBELLES:
        nouveau = valeurs.get(cle)
        if nouveau in (None, "", []):
            continue
        # Un seul lien s'écrit aussi bien seul qu'en liste.
        ancien = list(present.codes(cle)) if cle == LIENS[sorte] else present.valeurs.get(cle)
        voulu = [nouveau] if cle == LIENS[sorte] and isinstance(nouveau, str) else nouveau
        if ancien != voulu:
            rendus.append((cle, present.valeurs.get(cle), nouveau))
    return tuple(rendus)


def _told(valeur: Any) -> str:
    if isinstance(valeur, list | tuple):
        return ", ".join(map(str, valeur))
    return NIVEAUX.get(str(valeur), str(valeur or ""))
