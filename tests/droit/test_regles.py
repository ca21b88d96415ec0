"""Les règles sont des fonctions pures, sur des nombres comme sur des tableaux."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctgkit.droit import bonus_territoire as regle
from ctgkit.droit import dispositifs, services
from ctgkit.droit.bonus_attractivite import bonus_attractivite
from ctgkit.droit.bonus_handicap import bonus_handicap
from ctgkit.droit.bonus_trajectoire import croissance
from ctgkit.droit.psu import psu

NOMBRES = [
    (regle.offre_existante, (40, 25), 25),
    (regle.offre_nouvelle, (40, 25), 15),
    (regle.offre_nouvelle, (20, 25), 0),
    (regle.montant_nouveau, (20 * 4 / 12, 2600), 20 * 4 / 12 * 2600),
    (regle.montant_nouveau, (0, np.inf), 0),
    (regle.montant_existant, (46250, 25, 1700, 0), 46250),
    (regle.montant_existant, (46250, 25, 1900, 100), 25 * 2000),
    (regle.acompte, (1000.01, 0.7), 700.00),
    (regle.arrondi, (2166.665,), 2166.67),
    (croissance, (51, 49), 2 / 49),
    (bonus_handicap, (20, 0.2, 0.45, 16000, 1300), 26000),
    (bonus_attractivite, (20, 1, 475, 970, 1), 9500),
    (bonus_attractivite, (20, 0, 475, 970, 1), 19400),
    (psu, (38000, 400000, 0.66, 6.63, 70000), 38000 * 6.63 - 70000),
    (psu, (10, 400000, 0.66, 6.63, 70000), 0),
]
# La règle qu'un dispositif tient de son YAML, nourrie dans l'ordre de ses arguments.
DISPOSITIFS = {
    "bonus_trajectoire": ((51, 100), 5100),
    "bonus_mixite": ((20, 2100), 42000),
    "complement_inclusif": ((800, 4.5), 3600),
    "ps_rpe": ((1.5, 98000, 60000, 0.43), 0.43 * 90000),
    "ps_laep": ((200, 15000, 80, 0.3), 4500),
}


@pytest.mark.parametrize(("fonction", "arguments", "attendu"), NOMBRES, ids=[f.__name__ for f, _, _ in NOMBRES])
def test_une_regle_vaut_pour_un_nombre_et_pour_un_tableau(fonction, arguments, attendu):
    assert fonction(*arguments) == pytest.approx(attendu)
    tableaux = [np.array([a, a], float) for a in arguments]
    assert fonction(*tableaux).tolist() == pytest.approx([attendu, attendu])


@pytest.mark.parametrize("code", DISPOSITIFS)
def test_un_dispositif_sans_fichier_python_suit_la_regle_que_son_yaml_nomme(code):
    dispositif, (valeurs, attendu) = dispositifs()[code], DISPOSITIFS[code]
    assert dispositif.regle(**dict(zip(dispositif.arguments, valeurs, strict=True))) == pytest.approx(attendu)
    tableaux = {nom: np.array([v, v], float) for nom, v in zip(dispositif.arguments, valeurs, strict=True)}
    assert dispositif.regle(**tableaux).tolist() == pytest.approx([attendu, attendu])


@pytest.mark.parametrize("service", services().values(), ids=list(services()))
def test_l_offre_nouvelle_de_chaque_service_est_un_produit(service):
    assert service.offre_nouvelle(10.0, 20.0) == 200
    assert service.offre_nouvelle(np.array([10.0, 0.0]), np.array([20.0, np.inf])).tolist() == [200, 0]


def test_sans_place_au_depart_la_croissance_n_est_pas_definie():
    assert np.isnan(croissance(20, 0))


def test_les_etats_du_double_engagement():
    inf, nan = np.inf, np.nan
    maintien = regle.maintien(
        np.array([100.0, 80, 80, 50, 99.999, 120, 30, 5]),
        np.array([inf, 120, 90, inf, 99.999, 120, 120, 20]),
        np.array([100.0, 100, 100, nan, 100, 30, 30, 30]),
        np.array([100.0, 100, 100, nan, 100, 120, 120, inf]),
    )
    etats = ["tenu", "a_verifier", "perdu", "a_verifier", "tenu", "tenu", "a_verifier", "perdu"]
    assert maintien.tolist() == etats  # les trois derniers : la référence elle-même est une fourchette
    engagement = regle.engagement(np.array([100.0, 99, nan]), np.array([100.0, 100, 100]))
    assert engagement.tolist() == ["tenu", "rompu", "inconnu"]


@given(
    centimes=st.integers(0, 10**10),
    poids=st.lists(st.integers(1, 10**6), min_size=1, max_size=40),
    mois=st.lists(st.integers(0, 12), min_size=40, max_size=40),
    groupes=st.integers(1, 4),
)
def test_une_enveloppe_est_partagee_en_entier(centimes, poids, mois, groupes):
    """Arrondis une fois, après les douzièmes : le groupe garde sa somme, chacun est à moins d'un centime de l'exact."""
    groupe = np.sort(np.arange(len(poids)) % groupes)
    total = np.bincount(groupe, poids)[groupe]
    parts = regle.part_de_l_enveloppe(centimes / 100, np.array(poids, float), total)
    premier = np.diff(groupe, prepend=-1) > 0
    for exacts, entier in ((parts, centimes), (parts * np.array(mois[: len(poids)]) / 12, None)):
        arrondis = regle.arrondi_cumule(exacts, premier)
        sommes = np.round(np.bincount(groupe, np.round(arrondis * 100)))
        voulues = regle.arrondi(np.bincount(groupe, exacts)) * 100 if entier is None else entier
        assert sommes == pytest.approx(voulues, abs=1e-3)
        assert (np.abs(arrondis - exacts) < 0.01 + 1e-6).all()
        assert (arrondis >= 0).all()


def test_un_groupe_sans_poids_ne_recoit_rien_et_n_en_prive_pas_un_autre():
    enveloppes, total = np.array([100.0, 100.0, 50.0, 50.0]), np.array([0.0, 0.0, 4.0, 4.0])
    assert regle.part_de_l_enveloppe(enveloppes, np.array([0.0, 0.0, 1.0, 3.0]), total).tolist() == [0, 0, 12.5, 37.5]
