"""Le plan d'actions dans un carnet : ses fiches en DataFrame, ce qui leur manque, leur argent, leur calendrier."""

import os
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from ctgkit import figures
from ctgkit.carnet.apercu import Apercu, Phrases
from ctgkit.carnet.lieu import Lieu, open_lieu
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import liste, pluriel
from ctgkit.plan import Fiche, Plan, champs, complete, count_states, is_late, read_financing, state
from ctgkit.plan.bilan import GROUPES
from ctgkit.storage.journal import open_journal
from ctgkit.storage.journal.phrases import phrase
from ctgkit.storage.plans import PlanStore

FIGURES = ("avancement", "calendrier")
_CLASSES = {"Réalisé": "fait", "En retard": "retard", "En cours": "cours", "Abandonné": "abandon"}


@dataclass(frozen=True, eq=False, repr=False)
class PlanActions(Apercu):
    """Le plan présent : son fichier, rejoué avec tout ce que le journal en garde.

    >>> plan = open_plan("exemple")
    >>> plan.missing()["fiche"].isin(plan.fiches["code"]).all().item()
    True
    """

    lieu: Lieu
    store: PlanStore
    jour: date

    @property
    def plan(self) -> Plan:
        return self.store.plan

    @property
    def fiches(self) -> pd.DataFrame:
        """Une ligne par fiche, une colonne par champ, et son état au jour de lecture."""
        return pd.DataFrame([self._ligne(fiche) for fiche in self.plan.fiches], columns=_columns())

    def _ligne(self, fiche: Fiche) -> dict[str, Any]:
        lus = {nom: fiche[nom] if fiche[nom] != [] else None for nom in champs()}
        complets = {"enjeux": self.plan.enjeux_of(fiche), "etat": state(fiche, self.jour)}
        return {**lus, **complets, "code": fiche.code, "titre": fiche.titre, "en_retard": is_late(fiche, self.jour)}

    @property
    def objectifs(self) -> pd.DataFrame:
        lignes = [
            {
                "code": objectif.cle,
                "titre": objectif.titre,
                "enjeux": ", ".join(self.plan.title("enjeux", cle) for cle in objectif.codes("enjeux")),
                "fiches": len(self.plan.fiches_of(objectif.cle)),
            }
            for objectif in self.plan.objectifs
        ]
        return pd.DataFrame(lignes, columns=["code", "titre", "enjeux", "fiches"])

    def missing(self) -> pd.DataFrame:
        """Ce qui manque avant signature : la fiche, le champ, et qui peut le remplir."""
        lignes = [
            {"fiche": fiche.code, "titre": fiche.titre, "champ": manque.libelle, "qui": manque.qui}
            for fiche in self.plan.fiches
            for manque in complete(self.plan, fiche).manques
        ]
        return pd.DataFrame(lignes, columns=["fiche", "titre", "champ", "qui"])

    def money(self) -> pd.DataFrame:
        """Les lignes de financement saisies ; un montant inconnu reste vide."""
        lignes = [
            {"fiche": fiche.code, "financeur": x.financeur, "annee": x.annee, "montant_eur": x.montant, "etat": x.etat,
             "structure": x.structure}
            for fiche in self.plan.fiches
            for x in read_financing(fiche).lignes
        ]  # fmt: skip
        return pd.DataFrame(lignes, columns=["fiche", "financeur", "annee", "montant_eur", "etat", "structure"])

    def figure(self, laquelle: str = "avancement") -> go.Figure:
        """L'avancement des fiches, ou leur calendrier."""
        if laquelle not in FIGURES:
            raise CtgError(
                f"Figure inconnue : « {laquelle} ». {did_you_mean(laquelle, FIGURES)}".strip(),
                "figure",
                f"Figures : {liste(list(FIGURES))}.",
            )
        if laquelle == "avancement":
            return figures.states(count_states(self.plan, self.jour), GROUPES)
        return figures.calendar(self._calendar(), self.jour)

    def _calendar(self) -> list[dict[str, Any]]:
        """Les fiches datées, par échéance."""
        datees = [fiche for fiche in self.plan.fiches if fiche.day("date_fin")]
        return [
            {
                "cle": fiche.cle,
                "code": fiche.code,
                "nom": fiche.titre,
                "debut": min(fiche.day("date_debut") or fiche.day("date_fin"), fiche.day("date_fin")),
                "fin": fiche.day("date_fin"),
                "etat": state(fiche, self.jour),
                "classe": _CLASSES.get(state(fiche, self.jour), "prevu"),
            }
            for fiche in sorted(datees, key=lambda f: (f.day("date_fin"), f.code))
        ]

    def write(self, fiche: str, champ: str, valeur: Any, role: str = "analyste") -> "PlanActions":
        """Écrit un champ d'une fiche au journal, sous une fonction (jamais un nom)."""
        self.store.write(fiche, champ, valeur, role)
        return self

    def history(self, fiche: str | None = None, limite: int = 50) -> Phrases:
        return Phrases(phrase(entree) for entree in self.store.history(fiche, limite))

    def _resume(self) -> list[str]:
        comptes = [f"{nom.lower()} : {n}" for nom, n in count_states(self.plan, self.jour).items() if n]
        nombre = pluriel(len(self.plan.fiches), "fiche") if self.plan.fiches else "aucune fiche"
        manques = len(self.missing())
        return [
            f"Plan d'actions, {self.lieu.nom} : {nombre}",
            *([f"{liste(comptes)}.".capitalize()] if comptes else []),
            *([f"{pluriel(manques, 'champ requis', 'champs requis')} à remplir avant signature."] if manques else []),
        ]

    def _extrait(self) -> pd.DataFrame:
        return self.fiches[["code", "titre", "etat"]]


def _columns() -> list[str]:
    return [*dict.fromkeys(["code", "titre", "etat", "en_retard", *champs()])]


def open_plan(lieu: Lieu | str | os.PathLike[str], jour: date | None = None) -> PlanActions:
    """Le plan d'un lieu, prêt à être lu et changé.

    >>> open_plan("exemple").fiches["code"].is_unique
    True
    """
    ici = open_lieu(lieu)
    return PlanActions(ici, PlanStore(ici.territoire, open_journal(ici.dossier)), jour or date.today())
