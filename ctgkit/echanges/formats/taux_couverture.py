"""Cnaf, taux de couverture de l'accueil du jeune enfant, fichiers communaux de 2020 et 2021.

La casse et les noms changent d'une année à l'autre ; des codes ont perdu leur zéro ; les lignes XX sont écartées.
Chaque ligne de commune répète le taux de l'EPCI, du département, de la région et de la France.
"""

from ctgkit.echanges.tableau.codes import (
    CODE_FRANCE,
    COMMUNE,
    DEPARTEMENT,
    EPCI,
    FRANCE,
    REGION,
    departement_of,
    read_code,
    region_of,
)
from ctgkit.echanges.tableau.entete import Donnee, Maille
from ctgkit.echanges.tableau.format import FormatMesures
from ctgkit.echanges.tableau.valeurs import A_COMPLETER

_COMMUNE = "num_?com(mune)?"


def _rate(colonne: str) -> tuple[Donnee, ...]:
    return (Donnee.rate("PE03", colonne),)


def _departement(commune: str) -> str:
    return departement_of(read_code(COMMUNE, commune))


def _region(commune: str) -> str:
    return region_of(_departement(commune))


FORMAT = FormatMesures(
    code="taux-couverture",
    libelle="Cnaf, taux de couverture de l'accueil du jeune enfant (fichier communal)",
    source="cnaf-taux-couverture-{annee}",
    mailles=(
        Maille(COMMUNE, _COMMUNE, _rate("tauxcouv_comm?")),
        Maille(EPCI, "num_?epci", _rate("tauxcouv_epci")),
        Maille(DEPARTEMENT, _COMMUNE, _rate("tauxcouv_dep"), code=_departement),
        Maille(REGION, _COMMUNE, _rate("tauxcouv_reg"), code=_region),
        Maille(FRANCE, _COMMUNE, _rate("tauxcouv_(nat|fe|fr|france)"), code=lambda _: CODE_FRANCE),
    ),
    exige=("tauxcouv_comm?",),
    vide=A_COMPLETER,
)
