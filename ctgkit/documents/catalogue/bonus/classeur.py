"""Le classeur d'une simulation : chaque montant y est une formule, que l'on peut suivre et changer."""

from ctgkit.documents.classeur.bonus import simulation_workbook
from ctgkit.documents.registre import Offre
from ctgkit.simulation import Resultat


def workbook(resultat: Resultat, reference: Resultat | None = None) -> bytes:
    return simulation_workbook([resultat] if reference is None else [reference, resultat])


OFFRE = Offre(
    cle="classeur",
    titre="Le classeur aux formules vivantes",
    aide="Changer une case claire change les montants.",
    formats=("xlsx",),
    fichiers={"xlsx": workbook},
    noms={"xlsx": "Excel avec formules"},
    rang=1,
    defaut_pour=("xlsx",),
)
