"""Un montant entre deux bornes : chaque écriture, bornée, ouverte, négative, inconnue."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outils import lu

from ctgkit.formats import euros, nombre
from ctgkit.fourchette import Fourchette

F, INF = Fourchette, math.inf

CAS = [
    (F(26000, 36000).write(), "de 26 000 € à 36 000 €"),
    (F(26000, 36000).tell(de=""), "26 000 € à 36 000 €"),
    (F(52000, 52000.2).write(), "52 000 €"),
    (F(52000, 52000.2).write(2), "de 52 000 € à 52 000,20 €"),
    (F(10, None).write(), "au moins 10 €"),
    (F(10, math.nan).write(), "au moins 10 €"),
    (F(0, None).write(), "au moins 0 €"),
    (F(0, None).tell(), "inconnu"),
    (F(0, INF, 20).tell(), "de 0 € à 20 € ou plus"),
    (F(10, INF, 20).write(), "de 10 € à 20 € ou plus"),
    (F(10, 20).write(0, nombre), "de 10 à 20"),
    (F(10, 20).short(), "10 à 20"),
    (F(10, INF, 20).short(), "10 à 20 ou plus"),
    (F(10, INF, 20).short(fin=False), "10 à 20"),
    (F(10.5).short(2, euros), "10,50 € ou plus"),
    (F(-5, 10).short(signe=True, unite=" €"), "−5 à +10 €"),
    (F(26000).short(signe=True, unite=" €"), "+26 000 € ou plus"),
    (F(-INF, -3).short(signe=True), "−3 ou moins"),
    (F(-INF, INF).short(signe=True), "indéterminé"),
    (F(3, 3).complement(), "de 3 €"),
    (F(3).complement(), "d'au moins 3 €"),
    (F(3, INF, 5).complement(), "de 3 € à 5 € ou plus"),
    (F(3, 5).complement(), "compris entre 3 € et 5 €"),
    (F(3, 3).noun(), "3 €"),
    (F(0, 0).noun(), "0 €"),
    (F(3).noun(), "au moins 3 €"),
    (F(3, 5).noun(), "un montant compris entre 3 € et 5 €"),
    (F(3, INF, 5).noun(), "un montant de 3 € à 5 € ou plus"),
    (F(0).noun(), "un montant inconnu"),
    (F(3, 5).between(), "entre +3 € et +5 €"),
    ((-F(3, 5)).between(False), "entre −5 € et −3 €"),
    (F(3).between(False), "au moins 3 €"),
    (F(0).between(), "un montant encore inconnu"),
    (F(-INF, -3).between(), "au plus −3 €"),
    (F(-INF, 0).between(), "une perte de montant inconnu"),
    (F(-INF, INF).between(), "un montant inconnu"),
    (abs(F(-5, -3)).write(), "de 3 € à 5 €"),
]


@pytest.mark.parametrize(("ecrit", "attendu"), CAS)
def test_ecriture(ecrit, attendu):
    assert lu(ecrit) == attendu


BORNES = st.floats(-1e9, 1e9)


@given(BORNES, st.floats(0, 1e9), BORNES, st.floats(0, 1e9), st.booleans())
def test_une_somme_additionne_chaque_borne(bas, ecart, autre_bas, autre_ecart, ouverte):
    a, b = F(bas, INF if ouverte else bas + ecart), F(autre_bas, autre_bas + autre_ecart)
    somme = a + b
    assert (somme.bas, somme.haut) == (a.bas + b.bas, a.haut + b.haut)
    assert somme.ouvert == ouverte
    assert (somme.plafond is None) == ouverte


@given(BORNES, st.floats(0, 1e9))
def test_le_contraire_du_contraire_est_lui_meme(bas, ecart):
    contraire = -F(bas, bas + ecart)
    assert -contraire == F(bas, bas + ecart)
