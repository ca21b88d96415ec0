"""Cnaf/Onape, taux de couverture détaillés et places d'accueil (API data.caf.fr) : un fichier par échelle."""

from ctgkit.echanges.tableau.codes import CODE_FRANCE, COMMUNE, DEPARTEMENT, EPCI, FRANCE, REGION
from ctgkit.echanges.tableau.format import Format
from ctgkit.echanges.tableau.modele import A_COMPLETER, Maille, Mesure


def _mesures(echelle: str) -> tuple[Mesure, ...]:
    return (
        Mesure.rate("PE03", f"txcouv_{echelle}"),
        Mesure.rate("PE04", f"txcouv_eaje_{echelle}"),
        Mesure.rate("PE05", f"txcouv_am_ind_{echelle}"),
        Mesure.rate("PE06", f"txcouv_prescol_{echelle}"),
        Mesure.count("PE07", f"tot_offre_{echelle}"),
    )


FORMAT = Format(
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
