"""Insee, Code officiel géographique, fichier des communes : noms en vigueur, communes déléguées et associées."""

from ctgkit.echanges.communes_officielles import CommuneList
from ctgkit.echanges.lecteurs.feuille import FeuilleLue
from ctgkit.echanges.tableau.codes import COMMUNE, is_nowhere, read_code
from ctgkit.echanges.tableau.contexte import Contexte, Releve
from ctgkit.echanges.tableau.entete import Entete, Resolution
from ctgkit.echanges.tableau.ligne import Ligne
from ctgkit.echanges.tableau.modele import Skipped
from ctgkit.echanges.tableau.parcours import browse

_COLONNES = {"type": "typecom", "code": "com", "nom": "libelle", "parent": "comparent"}
_ARRONDISSEMENT = "ARM"


class CogFormat:
    code = "cog"
    libelle = "Insee, Code officiel géographique (communes)"

    def match(self, _: str, entete: Entete) -> Resolution | None:
        rangs = {cle: entete.find(motif) for cle, motif in _COLONNES.items()}
        if any(rang is None for rang in rangs.values()):
            return None
        return Resolution(entete, (), None, {c: r for c, r in rangs.items() if r is not None})

    def read(self, feuille: FeuilleLue, resolution: Resolution, contexte: Contexte, releve: Releve) -> None:
        liste = CommuneList(contexte, releve)

        def one(ligne: Ligne) -> bool:
            if is_nowhere(ligne.get("code").upper()):
                raise Skipped("lignes sans code de commune")
            code = read_code(COMMUNE, ligne.get("code"))
            if ligne.get("type") == "COM":
                return liste.see(code, ligne.get("nom"), membre=False)
            if ligne.get("type") != _ARRONDISSEMENT and ligne.get("parent"):
                return liste.delegate(code, ligne.get("nom"), read_code(COMMUNE, ligne.get("parent")))
            return code in contexte.perimetre.communes

        browse(feuille, resolution, releve, one)
        liste.conclude(complete=False)


FORMAT = CogFormat()
