"""Une simulation dans un carnet : sa table, sa figure, ses raisons, et ce qui la distingue d'une autre."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import plotly.graph_objects as go

from ctgkit import figures
from ctgkit import simulation as moteur
from ctgkit.carnet.apercu import Apercu, Donnees, Enonce, Phrases, frame_of
from ctgkit.carnet.lieu import Lieu, open_lieu
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import liste
from ctgkit.fourchette import Fourchette
from ctgkit.horloge import first_year
from ctgkit.simulation.lectures.constat import largest, lead, tell_year
from ctgkit.simulation.remarques import by_gravity
from ctgkit.storage.scenarios import open_scenario, read_scenario_file
from ctgkit.territoire import Scenario

STRUCTURES = 12
Voulu = Scenario | dict[str, Any] | str | os.PathLike[str] | None


@dataclass(frozen=True, eq=False, repr=False)
class Simulation(Apercu):
    """Un lieu et un scénario, simulés. `haut` vaut l'infini quand rien ne borne un montant.

    >>> r = simulate("exemple", Scenario("20 places").ouvrir("eaje", "00001", 20, "2027-09-01"))
    >>> bool((r.by("annee")["bas"] > 0).all())
    True
    """

    lieu: Lieu
    resultat: moteur.Resultat

    @property
    def scenario(self) -> Scenario:
        return self.resultat.scenario

    @property
    def annees(self) -> tuple[int, ...]:
        return self.resultat.annees

    @cached_property
    def reference(self) -> "Simulation":
        """Le même lieu, quand rien ne change."""
        return simulate(self.lieu, annees=self.annees)

    def constat(self, annee: int = 0) -> Enonce:
        """Ce que le scénario donne une année (celle qui vient, sinon), de combien, et pour qui."""
        ecart, vue = compare_scenarios(self.reference, self)._comparaison.ecarts[0], self._seen(annee)
        parts = lead(ecart, vue) if ecart.change else []
        suite = tuple(f"{gain.ecrit} {quoi}." for gain, quoi in parts if len(parts) > 1)
        suite = (*self.relecture(), *suite, moteur.AVERTISSEMENT)
        return Enonce(tell_year(ecart, vue), f"{self.lieu.nom}, {self.scenario.nom}", suite)

    def relecture(self) -> Phrases:
        """Ce que le calcul a corrigé depuis que ce scénario a été gardé ; vide quand rien n'a changé pour lui."""
        return Phrases(moteur.reread(self.resultat).phrases)

    def _seen(self, annee: int) -> int:
        _check_axes((), (annee,) if annee else (), self.annees)
        return first_year(self.annees, annee, self.lieu.jour)

    def table(self) -> Donnees:
        """Une ligne par structure, année, dispositif et part (offre existante, offre nouvelle)."""
        return Donnees(moteur.table(self.resultat))

    def flat_table(self) -> Donnees:
        """La même, pour un tableur : le nom et le code du scénario, vide là où rien ne borne."""
        return Donnees(moteur.flat_table(self.resultat))

    def by(self, *axes: str | int) -> Donnees:
        """Les montants par structure, commune, competence, service, gestionnaire, annee ou dispositif.

        Une année donnée en plus ne garde qu'elle : `r.by("commune", 2027)`.
        """
        voulues = [axe for axe in axes if isinstance(axe, int)]
        noms = [axe for axe in axes if not isinstance(axe, int)] or ["annee"]
        _check_axes(noms, voulues, self.annees)
        if not voulues:
            return Donnees(moteur.aggregate(self.resultat, *noms))
        table = Donnees(moteur.aggregate(self.resultat, *dict.fromkeys([*noms, "annee"])))
        garde = table[table["annee"].isin(voulues)].reset_index(drop=True)
        return garde if "annee" in noms or len(voulues) > 1 else garde.drop(columns="annee")

    def figure(self, annee: int = 0) -> go.Figure:
        """Le bonus de chaque année : le plein est sûr, les hachures sont incertaines."""
        return figures.bonus_by_year(self.by("annee").rename(columns={"haut_connu": "connu"}), self._seen(annee))

    def explain(self, structure: str = "", annee: int = 0) -> Phrases:
        """« Pourquoi ce montant ? », étape par étape, avec ses sources ; sans structure, celle qui reçoit le plus."""
        connues, voulue = self.resultat.territoire.structures["id"].tolist(), structure or largest(self.resultat)
        if structure and structure not in connues:
            aide = did_you_mean(structure, connues)
            que_faire = f"Structures : {liste(connues[:STRUCTURES])}{' et d’autres' * (len(connues) > STRUCTURES)}."
            raise CtgError(f"Structure inconnue : « {structure} ». {aide}".strip(), "explain", que_faire)
        return Phrases(_sourced(etape) for etape in moteur.explain(self.resultat, voulue, self._seen(annee)) if voulue)

    def questions(self) -> Donnees:
        """Ce qu'il faut demander à la Caf, et ce que la réponse peut changer ; la plus lourde d'abord."""
        posees = moteur.questions(self.resultat)
        return frame_of(moteur.Question, posees).assign(effet=[question.effet for question in posees])

    def alertes(self) -> Donnees:
        """Ce qu'il faut vérifier : les erreurs d'abord, les avis à la fin."""
        return frame_of(moteur.Remarque, by_gravity(moteur.alertes(self.resultat)))

    def engagements(self) -> Donnees:
        """Le double engagement : la Caf et la collectivité gardent-elles leur financement ?"""
        return Donnees(moteur.engagements(self.resultat))

    def financement(self) -> Donnees:
        """Charges, participations, financements et reste à charge de chaque structure."""
        return Donnees(moteur.financing(self.resultat))

    def suivi(self) -> Donnees:
        """Simulé, notifié, perçu."""
        return Donnees(moteur.follow_up(self.resultat))

    def prudence(self) -> Donnees:
        """Neuf fois sur dix, au moins et au plus : des tirages où les ouvertures glissent."""
        return Donnees(moteur.prudence(self.resultat).quantiles)

    def sources(self) -> Donnees:
        """Les paramètres du droit sur lesquels reposent les montants, en vigueur la dernière année."""
        lus = moteur.parameters(self.resultat)
        lignes = [(p.libelle, v.depuis, v.statut, p.verifie_le, v.reference.titre, v.reference.url) for p, v in lus]
        return Donnees(lignes, columns=["parametre", "depuis", "statut", "verifie_le", "source", "adresse"])

    def changements(self, annee: int | None = None) -> Phrases:
        """Le plus petit changement qui compte : un seuil, une adhésion, des crédits."""
        return Phrases(change.phrase for change in moteur.smallest_changes(self.resultat, annee))

    def _resume(self) -> list[str]:
        total = self.by("annee")
        montant = Fourchette(total["bas"].sum(), total["haut"].sum()).write()
        periode = f"de {self.annees[0]} à {self.annees[-1]}" if len(self.annees) > 1 else f"en {self.annees[0]}"
        return [
            f"{self.lieu.nom} : {self.scenario.nom} ({self.scenario.code})",
            f"Bonus territoire {periode} : {montant}. {moteur.AVERTISSEMENT}",
            *self.relecture(),
        ]

    def _extrait(self) -> pd.DataFrame:
        return self.by("annee")[["annee", "bas", "haut"]]


class Simulations(tuple[Simulation, ...], Apercu):
    """Plusieurs scénarios d'un même lieu, simulés."""

    def table(self) -> Donnees:
        """Une ligne par scénario et par année."""
        tables = [r.by("annee").assign(scenario=r.scenario.nom, code=r.scenario.code) for r in self]
        return pd.concat(tables, ignore_index=True)[["scenario", "code", "annee", "bas", "haut"]]

    def totals(self) -> Donnees:
        """Une ligne par scénario, sur toute la période."""
        return self.table().groupby(["scenario", "code"], as_index=False, sort=False)[["bas", "haut"]].sum()

    def figure(self) -> go.Figure:
        return compare_scenarios(*self).figure()

    def _resume(self) -> list[str]:
        return [f"{len(self)} scénarios simulés" if len(self) != 1 else "1 scénario simulé", moteur.AVERTISSEMENT]

    def _extrait(self) -> pd.DataFrame:
        return self.totals()

    __repr__ = Apercu.__repr__


@dataclass(frozen=True, eq=False, repr=False)
class Comparaison(Apercu):
    """Des scénarios face au premier : qui gagne, qui perd, de combien entre deux bornes, et pourquoi."""

    reference: Simulation
    autres: tuple[Simulation, ...]

    @cached_property
    def _comparaison(self) -> moteur.EcartsScenarios:
        return moteur.compare_scenarios(self.reference.resultat, *(r.resultat for r in self.autres))

    def table(self, *axes: str) -> Donnees:
        """L'écart de chaque scénario, par structure et par année, ou selon les axes donnés."""
        noms = axes or ("structure", "annee")
        _check_axes(noms, (), self.reference.annees)
        tables = [
            Donnees(ecart.par(*noms)).assign(scenario=ecart.scenario.scenario.nom) for ecart in self._comparaison.ecarts
        ]
        table = pd.concat(tables, ignore_index=True)
        return table[["scenario", *(c for c in table.columns if c != "scenario")]]

    def totals(self) -> Donnees:
        """L'écart de tout le territoire, un scénario par ligne."""
        ecarts = self._comparaison.ecarts
        totaux = [ecart.total() for ecart in ecarts]
        return Donnees(
            {
                "scenario": [ecart.scenario.scenario.nom for ecart in ecarts],
                "bas": [bas for bas, _ in totaux],
                "haut": [haut for _, haut in totaux],
            }
        )

    def figure(self) -> go.Figure:
        """Une barre par scénario, toutes sur le même axe."""
        return figures.scenarios(self.totals().rename(columns={"scenario": "nom"}))

    @property
    def sentences(self) -> Phrases:
        return Phrases(self._comparaison.phrases)

    def _resume(self) -> list[str]:
        return [f"Face à « {self.reference.scenario.nom} »", *self.sentences[:5]]

    def _extrait(self) -> pd.DataFrame:
        return self.totals()


def simulate(
    lieu: Lieu | str | os.PathLike[str],
    scenario: Voulu | Sequence[Scenario] = None,
    annees: Iterable[int] | None = None,
) -> Simulation | Simulations:
    """Le bonus territoire d'un lieu, avec ou sans scénario (un `Scenario`, un fichier, ou une suite de scénarios).

    >>> simulate("exemple").by("annee").columns.tolist()
    ['annee', 'bas', 'haut', 'haut_connu']
    """
    ici = open_lieu(lieu)
    if isinstance(scenario, Sequence) and not isinstance(scenario, str):
        return Simulations(simulate(ici, un, annees) for un in scenario)
    ecrit = moteur.simulate(ici.territoire, read_scenario(scenario), None if annees is None else list(annees))
    return Simulation(ici, ecrit)


def read_scenario(voulu: Voulu, lieu: Lieu | str | os.PathLike[str] | None = None) -> Scenario | None:
    """Un scénario déjà construit, ses clés, ou son fichier YAML ou JSON ; avec un lieu, le code de ceux qu'il garde.

    >>> read_scenario({"nom": "Rien", "mouvements": []}).nom
    'Rien'
    """
    if voulu is None or voulu == "" or isinstance(voulu, Scenario):
        return voulu or None
    if lieu is not None and isinstance(voulu, str) and not Path(voulu).suffix:
        return open_scenario(voulu, open_lieu(lieu).dossier)
    return moteur.read_scenario(voulu) if isinstance(voulu, dict) else read_scenario_file(voulu)


def compare_scenarios(reference: Simulation, *autres: Simulation) -> Comparaison:
    """Chaque simulation face à la première.

    >>> calme, projet = simulate("exemple"), simulate("exemple", Scenario("Fin").fermer("creche-aulne", "2027-01-01"))
    >>> compare_scenarios(calme, projet).totals()["scenario"].tolist()
    ['Fin']
    """
    return Comparaison(reference, autres)


def _check_axes(axes: Sequence[str], voulues: Sequence[int], annees: Sequence[int]) -> None:
    connus = get_args(moteur.Axe)
    for axe in axes:
        if axe not in connus:
            raise CtgError(f"Axe inconnu : « {axe} ».", "by", f"Axes : {', '.join(connus)}.")
    for annee in voulues:
        if annee not in annees:
            raise CtgError(f"L'année {annee} n'est pas simulée.", "by", f"Années : {', '.join(map(str, annees))}.")


def _sourced(etape: moteur.Etape) -> str:
    source = f" [{etape.reference.titre}{', ' + etape.depuis if etape.depuis else ''}]" if etape.reference else ""
    return f"{etape.libelle}{source}"
