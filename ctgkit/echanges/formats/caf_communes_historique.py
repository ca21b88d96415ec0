"""Cafdata de 2009 à 2016 par commune (fichiers `…Com20AA.csv`) : moins de 5 est un blanc, un blanc n'est pas un zéro.

Les lignes 99999 (étranger) et XXXXX (inconnue) sont écartées.
"""

from ctgkit.echanges.tableau.codes import COMMUNE
from ctgkit.echanges.tableau.entete import Donnee, Maille
from ctgkit.echanges.tableau.format import FormatMesures

_FIN = "(_{aaaa})?(_(bc|nct|cf|ta|lc|pc|aahc|eac|aeeh|rsac|ejc))?"


def _effectif(code: str, *colonnes: str, precision: str = "") -> Donnee:
    return Donnee.count(code, *(f"{c}{_FIN}" for c in colonnes), precision=precision)


def _part(code: str, colonne: str, diviseur: str) -> Donnee:
    return Donnee.share(code, f"{colonne}{_FIN}", f"{diviseur}{_FIN}")


MESURES = (
    _effectif("CAD02", "nb_allocataires"),
    _effectif("CAD03", "nb_pers_par_foyer_alloc"),
    _effectif("PA02", "mono_1_enf", "mono_2_enf", "mono_3_enf", "mono_4plus_enf"),
    _effectif("PE01", "nb_enfants_0_2_ans"),
    _effectif("EN01", "nb_enfants_3_5_ans", "nb_enfants_6_11_ans"),
    _effectif("JE01", "nb_enfants_12_15_ans"),
    _effectif("JE02", "nb_enfants_16_17_ans", "nb_enfants_18_19_ans"),
    _effectif("JE03", "nb_enfants_20_24_ans"),
    _effectif("PE16", "all_cmg", precision="novembre"),
    _effectif("AD01", "nb_allocataire_rsa"),
    _effectif("HA01", "nb_enfant_aeeh"),
    _effectif("HA03", "all_aah"),
    _effectif("AS14", "all_ars", precision="rentrée scolaire"),
    _part("AS09", "all_bas_revenu", "nb_allocataires_ress"),
    _part("LO01", "total_allocataires_logement", "nb_allocataires"),
)

FORMAT = FormatMesures(
    code="cafdata-historique",
    libelle="Caf, données ouvertes par commune, 2009 à 2016",
    source="cnaf-historique-{annee}",
    mailles=(Maille(COMMUNE, "codes_insee", MESURES),),
)
