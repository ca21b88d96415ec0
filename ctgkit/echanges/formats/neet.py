"""Insee, part des 15-24 ans ni en emploi ni en formation : format long, toutes les échelles mêlées."""

from ctgkit.echanges.tableau.codes import AUTO
from ctgkit.echanges.tableau.entete import Donnee, Maille
from ctgkit.echanges.tableau.format import FormatMesures
from ctgkit.echanges.tableau.valeurs import A_COMPLETER

FORMAT = FormatMesures(
    code="neet",
    libelle="Insee, part des jeunes non insérés (Neet)",
    source="insee-neet",
    mailles=(
        Maille(AUTO, "codgeo", (Donnee.rate("JE07", "part_non_inseres?(_.*)?", maximum=100.0),), libelle="libgeo"),
    ),
    exige=("part_non_inseres?(_.*)?",),
    periode="an|annee",
    vide=A_COMPLETER,
)
