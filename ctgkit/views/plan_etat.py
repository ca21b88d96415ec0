"""Ce que l'on regarde dans la page du plan : une valeur, dont la page se déduit."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from ctgkit.plan import AXES, Filtre, Plan

VUES = {
    "fiche": "Fiche",
    "ensemble": "Ensemble",
    "tableau": "Tableau",
    "calendrier": "Calendrier",
    "besoins": "Besoins",
    "structure": "Enjeux et objectifs",
}
DEPUIS = {"fichier": "le fichier du territoire", "jour": "un jour", "semaine": "une semaine", "mois": "un mois"}
TRIS = {"enjeu": "Par enjeu", "statut": "Par avancement"}
ROLES = (
    "chargée de coopération",
    "chargé de coopération",
    "conseillère Caf",
    "conseiller Caf",
    "élue référente",
    "élu référent",
    "référente technique",
    "référent technique",
    "groupe de travail",
    "partenaire",
)


@dataclass(frozen=True)
class EtatPlan:
    vue: str = "fiche"
    tri: str = "enjeu"
    axe: str = "statut"
    depuis: str = "fichier"
    fiche: str = ""
    role: str = ""
    filtre: Filtre = field(default_factory=Filtre)
    choisies: frozenset[str] = frozenset()

    def read(self, geste: Mapping[str, str]) -> "EtatPlan":
        """L'état après un geste de lecture ; ce qui n'est pas un choix possible ne change rien."""
        nom, valeur = geste.get("geste", ""), geste.get("valeur", "")
        possibles = {"vue": VUES, "tri": TRIS, "axe": AXES, "role": ROLES, "depuis": DEPUIS}
        if nom in possibles and valeur in possibles[nom]:
            return replace(self, **{nom: valeur})
        if nom == "filtre" and geste.get("cle") in {f.name for f in fields(Filtre)}:
            return replace(self, filtre=replace(self.filtre, **{geste["cle"]: valeur[:200]}))
        if nom == "cocher":
            return replace(self, choisies=self.choisies ^ {valeur})
        return replace(self, choisies=frozenset()) if nom == "decocher" else self


def first_state(plan: Plan) -> EtatPlan:
    """On ouvre sur une action en cours ; sans fiche, sur l'ensemble."""
    ouvertes = [f for f in plan.fiches if f.statut == "En cours"] or list(plan.fiches)
    return EtatPlan(fiche=ouvertes[0].cle) if ouvertes else EtatPlan(vue="ensemble")


def follow_plan(etat: EtatPlan, plan: Plan) -> EtatPlan:
    """Une fiche retirée par quelqu'un d'autre n'est plus regardée ni choisie."""
    presentes = {f.cle for f in plan.fiches}
    etat = replace(etat, choisies=etat.choisies & presentes)
    if not etat.fiche or etat.fiche in presentes:
        return etat
    return replace(etat, fiche="", vue="ensemble" if etat.vue == "fiche" else etat.vue)
