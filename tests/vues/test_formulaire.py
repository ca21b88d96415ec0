"""Le contrôle de saisie, sans navigateur : ce qui part vers la page, ce qui en revient, et l'accusé de chaque envoi."""

import pytest

from ctgkit.views.composants.curseur import Curseur, Echelle
from ctgkit.views.composants.formulaire import Bloc, ChampSaisi, Formulaire
from ctgkit.views.composants.pont import Pont, Reception


class Essai:
    def __init__(self, recevoir=lambda *_: None):
        self.formulaire, self.partis = Formulaire(recevoir, nom="Essai"), []
        self.formulaire.send = lambda m, *_: self.partis.append(m)

    def montrer(self, places="10", date="", **liste):
        champs = (ChampSaisi("places", "Places", places, "nombre"), ChampSaisi("date", "Date", date, "date"))
        self.formulaire.show(
            [Bloc("nom", champs=(ChampSaisi("nom", "Nom", "Essai"),)), Bloc("c1", "Un", champs)], liste
        )
        return self.partis[-1] if self.partis else {}


def test_seul_le_groupe_qui_change_repart_et_une_page_ouverte_ensuite_trouve_tout():
    essai = Essai()
    essai.montrer()
    essai.partis.clear()
    essai.montrer()
    assert essai.partis == []
    parti = essai.montrer(places="35")
    assert set(parti["champs"]) == {"c1-places", "c1-date"}
    assert parti["champs"]["c1-places"]["v"] == "35"
    essai.formulaire.receive({"t": "pret"})
    assert set(essai.partis[-1]["champs"]) == {"nom-nom", "c1-places", "c1-date"}
    assert essai.formulaire.depart["champs"]["c1-places"]["v"] == "35"


def test_un_envoi_est_accuse_avec_ce_que_la_page_en_a_fait_meme_quand_elle_echoue():
    essai = Essai(lambda *_: essai.montrer(places="35"))
    essai.montrer()
    essai.formulaire.receive({"t": "champ", "champ": "c1-places", "valeur": "35,0", "requete": "r1"})
    assert essai.partis[-1] == {"t": "recu", "champ": "c1-places", "requete": "r1", "v": "35"}

    def casser(*_):
        raise ZeroDivisionError

    casse = Essai(casser)
    casse.montrer()
    with pytest.raises(ZeroDivisionError):
        casse.formulaire.receive({"t": "champ", "champ": "c1-date", "valeur": "hier", "requete": "r2"})
    assert casse.partis[-1]["t"] == "recu"


@pytest.mark.parametrize(
    "message", [{}, {"champ": "c1-date", "valeur": 3}, {"champ": "absent", "valeur": "1"}, {"champ": [], "valeur": "1"}]
)
def test_ce_que_la_page_ne_montre_pas_n_est_pas_recu(message):
    recus = []
    essai = Essai(lambda *x: recus.append(x))
    essai.montrer()
    essai.formulaire.receive({"t": "champ", **message})
    assert recus == []


def test_le_rang_d_un_texte_tape_repart_avec_ce_texte_et_pas_avant():
    vus = []
    curseur = Curseur("Places", 10, Echelle(0, 60), lambda texte: vus.append((texte, curseur._habit.rang)))
    partis = []
    curseur._habit.send_state = lambda key=None: partis.append(curseur._habit.get_state(key))
    curseur.receive({"texte": "35", "rang": 4})
    assert vus == [("35", 4)]
    (parti,) = partis
    assert (parti["texte"], parti["rang"]) == ("35", 4)
    assert curseur.valeur == 35


def test_la_glissiere_retenue_par_le_navigateur_ne_reprend_pas_le_texte_qui_l_a_depassee():
    vus = []
    curseur = Curseur("Places", 35, Echelle(0, 60, ouverte=True), vus.append)
    glissiere = curseur.widget.children[0]
    curseur.receive({"texte": "200", "rang": 1, "place": 59})
    glissiere.value = 59
    assert (vus, curseur.texte, glissiere.value) == (["200"], "200", 60)
    glissiere.value = 59
    assert vus == ["200", "59"]


def test_chaque_morceau_de_fichier_est_accuse_meme_sans_depot():
    fichiers, partis = [], []
    pont = Pont(lambda _: None, depots={"plan": Reception(lambda *fichier: fichiers.append(fichier), 10)})
    pont.send = lambda m, *_: partis.append(m)
    pont.receive({"depot": "plan", "nom": "C:\\x\\a.csv", "rang": 0, "fin": False}, [b"abc"])
    pont.receive({"depot": "plan", "nom": "C:\\x\\a.csv", "rang": 1, "fin": True}, [b"def"])
    pont.receive({"depot": "plan", "nom": "trop.csv", "rang": 0, "fin": True}, [b"0123456789A"])
    pont.receive({"depot": "absent", "nom": "a.csv", "rang": 0, "fin": True}, [b"x"])
    assert fichiers == [("a.csv", b"abcdef")]
    assert partis == [{"recu": True}] * 4
