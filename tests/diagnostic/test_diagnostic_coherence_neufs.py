"""Des textes d'une personne qui n'a pas vu les règles : leurs erreurs se trouvent, leurs phrases justes se taisent."""

import pytest

from ctgkit.diagnostic import check_texte
from tests.bench.coherence import TEXTES, par_genre, read

JUSTES = (TEXTES / "vraies.txt").read_text(encoding="utf-8").splitlines()
PLANCHER = 0.9


@pytest.fixture(scope="module")
def lues():
    return read(TEXTES)


@pytest.mark.parametrize("phrase", JUSTES, ids=lambda p: p[:40])
def test_une_phrase_juste_d_un_rapport_ne_dit_rien(phrase):
    assert not [a.calcul for a in check_texte([phrase], "rapport")]


def test_neuf_erreurs_certaines_sur_dix_sont_trouvees(lues):
    trouvees, ecrites = (sum(n) for n in zip(*par_genre(lues).values(), strict=True))
    assert trouvees >= PLANCHER * ecrites


def test_aucune_contradiction_certaine_n_est_fausse(lues):
    assert not [(lue.nom, a.calcul) for lue in lues for a in lue.sans_erreur("E")]


def test_un_texte_a_peu_de_questions_et_trois_au_plus_sans_erreur(lues):
    assert all(len(lue.sans_erreur("D")) <= 3 for lue in lues)


def test_un_passage_efface_n_est_plus_trouve(lues):
    (lue,) = [x for x in lues if x.nom == "A"]
    erreur = lue.erreurs[0]
    sans = lue.texte.replace(erreur["extrait"], "")
    assert lue.trouve(erreur)
    assert not any("22 + 4" in a.calcul for a in check_texte(sans.splitlines(), "A"))
