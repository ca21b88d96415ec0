"""Le territoire tel que le scénario le change : structures, périodes ouvertes, adhésions, crédits, barème."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from ctgkit import droit
from ctgkit.errors import CtgError
from ctgkit.formats import liste
from ctgkit.simulation.remarques import ALERTE, AVIS, Remarque, names
from ctgkit.territoire import Scenario, Structure, Table, Territoire, column_kinds, to_array

LOCAUX = "parametres_locaux.yaml"


@dataclass(frozen=True)
class Periodes:
    """Une quantité constante d'une structure entre deux dates ; les n premières sont celles des n structures."""

    structure: np.ndarray
    debut: np.ndarray
    fin: np.ndarray
    quantite: np.ndarray


@dataclass(frozen=True)
class Etat:
    territoire: Territoire
    scenario: Scenario
    annees: tuple[int, ...]
    date_reference: date
    bareme: droit.Bareme
    periodes: Periodes
    credits: Mapping[tuple[str, int], float]
    alertes: tuple[Remarque, ...] = ()
    creees: tuple[int, ...] = ()
    touchees: Mapping[int, str] = field(default_factory=dict)


def check_years(territoire: Territoire, annees: Any) -> tuple[int, ...]:
    """Les années demandées, ou celles de la convention ; hors d'elle ou hors du barème, on ne sait pas calculer."""
    connues = territoire.annees
    voulues = read_years(annees) if annees is not None else connues
    if not voulues:
        raise CtgError(
            "Aucune année à simuler : les dates de la convention ne sont pas renseignées.",
            f"{territoire.nom}, territoire.yaml",
            "Compléter convention.debut et convention.fin, ou demander des années.",
        )
    hors = [str(a) for a in voulues if connues and a not in connues]
    if hors:
        raise CtgError(
            f"Année hors de la convention : {liste(hors)}.",
            territoire.nom,
            f"Demander des années entre {connues[0]} et {connues[-1]}.",
        )
    droit.bareme()["bonus_territoire.maintien"].au(date(voulues[0], 1, 1))
    return voulues


def read_years(annees: Any) -> tuple[int, ...]:
    """Une année, ou plusieurs, dans l'ordre et sans doublon."""
    ecrites = [annees] if isinstance(annees, int | str) else list(annees)
    try:
        return tuple(sorted({int(a) for a in ecrites}))
    except (TypeError, ValueError):
        raise CtgError(f"Années illisibles : {ecrites}.", "annees", "Donner des nombres : [2026, 2027].") from None


_POSITIFS = {
    "structures": ("quantite", "charges_eur", "participations_eur", "reference_eur"),
    "references": ("montant_eur",),
    "engagements": ("credits_eur",),
}


def check_numbers(territoire: Territoire) -> None:
    """Ni négatif ni infini dans ce qui se compte : un montant faux vaut moins qu'un refus."""
    for table, colonnes in _POSITIFS.items():
        for colonne in colonnes:
            valeurs = getattr(territoire, table)[colonne]
            if len(fautives := valeurs[(valeurs < 0) | np.isinf(valeurs)]):
                ou = f"{table}.csv, {colonne}"
                raise CtgError(f"Valeur impossible : {fautives[0]}.", ou, "Écrire un nombre positif, ou laisser vide.")


def reference_day(territoire: Territoire, annees: tuple[int, ...]) -> tuple[date, list[Remarque]]:
    if territoire.debut_reference:
        return territoire.debut_reference, []
    jour = date(annees[0], 1, 1)
    message = f"Date de référence inconnue : l'offre existante est comptée la veille du 1er janvier {jour.year}."
    return jour, [Remarque(ALERTE, "date_reference_supposee", message, "territoire.yaml")]


def local_bareme(territoire: Territoire) -> droit.Bareme:
    """Le barème national, où les montants notifiés au territoire prennent la place des inconnus."""
    if not territoire.parametres_locaux:
        return droit.bareme()
    return droit.override(droit.bareme(), territoire.parametres_locaux, LOCAUX)


def append_structures(territoire: Territoire, nouvelles: list[Structure]) -> Territoire:
    if not nouvelles:
        return territoire
    table = territoire.structures
    natures = column_kinds(Structure)
    colonnes = {
        c: np.concatenate([table[c], to_array(natures[c], [getattr(s, c) for s in nouvelles])]) for c in natures
    }
    return replace(territoire, structures=Table(Structure, colonnes))


def with_columns(table: Table, **colonnes: np.ndarray) -> Table:
    return Table(table.record, {**table.colonnes, **colonnes})


def assumptions(territoire: Territoire) -> list[Remarque]:
    """Ce que les fichiers ne disent pas et que le moteur suppose."""
    s, alertes = territoire.structures, []
    sans_date = int(np.isnat(s["ouverture"]).sum())
    pluriel = "s" * (sans_date > 1)
    if sans_date:
        message = (
            f"{sans_date} structure{pluriel} sans date d'ouverture : supposée{pluriel} ouverte{pluriel} avant 2023."
        )
        alertes.append(Remarque(AVIS, "ouverture_supposee", message, "structures.csv"))
    sans = s["competence"] == ""
    if sans.any() and not sans.all():
        message = f"Sans territoire de compétence, comptées à part : {names(s['nom'][sans].tolist())}."
        alertes.append(Remarque(ALERTE, "competence_absente", message, "structures.csv"))
    return alertes
