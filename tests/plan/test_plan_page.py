"""La page du plan, sans navigateur : ce que la page envoie, ce que Python répond et ce que le journal garde."""

import json
import re

import pytest
from outils import lu

from ctgkit.carnet.lieu import Lieu
from ctgkit.carnet.plan import PlanActions
from ctgkit.plan import champs
from ctgkit.simulation import aggregate, simulate
from ctgkit.storage.journal import save_scenario
from ctgkit.territoire import Scenario
from ctgkit.views.plan.etat import VUES
from ctgkit.views.plan.page import PlanPanel

HOSTILES = [
    "<script>alert(1)</script>",
    "{{ 7*191 }}{% raw %}",
    '=HYPERLINK("x")',
    "# Titre **gras** [a](b)",
    "👪🏽‍🦱",
    "\u202eessap tom",
    "a" * 10_000,
    "</textarea><img src=x onerror=alert(1)>",
    "'; DROP TABLE ctg_entrees; --",
]


class Page:
    """Un panneau et les messages qu'il a envoyés."""

    def __init__(self, store, jour):
        self.panneau = PlanPanel(store, jour)
        self.recus = []
        self.panneau.feuille.send = lambda m, *_: self.recus.append(json.loads(json.dumps(m)))

    def taper(self, champ, valeur, version=None, fiche=None, requete=None):
        fiche = fiche or self.panneau.etat.fiche
        vue = self.panneau.store.version(fiche, champ) if version is None else version
        message = {
            "t": "champ",
            "fiche": fiche,
            "champ": champ,
            "valeur": valeur,
            "version": vue,
            "requete": requete or "r",
        }
        avant = len(self.recus)
        self.panneau.receive({**message, "requete": requete or f"r{avant}-{id(self)}"})
        return next(m for m in self.recus[avant:] if m["t"] != "maj")

    def geste(self, nom, **plus):
        self.panneau.act({"geste": nom, **plus})
        return self.recus[-1] if self.recus else {}


@pytest.fixture
def page(exemple, jour):
    return Page(exemple, jour)


def test_chaque_champ_declare_a_un_controle_et_un_seul(page):
    html = page.panneau.feuille.html
    assert sorted(re.findall(r'data-champ="(\w+)"', html)) == sorted(champs())


@pytest.mark.parametrize("vue", VUES)
def test_chaque_vue_se_montre(page, vue):
    recu = page.geste("vue", valeur=vue)
    assert recu["message"] == ""
    assert vue == "fiche" or "<h1" in page.panneau.montrees["vue"]


def test_le_calendrier_est_une_figure_ou_l_on_choisit_une_fiche(page):
    graphique = page.panneau.html["calendrier"]
    assert graphique.html == ""
    page.geste("vue", valeur="calendrier")
    assert "EN-01" in graphique.html
    graphique.receive({"valeur": "EN-01"})
    assert (page.panneau.etat.vue, page.panneau.etat.fiche) == ("fiche", "EN-01")


def test_un_champ_tape_est_au_journal_avec_la_fonction(page):
    page.panneau.receive({"t": "pret", "role": "conseillère Caf"})
    assert page.taper("titre", "Dix places")["t"] == "recu"
    (entree,) = page.panneau.store.history("PE-02")
    assert (entree.role, entree.avant, entree.apres) == (
        "conseillère Caf",
        "Proposer dix places en horaires atypiques",
        "Dix places",
    )


def test_ce_qui_ne_se_lit_pas_revient_avec_la_raison_et_rien_n_est_ecrit(page):
    reponse = page.taper("budget_total", "Entre 200 et 500")
    assert reponse["t"] == "refus"
    assert "12 500" in reponse["message"]
    assert page.panneau.store.history("PE-02") == []


def test_deux_sessions_se_voient_et_se_departagent(ouvrir, jour):
    une, autre = Page(ouvrir("exemple"), jour), Page(ouvrir("exemple"), jour)
    une.taper("descriptif", "Le mien")
    conflit = autre.taper("descriptif", "Le tien", version=0)
    assert conflit["t"] == "conflit"
    assert "Le mien" in conflit["html"]
    assert "Le tien" in conflit["html"]
    assert autre.taper("descriptif", "Le nôtre", version=conflit["version"])["t"] == "recu"
    une.panneau.catch_up(une.panneau.store.journal.since(une.panneau.store.dernier))
    assert une.recus[-1]["champs"]["descriptif"]["v"] == "Le nôtre"


def test_deux_cases_du_meme_tableau_se_reunissent(ouvrir, jour):
    une, autre = Page(ouvrir("exemple"), jour), Page(ouvrir("exemple"), jour)
    lignes = une.panneau.feuille.depart["champs"]["etapes"]["v"]
    faite, renommee = ([dict(x) for x in lignes] for _ in range(2))
    faite[2]["fait"] = "oui"
    renommee[3]["libelle"] = "Ouverture au public"
    assert une.taper("etapes", faite, version=0)["t"] == "recu"
    assert autre.taper("etapes", renommee, version=0)["t"] == "recu"
    etapes = autre.panneau.store.plan.fiche("PE-02")["etapes"]
    assert (etapes[2]["fait"], etapes[3]["libelle"]) == (True, "Ouverture au public")


def test_creer_depuis_un_objectif_ou_un_constat(page):
    assert page.geste("nouvelle", objectif="E1-O2")["aller"] == "titre"
    neuve = page.panneau.store.plan.fiche(page.panneau.etat.fiche)
    assert (neuve.code, neuve["objectifs"]) == ("E1-01", ["E1-O2"])
    page.geste("nouvelle", constat="PA06")
    neuve = page.panneau.store.plan.fiche(page.panneau.etat.fiche)
    assert neuve["constats"] == ["PA06"]
    assert "61" in neuve["constat"]
    assert "indicateurs" in page.recus[-1]["manques"]


def test_dupliquer_retirer_annuler_revenir(page):
    store = page.panneau.store
    page.geste("dupliquer")
    copie = store.plan.fiche(page.panneau.etat.fiche)
    assert copie["budget_total"] == 142000
    assert copie["notes_suivi"] == []
    page.geste("retirer")
    assert store.plan.fiche(copie.cle) is None
    page.geste("annuler")
    assert store.plan.fiche(copie.cle) is not None
    page.geste("fiche", valeur="PE-02")
    page.taper("titre", "Un")
    page.taper("freins", "Un frein")
    page.taper("titre", "Deux")
    page.taper("titre", "Deux mots")
    for attendu in ("Un", "Un", "Proposer dix places en horaires atypiques"):
        page.geste("annuler")
        assert store.plan.fiche("PE-02").titre == attendu
    assert store.plan.fiche("PE-02")["freins"] == "Horaires peu attirants pour les professionnels."
    page.taper("titre", "Trois")
    page.geste("restaurer", valeur="0")
    assert store.plan.fiche("PE-02").titre == "Proposer dix places en horaires atypiques"


def test_changer_plusieurs_fiches_d_un_coup(page):
    page.geste("vue", valeur="tableau")
    for cle in ("PE-04", "LO-01"):
        page.geste("cocher", valeur=cle)
    page.geste("champ_lot", valeur="priorite")
    page.geste("lot", valeur="bas")
    plan = page.panneau.store.plan
    assert [plan.fiche(c)["priorite"] for c in ("PE-04", "LO-01")] == ["Bas", "Bas"]
    page.geste("annuler")
    assert page.panneau.store.plan.fiche("PE-04")["priorite"] == "Moyen"


def test_glisser_une_carte_change_l_avancement_mais_pas_vers_en_retard(page):
    page.geste("ranger", fiche="PE-04", valeur="En cours")
    assert page.panneau.store.plan.fiche("PE-04").statut == "En cours"
    assert "se calcule" in page.geste("ranger", fiche="PE-04", valeur="En retard")["message"]


def test_l_argent_suit_la_simulation_et_les_notifications(page):
    note = page.panneau.montrees["n-argent"].replace("\u202f", " ")
    for mot in ("Simulé", "au moins", "Notifié", "88 200 €", "Perçu", "61 740 €"):
        assert mot in note
    page.geste("fiche", valeur="PE-04")
    assert "aucune ligne n’est liée" in page.panneau.montrees["n-argent"]


def test_signer_gele_les_departs(page):
    page.geste("signer")
    lignes = [dict(x, valeur_initiale="99") for x in page.panneau.feuille.depart["champs"]["indicateurs"]["v"]]
    reponse = page.taper("indicateurs", lignes)
    assert reponse["t"] == "refus"
    assert "gelé" in reponse["message"]


@pytest.mark.parametrize("texte", HOSTILES, ids=range(len(HOSTILES)))
def test_un_texte_hostile_reste_un_texte(page, texte):
    for champ in ("titre", "constat", "pilote_structure"):
        assert page.taper(champ, texte)["t"] == "recu"
    page.taper("etapes", [{"libelle": texte, "date": "", "fait": ""}])
    for vue in VUES:
        page.geste("vue", valeur=vue)
    store = page.panneau.store
    carnet = PlanActions(Lieu(store.territoire), store, page.panneau.jour)
    pieces = (carnet, carnet.constat, carnet.fiches, carnet.late(), carnet.missing(), carnet.needs(), carnet.money())
    ecrit = "".join([*page.panneau.montrees.values(), *(piece._repr_html_() for piece in pieces)])
    assert not re.search(r"<script|<img|</textarea", ecrit)
    assert "1337" not in ecrit
    assert page.panneau.store.plan.fiche("PE-02").titre == texte


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"t": "champ"},
        {"t": "champ", "fiche": "PE-02", "champ": "titre", "valeur": {"a": 1}},
        {"t": "champ", "fiche": "PE-02", "champ": "etapes", "valeur": [1, None, {"libelle": 3}]},
        {"t": "champ", "fiche": "absente", "champ": "titre", "valeur": "x"},
        {"t": "champ", "fiche": "PE-02", "champ": "__class__", "valeur": "x"},
        {"t": "geste", "geste": "lot"},
        {"t": "geste", "geste": "restaurer", "valeur": "x"},
    ],
)
def test_un_message_mal_forme_ne_casse_pas_la_page(page, message):
    page.panneau.receive(message)
    assert not any("imprévue" in str(m.get("message", "")) for m in page.recus), page.recus


def test_un_dossier_en_lecture_seule_le_dit_et_laisse_le_texte(page):
    page.panneau.store.journal.base.lecture_seule = "ce dossier est en lecture seule."
    reponse = page.taper("titre", "Texte à garder")
    assert reponse["t"] == "refus"
    assert "lecture seule" in reponse["message"]


def test_ce_qui_a_change_se_lit_depuis_une_date(page):
    page.taper("date_fin", "30/06/2028")
    page.geste("vue", valeur="histoire")
    for depuis in ("fichier", "semaine", "jour"):
        page.geste("depuis", valeur=depuis)
        assert "passe de « 31 décembre 2027 »" in page.panneau.montrees["vue"].replace("\u00a0", " ")


def test_exporter_depuis_la_page_donne_un_fichier(page):
    donnes = []
    page.panneau.pont.download = lambda *fichier: donnes.append(fichier)
    page.geste("exporter", document="fiche", valeur="docx")
    page.geste("exporter", document="donnees", valeur="xlsx")
    assert [nom for nom, _, _ in donnes] == ["fiche-PE-02.docx", "donnees-exemple.xlsx"]
    assert all(octets[:2] == b"PK" for _, octets, _ in donnes)
    assert "n'existe pas" in page.geste("exporter", document="fiche", valeur="exe")["message"]


def test_valenciennes_ouvre_sur_l_ensemble(ouvrir, jour):
    panneau = PlanPanel(ouvrir("valenciennes-metropole"), jour)
    assert "14" in panneau.montrees["vue"]
    assert "aucune fiche action n’est renseignée ici" in panneau.montrees["vue"]


def test_un_plan_que_l_on_n_a_pas_recopie_n_est_pas_un_plan_vide(ouvrir, jour):
    """Cambrai : son plan n'est pas dans nos fichiers ; la page ne dit ni qu'il n'est pas écrit, ni « 0 en retard »."""
    vue = lu(PlanPanel(ouvrir("cambrai"), jour).montrees["vue"])
    assert "Ni objectif ni fiche action ne sont renseignés ici." in vue
    assert '<dt>fiches action</dt><dd class="inconnu">non renseignées</dd>' in vue
    assert not re.search(r"<dd[^>]*>0</dd>|\b0 (enjeu|objectif)", vue)


def test_une_ligne_liee_a_un_mouvement_de_scenario_suit_le_moteur(ouvrir, jour):
    """Une crèche qu'un scénario ouvrirait : la fiche montre ce que ce scénario calcule pour elle."""
    store = ouvrir("exemple")
    structure = {
        "id": "creche-prevue",
        "nom": "Crèche prévue",
        "type": "eaje",
        "code_insee": "00001",
        "competence": "vermontel",
        "cofinancee": True,
        "quantite": 10,
        "unite": "places",
    }
    mouvements = ({"ouvrir": {"structure": structure, "date": "2027-01-01"}},)
    code = save_scenario(store.journal, Scenario("Dix places", mouvements=mouvements), "élue").code
    ligne = {
        "financeur": "Caf",
        "structure": "creche-prevue",
        "scenario": code,
        "annee": "2027",
        "dispositif": "bonus_territoire",
    }
    page = Page(store, jour)
    assert page.taper("financeurs", [ligne])["t"] == "recu"
    (argent,) = page.panneau.voisins.financing(store.plan.fiche("PE-02")).liees
    resultat = simulate(store.territoire, Scenario(mouvements=mouvements))
    attendu = aggregate(resultat, "structure", "annee", dispositifs=("bonus_territoire",))
    cases = attendu[(attendu.structure == "creche-prevue") & (attendu.annee == 2027)]
    assert argent.simule[0] == pytest.approx(float(cases.bas.iloc[0]))
    assert argent.simule[0] > 0
    assert "Crèche prévue (scénario)" in page.panneau.montrees["n-argent"]
