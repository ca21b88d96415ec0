"""Ce que l'on tape devient un mouvement, ou une erreur en français à côté du champ."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctgkit.mouvements import normalise
from ctgkit.territoire import Scenario
from ctgkit.views.bonus.etat import Brouillon
from ctgkit.views.bonus.saisies import GENRES, Saisie, number, sentence, write

LUS = [
    (
        "quantite",
        {"structure": "a", "quantite": "35", "date": "01/09/2026"},
        {"quantite": {"structure": "a", "quantite": 35.0, "date": "2026-09-01"}},
    ),
    ("quantite", {"structure": "a", "quantite": "1 234,5"}, {"quantite": {"structure": "a", "quantite": 1234.5}}),
    ("fermer", {"structure": "a", "date": "2027-07-01"}, {"fermer": {"structure": "a", "date": "2027-07-01"}}),
    (
        "credits",
        {"competence": "k", "annee": "2027", "credits_eur": "98 000 €"},
        {"credits": {"competence": "k", "annee": 2027, "credits_eur": 98000.0}},
    ),
    (
        "parametre",
        {"code": "eaje.nouveau", "valeur": "3 100,50", "depuis": "01/01/2027"},
        {"parametre": {"code": "eaje.nouveau", "valeur": 3100.5, "depuis": "2027-01-01"}},
    ),
    (
        "adherer",
        {"code_insee": "00012", "date": "01/06/2026", "effet": ""},
        {"adherer": {"code_insee": "00012", "date": "2026-06-01"}},
    ),
    (
        "ouvrir",
        {"nom": "Crèche Neuve", "type": "eaje", "code_insee": "00001", "quantite": "20", "date": "01/09/2026"},
        {
            "ouvrir": {
                "structure": {"nom": "Crèche Neuve", "type": "eaje", "code_insee": "00001", "quantite": 20},
                "date": "2026-09-01",
            }
        },
    ),
]


@pytest.mark.parametrize(("genre", "champs", "attendu"), LUS, ids=[f"{g}-{i}" for i, (g, *_) in enumerate(LUS)])
def test_une_saisie_se_lit(genre, champs, attendu):
    assert Saisie("c1", genre, champs).lue.mouvement == attendu


FAUSSES = [
    ("quantite", "quantite", "Entre 200 et 500", "« Entre 200 et 500 » n'est pas un nombre. Écrire par exemple"),
    ("quantite", "quantite", "-3", "est négatif. Écrire un nombre positif ou nul."),
    ("quantite", "quantite", "1e9", "n'est pas un nombre"),
    ("quantite", "quantite", "nan", "n'est pas un nombre"),
    ("fermer", "date", "31/02/2027", "« 31/02/2027 » n'est pas une date. Écrire JJ/MM/AAAA, par exemple 01/09/2026."),
    ("fermer", "date", "bientôt", "n'est pas une date"),
    ("credits", "credits_eur", "9999999999999999", "est trop grand"),
]


@pytest.mark.parametrize(("genre", "champ", "texte", "dit"), FAUSSES)
def test_une_saisie_fausse_le_dit_a_cote_du_champ(genre, champ, texte, dit):
    lecture = Saisie("c1", genre, {champ: texte}).lue
    assert lecture.mouvement is None
    assert dit in lecture.erreurs[champ]


def test_une_saisie_incomplete_dit_ce_qui_manque_sans_etre_une_erreur():
    lecture = Saisie("c1", "fermer", {"structure": "a"}).lue
    assert lecture.mouvement is None
    assert lecture.erreurs == {}
    assert lecture.manques == ("Fermeture le",)


@pytest.mark.parametrize(("genre", "champs", "attendu"), LUS, ids=[f"{g}-{i}" for i, (g, *_) in enumerate(LUS)])
def test_un_mouvement_redonne_sa_saisie(genre, champs, attendu):
    saisie = write(attendu, "c9")
    assert saisie.genre == genre
    assert saisie.lue.mouvement == attendu


@pytest.mark.parametrize(
    "mouvement",
    [
        {"parametre": {"code": "eaje.nouveau", "valeur": {"min": 2000, "max": 3000}, "depuis": "2027-01-01"}},
        {
            "ouvrir": {
                "structure": {"nom": "X", "type": "eaje", "code_insee": "1", "quantite": 2.0},
                "date": "2027-01-01",
            }
        },
    ],
    ids=["intervalle", "nombre-a-virgule"],
)
def test_ce_qu_un_formulaire_ne_sait_pas_dire_est_garde_tel_quel(mouvement):
    saisie = write(mouvement, "c1")
    assert saisie.genre == "libre"
    assert saisie.lue.mouvement == normalise(mouvement, "")
    assert sentence(mouvement).endswith(").")


textes = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=30)


@settings(max_examples=150)
@given(st.sampled_from(sorted(GENRES)), st.data())
def test_aucun_texte_ne_fait_tomber_une_saisie(genre, donnees):
    champs = {c.nom: donnees.draw(textes) for c in GENRES[genre].cases if c.nom != "annee"}
    lecture = Saisie("c1", genre, champs).lue
    assert lecture.mouvement is None or set(lecture.mouvement) == {genre}
    assert all(dit.endswith(".") for dit in lecture.erreurs.values())


@given(st.floats(0, 1e7).map(lambda x: round(x, 2)))
def test_un_nombre_ecrit_a_la_francaise_se_relit(valeur):
    entier, decimales = f"{valeur:,.2f}".split(".")
    assert number(f"{entier.replace(',', ' ')},{decimales}") == valeur


@given(
    st.lists(
        st.one_of(
            st.builds(
                lambda s, q, j: {"quantite": {"structure": s, "quantite": q, "date": j.isoformat()}},
                st.sampled_from(["a", "b"]),
                st.floats(0, 500).map(lambda x: round(x, 2)),
                st.dates(),
            ),
            st.builds(lambda s, j: {"fermer": {"structure": s, "date": j.isoformat()}}, st.just("a"), st.dates()),
        ),
        max_size=4,
    ),
    st.sampled_from(["lisse", "historique"]),
)
def test_un_scenario_traverse_le_brouillon_sans_changer_de_code(mouvements, repartition):
    """Même code, mêmes montants : ouvrir un lien puis ne rien toucher ne change rien."""
    scenario = Scenario("Essai", repartition, {}, tuple(normalise(m, "") for m in mouvements))
    brouillon = Brouillon.of_mapping(Brouillon.of_scenario(scenario).as_mapping())
    assert brouillon.scenario().code == scenario.code
