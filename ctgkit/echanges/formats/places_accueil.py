"""Cnaf/Onape, taux de couverture détaillés et places d'accueil (API data.caf.fr) : un fichier par échelle."""

from ctgkit.echanges.tableau.codes import CODE_FRANCE, COMMUNE, DEPARTEMENT, EPCI, FRANCE, REGION
from ctgkit.echanges.tableau.entete import Donnee, Maille
from ctgkit.echanges.tableau.format import FormatMesures
from ctgkit.echanges.tableau.valeurs import A_COMPLETER


def _mesures(echelle: str) -> tuple[Donnee, ...]:
    return (
        Donnee.rate("PE03", f"txcouv_{echelle}"),
        Donnee.rate("PE04", f"txcouv_eaje_{echelle}"),
        Donnee.rate("PE05", f"txcouv_am_ind_{echelle}"),
        Donnee.rate("PE06", f"txcouv_prescol_{echelle}"),
        Donnee.count("PE07", f"tot_offre_{echelle}"),
    )


FORMAT = FormatMesures(
    code="places-accueil",
    libelle="Cnaf, taux de couverture détaillés et places d'accueil du jeune enfant",
    source="cnaf-txcouv-{annee}",
    mailles=(
        Maille(COMMUNE, "numcom(do)?", _mesures("com")),
        Maille(EPCI, "numepci", _mesures("epci")),
        Maille(DEPARTEMENT, "numdep", _mesures("dep")),
        Maille(REGION, "numregi?", _mesures("regi?")),
        Maille(FRANCE, "annee", _mesures("nat"), code=lambda _: CODE_FRANCE),
    ),
    exige=("(txcouv|tot_offre)_(.*_)?(com|epci|dep|regi?|nat)",),
    periode="annee|dtreffre",
    une_maille=True,
    vide=A_COMPLETER,
)
