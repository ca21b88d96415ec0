"""Le résultat d'une simulation : la table des montants, et tout ce qui s'en déduit à la demande."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

import numpy as np
import pandas as pd

from ctgkit import droit
from ctgkit.simulation.agregats import DANS_LE_BONUS, Axe, aggregate, axis
from ctgkit.simulation.alertes import Alerte, Question
from ctgkit.simulation.calcul.cadre import Cadre
from ctgkit.simulation.calcul.complements import Contexte, contexts, missing
from ctgkit.simulation.calcul.conditions import sentences
from ctgkit.simulation.calcul.existant import Parts
from ctgkit.simulation.lignes import Lignes
from ctgkit.territoire import Scenario, Territoire

AVERTISSEMENT = "Seule la notification de la Caf fait foi."


@dataclass(frozen=True, eq=False)
class Resultat:
    """Figé. `lignes` est rangée par colonnes numpy ; `table()` en fait un tableau lisible."""

    cadre: Cadre
    parts: Parts
    lignes: Lignes
    dispositifs: tuple[str, ...]
    constats: tuple[Alerte, ...] = ()

    @property
    def territoire(self) -> Territoire:
        """Le territoire tel que le scénario le change."""
        return self.cadre.etat.territoire

    @property
    def scenario(self) -> Scenario:
        return self.cadre.etat.scenario

    @property
    def annees(self) -> tuple[int, ...]:
        return self.cadre.etat.annees

    @cached_property
    def contextes(self) -> Mapping[tuple[str, int], Contexte]:
        """Les dispositifs à côté du bonus territoire, par code et par année."""
        return {(c.dispositif.code, c.annee): c for c in contexts(self.cadre)}

    @cached_property
    def manques(self) -> Mapping[str, float]:
        """Les données à saisir qui manquent, et ce que chacune rapporterait au plus."""
        return missing(self.contextes.values())

    @cached_property
    def alertes(self) -> tuple[Alerte, ...]:
        from ctgkit.simulation.lectures.surveillance import watch

        return (*self.constats, *watch(self))

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Ce qu'il faut demander à la Caf, et ce que la réponse peut changer."""
        from ctgkit.simulation.lectures.questions import questions

        return questions(self)

    def aggregate(self, *axes: Axe, dispositifs: tuple[str, ...] = DANS_LE_BONUS) -> pd.DataFrame:
        """Les montants par structure, commune, competence, service, gestionnaire, annee, dispositif ou part.

        Par défaut : le bonus territoire, la coopération et le bonus trajectoire ; `dispositifs=()` prend tout.
        """
        return aggregate(self, axes, dispositifs)

    def table(self) -> pd.DataFrame:
        """Une ligne par structure, année, dispositif et part, en clair."""
        noms = self.territoire.structures["nom"][self.lignes["structure"]]
        colonnes = {a: axis(self, self.lignes, a).labels for a in get_args(Axe)}
        unites = np.array([s.unite for s in self.cadre.services], object)[self.cadre.service[self.lignes["structure"]]]
        masques, rang = np.unique(self.lignes["raisons"], return_inverse=True)
        return pd.DataFrame(
            {
                **{"structure": colonnes.pop("structure"), "nom": noms},
                **colonnes,
                "quantite": self.lignes["quantite"],
                "unite": unites,
                "unitaire_bas": self.lignes["unitaire_bas"],
                "unitaire_haut": self.lignes["unitaire_haut"],
                "bas": self.lignes["bas"],
                "haut": self.lignes["haut"],
                "haut_connu": self.lignes["haut_connu"],
                "statut": np.array(droit.STATUTS, object)[self.lignes["statut"]],
                "raisons": np.array([" ".join(sentences(int(m))) for m in masques], object)[rang],
            }
        )
