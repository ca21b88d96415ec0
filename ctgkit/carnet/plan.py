"""Le plan d'actions dans un carnet : ses fiches en DataFrame, ce qui leur manque, leur argent, leur calendrier."""

import os
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from ctgkit import figures
from ctgkit.carnet.apercu import Apercu, Donnees, Enonce, Phrases, choose
from ctgkit.carnet.lieu import Lieu, open_lieu
from ctgkit.documents.catalogue.plan.voisins import Voisins
from ctgkit.formats import liste, pluriel
from ctgkit.plan import Matrice, Plan, count_states
from ctgkit.plan.phrases import tell_needs, tell_plan, tell_signature, tell_size
from ctgkit.plan.suivi import GROUPES
from ctgkit.plan.tables import (
    list_fiches,
    list_issues,
    list_late,
    list_missing,
    list_money,
    list_needs,
    list_objectives,
    list_periods,
    list_states,
    list_steps,
)
from ctgkit.storage.journal import open_journal, phrase
from ctgkit.storage.journal.plan import PlanStore
from ctgkit.texte import majuscule


def _linked(lignes: pd.DataFrame) -> pd.DataFrame:
    """Les lignes liées à une structure : simulé, notifié, perçu."""
    liees = lignes[lignes["structure"].notna() & (lignes["structure"] != "")]
    noms = {"simule_bas_eur": "bas", "simule_haut_eur": "haut", "notifie_eur": "notifie", "percu_eur": "percu"}
    return liees.rename(columns=noms).assign(nom=liees["code"] + " " + liees["financeur"])


@dataclass(frozen=True, eq=False, repr=False)
class PlanActions(Apercu):
    """Le plan présent : son fichier, rejoué avec tout ce que le journal en garde.

    >>> plan = open_plan("exemple")
    >>> plan.fiches["code"].is_unique
    True
    """

    lieu: Lieu
    store: PlanStore
    jour: date

    @property
    def plan(self) -> Plan:
        return self.store.plan

    @property
    def fiches(self) -> Donnees:
        """Une ligne par fiche, une colonne par champ, et son état au jour de lecture."""
        return Donnees(list_fiches(self.plan, self.jour))

    @property
    def constat(self) -> Enonce:
        """Combien de fiches sont prêtes à signer, combien sont en retard, quels besoins restent sans action."""
        plan = self.plan
        suite = (tell_size(plan, self.lieu.territoire.convention.fin), tell_needs(self._matrice), tell_signature(plan))
        return Enonce(tell_plan(plan, self.jour), f"Plan d'actions, {self.lieu.nom}", tuple(filter(None, suite)))

    @property
    def objectifs(self) -> Donnees:
        """Une ligne par objectif, et combien de fiches le servent."""
        return Donnees(list_objectives(self.plan))

    def missing(self) -> Donnees:
        """Ce qui manque avant signature : la fiche, le champ, et qui peut le remplir."""
        return Donnees(list_missing(self.plan))

    def late(self) -> Donnees:
        """Les fiches dont l'échéance est passée, et depuis combien de jours."""
        return Donnees(list_late(self.plan, self.jour))

    def steps(self) -> Donnees:
        """Les étapes de chaque fiche, et leur jour."""
        return Donnees(list_steps(self.plan, self.jour))

    def states(self) -> Donnees:
        """Combien de fiches à chaque avancement."""
        return Donnees(list_states(self.plan, self.jour))

    def needs(self) -> Donnees:
        """Chaque constat du diagnostic, et ce que le plan en fait."""
        return Donnees(list_needs(self._matrice))

    def money(self) -> Donnees:
        """Les lignes de financement : saisi, simulé (infini si rien ne le borne), notifié, perçu ; inconnu : vide."""
        lignes = Donnees(list_money(self.plan, self.voisins.financing))
        sans_borne = lignes["simule_bas_eur"].notna() & lignes["simule_haut_eur"].isna()
        return lignes.assign(simule_haut_eur=lignes["simule_haut_eur"].astype(float).mask(sans_borne, float("inf")))

    @property
    def _matrice(self) -> Matrice:
        return self.voisins.cover(self.plan)

    @cached_property
    def voisins(self) -> Voisins:
        """Ce que le plan emprunte au diagnostic et à la simulation."""
        return Voisins(self.lieu.territoire, self.store.journal, self.jour.year)

    def figure(self, laquelle: str = "avancement") -> go.Figure:
        """L'avancement des fiches, leur calendrier, l'avancement de chaque enjeu, ou l'argent des lignes liées."""
        dessins = {
            "avancement": lambda: figures.states(count_states(self.plan, self.jour), GROUPES),
            "calendrier": lambda: figures.calendar(list_periods(self.plan.fiches, self.jour), self.jour),
            "argent": lambda: figures.money(_linked(self.money())),
            "enjeux": lambda: figures.issues(list_issues(self.plan, self.jour), tuple(GROUPES)),
        }
        return choose(laquelle, dessins)

    def write(self, fiche: str, champ: str, valeur: Any, role: str) -> "PlanActions":
        """Écrit un champ d'une fiche au journal, sous une fonction (jamais un nom)."""
        self.store.write(fiche, champ, valeur, role)
        return self

    def history(self, fiche: str | None = None, limite: int = 50) -> Phrases:
        """Ce qui a été écrit, le plus récent d'abord."""
        return Phrases(phrase(entree) for entree in self.store.history(fiche, limite))

    def _resume(self) -> list[str]:
        comptes = [f"{nom.lower()} : {n}" for nom, n in count_states(self.plan, self.jour).items() if n]
        nombre = pluriel(len(self.plan.fiches), "fiche") if self.plan.fiches else "aucune fiche"
        manques = len(self.missing())
        return [
            f"Plan d'actions, {self.lieu.nom} : {nombre}",
            *([majuscule(f"{liste(comptes)}.")] if comptes else []),
            *([f"{pluriel(manques, 'champ requis', 'champs requis')} à remplir avant signature."] if manques else []),
        ]

    def _extrait(self) -> pd.DataFrame:
        return self.fiches[["code", "titre", "etat"]]


def read_store(plan: PlanActions | PlanStore) -> PlanStore:
    """Le plan tel que le journal le tient, que porte celui d'un carnet : une vue reçoit l'un ou l'autre."""
    return plan.store if isinstance(plan, PlanActions) else plan


def read_day(plan: PlanActions | PlanStore) -> date:
    return plan.jour if isinstance(plan, PlanActions) else date.today()


def open_plan(lieu: Lieu | str | os.PathLike[str], jour: date | None = None) -> PlanActions:
    """Le plan d'un lieu, prêt à être lu et changé ; `jour` : celui où on le lit, celui du lieu sinon.

    >>> open_plan("exemple").missing().columns.tolist()
    ['cle', 'code', 'champ', 'libelle', 'qui']
    """
    ici = open_lieu(lieu)
    return PlanActions(ici, PlanStore(ici.territoire, open_journal(ici.dossier)), jour or ici.jour)
