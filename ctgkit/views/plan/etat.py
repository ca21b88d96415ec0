"""Ce que l'on regarde dans la page du plan : l'état, une valeur ; le regard, tout ce qu'il faut pour écrire la page."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from ctgkit import droit
from ctgkit.documents.catalogue.plan.voisins import Groupe, Voisins, cited
from ctgkit.plan import Fiche, Filtre, Matrice, Plan, complete, keep, state
from ctgkit.storage.journal.plan import PlanStore
from ctgkit.views.plan.import_export import ImportPlan, Logos

LONGUEUR = 110
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
    "fichier": "le fichier du territoire",
    "signature": "la signature",
    "jour": "un jour",
    "semaine": "une semaine",
    "mois": "un mois",
}
TRIS = {"enjeu": "Par enjeu", "statut": "Par avancement"}
# Les champs que l'on change dans plusieurs fiches à la fois.
CHAMPS_LOT = (
    "statut",
    "priorite",
    "nature",
    "objectifs",
    "enjeux",
    "theme",
    "pilote_structure",
    "referent_caf",
    "elu",
    "date_debut",
    "date_fin",
    "participation",
)
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
class ChoixMontant:
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
    simulation: ChoixMontant = field(default_factory=ChoixMontant)
    choisies: frozenset[str] = frozenset()
    histoire: bool = False


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


@dataclass(frozen=True)
class Regard:
    """Tout ce qu'il faut pour écrire la page, à un instant ; sans import ni logos, la page ne fait que montrer.

    `dites` : ce que la page dit de la fiche regardée.
    """

    store: PlanStore
    voisins: Voisins
    etat: EtatPlan
    jour: date
    annulable: bool = False
    importation: ImportPlan | None = None
    logos: Logos | None = None
    dites: Mapping[str, Any] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        return self.store.plan

    @property
    def fiche(self) -> Fiche | None:
        return self.plan.fiche(self.etat.fiche)

    @property
    def findings_by_group(self) -> tuple[Groupe, ...]:
        return self.voisins.constats.groups(cited(self.plan))

    @cached_property
    def matrice(self) -> Matrice:
        return self.voisins.cover(self.plan)

    @cached_property
    def gardees(self) -> tuple[Fiche, ...]:
        """Les fiches que le filtre montre."""
        return keep(self.plan, self.etat.filtre, self.jour)

    @cached_property
    def mots(self) -> dict[str, str]:
        """« En cours, 11 sur 13 » sous chaque fiche."""
        lus = {f.cle: complete(self.plan, f) for f in self.plan.fiches}
        return {f.cle: f"{state(f, self.jour)}, {lus[f.cle].remplis} sur {lus[f.cle].total}" for f in self.plan.fiches}

    @cached_property
    def options(self) -> dict[str, dict[str, Any]]:
        """Ce que l'on peut choisir, par cible : la valeur gardée et le libellé ; les constats, par groupe."""
        plan, territoire = self.plan, self.store.territoire
        communes = territoire.communes
        return {
            "domaines": {d.cle: d.titre for d in plan.domaines},
            "enjeux": {e.cle: _named(e.cle, e.titre) for e in plan.enjeux},
            "objectifs": {o.cle: _named(o.cle, o.titre) for o in plan.objectifs},
            "fiches": {f.cle: _named(f.code, f.titre) for f in plan.fiches},
            "communes": dict(zip(communes["code_insee"].tolist(), communes["nom"].tolist(), strict=True)),
            "constats": {
                nom: {c.code: ", ".join(filter(None, (c.phrase, c.source))) for c in lus}
                for nom, lus in self.findings_by_group
            },
            "structures": self.voisins.structures,
            "scenarios": {code: _named(code, nom) for code, nom in self.voisins.scenarios.items()},
            "dispositifs": dict(droit.libelles_dispositifs()),
        }


def _named(code: str, titre: str) -> str:
    return f"{code} {titre}" if len(titre) <= LONGUEUR else f"{code} {titre[:LONGUEUR].rstrip()}…"
