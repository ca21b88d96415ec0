"""Les alertes d'un résultat : engagements, montants au-dessus des charges, notifications sans ligne."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from ctgkit.droit import bonus_territoire as regle
from ctgkit.formats import euros, liste, pluriel
from ctgkit.simulation.calcul.conditions import INCONNUES, Raison
from ctgkit.simulation.lectures.engagement import engagements, financing, losses, tell_reference
from ctgkit.simulation.lectures.noms import name_competence
from ctgkit.simulation.remarques import ALERTE, AVIS, ERREUR, Remarque, names
from ctgkit.simulation.resultat import Resultat, read_once

_DETAILLES = 20


@read_once
def alertes(resultat: Resultat) -> tuple[Remarque, ...]:
    """Ce que le calcul a constaté, puis ce qui se lit de ses montants."""
    return (
        *resultat.constats,
        *_without_structure(resultat),
        *_maintien(resultat),
        *_broken(resultat),
        *_unverified(resultat),
        *_above_costs(resultat),
        *_orphans(resultat),
        *_unknown_members(resultat),
    )


def _without_structure(resultat: Resultat) -> Iterator[Remarque]:
    if not len(resultat.territoire.structures):
        message = "Aucune structure n'est renseignée : le bonus territoire ne peut pas être simulé."
        yield Remarque(ERREUR, "sans_structure", message, "structures.csv")


def _each(
    tableau: pd.DataFrame, cle: str, code: str, autres: tuple[str, str], dire: Callable[[str, pd.DataFrame], str]
) -> Iterator[Remarque]:
    """Les premiers cas un par un, puis une seule alerte pour tous les autres."""
    noms = tableau[cle].unique()
    for nom in noms[:_DETAILLES]:
        yield Remarque(ALERTE, code, dire(nom, tableau[tableau[cle] == nom]), nom)
    if len(noms) > _DETAILLES:
        yield Remarque(ALERTE, code, f"{pluriel(len(noms) - _DETAILLES, *autres)}.")


def _years(lot: pd.DataFrame) -> str:
    annees = lot["annee"].tolist()
    return f"{'années' if len(annees) > 1 else 'année'} {liste(list(map(str, annees)))}"


def _maintien(resultat: Resultat) -> Iterator[Remarque]:
    def tell(nom: str, lot: pd.DataFrame) -> str:
        pire = lot.loc[(lot["reference_bas"] - lot["haut"]).idxmax()]
        manque = euros(pire["reference_bas"] - pire["haut"], 2)
        reference = tell_reference(pire["reference_bas"], pire["reference_haut"], 2)
        qui = f"« {name_competence(resultat, nom)} »"
        message = (
            f"{qui} : la Caf verserait {euros(pire['haut'], 2)} en {pire['annee']}, soit {manque} de moins que sa "
            f"référence de {reference} ({_years(lot)})."
        )
        return " ".join([message, *losses(resultat, nom, int(pire["annee"]))])

    tableau = engagements(resultat)
    perdus = tableau[tableau["maintien"] == regle.PERDU]
    autres = (
        "autre territoire de compétence perd une part de sa référence",
        "autres territoires de compétence perdent une part de leur référence",
    )
    return _each(perdus, "competence", "maintien_perdu", autres, tell)


def _broken(resultat: Resultat) -> Iterator[Remarque]:
    def tell(nom: str, lot: pd.DataFrame) -> str:
        pire = lot.loc[lot["credits_eur"].idxmin()]
        return (
            f"« {name_competence(resultat, nom)} » : {euros(pire['credits_eur'])} de crédits en {pire['annee']} "
            f"au lieu de {euros(pire['credits_reference_eur'])} ({_years(lot)}). "
            "Le maintien de ce concours est une condition du bonus territoire : son versement n'est plus assuré."
        )

    tableau = engagements(resultat)
    rompus = tableau[tableau["engagement"] == regle.ROMPU]
    autres = (
        "autre territoire de compétence baisse ses crédits",
        "autres territoires de compétence baissent leurs crédits",
    )
    return _each(rompus, "competence", "engagement_rompu", autres, tell)


def _unverified(resultat: Resultat) -> Iterator[Remarque]:
    """Les engagements que ce que l'on ignore empêche de vérifier : ni tenus, ni perdus."""
    tableau = engagements(resultat)
    cas = (
        ("maintien", regle.A_VERIFIER, "references.csv", "Maintien par la Caf à vérifier, faute de tout connaître"),
        ("engagement", regle.INCONNU, "engagements.csv", "Crédits non renseignés, donc engagement non vérifié"),
    )
    for moitie, doute, source, debut in cas:
        douteux = dict.fromkeys(tableau.loc[tableau[moitie] == doute, "competence"])
        if douteux:
            message = f"{debut} : {names([name_competence(resultat, nom) for nom in douteux])}."
            yield Remarque(AVIS, f"{moitie}_non_verifie", message, source)


def _above_costs(resultat: Resultat) -> Iterator[Remarque]:
    """Un total au-dessus des charges : une erreur de saisie, ou un financement que la Caf plafonnera."""

    def tell(_: str, lot: pd.DataFrame) -> str:
        pire = lot.loc[lot["financements_bas"].idxmax()]
        connue = not np.isnan(pire["participations_eur"])
        participations = f" et {euros(pire['participations_eur'])} de participations" if connue else ""
        return (
            f"« {pire['nom']} » : {euros(pire['financements_bas'])} de financements simulés{participations} en "
            f"{pire['annee']}, au-dessus de {euros(pire['charges_eur'])} de charges."
        )

    tableau = financing(resultat)
    recus = tableau["financements_bas"] + tableau["participations_eur"].fillna(0.0)
    trop = tableau[recus > tableau["charges_eur"] + 0.005]
    autres = ("autre structure reçoit plus que ses charges", "autres structures reçoivent plus que leurs charges")
    yield from _each(trop, "structure", "au_dessus_des_charges", autres, tell)
    manque = tableau[["charges_eur", "participations_eur"]].isna().any(axis=1)
    flou = (recus <= tableau["charges_eur"] + 0.005) & _unknown_funding(resultat, tableau)
    for masque, debut in (
        (manque, "Charges ou participations non renseignées, donc financements non comparés aux charges"),
        (flou & ~manque, "Financements mal connus, qui peuvent ou non dépasser les charges"),
    ):
        lus = tableau[masque & ~tableau["structure"].isin(trop["structure"])]
        if len(lus):
            message = f"{debut} : {names(lus['nom'].unique().tolist())}."
            yield Remarque(AVIS, "charges_non_comparees", message, "structures.csv")


def _unknown_funding(resultat: Resultat, tableau: pd.DataFrame) -> np.ndarray:
    """Les lignes dont une donnée du territoire est inconnue, et qui peuvent passer les charges."""
    douteuses = (resultat.lignes["raisons"] & (INCONNUES & ~Raison.EFFET_DEDUIT)) > 0
    cles = zip(
        resultat.lignes["structure"][douteuses].tolist(), resultat.lignes["annee"][douteuses].tolist(), strict=True
    )
    vues = {(resultat.territoire.structures["id"][s], annee) for s, annee in cles}
    dites = np.array([cle in vues for cle in zip(tableau["structure"], tableau["annee"], strict=True)], bool)
    possibles = tableau["financements_haut"] + tableau["participations_eur"].fillna(0.0)
    return dites & (possibles > tableau["charges_eur"])


def _orphans(resultat: Resultat) -> list[Remarque]:
    connues = set(resultat.territoire.structures["id"].tolist())
    inconnues = [s for s in dict.fromkeys(resultat.territoire.notifications["structure"].tolist()) if s not in connues]
    message = f"Notification d'une structure inconnue : {names(inconnues)}."
    return [Remarque(ERREUR, "notification_orpheline", message, "notifications.csv")] if inconnues else []


def _unknown_members(resultat: Resultat) -> list[Remarque]:
    """Les communes dont l'adhésion n'est pas renseignée, quand une structure en dépend."""
    lignes = resultat.lignes["structure"][(resultat.lignes["raisons"] & Raison.ADHESION_INCONNUE) > 0]
    concernees = np.unique(resultat.cadre.commune[lignes])
    noms = resultat.territoire.communes["nom"][concernees[concernees >= 0]].tolist()
    message = f"Adhésion non renseignée : {names(noms)}. Le bonus y va de 0 à sa valeur tant qu'elle ne l'est pas."
    return [Remarque(AVIS, "adhesion_non_renseignee", message, "communes.csv")] if noms else []
