"""DGCL, critères de répartition des dotations, un fichier par an et une ligne par commune.

Le potentiel financier y est par habitant DGF ; le revenu est fiscal, ce n'est pas le niveau de vie de Filosofi ; une
population en quartier prioritaire ne dit pas où est la structure. Rien ne dit si la Caf suit FRR ou l'ancienne ZRR :
la zone prioritaire n'est donc jamais déduite.
"""

from ctgkit.echanges.tableau.apercu import ApercuImport, Skipped
from ctgkit.echanges.tableau.codes import COMMUNE, is_nowhere, read_code
from ctgkit.echanges.tableau.criteres import (
    PAS_D_ECHANTILLON,
    read_amount,
    read_count,
    the_year,
)
from ctgkit.echanges.tableau.entete import Piste
from ctgkit.echanges.tableau.lignes import FormatListe, LigneLue, browse
from ctgkit.echanges.tableau.valeurs import CritereLu, read_yes_no
from ctgkit.formats import pluriel

_CODE = "code_insee"


def _read(piste: Piste, apercu: ApercuImport) -> None:
    annee, titres = the_year(apercu), piste.entete.titres
    source = f"dgcl-criteres-{annee}"
    zrr: list[str] = []

    def one(ligne: LigneLue) -> bool:
        if is_nowhere(ligne.get(_CODE)):
            raise Skipped("lignes sans code de commune")
        code = read_code(COMMUNE, ligne.get(_CODE))
        if code not in apercu.perimetre.communes:
            return False
        qpv = read_count(ligne, "population_qpv", titres)
        valeurs = {
            "potentiel_financier_hab": read_amount(ligne, "potentiel_financier_hab", titres),
            "revenu_fiscal_hab": read_amount(ligne, "revenu_fiscal_hab", titres),
            "population_3_16": read_count(ligne, "population_3_16", titres),
            "population_qpv": qpv,
            "qpv": None if qpv is None else qpv > 0,
            "frr": read_yes_no(ligne.get("frr")),
        }
        apercu.criteres_lus.extend(CritereLu(code, c, v, annee, source) for c, v in valeurs.items() if v is not None)
        zrr.extend([code] if read_yes_no(ligne.get("zrr")) else [])
        return True

    browse(piste, apercu, one)
    apercu.warn(PAS_D_ECHANTILLON)
    if zrr:
        apercu.warn(f"{pluriel(len(zrr), 'commune')} en ZRR dans ce fichier : cela ne vaut pas FRR, non repris.")


FORMAT = FormatListe(
    code="dgcl-criteres",
    libelle="DGCL, critères de répartition des dotations (communes)",
    colonnes={
        _CODE: "(informations_generales_)?code_insee_de_la_commune",
        "potentiel_financier_hab": "(potentiel_fiscal_et_financier_.*)?potentiel_financier_par_habitant(_final)?",
    },
    facultatives={
        "revenu_fiscal_hab": "(.*_)?revenu_fiscal_de_reference_moyen_par_habitant_sur_3_ans",
        "population_3_16": "(.*_)?population_(de_)?3_a_16_ans",
        "population_qpv": "(.*_)?population_(en_)?qpv",
        "frr": "(.*_)?commune_classee_ou_beneficiaire_frr",
        "zrr": "(.*_)?commune_situee_en_zrr",
    },
    read=_read,
)
