"""L'ignorance est monotone : une valeur ou une année de moins ne fait paraître ni écart, ni zéro, ni note."""

from dataclasses import replace

import pytest

from ctgkit.diagnostic import compare_theme, publish, rank_themes
from ctgkit.storage import load_territoire
from ctgkit.territoire import Indicateur, Table

EXEMPLE = load_territoire("exemple")
LIGNES = tuple(EXEMPLE.indicateurs)


def lire(lignes):
    publication = publish(replace(EXEMPLE, indicateurs=Table.of(Indicateur, lignes)))
    ecarts = {c.mesure.code: c.ecart for c in compare_theme(publication)}
    return ecarts, {p.theme: p.score for p in rank_themes(publication)}


@pytest.fixture(scope="module")
def complets():
    return lire(LIGNES)


VIDES = {"valeur": {"valeur": None, "statut": "a_completer"}, "annee": {"annee": None}}


@pytest.mark.parametrize("vide", VIDES)
def test_chaque_indicateur_d_exemple_vide_tour_a_tour(vide, complets):
    ecarts, scores = complets
    assert any(e is not None for e in ecarts.values())
    for rang, ligne in enumerate(LIGNES):
        moins, notes = lire([*LIGNES[:rang], replace(ligne, **VIDES[vide]), *LIGNES[rang + 1 :]])
        parus = {code: e for code, e in moins.items() if e is not None and ecarts.get(code) is None}
        zeros = {code for code, e in moins.items() if e == 0 and ecarts.get(code) != 0}
        notes_parues = {t for t, score in notes.items() if score is not None and scores[t] is None}
        assert (parus, zeros, notes_parues) == ({}, set(), set()), (ligne.code, ligne.geo, ligne.annee)
