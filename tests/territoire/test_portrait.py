"""La phrase d'un territoire sur ses adhésions : ce que l'on sait, ce qu'il faut confirmer, ce que l'on ignore."""

from datetime import date

import pytest
from outils import lu

from ctgkit.documents.catalogue.rapport.portrait import read_portrait
from ctgkit.storage import load_territoire
from ctgkit.territoire import Commune, Convention, Fait, Table, Territoire

JOUR = date(2026, 11, 30)
CONVENTION = Convention(date(2025, 1, 1), date(2029, 12, 31))
EN_VIGUEUR = {"adhesion": date(2025, 2, 1)}
A_VENIR = {"adhesion": date(2025, 2, 1), "effet": date(2027, 1, 1)}
FIN = " La convention court jusqu'au 31 décembre 2029."


def territoire(*etats: dict, faits: tuple[Fait, ...] = ()) -> Territoire:
    communes = [Commune(f"0000{rang}", f"C{rang}", 100, **etat) for rang, etat in enumerate(etats, 1)]
    return Territoire("t", "T", convention=CONVENTION, communes=Table.of(Commune, communes), faits=faits)


# Revue d'usage n° 3 : une adhésion inconnue n'est pas une commune qui n'a pas délibéré.
CAS = [
    ((), "Les communes du territoire restent à inscrire."),
    (({},), "Adhésion non renseignée pour la seule commune."),
    (({}, {}), "Adhésion non renseignée pour les 2 communes."),
    ((EN_VIGUEUR,), "La seule commune a son adhésion en vigueur."),
    (
        (EN_VIGUEUR, {}),
        "1 des 2 communes a son adhésion en vigueur, soit au moins 50,0 % des habitants ; "
        "adhésion non renseignée pour 1 commune.",
    ),
    ((EN_VIGUEUR, EN_VIGUEUR), "Les 2 communes ont leur adhésion en vigueur."),
    ((A_VENIR, A_VENIR), "Aucune adhésion n'est en vigueur parmi les 2 communes dont on sait l'état."),
]


@pytest.mark.parametrize(("etats", "phrase"), CAS)
def test_la_phrase_des_adhesions(etats, phrase):
    assert lu(read_portrait(territoire(*etats), JOUR).constat) == phrase + FIN


def test_une_deliberation_lue_ailleurs_reste_a_confirmer():
    portrait = read_portrait(territoire({}, {}, faits=(Fait("adhesion_00002", "Délibération", "document", 12),)), JOUR)
    assert [x.etat for x in portrait.communes] == ["non renseignée", "à confirmer"]
    assert lu(portrait.constat) == "Adhésion non renseignée pour 1 des 2 communes, à confirmer pour 1." + FIN


def test_les_territoires_reels_ne_disent_que_ce_que_disent_leurs_documents():
    """Valenciennes : deux délibérations lues ailleurs, aucune n'établit l'adhésion à la convention 2025-2029."""
    valenciennes, cambrai = (
        lu(read_portrait(load_territoire(code), JOUR).constat) for code in ("valenciennes-metropole", "cambrai")
    )
    assert valenciennes == "Adhésion non renseignée pour 33 des 35 communes, à confirmer pour 2." + FIN
    assert cambrai == (
        "1 des 55 communes a son adhésion en vigueur, soit au moins 38,9 % des habitants ; "
        "adhésion non renseignée pour 54 communes. La convention court jusqu'au 31 décembre 2027 (deux documents "
        "n'en donnent pas les mêmes dates)."
    )


def test_une_fin_deduite_se_dit_deduite():
    """Armentières : « convention 2023/2026 » (ligne 26), quatre années (ligne 92), le jour n'est écrit nulle part."""
    assert lu(read_portrait(load_territoire("armentieres"), JOUR).constat) == (
        "Armentières conduit sa propre convention. C'est la dernière année de la convention, jusqu'au 31 décembre 2026 "
        "(date déduite, le jour n'est pas écrit)."
    )


def test_sans_dates_de_convention_aucune_adhesion_n_est_en_vigueur():
    """Aulnoy : le conseil autorise à signer une Ctg « à venir » (lignes 50 et 51), que rien ne dit signée."""
    portrait = read_portrait(load_territoire("aulnoy-lez-valenciennes"), JOUR)
    assert [x.etat for x in portrait.communes] == ["à confirmer"]
    assert portrait.inconnues == 1


def test_la_derniere_annee_ne_demande_que_ce_que_demandent_ses_clauses():
    cambrai = read_portrait(load_territoire("cambrai"), date(2027, 3, 1)).constat
    assert "nouveau diagnostic" not in cambrai
    assert "préavis" in cambrai
