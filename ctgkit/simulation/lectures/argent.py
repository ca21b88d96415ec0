"""Simulé, notifié, perçu, acomptes et reste à charge en une table, la même pour toutes les sorties."""

import numpy as np
import pandas as pd

from ctgkit import droit
from ctgkit.simulation.lectures.engagement import financing, follow_up, instalments
from ctgkit.simulation.resultat import Resultat

_CLES = ["structure", "annee", "dispositif"]
_PAR_DISPOSITIF = ["simule_bas", "simule_haut", "notifie_eur", "percu_eur", "etat", "acompte_max", "solde_min"]
_PAR_STRUCTURE = [
    "charges_eur",
    "participations_eur",
    "financements_bas",
    "financements_haut",
    "reste_bas",
    "reste_haut",
]
ENSEMBLE_DES_FINANCEMENTS = "reste à charge"


def money(resultat: Resultat) -> pd.DataFrame:
    """Une ligne par structure, année et dispositif, puis une par structure et année pour le reste à charge.

    Vide : pas connu, pas encore notifié, ou rien ne le borne.
    """
    noms = dict(zip(resultat.territoire.structures["id"], resultat.territoire.structures["nom"], strict=True))
    suivi = follow_up(resultat).rename(columns={"bas": "simule_bas", "haut": "simule_haut"})
    acomptes = instalments(resultat)
    # Rien de sûr : l'acompte n'est pas nul, il est inconnu.
    acomptes.loc[(acomptes["bas"] == 0) & (acomptes["haut"] > 0), ["acompte_max", "solde_min"]] = np.nan
    acomptes = acomptes[[*_CLES, "acompte_max", "solde_min"]]
    lignes = suivi.merge(acomptes, on=_CLES, how="left")
    reste = financing(resultat)[["structure", "annee", *_PAR_STRUCTURE]].assign(dispositif="")
    table = pd.concat([lignes, reste], ignore_index=True).reindex(columns=[*_CLES, *_PAR_DISPOSITIF, *_PAR_STRUCTURE])
    libelles = droit.libelles_dispositifs() | {"": ENSEMBLE_DES_FINANCEMENTS}
    table.insert(1, "nom", table["structure"].map(noms).fillna(table["structure"]))
    table.insert(4, "quoi", table["dispositif"].map(libelles).fillna(table["dispositif"]))
    table["annee"] = table["annee"].astype(int)
    table["etat"] = table["etat"].fillna("")
    return table.replace([np.inf, -np.inf], np.nan).sort_values(_CLES, ignore_index=True)
