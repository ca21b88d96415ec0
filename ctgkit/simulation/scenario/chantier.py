"""Le territoire pendant que les mouvements d'un scénario s'y appliquent, dans l'ordre où ils sont écrits."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from ctgkit import droit
from ctgkit.errors import did_you_mean
from ctgkit.formats import date_longue
from ctgkit.simulation.remarques import AVIS, Alerte
from ctgkit.simulation.scenario.etat import Etat, Periodes, append_structures, with_columns
from ctgkit.simulation.scenario.lecture import A_CORRIGER, ScenarioError
from ctgkit.territoire import Scenario, Structure, Territoire


@dataclass
class Chantier:
    territoire: Territoire
    reference: date
    bareme: droit.Bareme
    credits: dict[tuple[str, int], float] = field(default_factory=dict)
    alertes: list[Alerte] = field(default_factory=list)
    nouvelles: list[Structure] = field(default_factory=list)
    fermeture: dict[int, date] = field(default_factory=dict)
    quantites: dict[int, dict[date | None, float]] = field(default_factory=dict)
    adhesion: dict[int, date] = field(default_factory=dict)
    effet: dict[int, date | None] = field(default_factory=dict)
    touchees: dict[int, str] = field(default_factory=dict)

    @cached_property
    def index(self) -> dict[str, int]:
        return {s: i for i, s in enumerate(self.territoire.structures["id"].tolist())}

    @cached_property
    def communes(self) -> dict[str, int]:
        return {c: i for i, c in enumerate(self.territoire.communes["code_insee"].tolist())}

    def find(self, identifiant: str, ou: str) -> int:
        connus = f"{did_you_mean(identifiant, self.index)} Utiliser un identifiant de structures.csv.".strip()
        check(identifiant in self.index, f"structure inconnue : « {identifiant} »", ou, connus)
        return self.index[identifiant]

    def find_commune(self, code: str, ou: str) -> int:
        voisine = did_you_mean(code, self.communes)
        check(code in self.communes, f"commune inconnue : « {code} » {voisine}".strip(), ou)
        return self.communes[code]

    def add(self, structure: Structure) -> None:
        indice = len(self.territoire.structures) + len(self.nouvelles)
        self.index[structure.id] = indice
        self.nouvelles.append(structure)
        self.touchees[indice] = "ouvrir"

    def day(self, indice: int, colonne: str, changes: Mapping[int, Any]) -> date | None:
        connus = self.territoire.structures[colonne]
        lu = connus[indice].item() if indice < len(connus) else getattr(self.nouvelles[indice - len(connus)], colonne)
        return changes.get(indice, lu)

    def warn_date(self, jour: date | None, ou: str) -> None:
        fin = self.territoire.convention.fin
        if jour and fin and jour > fin:
            message = f"Le {date_longue(jour)} est après la fin de la convention ({date_longue(fin)}) : sans effet ici."
            self.alertes.append(Alerte(AVIS, "mouvement_hors_convention", message, ou))
        elif jour and jour < self.reference:
            message = f"Le {date_longue(jour)} précède la date de référence : ce mouvement change l'offre existante."
            self.alertes.append(Alerte(AVIS, "mouvement_avant_reference", message, ou))

    def finish(self, scenario: Scenario, annees: tuple[int, ...]) -> Etat:
        avant = len(self.territoire.structures)
        complet = append_structures(self.territoire, self.nouvelles)
        if self.fermeture:
            fermetures = _changed(complet.structures["fermeture"], self.fermeture)
            complet = replace(complet, structures=with_columns(complet.structures, fermeture=fermetures))
        if self.adhesion:
            colonnes = {c: _changed(complet.communes[c], getattr(self, c)) for c in ("adhesion", "effet")}
            complet = replace(complet, communes=with_columns(complet.communes, **colonnes))
        periodes = self.periods(complet)
        creees = tuple(range(avant, len(complet.structures)))
        return Etat(complet, scenario, annees, self.reference, self.bareme, periodes, self.credits,
                    tuple(self.alertes), creees, self.touchees)  # fmt: skip

    def periods(self, territoire: Territoire) -> Periodes:
        """Une période par structure, coupée à chaque changement de quantité."""
        s = territoire.structures
        quantite, fin = s["quantite"].copy(), s["fermeture"].copy()
        ajoutees: list[tuple[int, Any, Any, float]] = []
        for indice, changes in self.quantites.items():
            dates = self.fill(indice, changes, quantite)
            fermeture = fin[indice].item()
            for debut, suivante in zip(dates, [*dates[1:], fermeture][: len(dates)], strict=True):
                ajoutees.append((indice, debut, _earliest(suivante, fermeture), changes[debut]))
            fin[indice] = _earliest(dates[0] if dates else None, fermeture)
        indices, debuts, fins, valeurs = zip(*ajoutees, strict=True) if ajoutees else ((), (), (), ())
        return Periodes(
            np.concatenate([np.arange(len(s)), np.array(indices, np.int64)]),
            np.concatenate([s["ouverture"], np.array(debuts, "datetime64[D]")]),
            np.concatenate([fin, np.array(fins, "datetime64[D]")]),
            np.concatenate([quantite, np.array(valeurs, float)]),
        )

    def fill(self, indice: int, changes: Mapping[date | None, float], quantite: np.ndarray) -> list[date]:
        """Une quantité inconnue, donnée au plus tard à la date de référence, est celle de l'offre existante."""
        dates = sorted(d for d in changes if d)
        connues = [d for d in dates if d <= self.reference]
        if None in changes:
            quantite[indice] = changes[None]
        elif np.isnan(quantite[indice]) and connues:
            quantite[indice] = changes[connues[0]]
            nom = self.territoire.structures["nom"][indice]
            message = (
                f"Quantité de « {nom} » inconnue dans le territoire : celle du scénario vaut dès l'offre existante."
            )
            self.alertes.append(Alerte(AVIS, "quantite_supposee", message, "scénario"))
            dates.remove(connues[0])
        return dates


def _changed(colonne: np.ndarray, changes: Mapping[int, Any]) -> np.ndarray:
    copie = colonne.copy()
    copie[list(changes)] = [np.datetime64("NaT") if d is None else np.datetime64(d, "D") for d in changes.values()]
    return copie


def _earliest(*jours: date | None) -> Any:
    return min((np.datetime64(j, "D") for j in jours if j), default=np.datetime64("NaT"))


def check(vrai: bool, constat: str, ou: str, que_faire: str = "") -> None:
    if not vrai:
        code = "" if que_faire else A_CORRIGER
        conseil = que_faire or "Corriger ce mouvement du scénario."
        raise ScenarioError(f"{constat[0].upper()}{constat[1:]}.", ou, conseil, code=code)
