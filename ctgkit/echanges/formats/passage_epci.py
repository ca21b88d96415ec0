"""Insee, table de passage commune → EPCI (`EPCI_2020.csv`, ou `EPCI.csv` sans zéros initiaux)."""

from ctgkit.echanges.formats.cog import ListeCommunes
from ctgkit.echanges.tableau.apercu import ApercuImport, Skipped
from ctgkit.echanges.tableau.codes import COMMUNE, EPCI, is_nowhere, read_code
from ctgkit.echanges.tableau.entete import Piste
from ctgkit.echanges.tableau.lignes import FormatListe, LigneLue, browse


def _read(piste: Piste, apercu: ApercuImport) -> None:
    liste = ListeCommunes(apercu)

    def one(ligne: LigneLue) -> bool:
        if is_nowhere(ligne.get("code").upper()):
            raise Skipped("lignes sans code de commune")
        commune, epci = read_code(COMMUNE, ligne.get("code")), ligne.get("epci")
        membre = not is_nowhere(epci) and read_code(EPCI, epci) in apercu.perimetre.epci
        return liste.see(commune, ligne.get("nom"), membre)

    browse(piste, apercu, one)
    liste.conclude(complete=True)


FORMAT = FormatListe(
    code="passage-epci",
    libelle="Insee, composition des intercommunalités (commune → EPCI)",
    colonnes={
        "code": "codgeo|com|code_commune|codgeo_\\d{4}",
        "nom": "libgeo|libelle|nom_commune",
        "epci": "epci|code_epci",
    },
    exige=("libepci|lib_epci|nom_epci|dep",),
    read=_read,
)
