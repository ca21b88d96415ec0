"""Le panneau du diagnostic sans navigateur : un état, et tout ce qui s'en déduit."""

import re
from dataclasses import replace

import pytest
from outils import lu

from ctgkit import load_territoire
from ctgkit.__main__ import main
from ctgkit.diagnostic import publier
from ctgkit.storage.journal import open_journal
from ctgkit.views.diagnostic_carte import bounds
from ctgkit.views.diagnostic_etat import EtatDiagnostic, clean
from ctgkit.views.diagnostic_lecture import Lecture, short, the_place, to_place
from ctgkit.views.diagnostic_memoire import MemoireDiagnostic
from ctgkit.views.diagnostic_repartition import _stack
from ctgkit.views.diagnostic_saisie import read_row, write_row
from ctgkit.views.page_diagnostic import DiagnosticPanel, diagnostic_table, show_diagnostic


@pytest.fixture(scope="module")
def valenciennes():
    return load_territoire("valenciennes-metropole")


@pytest.fixture(scope="module")
def exemple():
    return load_territoire("exemple")


@pytest.fixture
def memoire(tmp_path, monkeypatch):
    monkeypatch.setenv("CTG_JOURNAL", str(tmp_path / "journal.sqlite"))
    with open_journal("exemple") as journal:
        yield MemoireDiagnostic(journal, "chargé de coopération")


@pytest.fixture
def panneau(exemple, memoire):
    return DiagnosticPanel(exemple, memoire)


def zone(panneau, nom):
    return lu(panneau.zones[nom].value)


def test_les_chiffres_reels_et_leur_ecart(valenciennes):
    publication = publier(valenciennes)
    lecture = Lecture(publication, EtatDiagnostic())
    assert [lu(c.mesure.texte) for c in lecture.cles] == [
        "45,2 %", "50,3 places pour 100 enfants", "33,8 %", "6 164 enfants",
    ]  # fmt: skip
    assert [lu(c.ecart_ecrit) for c in lecture.comparees] == ["+9,4 points", "−8,2 points", "+1,8 point"]
    assert lecture.constat.startswith("La part des enfants de 0 à 2 ans en foyer à bas revenus dépasse celle du Nord")


@pytest.mark.parametrize("code", ["valenciennes-metropole", "exemple", "cambrai", "armentieres"])
def test_chaque_theme_de_chaque_territoire_se_lit(code, memoire):
    panneau = DiagnosticPanel(load_territoire(code), memoire)
    for theme in panneau.publication.catalogue.themes:
        for portee in ("theme", "tous"):
            panneau.update(replace(panneau.etat, theme=theme, portee=portee))
            assert zone(panneau, "tete").count("<h1>") == 1
            page = " ".join(zone(panneau, nom) for nom in panneau.zones)
            assert not re.search(r"\b(None|nan|NaN|inf)\b|{{", re.sub("<[^>]*>", " ", page))


def test_changer_de_theme_ne_recompare_rien(panneau):
    avant = panneau.lecture.toutes
    panneau.on_gesture({"geste": "theme", "valeur": "jeunesse"})
    assert panneau.lecture.toutes is avant
    assert "Jeunesse" in zone(panneau, "tete")


def test_un_reglage_qui_ne_designe_rien_revient_au_choix_ordinaire(exemple):
    voulu = EtatDiagnostic("foot", "99999", "zz", 1789, "rien", "XX01", ("99999", "00001", "00001"))
    assert clean(voulu, publier(exemple)) == EtatDiagnostic(communes=("00001",))


def test_un_geste_inconnu_ne_fait_rien(panneau):
    avant = panneau.etat
    panneau.on_gesture({"geste": "effacer_tout", "valeur": "x"})
    panneau.on_gesture({})
    assert panneau.etat == avant


def test_cinq_communes_au_plus_la_plus_ancienne_cede():
    etat = EtatDiagnostic()
    for code in "abcdef":
        etat = etat.toggle(code)
    assert etat.communes == tuple("bcdef")
    assert etat.toggle("c").communes == tuple("bdef")


def test_masque_n_est_ni_zero_ni_vide_sur_la_carte(panneau):
    panneau.update(replace(panneau.etat, carte="PE10"))
    carte = zone(panneau, "carte")
    assert carte.count('class="case masque"') == 4
    assert "valeur masquée (secret statistique)" in carte
    assert "masquée (secret)" in zone(panneau, "carte_cote")


def test_une_borne_de_la_carte_est_le_repere():
    valeurs = [4.0, 5.1, 5.6, 6.2, 7.2, 7.8, 8.3, 9.4, 10.5, 11.8, 14.2, 16.3, 18.0]
    bornes = bounds(valeurs, 8.5)
    assert 8.5 in bornes
    assert len(bornes) == 4
    assert bornes == tuple(sorted(bornes))
    assert 8.5 not in bounds(valeurs, 30.0)
    assert bounds([3.0, 3.0], None) == ()
    assert len(bounds([125, 230, 252, 365, 403, 540, 777, 1032, 1683, 2054, 2710, 4569, 5388, 19282], None)) == 4


def test_les_ronds_de_la_distribution_ne_se_recouvrent_pas():
    rangs = _stack([10, 11, 12, 30])
    assert rangs == [0, 1, 2, 0]


def test_retenir_oublier_et_retrouver(panneau, exemple, memoire):
    panneau.on_gesture({"geste": "retenir", "valeur": "PE10", "phrase": "n'importe quoi"})
    assert [r.cle for r in memoire.findings()] == ["PE10"]
    assert "supérieure de 3,5 points" in lu(memoire.findings()[0].phrase)
    assert "Retenu" in zone(DiagnosticPanel(exemple, memoire), "tete")
    panneau.on_gesture({"geste": "oublier", "valeur": "PE10"})
    assert memoire.findings() == ()


def test_expliquer_demande_une_raison(panneau, memoire):
    alerte = panneau.lecture.alertes[0]
    panneau.on_gesture({"geste": "expliquer", "valeur": alerte.id, "raison": "  "})
    assert "avec sa raison" in zone(panneau, "message")
    panneau.on_gesture({"geste": "expliquer", "valeur": alerte.id, "raison": "Deux millésimes."})
    assert memoire.explained() == {alerte.id: "Deux millésimes."}
    assert panneau.lecture.alertes[-1].raison == "Deux millésimes."
    panneau.on_gesture({"geste": "rouvrir", "valeur": alerte.id})
    assert memoire.explained() == {}


LIGNE = {"indicateur": "LO07", "lieu": "Vermontel", "annee": "2024", "valeur": "41,5", "source": "Observatoire"}


def test_une_ligne_saisie_se_lit_et_se_reecrit(exemple):
    publication = publier(exemple)
    lue = read_row(LIGNE, publication)
    assert (lue.ligne.geo, lue.ligne.niveau, lue.ligne.annee, lue.ligne.valeur) == ("00001", "commune", 2024, 41.5)
    assert read_row(write_row(lue.ligne, publication), publication) == lue


@pytest.mark.parametrize(
    ("case", "texte", "dit"),
    [
        ("annee", "", "obligatoire"),
        ("source", "  ", "obligatoire"),
        ("annee", "24", "quatre chiffres"),
        ("valeur", "entre 2 et 3", "Un nombre"),
        ("valeur", "1e9", "Un nombre"),
        ("lieu", "Nulle part", "Lieu inconnu"),
        ("indicateur", "ZZ99", "Indicateur inconnu"),
    ],
)
def test_ce_qui_manque_ou_ne_se_lit_pas_est_dit_dans_sa_case(exemple, case, texte, dit):
    lue = read_row({**LIGNE, case: texte}, publier(exemple))
    assert lue.ligne is None
    assert dit in lue.erreurs[case]


def test_une_valeur_masquee_saisie_reste_masquee(exemple):
    assert read_row({**LIGNE, "valeur": "masqué"}, publier(exemple)).ligne.statut == "masque"


def test_une_ligne_complete_est_gardee_et_une_ligne_commencee_attend(panneau, exemple, memoire):
    panneau.saisie.receive([("n1", c, t) for c, t in LIGNE.items()] + [("n2", "indicateur", "PE01")])
    assert [x.valeur for x in memoire.figures(exemple)] == [41.5]
    rouvert = DiagnosticPanel(exemple, memoire)
    assert rouvert.saisie.lignes["n2"] == {"indicateur": "PE01"}
    cle = next(c for c in rouvert.saisie.lignes if c.startswith("LO07"))
    rouvert.saisie.receive([(cle, c, "") for c in LIGNE])
    assert memoire.figures(exemple) == ()


def test_un_chiffre_saisi_passe_par_le_secret(panneau, memoire, exemple):
    """Trois enfants dans une commune : la valeur est gardée, elle n'est pas montrée."""
    petite = {"indicateur": "PE01", "lieu": "Vermontel", "annee": "2024", "valeur": "3", "source": "crèche"}
    panneau.saisie.receive([("n1", c, t) for c, t in petite.items()])
    assert [x.valeur for x in memoire.figures(exemple)] == [3.0]
    vues = [x for x in panneau.publication.du_code("PE01", "00001") if x.annee == 2024]
    assert [(x.valeur, x.statut) for x in vues] == [(None, "masque")]


def test_sans_journal_la_page_s_ouvre_et_le_dit(exemple):
    panneau = DiagnosticPanel(exemple, MemoireDiagnostic(None, "r", "le journal est illisible"))
    panneau.on_gesture({"geste": "retenir", "valeur": "PE10"})
    assert "Rien n'a été gardé" in zone(panneau, "message")
    assert "le journal est illisible" in zone(panneau, "marge")


def test_les_noms_de_fichiers_et_de_lieux_sont_echappes(panneau):
    panneau.depot.receive("<img src=x>.csv", b"a;b\n1;2\n")
    assert "<img" not in panneau.depot.zone.value


def test_un_fichier_vide_ou_binaire_est_refuse_en_francais(panneau):
    for octets in (b"", b"\x00\xff" * 500, b"PK\x03\x04zip"):
        panneau.depot.receive("x.xlsx", octets)
        assert "Traceback" not in panneau.depot.zone.value
        assert panneau.depot.zone.value


def test_les_lieux_dans_une_phrase():
    assert [to_place(x) for x in ("du Nord", "d’Anzin", "de la France")] == ["au Nord", "à Anzin", "à la France"]
    assert the_place("du Nord") == "le Nord"
    assert short("Territoire d'exemple (données fictives)") == "Territoire d'exemple"


def test_la_page_figee_et_le_tableau_du_lot(valenciennes):
    page = show_diagnostic(valenciennes, "petite_enfance").data
    assert "data:text/csv;charset=utf-8,%EF%BB%BF" in page
    assert 'data-geste="csv"' not in page
    lignes = diagnostic_table(valenciennes, "petite_enfance").lignes
    assert {x["code"]: x["valeur"] for x in lignes}["PE10"] == 45.2


def test_le_lot_et_la_ligne_de_commande_lisent_aussi_les_chiffres_saisis(panneau, exemple, capsys):
    panneau.saisie.receive([("n1", c, t) for c, t in {**LIGNE, "lieu": exemple.nom}.items()])
    lot = {x["code"]: x["valeur"] for x in diagnostic_table(exemple, "logement", dossier="exemple").lignes}
    assert main(["diagnostic", "exemple", "--theme", "logement"]) == 0
    assert lot["LO07"] == panneau.lecture.publication.du_code("LO07", "000000000")[-1].valeur == 41.5
    assert "41,5" in capsys.readouterr().out
