"""Le curseur sans navigateur : ce qu'il accepte, ce qu'il refuse, ce qu'il dit de vide."""

import pytest

from ctgkit.views.composants.curseur import Curseur, Echelle


def essai(echelle: Echelle, **reglages) -> tuple[Curseur, list[str]]:
    choisis: list[str] = []
    return Curseur("Places", 10, echelle, suite=choisis.append, **reglages), choisis


def taper(curseur: Curseur, texte: str) -> None:
    curseur.receive({"texte": texte, "rang": 1})


def test_la_glissiere_et_le_champ_disent_la_meme_chose():
    curseur, choisis = essai(Echelle(0, 2000, 0.5))
    curseur.widget.children[0].value = 12.5
    assert (curseur.texte, choisis) == ("12,5", ["12,5"])
    taper(curseur, "1 234,5")
    assert (curseur.valeur, choisis[-1]) == (1234.5, "1 234,5")


@pytest.mark.parametrize(("texte", "dit"), [("200", "est hors des bornes"), ("beaucoup", "n’est pas un nombre")])
def test_ce_qui_sort_des_bornes_de_la_regle_est_refuse_et_ne_change_rien(texte, dit):
    curseur, choisis = essai(Echelle(0, 60))
    taper(curseur, texte)
    assert dit in curseur.erreur
    assert "de 0 à 60" in curseur.erreur
    assert (curseur.texte, curseur.valeur, choisis) == (texte, 10, [])


def test_sans_maximum_dans_la_regle_le_champ_accepte_plus_que_la_glissiere():
    curseur, choisis = essai(Echelle(0, 60, ouverte=True))
    taper(curseur, "200")
    assert (curseur.erreur, curseur.valeur, choisis) == ("", 60, ["200"])
    taper(curseur, "-3")
    assert "à partir de 0" in curseur.erreur


def test_remettre_le_curseur_d_accord_n_est_pas_un_choix():
    curseur, choisis = essai(Echelle(0, 60))
    curseur.show("80", echelle=Echelle(50, 100))
    curseur.show("")
    assert (curseur.texte, curseur.valeur, choisis) == ("", 50, [])


def test_des_annees_s_ecrivent_sans_espace():
    assert Echelle(2025, 2029, millesime=True).bornes == "de 2025 à 2029"
    assert Echelle(0, 20_000).bornes == "de 0 à 20\u202f000"
