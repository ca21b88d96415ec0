"""L'argent autour du bonus : le double engagement, le reste à charge, les acomptes, le notifié et le perçu."""

from datetime import date

import numpy as np
import pandas as pd

from ctgkit.droit import bonus_territoire as regle
from ctgkit.formats import euros
from ctgkit.fourchette import Fourchette
from ctgkit.simulation.calcul.conditions import sentences
from ctgkit.simulation.calcul.groupes import credits
from ctgkit.simulation.calcul.lignes import EXISTANT
from ctgkit.simulation.lectures.agregats import aggregate, axis
from ctgkit.simulation.resultat import Resultat


def engagements(resultat: Resultat) -> pd.DataFrame:
    """Une ligne par territoire de compétence et par année : les deux moitiés du double engagement.

    `reference_eur` : la référence quand elle est connue ; `reference_bas` et `reference_haut` : ce que l'on en sait.
    """
    g, annees = resultat.cadre.groupes, resultat.annees
    nombre, c = len(g.competences), credits(resultat.cadre.etat, resultat.cadre.groupes.competences)
    bonus = _bonus(resultat, nombre)
    bas, haut = _references(resultat, nombre)
    possible = bonus[1] + _unlisted(resultat, nombre)[:, None]
    return pd.DataFrame(
        {
            "competence": np.repeat(g.competences, len(annees)),
            "annee": np.tile(annees, nombre),
            "bas": bonus[0].ravel(),
            "haut": bonus[1].ravel(),
            "reference_eur": np.repeat(np.where(bas == haut, bas, np.nan), len(annees)),
            "reference_bas": np.repeat(bas, len(annees)),
            "reference_haut": np.repeat(haut, len(annees)),
            "maintien": regle.maintien(bonus[0], possible, bas[:, None], haut[:, None]).ravel(),
            "credits_eur": c.annees.ravel(),
            "credits_reference_eur": np.repeat(c.reference, len(annees)),
            "engagement": regle.engagement(c.annees, c.reference[:, None]).ravel(),
        }
    )


def _references(resultat: Resultat, nombre: int) -> tuple[np.ndarray, np.ndarray]:
    """La référence de chaque territoire de compétence ; l'offre existante sans montant la laisse sans borne."""
    g = resultat.cadre.groupes
    membres = np.bincount(g.de_structure, resultat.parts.membre, len(g)) > 0
    presents = (g.ligne >= 0) | (membres & np.isin(g.type, np.unique(resultat.cadre.service)))
    bornes = np.nan_to_num(g.reference_bas), np.nan_to_num(g.reference_haut, nan=np.inf)
    aucune = np.bincount(g.competence[presents], minlength=nombre) == 0
    bas, haut = (np.bincount(g.competence[presents], borne[presents], nombre) for borne in bornes)
    nommee = g.competences != ""
    haut = np.where(nommee & _perhaps_more(resultat, nombre), np.inf, haut)
    return np.where(aucune, np.nan, bas), np.where(aucune, np.nan, haut)


def _perhaps_more(resultat: Resultat, nombre: int) -> np.ndarray:
    """Les territoires de compétence qui n'ont pas la référence d'une structure qui peut s'y rattacher."""
    g, cadre, manque = resultat.cadre.groupes, resultat.cadre, np.zeros(nombre, bool)
    for code in np.unique(cadre.service[cadre.flottante & resultat.parts.membre]).tolist():
        service = cadre.services[code]
        siens = (g.ligne >= 0) & np.isin(g.types[g.type], [service.code, service.famille])
        manque |= np.bincount(g.competence[siens], minlength=nombre) == 0
    return manque


def _unlisted(resultat: Resultat, nombre: int) -> np.ndarray:
    """Les références dont aucune structure n'est connue : le bonus qui leur répond n'est pas perdu pour autant."""
    g = resultat.cadre.groupes
    sans = (g.ligne >= 0) & (np.bincount(g.de_structure, minlength=len(g)) == 0)
    return np.bincount(g.competence[sans], np.nan_to_num(g.reference_haut[sans], nan=np.inf), nombre)


def tell_reference(bas: float, haut: float, decimales: int = 0) -> str:
    """`6 000 €`, `de 154 500 € à 618 000 €`, « inconnu » ; « non renseigné » quand aucune référence n'existe."""
    return euros(bas) if np.isnan(bas) else Fourchette(bas, haut).tell(decimales)


def _bonus(resultat: Resultat, nombre: int) -> np.ndarray:
    totaux = aggregate(resultat, "competence", "annee")
    rang = pd.Index(resultat.cadre.groupes.competences).get_indexer(totaux["competence"])
    y = np.searchsorted(resultat.annees, totaux["annee"])
    bonus = np.zeros((2, nombre, len(resultat.annees)))
    for i, borne in enumerate(("bas", "haut")):
        bonus[i, rang, y] = totaux[borne]
    return bonus


def losses(resultat: Resultat, competence: str, annee: int, combien: int = 3) -> list[str]:
    """Ce qui manque à l'offre existante d'un territoire de compétence, et pourquoi, les plus gros manques d'abord."""
    lignes = resultat.lignes
    ici = (axis(resultat, lignes, "competence").labels == competence) & (lignes["annee"] == annee)
    perte = lignes.where(ici & (lignes["part"] == EXISTANT))
    qui, noms = perte["structure"], resultat.territoire.structures["nom"]
    manque = resultat.parts.bas[qui] - perte["bas"]
    # La part est exacte, le montant au centime : moins d'un centime n'est pas une perte.
    ordre = [i for i in np.argsort(-manque)[:combien].tolist() if manque[i] > 0.01]
    pourquoi = [" ".join(sentences(int(perte["raisons"][i]))) for i in ordre]
    return [f"{noms[qui[i]]} : {euros(manque[i])} de moins. {p}".strip() for i, p in zip(ordre, pourquoi, strict=True)]


def financing(resultat: Resultat) -> pd.DataFrame:
    """Par structure et par année : ce qui est financé, et le reste à charge entre deux bornes.

    Charges et participations ne comptent que les mois ouverts. Un financement qu'une donnée manquante empêche de
    compter ôte aux financements leur borne haute ; le reste à charge est alors un maximum, comme sans participations.
    """
    tableau = aggregate(resultat, "structure", "annee", dispositifs=())
    rang = pd.Index(resultat.territoire.structures["id"]).get_indexer(tableau["structure"])
    y = np.searchsorted(resultat.annees, tableau["annee"])
    haut = np.where(uncounted(resultat)[rang, y], np.inf, tableau["haut"])
    ouverte = resultat.cadre.fenetres.per_year(resultat.cadre.quantites.mois_ouverts)[rang, y] / 12.0
    charges, participations = (
        regle.arrondi(
            np.multiply(resultat.territoire.structures[c][rang], ouverte, out=np.zeros(len(y)), where=ouverte > 0)
        )
        for c in ("charges_eur", "participations_eur")
    )
    a_couvrir = charges - np.nan_to_num(participations)
    sans_bas = np.isinf(haut) | np.isnan(participations)
    return pd.DataFrame(
        {
            "structure": tableau["structure"],
            "nom": resultat.territoire.structures["nom"][rang],
            "annee": tableau["annee"],
            "charges_eur": charges,
            "participations_eur": participations,
            "financements_bas": tableau["bas"],
            "financements_haut": haut,
            "reste_bas": np.where(sans_bas, np.nan, np.maximum(a_couvrir - haut, 0.0)).round(2),
            "reste_haut": np.maximum(a_couvrir - tableau["bas"], 0.0).round(2),
        }
    )


def uncounted(resultat: Resultat) -> np.ndarray:
    """Par structure et par année : une donnée à renseigner manque-t-elle à un financement qui s'y ajouterait ?"""
    manque = np.zeros((resultat.cadre.nombre, len(resultat.annees)), bool)
    for c in resultat.contextes.values():
        if c.arguments is not None:
            connu = np.all([a.connu for a in c.arguments.values()], axis=0)
            manque[c.qui, c.y] |= ~connu & (c.apply(c.arguments)[1] > 0)
    return manque


def instalments(resultat: Resultat) -> pd.DataFrame:
    """Par structure, année et dispositif : les acomptes au plus, et le solde au moins, sur le montant le plus bas."""
    tableau = aggregate(resultat, "structure", "annee", "dispositif", dispositifs=())
    parametre = resultat.cadre.etat.bareme["bonus_territoire.acomptes_plafond"]
    taux = np.array([parametre.au(date(int(a), 1, 1)).haut for a in tableau["annee"]], float)
    acomptes = regle.acompte(tableau["bas"].to_numpy(), taux)
    return tableau.assign(acompte_max=acomptes, solde_min=np.round(tableau["bas"] - acomptes, 2))


def follow_up(resultat: Resultat) -> pd.DataFrame:
    """Simulé, notifié, perçu : une ligne par structure, année et dispositif simulés ou notifiés."""
    simule = aggregate(resultat, "structure", "annee", "dispositif", dispositifs=())
    t = resultat.territoire.notifications
    colonnes = ("structure", "annee", "dispositif", "notifie_eur", "percu_eur")
    notifie = pd.DataFrame({c: t[c] for c in colonnes}).astype({"structure": object, "dispositif": object})
    notifie = notifie.groupby(["structure", "annee", "dispositif"], as_index=False).sum(min_count=1)
    croise = simule.merge(notifie, on=["structure", "annee", "dispositif"], how="outer")
    notifie_eur = croise["notifie_eur"]
    croise["annee"] = croise["annee"].astype(int)
    croise["ecart_bas"] = (notifie_eur - croise["haut"]).round(2)
    croise["ecart_haut"] = (notifie_eur - croise["bas"]).round(2)
    etats = [croise["bas"].isna(), notifie_eur.isna(), croise["ecart_haut"] < 0, croise["ecart_bas"] > 0]
    noms = ["notifié sans être simulé", "pas encore notifié", "en dessous du simulé", "au-dessus du simulé"]
    croise["etat"] = np.select(etats, noms, "dans la fourchette")
    return croise.sort_values(["structure", "annee", "dispositif"], ignore_index=True)
