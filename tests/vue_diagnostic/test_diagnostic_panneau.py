"""Le panneau du diagnostic sans navigateur : un état, et tout ce qui s'en déduit."""

import json
import re
import shutil
from dataclasses import replace

import pytest
from outils import RACINE, lu, sample

import ctgkit as ctg
from ctgkit.__main__ import main
from ctgkit.diagnostic import Publiable, publish
from ctgkit.diagnostic.carte import bounds
from ctgkit.diagnostic.noms import short, the_place, to_place
from ctgkit.errors import CtgError
from ctgkit.storage import load_territoire
from ctgkit.storage.journal import open_journal
from ctgkit.storage.journal.plan import PlanStore
from ctgkit.territoire import Commune, Table
from ctgkit.views.composants.graphique import Graphique
from ctgkit.views.diagnostic.etat import EtatDiagnostic, clean
from ctgkit.views.diagnostic.lecture import read_lecture
from ctgkit.views.diagnostic.memoire import MemoireDiagnostic
from ctgkit.views.diagnostic.page import TABLEAUX, DiagnosticPanel, csv_bytes
from ctgkit.views.diagnostic.saisies import read_row, write_row

pytestmark = pytest.mark.long


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
    porteur = panneau.html[nom]
    return lu(porteur.html if isinstance(porteur, Graphique) else porteur.value)


def test_les_chiffres_reels_et_leur_ecart(valenciennes):
    publication = publish(valenciennes)
    lecture = read_lecture(publication, EtatDiagnostic())
    assert [lu(c.mesure.texte) for c in lecture.cles] == [
        "45,2 %",
        "50,3 places pour 100 enfants",
        "6 164 enfants",
        "2 243 enfants",
    ]
    assert [lu(c.ecart_ecrit) for c in lecture.comparees] == ["+9,4 points", "−8,2 points"]
    assert lecture.constat.startswith("La part des enfants de 0 à 2 ans en foyer à bas revenus dépasse celle du Nord")


def test_un_effectif_de_la_meme_annee_ne_reclame_pas_d_annee(memoire):
    """Cambrai, cadrage : populations 2023 et ménages 2019 sont écrits des deux côtés ; la page disait le contraire."""
    panneau = DiagnosticPanel(load_territoire("cambrai"), memoire)
    panneau.act({"geste": "theme", "valeur": "cadrage"})
    panneau.act({"geste": "portee", "valeur": "theme"})
    assert lu(panneau.lecture.constat) == (
        "Les 3 chiffres que l'on peut mettre face au Nord sont des effectifs : ils en disent une part, pas un écart."
    )
    assert "sa part est écrite plus haut" in zone(panneau, "ecarts")


@pytest.mark.parametrize("code", ["valenciennes-metropole", "exemple", "cambrai", "armentieres"])
def test_chaque_theme_de_chaque_territoire_se_lit(code, memoire):
    panneau = DiagnosticPanel(load_territoire(code), memoire)
    for rang, theme in enumerate(panneau.publication.catalogue.themes):
        # « tous » montre la même chose d'un thème à l'autre : le premier suffit, chacun dans le bench.
        for portee in ("theme", "tous")[: sample(1 if rang else 2, 2)]:
            panneau.show(replace(panneau.etat, theme=theme, portee=portee))
            assert zone(panneau, "tete").count("<h1>") == 1
            page = " ".join(zone(panneau, nom) for nom in panneau.html)
            assert not re.search(r"\b(None|nan|NaN|inf)\b|{{", re.sub("<[^>]*>", " ", page))


def test_changer_de_theme_ne_recompare_rien(panneau):
    avant = panneau.lecture.toutes
    panneau.act({"geste": "theme", "valeur": "jeunesse"})
    assert panneau.lecture.toutes is avant
    assert "Jeunesse" in zone(panneau, "tete")


def test_un_lieu_ne_se_compare_pas_a_lui_meme(panneau):
    panneau.show(replace(panneau.etat, repere="000000000"))
    assert "choisissez un autre repère" in zone(panneau, "tete")
    assert "aucun écart à lire" in zone(panneau, "ecarts")
    panneau.show(replace(panneau.etat, lieu="00001"))
    assert "choisissez un autre repère" not in zone(panneau, "tete")


def test_un_reglage_qui_ne_designe_rien_revient_au_choix_ordinaire(exemple):
    voulu = EtatDiagnostic("foot", "99999", "zz", 1789, "rien", "XX01", ("99999", "00001", "00001"))
    assert clean(voulu, publish(exemple)) == EtatDiagnostic(communes=("00001",))


def test_un_geste_qui_ne_designe_rien_revient_au_choix_ordinaire(panneau):
    panneau.act({"geste": "theme", "valeur": "foot"})
    assert panneau.etat.theme == EtatDiagnostic().theme
    panneau.act({"geste": "commune", "valeur": "99999"})
    assert panneau.etat.communes == ()
    assert panneau.erreur is None


def test_un_geste_inconnu_ne_fait_rien(panneau):
    avant = panneau.etat
    panneau.act({"geste": "effacer_tout", "valeur": "x"})
    panneau.act({})
    assert panneau.etat == avant


def test_cinq_communes_au_plus_la_plus_ancienne_cede():
    etat = EtatDiagnostic()
    for code in "abcdef":
        etat = etat.toggle(code)
    assert etat.communes == tuple("bcdef")
    assert etat.toggle("c").communes == tuple("bdef")


def test_masque_n_est_ni_zero_ni_vide_sur_la_carte(panneau):
    panneau.show(replace(panneau.etat, carte="PE10"))
    carte = zone(panneau, "carte")
    assert carte.count("valeur masquée (secret statistique)") >= 4
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


def test_retenir_oublier_et_retrouver(panneau, exemple, memoire):
    panneau.act({"geste": "retenir", "valeur": "PE10", "phrase": "n'importe quoi"})
    assert [r.cle for r in memoire.findings()] == ["PE10"]
    assert "supérieure de 3,5 points" in lu(memoire.findings()[0].phrase)
    assert "Retenu" in zone(DiagnosticPanel(exemple, memoire), "tete")
    panneau.act({"geste": "oublier", "valeur": "PE10"})
    assert memoire.findings() == ()


def test_expliquer_demande_une_raison(panneau, memoire):
    alerte = panneau.lecture.alertes[0]
    panneau.act({"geste": "expliquer", "valeur": alerte.id, "raison": "  "})
    assert "avec sa raison" in zone(panneau, "message")
    panneau.act({"geste": "expliquer", "valeur": alerte.id, "raison": "Deux millésimes."})
    assert memoire.explained() == {alerte.id: "Deux millésimes."}
    assert panneau.lecture.alertes[-1].raison == "Deux millésimes."
    panneau.act({"geste": "rouvrir", "valeur": alerte.id})
    assert memoire.explained() == {}


LIGNE = {"indicateur": "LO07", "lieu": "Vermontel", "annee": "2024", "valeur": "41,5", "source": "Observatoire"}


def test_deux_communes_du_meme_nom_se_saisissent_avec_leur_code(exemple):
    """Revue d'analyste D11 : « Vermontel » désignait la dernière des deux."""
    doubles = [replace(c, nom="Vermontel") if c.code_insee == "00003" else c for c in exemple.communes]
    publication = publish(replace(exemple, communes=Table.of(Commune, doubles)))
    assert "Lieu inconnu" in read_row(LIGNE, publication).erreurs["lieu"]
    lue = read_row({**LIGNE, "lieu": "Vermontel (00003)"}, publication)
    assert lue.ligne.geo == "00003"
    assert read_row(write_row(lue.ligne, publication), publication) == lue


def test_une_ligne_saisie_se_lit_et_se_reecrit(exemple):
    publication = publish(exemple)
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
    lue = read_row({**LIGNE, case: texte}, publish(exemple))
    assert lue.ligne is None
    assert dit in lue.erreurs[case]


def test_une_valeur_masquee_saisie_reste_masquee(exemple):
    assert read_row({**LIGNE, "valeur": "masqué"}, publish(exemple)).ligne.statut == "masque"


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
    vues = [x for x in panneau.publication.of_code("PE01", "00001") if x.annee == 2024]
    assert [(x.valeur, x.statut) for x in vues] == [(None, "masque")]


def test_sans_journal_la_page_s_ouvre_et_le_dit(exemple):
    panneau = DiagnosticPanel(exemple, MemoireDiagnostic(None, "r", "le journal est illisible"))
    panneau.act({"geste": "retenir", "valeur": "PE10"})
    assert "Rien n'a été gardé" in zone(panneau, "message")
    assert "le journal est illisible" in zone(panneau, "message")


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


def test_le_lot_et_la_ligne_de_commande_lisent_aussi_les_chiffres_saisis(panneau, exemple, capsys):
    panneau.saisie.receive([("n1", c, t) for c, t in {**LIGNE, "lieu": exemple.nom}.items()])
    lot = ctg.read_diagnostic("exemple", "logement").table().set_index("code")["valeur"]
    assert main(["diagnostic", "exemple", "--theme", "logement"]) == 0
    assert lot["LO07"] == panneau.lecture.publication.of_code("LO07", "000000000")[-1].valeur == 41.5
    assert "41,5" in capsys.readouterr().out


def test_le_carnet_et_la_page_disent_la_meme_chose(panneau, memoire):
    """Le constat, le titre des écarts, ce que l'on a retenu et expliqué : les pièces lisent les mêmes fonctions."""
    panneau.retain("PE10")
    alerte = panneau.lecture.alertes[0].id
    panneau.write(lambda: memoire.explain(alerte, "deux périmètres"))
    d = ctg.read_diagnostic("exemple", "petite_enfance")
    assert d.constat.phrase == panneau.lecture.constat
    assert d.constat.surtitre == panneau.lecture.surtitre
    assert len(d.retained) == 1
    toutes = ctg.read_diagnostic("exemple").alertes().set_index("id")
    assert toutes.loc[alerte, "expliquee"] == "deux périmètres"


def test_les_definitions_disent_les_sources_et_les_pieges(memoire):
    d = ctg.read_diagnostic("valenciennes-metropole", "petite_enfance").definitions().set_index("code")
    assert d.loc["PE10", "valeur"].startswith("45,2")
    assert d["pieges"].str.len().gt(0).any()
    assert "epci" in d.loc["PE10", "echelles"]
    assert not d["source"].eq("").any()


def test_un_renvoi_de_note_dit_note_et_mene_a_chacune_de_celles_qui_en_parlent(memoire):
    """Revue d'usage n° 9 : la tuile portait un numéro seul, celui d'une note qui ne l'expliquait pas."""
    panneau = DiagnosticPanel(load_territoire("valenciennes-metropole"), memoire, EtatDiagnostic("petite_enfance"))
    notes = panneau.lecture.notes
    voulues = [i for i, a in enumerate(notes, 1) if "PE01" in a.codes]
    assert len(voulues) > 1
    tuile = next(x for x in zone(panneau, "tete").split("<article>") if "6 164" in x)
    assert re.findall(r'href="#n(\d+)">note (\d+)<', tuile) == [(str(i), str(i)) for i in voulues]
    page = "".join(zone(panneau, nom) for nom in ("tete", "seules", "ecarts_tableau", "evolutions"))
    assert not re.search(r'href="#n\d+"[^>]*>\s*\d', page)
    marge = zone(panneau, "marge")
    assert all(f'id="n{i}"' in marge and f"<b>Note {i}</b>" in marge for i in range(1, len(notes) + 1))


def test_deux_valeurs_d_annee_non_ecrite_se_montrent_sans_ecart(memoire):
    """Revue d'analyste D3 : 33,8 % ici et 32 % au Nord, sans année dans le document : les deux, et aucun écart."""
    panneau = DiagnosticPanel(load_territoire("valenciennes-metropole"), memoire, EtatDiagnostic("petite_enfance"))
    lignes = zone(panneau, "seules").split("<tr>")
    ligne = next(x for x in lignes if x.startswith('<th scope="row">Assistants maternels de plus de 55 ans'))
    montre = re.sub('<span class="bulle".*?</b>', " ", ligne, flags=re.DOTALL)
    assert ">32 %<" in montre
    assert ">année non écrite<" in montre
    assert "année écrite ni ici ni pour le repère" in montre


@pytest.mark.parametrize(
    ("reglage", "dit"),
    [
        ({"theme": "enfances"}, "Thème inconnu"),
        ({"commune": "99999"}, "Commune inconnue"),
        ({"annee": 1999}, "Aucun chiffre de 1999"),
        ({"annee": "2022"}, "Année illisible"),
    ],
)
def test_un_reglage_faux_arrete_le_rapport_en_francais(memoire, reglage, dit):
    with pytest.raises(CtgError, match=dit):
        ctg.read_diagnostic("valenciennes-metropole", **reglage)


def test_papermill_ecrit_un_code_insee_comme_un_nombre(memoire):
    d = ctg.read_diagnostic("valenciennes-metropole", "accompagnement_social", 59014)
    assert "Anzin" in d.constat.surtitre


def test_lire_un_rapport_ne_cree_pas_de_journal(tmp_path, monkeypatch):
    monkeypatch.delenv("CTG_JOURNAL", raising=False)
    dossier = shutil.copytree(RACINE / "data/territoires/armentieres", tmp_path / "a")
    assert ctg.read_diagnostic(dossier).constat.phrase
    assert not list(dossier.glob("journal*"))


def test_sans_theme_demande_la_page_s_ouvre_sur_un_theme_qui_a_des_chiffres(memoire):
    panneau = DiagnosticPanel(load_territoire("cambrai"), memoire, EtatDiagnostic(theme=""))
    assert panneau.etat.theme == "accompagnement_social"


def test_les_poids_changent_le_classement_et_se_gardent(panneau, exemple, memoire):
    assert [p.theme for p in panneau.lecture.priorites][:2] == ["petite_enfance", "enfance"]  # l'ordre du catalogue
    assert "aucun ne vient en tête" in zone(panneau, "priorites")
    panneau.priorites.fill("poids nombre", "0")
    panneau.priorites.fill("gravite logement", "9,5")
    assert panneau.lecture.priorites[0].theme == "logement"
    assert "Logement vient en tête, à 9,5 sur 10" in zone(panneau, "priorites")
    assert "(9,5 × 1) / 1 = 9,5" in zone(panneau, "scores")
    rouvert = DiagnosticPanel(exemple, memoire)
    assert rouvert.lecture.priorites == panneau.lecture.priorites
    rouvert.priorites.fill("gravite logement", "")
    assert rouvert.lecture.priorites[0].theme != "logement"


@pytest.mark.parametrize(("champ", "texte"), [("poids ecart", "-1"), ("poids ecart", "mille"), ("gravite avs", "11")])
def test_un_poids_impossible_est_dit_sous_sa_case_et_ne_change_rien(panneau, champ, texte):
    avant = panneau.lecture.priorites
    panneau.priorites.fill(champ, texte)
    champs = {c.nom: c for b in panneau.priorites.formulaire.blocs for c in b.champs}
    assert champs[champ].valeur == texte
    assert "Un nombre de 0 à" in champs[champ].erreur
    assert panneau.lecture.priorites == avant


def test_la_couverture_suit_le_plan_ecrit_et_ses_vides_ressortent(panneau, exemple, memoire):
    vides = sum(len(c.vides) for c in panneau.lecture.couverture)
    figure = json.loads(panneau.html["couverture_figure"].figures)[0]
    assert sum("rien" in mot["text"] for mot in figure["layout"]["annotations"]) == vides > 0
    action = {c.domaine: c.action for c in panneau.lecture.couverture}["inclusion_numerique"]
    assert action == 0
    PlanStore(exemple, memoire.journal).create("IN", {"titre": "Atelier", "theme": ["inclusion_numerique"]}, "élue")
    suivante = {c.domaine: c.action for c in DiagnosticPanel(exemple, memoire).lecture.couverture}
    assert suivante["inclusion_numerique"] == 1


@pytest.mark.parametrize("nom", ["theme", "carte", "communes", "tendances", "priorites", "couverture", "alertes"])
def test_chaque_tableau_se_telecharge_et_passe_par_le_secret(panneau, nom):
    tableau = TABLEAUX[nom](panneau.lecture)
    assert isinstance(tableau, Publiable)
    assert csv_bytes(tableau).startswith(b"\xef\xbb\xbf")


def test_deux_personnes_expliquent_la_meme_alerte_les_deux_versions_sont_dites(panneau, exemple, memoire):
    autre = DiagnosticPanel(exemple, MemoireDiagnostic(memoire.journal, "conseiller Caf"))
    alerte = panneau.lecture.alertes[0].id
    autre.act({"geste": "expliquer", "valeur": alerte, "raison": "Deux millésimes."})
    panneau.act({"geste": "expliquer", "valeur": alerte, "raison": "Une faute de frappe."})
    assert memoire.explained() == {alerte: "Deux millésimes."}
    assert "Deux millésimes." in zone(panneau, "message")
    assert "Une faute de frappe." in zone(panneau, "message")


def test_deux_pages_ne_s_effacent_ni_chiffre_ni_ligne_commencee(panneau, exemple, memoire):
    autre = DiagnosticPanel(exemple, MemoireDiagnostic(memoire.journal, memoire.role))
    autre.saisie.receive([("n1", "indicateur", "PE01")])
    panneau.saisie.receive([("n1", "indicateur", "EN01")])
    assert {t["indicateur"] for t in memoire.drafts().values()} == {"PE01", "EN01"}
    ligne = {**LIGNE, "valeur": "40"}
    autre.saisie.receive([("n5", c, t) for c, t in ligne.items()])
    panneau.saisie.receive([("n6", c, t) for c, t in LIGNE.items()])
    assert [x.valeur for x in memoire.figures(exemple)] == [40.0]
    assert "40" in lu(panneau.saisie.message.value)
    assert "41,5" in lu(panneau.saisie.message.value)


def test_une_case_fausse_reste_dite_quand_on_travaille_ailleurs(panneau):
    panneau.saisie.receive([("n1", c, t) for c, t in {**LIGNE, "annee": "24"}.items()])
    panneau.saisie.receive([("n2", "indicateur", "PE01")])
    assert "quatre chiffres" in panneau.saisie.grille.erreurs["n1|annee"]


def test_les_titres_sont_des_phrases_sans_verdict_de_machine(valenciennes, memoire):
    panneau = DiagnosticPanel(valenciennes, memoire)
    for theme in panneau.publication.catalogue.themes:
        panneau.show(replace(panneau.etat, theme=theme))
        titres = re.findall(
            r"<h[12][^>]*>(.*?)</h[12]>", "".join(zone(panneau, n) for n in ("ecarts", "tendances", "tete"))
        )
        assert not [t for t in titres if "favorable" in t]


def test_l_apercu_d_un_import_ne_montre_pas_une_valeur_secrete(panneau):
    panneau.depot.receive("x.csv", b"commune;enfants\n00001;3\n00003;190\n")
    panneau.act({"geste": "correspondre", "c0": "lieu", "c1": "EN01", "annee": "2024", "source": "mairie"})
    apercu = lu(panneau.depot.zone.value)
    assert "190" in apercu
    assert not re.search(r": 3\b", apercu)


def test_deux_pages_changent_le_meme_poids_les_deux_nombres_sont_dits(panneau, exemple, memoire):
    autre = DiagnosticPanel(exemple, MemoireDiagnostic(memoire.journal, memoire.role))
    autre.priorites.fill("poids ecart", "3")
    panneau.priorites.fill("poids ecart", "2")
    champs = {c.nom: c for b in panneau.priorites.formulaire.blocs for c in b.champs}
    assert champs["poids ecart"].valeur == "2"
    assert "« 3 »" in lu(champs["poids ecart"].erreur)
    assert memoire.weights() == {"poids ecart": 3.0}
    panneau.priorites.fill("poids ecart", "2,0")
    assert memoire.weights() == {"poids ecart": 2.0}
