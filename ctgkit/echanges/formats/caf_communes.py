"""Cafdata, toutes prestations par commune, EPCI, département ou région : noms techniques ou libellés.

Effectifs arrondis à 5, montants à 100 € et mensuels ; une ligne sans code regroupe les non-localisés.
"""

import re

from ctgkit.echanges.tableau.codes import COMMUNE, DEPARTEMENT, EPCI, REGION
from ctgkit.echanges.tableau.entete import Donnee, Entete, Maille
from ctgkit.echanges.tableau.format import FormatMesures
from ctgkit.echanges.tableau.valeurs import A_COMPLETER

PERIODE = "dtreffre|date_(de_)?reference|annee"
FOYERS, PERSONNES, MONTANT, BENEFICIAIRES = (
    "(indfoy|nombre_(de_)?foyers)_",
    "(indnbp|nombre_(de_)?personnes)_",
    "(indmtt|montant_total)_",
    "(indben|nombre_(de_)?beneficiaires)_",
)
_EFFECTIF = "arrondi à 5 à la commune"
_MENSUEL = "montant mensuel, arrondi à 100 € à la commune"

MESURES = (
    Donnee.count("CAD02", f"{FOYERS}ndur", precision=_EFFECTIF),
    Donnee.count("CAD03", f"{PERSONNES}ndur", precision=_EFFECTIF),
    Donnee.count("CAD06", f"{MONTANT}ndur", precision=_MENSUEL),
    Donnee.count("PE16", f"{FOYERS}cmg", precision=_EFFECTIF),
    Donnee.count("PE17", f"{FOYERS}prepare", precision=_EFFECTIF),
    Donnee.count("AD01", f"{FOYERS}rsa", precision=_EFFECTIF),
    Donnee.count("AD02", f"{FOYERS}ppa", precision=_EFFECTIF),
    Donnee.share("LO01", f"{FOYERS}ndural", f"{FOYERS}ndur", precision="calculé sur des effectifs arrondis à 5"),
    Donnee.count("LO02", f"{MONTANT}ndural", precision=_MENSUEL),
    Donnee.count("CAD14", f"{MONTANT}ppa", precision=_MENSUEL),
    Donnee.count("HA01", f"{BENEFICIAIRES}aeeh"),
    Donnee.count("HA03", f"{BENEFICIAIRES}aah"),
    Donnee.count("AS14", f"{FOYERS}ars", mois=8, mois_seul=True, precision="août"),
)

_ORDINAIRE = re.compile(
    r"(dtreffre|date|annee|mois|num|numero|code|nom|libelle|region|departement|geo|coord|ind|nombre|montant).*"
)
_PLUS_FIN = re.compile(r"num_?iris.*|code_iris.*|numero_iris.*")


def _refuse_breakdown(_: str, entete: Entete) -> str:
    """Un fichier ventilé (par type, par âge, à l'Iris) donnerait une de ses parts pour le total d'une commune."""
    for nom, titre in zip(entete.noms, entete.titres, strict=True):
        if nom and (_PLUS_FIN.fullmatch(nom) or not _ORDINAIRE.fullmatch(nom)):
            return (
                f"fichier ventilé par « {titre} » : prendre celui de toutes les prestations (s_ben_com_f, s_ben_epci_f)"
            )
    return ""


FORMAT = FormatMesures(
    code="cafdata",
    libelle="Caf, données ouvertes (foyers, personnes et montants par prestation)",
    source="cafdata-{annee}",
    mailles=(
        Maille(COMMUNE, "numcomdo|numcom|numero_commune(_.*)?|code_commune|code_insee", MESURES),
        Maille(EPCI, "numepci|numero_epci|code_epci", MESURES),
        Maille(DEPARTEMENT, "numdep|numero_departement|code_departement", MESURES),
        Maille(REGION, "numregi?|numero_region|code_region", MESURES),
    ),
    exige=("(indfoy|indnbp|indmtt|indben|nombre_(de_)?(foyers|personnes|beneficiaires)|montant_total)_.*",),
    periode=PERIODE,
    une_maille=True,
    vide=A_COMPLETER,
    refuser=_refuse_breakdown,
)
