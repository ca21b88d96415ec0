"""ANCT, liste des quartiers prioritaires : une ligne par quartier, `insee_com` réunit ses communes.

Elle dit quelles communes portent un quartier, pas quelle structure y est : la zone prioritaire n'en est pas déduite.
"""

import re

from ctgkit.echanges.tableau.apercu import ApercuImport, Skipped
from ctgkit.echanges.tableau.codes import COMMUNE, departement_of, read_code
from ctgkit.echanges.tableau.criteres import PAS_D_ECHANTILLON, the_year
from ctgkit.echanges.tableau.entete import Piste
from ctgkit.echanges.tableau.lignes import FormatListe, LigneLue, browse
from ctgkit.echanges.tableau.valeurs import CritereLu
from ctgkit.formats import pluriel

_TOUTE_LA_FRANCE = 80


def _read(piste: Piste, apercu: ApercuImport) -> None:
    """Une commune absente n'a pas de quartier seulement si la liste est celle de toute la France."""
    annee = the_year(apercu)
    portent: set[str] = set()

    def one(ligne: LigneLue) -> bool:
        codes = [read_code(COMMUNE, c) for c in re.split(r'[,;|"=\s]+', ligne.get("communes")) if c]
        if not codes:
            raise Skipped("quartiers dont la commune n'est pas écrite")
        portent.update(codes)
        return any(code in apercu.perimetre.communes for code in codes)

    browse(piste, apercu, one)
    departements = len({departement_of(c) for c in portent})
    entiere = departements >= _TOUTE_LA_FRANCE
    apercu.criteres_lus.extend(
        CritereLu(code, "qpv", code in portent, annee, f"anct-liste-qpv-{annee}")
        for code in apercu.perimetre.communes
        if code in portent or entiere
    )
    if not entiere:
        combien = pluriel(departements, "département")
        apercu.warn(f"Cette liste ne couvre que {combien} : une commune qui n'y est pas reste inconnue.")
    apercu.warn(PAS_D_ECHANTILLON)


FORMAT = FormatListe(
    code="liste-qpv",
    libelle="ANCT, liste des quartiers prioritaires et de leurs communes",
    colonnes={
        "quartier": "code_qp[v]?|code_quartier|codeqp",
        "communes": "insee_com|codes?_insee|com_insee|codgeo_com",
    },
    read=_read,
)
