"""Le plan entier n'oublie ni un objectif ni une fiche, quels que soient leurs liens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctgkit.documents import Champs, Section
from ctgkit.documents.catalogue.plan.entier import plan_document
from ctgkit.documents.modele import walk
from ctgkit.plan import Element, Fiche, Plan
from ctgkit.plan.champs import tell_number
from ctgkit.plan.rangement import families, unplaced
from ctgkit.territoire import Territoire

CODES = st.sampled_from(["1", "2", "3", "absent"])
LISTES = st.lists(CODES, max_size=3, unique=True)


@st.composite
def plans(tirer):
    groupes = st.sampled_from(["", "Parentalité", "Jeunesse"])
    enjeux = tuple(Element(c, {"titre": f"enjeu {c}", "plan": tirer(groupes)}) for c in "123")
    objectifs = tuple(Element(c, {"titre": f"objectif {c}", "enjeux": tirer(LISTES)}) for c in "123")
    fiches = tuple(
        Fiche(f"F{n}", {"code": f"F{n}", "enjeux": tirer(LISTES), "objectifs": tirer(LISTES)})
        for n in range(tirer(st.integers(0, 4)))
    )
    return Plan((), enjeux, objectifs, fiches)


@given(plans())
def test_chaque_objectif_et_chaque_fiche_est_a_une_seule_place(plan):
    lues = families(plan)
    assert sorted(o.cle for f in lues for o in f.objectifs) == ["1", "2", "3"]
    ecrits = [b.couples[0][0] for b in walk(_document(plan).blocs) if isinstance(b, Champs)]
    assert sorted(ecrits) == [f.code for f in plan.fiches]
    assert {f.code for f in unplaced(plan)} <= set(ecrits)


def _document(plan):
    return plan_document(plan, Territoire("t", "Essai"), None)


def test_les_enjeux_d_un_meme_plan_ont_leurs_objectifs_en_commun(ouvrir, jour):
    """Valenciennes : quatre plans, dix enjeux, quatorze objectifs ; aucun enjeu n'a l'air vide."""
    store = ouvrir("valenciennes-metropole")
    lues = families(store.plan)
    assert [f.titre for f in lues] == [
        "Parentalité",
        "Animation de la vie sociale",
        "Petite enfance",
        "Enfance et jeunesse",
    ]
    assert [len(f.enjeux) for f in lues] == [2, 2, 2, 4]
    assert [len(f.objectifs) for f in lues] == [4, 3, 3, 4]
    sections = [b for b in plan_document(store.plan, store.territoire, jour).blocs if isinstance(b, Section)]
    assert [s.titre for s in sections] == [f.titre for f in lues]


def test_un_objectif_partage_se_dit_aux_deux_endroits(exemple):
    par_titre = {f.titre[:2]: f for f in families(exemple.plan)}
    assert [o.cle for o in par_titre["E9"].objectifs] == ["E9-S1"]
    assert [o.cle for o in par_titre["E3"].partages] == ["E9-S1"]


@pytest.mark.parametrize(
    ("valeur", "ecrit"),
    [(48.2, "48,2"), (7600, "7\u202f600"), (5.0, "5"), (0.125, "0,125"), (None, "à fixer"), ("?", "?")],
)
def test_un_nombre_garde_les_decimales_qu_on_lui_a_donnees(valeur, ecrit):
    assert tell_number(valeur, "à fixer") == ecrit
