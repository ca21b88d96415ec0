"""Ce qu'un import de plan ferait : nouveau, changé champ par champ, inchangé, refusé avec la cellule et la raison."""

from dataclasses import dataclass, field
from typing import Any

from ctgkit.echanges.plan.elements import ElementChange, Nouveau
from ctgkit.echanges.plan.lecture import LignePlan, RejetPlan
from ctgkit.formats import pluriel
from ctgkit.plan import champ
from ctgkit.plan.differences import tell


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
            lignes.append(f"  Colonnes non reprises : {', '.join(f'« {c} »' for c in self.colonnes)}.")
            lignes.append('  Pour en reprendre une : --colonne "Titre de la colonne=champ".')
        return "\n".join(lignes)


def _counts(a: ApercuPlan) -> str:
    nombres = (
        pluriel(len(a.nouvelles), "fiche nouvelle", "fiches nouvelles"),
        pluriel(len(a.changees), "fiche changée", "fiches changées"),
        pluriel(len(a.inchangees), "fiche inchangée", "fiches inchangées"),
        pluriel(len(a.rejets), "cellule refusée", "cellules refusées"),
    )
    return ", ".join(nombres) + "."
