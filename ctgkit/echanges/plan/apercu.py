"""Ce qu'un import de plan ferait : nouveau, changé champ par champ, inchangé, refusé avec la cellule et la raison."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ctgkit.echanges.plan.lecture import LignePlan, RejetPlan
from ctgkit.formats import pluriel
from ctgkit.plan import Element, Plan, champ
from ctgkit.plan.differences import tell

VIDES = (None, "", [])
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
    enjeux, objectifs = (*plan.enjeux, *venus["enjeu"]), (*plan.objectifs, *venus["objectif"])
    enrichi = Plan(plan.domaines, enjeux, objectifs, plan.fiches, plan.signature)
    return enrichi, neufs, changes


def _gaps(sorte: str, present: Element, valeurs: Mapping[str, Any]) -> tuple[tuple[str, Any, Any], ...]:
    rendus = []
    for cle in LIBELLES:
        nouveau = valeurs.get(cle)
        if nouveau in VIDES:
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


@dataclass(frozen=True)
class Changee:
    """Une fiche que le fichier change : champ, valeur présente, valeur du fichier."""

    cle: str
    code: str
    champs: tuple[tuple[str, Any, Any], ...]


@dataclass
class ApercuPlan:
    """Ce qu'un import ferait ; rien n'est encore écrit."""

    fichier: str
    elements: list[Nouveau] = field(default_factory=list)
    elements_changes: list[ElementChange] = field(default_factory=list)
    nouvelles: list[LignePlan] = field(default_factory=list)
    changees: list[Changee] = field(default_factory=list)
    inchangees: list[str] = field(default_factory=list)
    rejets: list[RejetPlan] = field(default_factory=list)
    colonnes: tuple[str, ...] = ()

    @property
    def a_ecrire(self) -> bool:
        return bool(self.elements or self.elements_changes or self.nouvelles or self.changees)

    def __str__(self) -> str:
        lignes = [f"{self.fichier} : {_counts(self)}"]
        lignes += [f"  Nouveau : {sorte} {cle} « {v['titre'][:80]} »" for sorte, cle, v in self.elements]
        lignes += [f"  Changé : {change}" for change in self.elements_changes]
        lignes += [f"  Nouvelle fiche : {x.valeurs['titre'][:80]}" for x in self.nouvelles]
        for changee in self.changees:
            lignes.append(f"  Fiche {changee.code} :")
            lignes += [
                f"    {champ(c).libelle} : {tell(champ(c), a)} → {tell(champ(c), b)}" for c, a, b in changee.champs
            ]
        lignes += [f"  Refusé : {r}" for r in self.rejets]
        if self.colonnes:
            lignes.append("  Colonnes non reprises : " + ", ".join(f"« {c} »" for c in self.colonnes) + ".")
            lignes.append('  Pour en reprendre une : --colonne "Titre de la colonne=champ".')
        return "\n".join(lignes)


def _counts(apercu: ApercuPlan) -> str:
    nombres = (
        pluriel(len(apercu.nouvelles), "fiche nouvelle", "fiches nouvelles"),
        pluriel(len(apercu.changees), "fiche changée", "fiches changées"),
        pluriel(len(apercu.inchangees), "fiche inchangée", "fiches inchangées"),
        pluriel(len(apercu.rejets), "cellule refusée", "cellules refusées"),
    )
    return ", ".join(nombres) + "."
