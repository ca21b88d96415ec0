"""Les alertes d'un résultat : engagements, montants au-dessus des charges, notifications sans ligne."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ctgkit.droit import bonus_territoire as regle
from ctgkit.formats import euros, liste
from ctgkit.simulation.calcul.conditions import Raison
from ctgkit.simulation.lectures.engagement import engagements, financing, losses
from ctgkit.simulation.remarques import ALERTE, AVIS, ERREUR, Remarque, names
from ctgkit.simulation.resultat import Resultat, read_once

_DETAILLES = 20


@read_once
def alertes(r: Resultat) -> tuple[Remarque, ...]:
    """Ce que le calcul a constaté, puis ce qui se lit de ses montants."""
    return (*r.constats, *_maintien(r), *_broken(r), *_above_costs(r), *_orphans(r), *_unknown_members(r))


def _each(tableau: pd.DataFrame, cle: str, code: str, quoi: str) -> Iterator[tuple[str, pd.DataFrame] | Remarque]:
    """Les premiers cas un par un, puis une seule alerte pour tous les autres."""
    noms = tableau[cle].unique()
    for nom in noms[:_DETAILLES]:
        yield nom, tableau[tableau[cle] == nom]
    if len(noms) > _DETAILLES:
        yield Remarque(ALERTE, code, f"{len(noms) - _DETAILLES} autres {quoi}.")


def _maintien(r: Resultat) -> Iterator[Remarque]:
    tableau, code = engagements(r), "maintien_perdu"
    perdus = tableau[tableau["maintien"] == regle.PERDU]
    for cas in _each(perdus, "competence", code, "territoires de compétence perdent une part de leur référence"):
        if isinstance(cas, Remarque):
            yield cas
            continue
        nom, lot = cas
        pire = lot.loc[(lot["reference_eur"] - lot["haut"]).idxmax()]
        manque = euros(pire["reference_eur"] - pire["haut"], 2)
        message = (
            f"« {nom} » : la Caf verserait {euros(pire['haut'], 2)} en {pire['annee']}, soit {manque} de moins que sa "
            f"référence de {euros(pire['reference_eur'], 2)} (années : {liste([str(a) for a in lot['annee']])})."
        )
        yield Remarque(ALERTE, code, " ".join([message, *losses(r, nom, int(pire["annee"]))]), nom)


def _broken(r: Resultat) -> Iterator[Remarque]:
    tableau, code = engagements(r), "engagement_rompu"
    rompus = tableau[tableau["engagement"] == regle.ROMPU]
    for cas in _each(rompus, "competence", code, "territoires de compétence baissent leurs crédits"):
        if isinstance(cas, Remarque):
            yield cas
            continue
        nom, lot = cas
        pire = lot.loc[lot["credits_eur"].idxmin()]
        message = (
            f"« {nom} » : {euros(pire['credits_eur'])} de crédits en {pire['annee']} au lieu de "
            f"{euros(pire['credits_reference_eur'])} (années : {liste([str(a) for a in lot['annee']])}). "
            "Le maintien de ce concours est une condition du bonus territoire : son versement n'est plus assuré."
        )
        yield Remarque(ALERTE, code, message, nom)


def _above_costs(r: Resultat) -> Iterator[Remarque]:
    """Un total au-dessus des charges : une erreur de saisie, ou un financement que la Caf plafonnera."""
    tableau, code = financing(r), "au_dessus_des_charges"
    trop = tableau[tableau["financements_bas"] + tableau["participations_eur"] > tableau["charges_eur"] + 0.005]
    for cas in _each(trop, "structure", code, "structures reçoivent plus que leurs charges"):
        if isinstance(cas, Remarque):
            yield cas
            continue
        nom, lot = cas
        pire = lot.loc[lot["financements_bas"].idxmax()]
        message = (
            f"« {pire['nom']} » : {euros(pire['financements_bas'])} de financements simulés et "
            f"{euros(pire['participations_eur'])} de participations en {pire['annee']}, au-dessus de "
            f"{euros(pire['charges_eur'])} de charges."
        )
        yield Remarque(ALERTE, code, message, nom)


def _orphans(r: Resultat) -> list[Remarque]:
    connues = set(r.territoire.structures["id"].tolist())
    inconnues = [s for s in dict.fromkeys(r.territoire.notifications["structure"].tolist()) if s not in connues]
    message = f"Notification d'une structure inconnue : {names(inconnues)}."
    return [Remarque(ERREUR, "notification_orpheline", message, "notifications.csv")] if inconnues else []


def _unknown_members(r: Resultat) -> list[Remarque]:
    """Les communes dont l'adhésion n'est pas renseignée, quand une structure en dépend."""
    lignes = r.lignes["structure"][(r.lignes["raisons"] & Raison.ADHESION_INCONNUE) > 0]
    concernees = np.unique(r.cadre.commune[lignes])
    noms = r.territoire.communes["nom"][concernees[concernees >= 0]].tolist()
    message = f"Adhésion non renseignée : {names(noms)}. Rien n'y compte tant qu'elle ne l'est pas."
    return [Remarque(AVIS, "adhesion_non_renseignee", message, "communes.csv")] if noms else []
