"""Insee, table de passage commune → EPCI (`EPCI_2020.csv`, ou `EPCI.csv` sans zéros initiaux)."""

from ctgkit.echanges.communes_officielles import CommuneList
from ctgkit.echanges.lecteurs.feuille import FeuilleLue
from ctgkit.echanges.tableau.codes import COMMUNE, EPCI, is_nowhere, read_code
from ctgkit.echanges.tableau.contexte import Contexte, Releve
from ctgkit.echanges.tableau.entete import Entete, Resolution
from ctgkit.echanges.tableau.ligne import Ligne
from ctgkit.echanges.tableau.modele import Skipped
from ctgkit.echanges.tableau.parcours import browse

_COLONNES = {
    "code": "codgeo|com|code_commune|codgeo_\\d{4}",
    "nom": "libgeo|libelle|nom_commune",
    "epci": "epci|code_epci",
}


class PassageFormat:
    code = "passage-epci"
    libelle = "Insee, composition des intercommunalités (commune → EPCI)"

    def match(self, _: str, entete: Entete) -> Resolution | None:
        rangs = {cle: entete.find(motif) for cle, motif in _COLONNES.items()}
        if any(rang is None for rang in rangs.values()) or entete.find("libepci|lib_epci|nom_epci|dep") is None:
            return None
        return Resolution(entete, (), None, {c: r for c, r in rangs.items() if r is not None})

    def read(self, feuille: FeuilleLue, resolution: Resolution, contexte: Contexte, releve: Releve) -> None:
        liste = CommuneList(contexte, releve)

        def one(ligne: Ligne) -> bool:
            if is_nowhere(ligne.get("code").upper()):
                raise Skipped("lignes sans code de commune")
            commune, epci = read_code(COMMUNE, ligne.get("code")), ligne.get("epci")
            membre = not is_nowhere(epci) and read_code(EPCI, epci) in contexte.perimetre.epci
            return liste.see(commune, ligne.get("nom"), membre)

        browse(feuille, resolution, releve, one)
        liste.conclude(complete=True)


FORMAT = PassageFormat()
