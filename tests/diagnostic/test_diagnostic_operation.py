"""L'arithmétique de la cohérence : une opération est juste si les arrondis la permettent, et s'écrit en entier."""

import pytest
from outils import lu

from ctgkit.diagnostic.coherence.operation import Operation, add, closest_wrong, divide, evolve
from ctgkit.diagnostic.coherence.relations import ValeurEcrite
from ctgkit.diagnostic.formules import arrondi, decimales, to_intervalle


def entier(valeur):
    return ValeurEcrite(valeur, to_intervalle(valeur))


def taux(valeur):
    return ValeurEcrite(valeur, arrondi(valeur, decimales(valeur)), "%")


@pytest.mark.parametrize(
    ("operation", "juste"),
    [
        (Operation(entier(19), add([entier(15), entier(4)])), True),
        (Operation(entier(20), add([entier(15), entier(4)])), False),
        (Operation(taux(42.9), divide([entier(15)], [entier(35)]), "%"), True),
        (Operation(taux(42.8), divide([entier(15)], [entier(35)]), "%"), False),
        (Operation(taux(-16), evolve(entier(50), entier(42)), "%"), True),
        (Operation(taux(16), evolve(entier(50), entier(42)), "%"), False),
    ],
)
def test_une_operation_est_juste_a_l_arrondi_pres(operation, juste):
    assert operation.juste is juste


def test_ce_qui_contredit_s_ecrit_en_entier():
    somme = Operation(entier(16), add([entier(15), entier(4)]))
    part = Operation(taux(44), divide([entier(12), entier(3)], [entier(35)]), "%")
    assert lu(somme.contredit) == "15 + 4 = 19, le document dit 16"
    assert lu(part.contredit) == "(12 + 3) / 35 = 42,9 %, le document dit 44 %"


def test_l_arrondi_ne_cache_pas_l_ecart():
    part = Operation(taux(42.8), divide([entier(15)], [entier(35)]), "%")
    assert lu(part.calcul) == "15 / 35 = 42,9 %"
    serre = Operation(ValeurEcrite(0.33, to_intervalle(0.33)), divide([entier(1)], [entier(3)], 1))
    assert lu(serre.calcul) == "1 / 3 = 0,333"


def test_une_lecture_juste_excuse_les_autres_et_une_base_nulle_ne_se_juge_pas():
    faux = Operation(entier(20), add([entier(15), entier(4)]))
    pire = Operation(entier(30), add([entier(15), entier(4)]))
    sans_base = Operation(taux(10), divide([entier(1)], [entier(0)]), "%")
    assert closest_wrong([pire, faux, sans_base]) is faux
    assert closest_wrong([faux, Operation(entier(19), add([entier(15), entier(4)]))]) is None
    assert closest_wrong([sans_base]) is None


def test_des_parties_peuvent_depasser_leur_tout():
    assert Operation(entier(18), add([entier(15), entier(4)])).depasse
    assert not Operation(entier(19), add([entier(15), entier(4)])).depasse
