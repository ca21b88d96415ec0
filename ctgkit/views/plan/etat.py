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
    "histoire": "Historique",
    "documents": "Documents",
}
DEPUIS = {
    "fichier": "le fichier du territoire", "signature": "la signature", "jour": "un jour", "semaine": "une semaine",
    "mois": "un mois",
}  # fmt: skip
TRIS = {"enjeu": "Par enjeu", "statut": "Par avancement"}
# Les champs que l'on change dans plusieurs fiches à la fois.
CHAMPS_LOT = (
    "statut", "priorite", "nature", "objectifs", "enjeux", "theme", "pilote_structure", "referent_caf", "elu",
    "date_debut", "date_fin", "participation",
)  # fmt: skip
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
class Simulation:
    """Le choix d'un montant simulé : fermé, ou un scénario, une année, des mots cherchés."""

    ouvert: str = ""
    scenario: str = ""
    annee: str = ""
    mots: str = ""


@dataclass(frozen=True)
class EtatPlan:
    vue: str = "fiche"
    tri: str = "enjeu"
    axe: str = "statut"
    depuis: str = "fichier"
    du: str = ""
    au: str = ""
    fiche: str = ""
    role: str = ""
    champ_lot: str = "statut"
    filtre: Filtre = field(default_factory=Filtre)
    simulation: Simulation = field(default_factory=Simulation)
    choisies: frozenset[str] = frozenset()

    def read(self, geste: Mapping[str, str]) -> "EtatPlan":
        """L'état après un geste de lecture ; ce qui n'est pas un choix possible ne change rien."""
        nom, valeur = geste.get("geste", ""), geste.get("valeur", "")
        possibles = {"vue": VUES, "tri": TRIS, "axe": AXES, "role": ROLES, "depuis": DEPUIS, "champ_lot": CHAMPS_LOT}
        if nom in possibles and valeur in possibles[nom]:
            dates = {"du": "", "au": ""} if nom == "depuis" else {}
            return replace(self, **{nom: valeur}, **dates)
        for partie in ("filtre", "simulation"):
            vise = geste.get("partie", "")
            if nom == partie and vise in {f.name for f in fields(getattr(self, partie))}:
                return replace(self, **{partie: replace(getattr(self, partie), **{vise: valeur[:200]})})
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
