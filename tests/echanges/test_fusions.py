"""Communes fusionnées ou séparées : 59006 et 59070 ne font qu'une depuis le 1er janvier 2025."""

import pytest

from ctgkit.echanges import apply
from ctgkit.echanges.tableau.perimetre import load_mouvements

CAF = "dtreffre;numcomdo;nomcom;indfoy_rsa;indmtt_ndural"


def test_les_effectifs_d_avant_s_additionnent(lire, tableau, valeurs):
    apercu = lire(
        tableau(
            CAF, "2022-12;59006;AMFROIPRET;20;1000", "2022-12;59070;BERMERIES;35;2000", "2025-12;59006;L'OREE;60;3500"
        )
    )
    assert valeurs(apercu, "AD01") == {("59006", 2022): 55, ("59006", 2025): 60}
    assert valeurs(apercu, "LO02") == {("59006", 2022): 3000, ("59006", 2025): 3500}
    somme = next(i for i in apercu.lignes if i.code == "AD01" and i.annee == 2022)
    assert "somme de 59006 et 59070 (fusion du 1er janvier 2025)" in somme.reference
    assert "Amfroipret (59006) et Bermeries (59070) : additionnées dans L'Orée de Mormal (59006)" in str(apercu)
    assert (apercu.reprises, apercu.hors) == (3, 0)


def test_un_terme_masque_masque_la_somme(lire, tableau, valeurs):
    apercu = lire(
        tableau("CODGEO;NBMEN19;NBPERS19;Q219", "59006;100;250;21000", "59070;s;;20000"), "FILO2019_DISP_COM.csv"
    )
    assert valeurs(apercu, "CAD10") == {("59006", 2019): "masque"}


def test_les_taux_ne_se_moyennent_jamais(lire, tableau, valeurs):
    apercu = lire(tableau("CODGEO;NBMEN19;Q219", "59006;100;21000", "59070;150;20000"), "FILO2019_DISP_COM.csv")
    assert valeurs(apercu, "CAD10") == {("59006", 2019): 250}
    assert valeurs(apercu, "AS01") == {}
    assert {r.ligne for r in apercu.rejets} == {2, 3}
    assert all("ne s'additionne pas" in r.raison for r in apercu.rejets)


def test_une_moitie_manque(lire, tableau, valeurs):
    apercu = lire(tableau(CAF, "2022-12;59070;BERMERIES;35;2000"))
    assert valeurs(apercu) == {}
    assert "il manque 59006" in apercu.rejets[0].raison


def test_un_fichier_deja_dans_le_nouveau_perimetre_est_lu_avec_reserve(lire, tableau, valeurs):
    apercu = lire(tableau(CAF, "2022-12;59006;L'OREE DE MORMAL;55;3000"))
    assert valeurs(apercu, "AD01") == {("59006", 2022): 55}
    assert "a changé de périmètre le 1er janvier 2025" in str(apercu)


def test_un_autre_territoire_ignore_ces_communes(lire, ailleurs, tableau):
    apercu = lire(tableau(CAF, "2022-12;59006;A;20;1000", "2022-12;59070;B;35;2000"), territoire=ailleurs)
    assert (apercu.reprises, apercu.hors, apercu.nombre_rejets) == (0, 2, 0)


@pytest.fixture
def cantal(territoire):
    fiche = 'nom: Hautes Terres\ntype: epci\nsiren: "200066637"\ndepartement: "15"\nnature: reel\n'
    return territoire("hautes-terres", {"15141": "Neussargues-Moissac", "15031": "Celles"}, fiche)


def test_une_commune_separee_n_herite_pas_du_tout(lire, cantal, tableau, valeurs):
    """Avant 2025, 15141 couvrait aussi Celles et trois autres : sa valeur n'est celle de personne aujourd'hui."""
    apercu = lire(tableau(CAF, "2022-12;15141;NEUSSARGUES EN PINATELLE;100;1000"), territoire=cantal)
    assert valeurs(apercu) == {}
    assert "a été séparée le 1er janvier 2025" in apercu.rejets[0].raison
    apres = lire(
        tableau(CAF, "2025-12;15141;N;60;600", "2025-12;15031;C;15;100", "2025-12;15047;V;5;100"), territoire=cantal
    )
    assert valeurs(apres, "AD01") == {("15141", 2025): 60, ("15031", 2025): 15}
    assert (apres.reprises, apres.hors) == (2, 1)


def test_paris_par_arrondissement(lire, territoire, tableau, valeurs):
    fiche = 'nom: Paris\ntype: commune\nsiren: "217500016"\ndepartement: "75"\nnature: reel\n'
    paris = territoire("paris", {"75056": "Paris"}, fiche)
    lignes = [f"2024-12;{75100 + n};PARIS {n};{10 * n};100" for n in range(1, 21)]
    apercu = lire(tableau(CAF, *lignes), territoire=paris)
    assert valeurs(apercu, "AD01") == {("75056", 2024): 2100}
    incomplet = lire(tableau(CAF, *lignes[:-1]), territoire=paris)
    assert valeurs(incomplet) == {}
    assert "il manque 75120" in incomplet.rejets[0].raison


def test_les_iris_d_une_ancienne_commune_restent_au_territoire(lire, tableau, valeurs):
    apercu = lire(tableau("CODGEO;NOTE;A;PERCOU;AI", "590700000;0;150;380;20"), "data_CAF_2020_IRIS.csv")
    assert valeurs(apercu, "CAD02") == {("590700000", 2020): 150}


MOUVEMENTS = """MOD,DATE_EFF,TYPECOM_AV,COM_AV,TNCC_AV,NCC_AV,NCCENR_AV,LIBELLE_AV,\
TYPECOM_AP,COM_AP,TNCC_AP,NCC_AP,NCCENR_AP,LIBELLE_AP
32,2016-01-01,COM,01400,0,A,A,Ancienne,COM,01004,0,B,B,Ambérieu-en-Bugey
32,2016-01-01,COM,01004,0,B,B,Ambérieu,COM,01004,0,B,B,Ambérieu-en-Bugey
32,2016-01-01,COM,01004,0,B,B,Ambérieu,COMD,01004,0,B,B,Ambérieu
32,2016-01-01,COM,59070,0,B,B,Bermeries,COM,59006,0,B,B,L'Orée de Mormal
10,2020-01-01,COM,01005,0,X,X,Ambérieux,COM,01005,0,X,X,Ambérieux-en-Dombes
"""


def test_le_fichier_de_l_insee_complete_les_mouvements_du_territoire(lire, ailleurs, tableau, valeurs):
    apercu = lire(MOUVEMENTS, "v_mvt_commune_2026.csv", territoire=ailleurs)
    assert apercu.format == "mouvements-communes"
    assert (apercu.lues, apercu.reprises, apercu.hors, sum(apercu.ecartees.values())) == (5, 2, 1, 2)
    apply(apercu, ailleurs)
    assert ("01004", "01400") in [tuple(sorted(p)) for p, _ in load_mouvements(ailleurs).perimetres("01004")]
    effectifs = lire(tableau(CAF, "2014-12;1004;A;20;1000", "2014-12;1400;B;35;2000"), territoire=ailleurs)
    assert valeurs(effectifs, "AD01") == {("01004", 2014): 55}
    assert not any(b.change for b in apply(lire(MOUVEMENTS, "v_mvt_commune_2026.csv", territoire=ailleurs), ailleurs))
