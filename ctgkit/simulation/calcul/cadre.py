"""Ce que les calculs partagent : chaque structure rangée par service, commune et groupe, et le barème pour elle."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from ctgkit import droit
from ctgkit.droit import Valeur
from ctgkit.droit.valeurs import Bornes, bounds
from ctgkit.simulation.calcul.conditions import Admises, commune_ranks, eligible_months
from ctgkit.simulation.calcul.groupes import Groupes, groups
from ctgkit.simulation.calcul.quantites import Fenetres, Quantites, quantities, windows
from ctgkit.simulation.remarques import ERREUR, Remarque, names
from ctgkit.simulation.scenario.etat import Etat

CRITERES_COMMUNE = ("potentiel_financier_hab", "niveau_de_vie")


@dataclass(frozen=True)
class Cadre:
    etat: Etat
    services: tuple[droit.Service, ...]
    service: np.ndarray
    commune: np.ndarray
    cofinancee: np.ndarray
    groupes: Groupes
    fenetres: Fenetres
    eligible: Admises
    quantites: Quantites

    @property
    def nombre(self) -> int:
        return len(self.service)

    @cached_property
    def membres(self) -> tuple[np.ndarray, ...]:
        """Les structures de chaque service."""
        return tuple(np.flatnonzero(self.service == code) for code in range(len(self.services)))

    @cached_property
    def flottante(self) -> np.ndarray:
        """Les structures sans territoire de compétence, quand d'autres en ont un ; vide partout, il n'y en a qu'un."""
        sans, t = self.etat.territoire.structures["competence"] == "", self.etat.territoire
        return sans & (not sans.all() or bool((t.references["competence"] != "").any()))

    @cached_property
    def rangs(self) -> Mapping[str, int]:
        return {s: i for i, s in enumerate(self.etat.territoire.structures["id"].tolist())}

    def critere(self, nom: str, qui: np.ndarray) -> np.ndarray:
        """Un critère de la commune de chaque structure ; NaN quand il n'est pas renseigné."""
        colonne = np.append(self.etat.territoire.communes[nom], np.nan)
        return colonne[np.maximum(self.commune[qui], -1)]

    def value(self, code: str, jour: date) -> Valeur | None:
        bareme = self.etat.bareme
        return bareme[code].en_vigueur(jour) if code in bareme else None

    def bounds(self, code: str, jour: date, qui: np.ndarray, selon: np.ndarray | None = None) -> Bornes | None:
        """Les bornes d'un paramètre pour ces structures, ou rien si la mesure n'existe pas à cette date."""
        if (valeur := self.value(code, jour)) is None:
            return None
        nommes = {c for t in valeur.tranches for c in t.limites} & set(CRITERES_COMMUNE)
        criteres = {c: self.critere(c, qui) for c in nommes}
        if selon is not None:
            criteres[""] = selon
        zone = None if valeur.zone_prioritaire is None else self.critere("zone_prioritaire", qui)
        return self._own(valeur, bounds(valeur, criteres, len(qui), zone), qui)

    def _own(self, valeur: Valeur, bornes: Bornes, qui: np.ndarray) -> Bornes:
        """Les montants donnés pour un territoire de compétence, puis pour une structure, passent avant le général."""
        competences = self.groupes.competences
        for nom, montant in valeur.competences.items():
            rang = np.flatnonzero(competences == nom)
            for borne in bornes:
                borne[np.isin(self.groupes.competence_de_structure[qui], rang)] = montant
        ids = self.etat.territoire.structures["id"]
        for nom, montant in valeur.structures.items():
            for borne in bornes:
                borne[ids[qui] == nom] = montant
        return bornes


def frame(etat: Etat) -> Cadre:
    services = tuple(droit.services().values())
    codes = [s.code for s in services]
    s = etat.territoire.structures
    service = pd.Index(codes).get_indexer(s["type"])
    commune = commune_ranks(etat.territoire)
    suivis = ("existant", "plancher", "revalorisation", "nouveau")
    changements = [
        v.depuis
        for t in services
        for p in suivis
        if f"{t.code}.{p}" in etat.bareme
        for v in etat.bareme[f"{t.code}.{p}"].valeurs
        if (v.depuis.month, v.depuis.day) != (1, 1)
    ]
    fenetres = windows(etat.annees, changements)
    jour = np.datetime64(etat.date_reference, "D")
    eligible = eligible_months(etat.territoire, commune)
    return Cadre(
        etat=etat,
        services=services,
        service=service,
        commune=commune,
        cofinancee=s["cofinancee"],
        groupes=groups(etat, service, codes, [t.famille for t in services]),
        fenetres=fenetres,
        eligible=eligible,
        quantites=quantities(
            etat.periodes, len(s), jour, fenetres, (eligible.sur, eligible.possible, eligible.dernier)
        ),
    )


def misplaced(cadre: Cadre) -> list[Remarque]:
    """Les structures que le moteur ne peut pas ranger : elles ne sont comptées nulle part, et on le dit."""
    s = cadre.etat.territoire.structures
    cas = (
        (cadre.service < 0, "type_inconnu", "Type de service inconnu, montant non calculé :"),
        (cadre.commune == -2, "commune_inconnue", "Commune absente du territoire, condition d'adhésion non vérifiée :"),
    )
    alertes = [
        Remarque(ERREUR, code, f"{debut} {names(s['nom'][masque].tolist())}.", "structures.csv")
        for masque, code, debut in cas
        if masque.any()
    ]
    return alertes + _orphan_values(cadre)


def _orphan_values(cadre: Cadre) -> list[Remarque]:
    """Un montant donné à une structure ou à un territoire de compétence qui n'existe pas ne sert à rien."""
    connus = {"structures": cadre.rangs, "competences": set(cadre.groupes.competences.tolist())}
    return [
        Remarque(
            ERREUR,
            "parametre_orphelin",
            f"{p.libelle} : valeur donnée pour {names([nom])}, qui n'existe pas.",
            p.source,
        )
        for p in cadre.etat.bareme.parametres.values()
        for v in p.valeurs
        for champ, presents in connus.items()
        for nom in getattr(v, champ)
        if nom not in presents
    ]
