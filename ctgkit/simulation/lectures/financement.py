"""Tout le financement d'une structure : charges, participations, Caf, reste à charge, acomptes, notifié et perçu."""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctgkit.droit import bonus_territoire as regle

if TYPE_CHECKING:
    from ctgkit.simulation.resultat import Resultat


def financing(r: "Resultat") -> pd.DataFrame:
    """Par structure et par année : ce qui est financé, et le reste à charge entre deux bornes.

    Le reste à charge ne retire que ce que l'outil calcule : sans la prestation de service, il est un maximum.
    """
    tableau = r.aggregate("structure", "annee", dispositifs=())
    rang = pd.Index(r.territoire.structures["id"]).get_indexer(tableau["structure"])
    s = {c: r.territoire.structures[c][rang] for c in ("nom", "charges_eur", "participations_eur")}
    a_couvrir = s["charges_eur"] - np.nan_to_num(s["participations_eur"])
    return pd.DataFrame(
        {
            "structure": tableau["structure"],
            "nom": s["nom"],
            "annee": tableau["annee"],
            "charges_eur": s["charges_eur"],
            "participations_eur": np.nan_to_num(s["participations_eur"]),
            "financements_bas": tableau["bas"],
            "financements_haut": tableau["haut"],
            "reste_bas": np.where(np.isinf(tableau["haut"]), np.nan, np.maximum(a_couvrir - tableau["haut"], 0.0)),
            "reste_haut": np.maximum(a_couvrir - tableau["bas"], 0.0),
        }
    )


def instalments(r: "Resultat") -> pd.DataFrame:
    """Par structure, année et dispositif : les acomptes au plus, et le solde au moins, sur le montant le plus bas."""
    tableau = r.aggregate("structure", "annee", "dispositif", dispositifs=())
    parametre = r.cadre.etat.bareme["bonus_territoire.acomptes_plafond"]
    taux = np.array([parametre.au(date(int(a), 1, 1)).haut for a in tableau["annee"]], float)
    acomptes = regle.acompte(tableau["bas"].to_numpy(), taux)
    return tableau.assign(acompte_max=acomptes, solde_min=np.round(tableau["bas"] - acomptes, 2))


def follow_up(r: "Resultat") -> pd.DataFrame:
    """Simulé, notifié, perçu : une ligne par structure, année et dispositif simulés ou notifiés."""
    simule = r.aggregate("structure", "annee", "dispositif", dispositifs=())
    t = r.territoire.notifications
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
