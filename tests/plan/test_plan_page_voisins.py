"""Ce que la page du plan emprunte et échange : constats retenus, montants simulés, import, documents, historique."""

import io
import math
from datetime import date, timedelta

import pytest
from openpyxl import Workbook
from outils import lu

import ctgkit as ctg
from ctgkit.documents.catalogue.plan.voisins import Voisins
from ctgkit.errors import CtgError
from ctgkit.horloge import reading_day
from ctgkit.simulation import compare_scenarios, simulate
from ctgkit.storage.journal import save_scenario
from ctgkit.territoire import Scenario
from ctgkit.views.diagnostic.memoire import MemoireDiagnostic
from ctgkit.views.plan.page import PlanPanel

AGRANDIR = ({"quantite": {"structure": "creche-tilleul", "quantite": 55, "date": "2027-01-01"}},)
TITRES = ["N°", "Intitulé de l'action", "Structure pilote", "Budget", "Échéance", "Remarques"]


class Page:
    """Un panneau, ce qu'il envoie, et ce que les autres écrivent pendant ce temps."""

    def __init__(self, store, jour):
        self.panneau, self.recus = PlanPanel(store, jour), []
        self.store = store
        self.panneau.feuille.send = self.panneau.pont.send = lambda m, *_: self.recus.append(m)

    def geste(self, nom, **plus):
        self.panneau.act({"geste": nom, **plus})
        return lu(self.recus[-1].get("message") or "")

    def guetter(self):
        depuis = min(self.store.dernier, self.panneau.voisins.dernier)
        self.panneau.catch_up(self.store.journal.since(depuis))

    def zone(self, nom):
        return lu(self.panneau.montrees[nom])

    def deposer(self, nom, octets, pour="plan"):
        self.panneau.pont.receive({"depot": pour, "nom": nom, "rang": 0, "fin": True}, [octets])
        return self.zone("vue")


@pytest.fixture
def page(exemple, jour):
    return Page(exemple, jour)


def test_un_scenario_cite_avant_d_etre_enregistre_se_lit_des_qu_il_l_est(exemple, jour):
    voisins, scenario = (
        Voisins(exemple.territoire, exemple.journal, jour.year),
        Scenario("Plus grand", mouvements=AGRANDIR),
    )
    assert voisins.result(scenario.code) is None
    save_scenario(exemple.journal, scenario, "élue")
    assert voisins.take(exemple.journal.since(voisins.dernier))
    assert voisins.result(scenario.code).scenario.nom == "Plus grand"
    assert voisins.scenarios == {scenario.code: "Plus grand"}


def classeur(*lignes):
    livre = Workbook()
    for ligne in lignes:
        livre.active.append(ligne)
    memoire = io.BytesIO()
    livre.save(memoire)
    return memoire.getvalue()


def test_un_constat_retenu_au_diagnostic_arrive_dans_la_page_ouverte(page):
    memoire = MemoireDiagnostic(page.store.journal, "élue")
    memoire.retain("PE03@00001", "À Vermontel, les places manquent")
    page.guetter()
    assert "À Vermontel, les places manquent, retenu au diagnostic" in lu(page.recus[-1]["zones"]["o-constats"])
    page.geste("vue", valeur="besoins")
    assert "À Vermontel, les places manquent" in page.zone("vue")
    page.geste("nouvelle", constat="PE03@00001")
    neuve = page.store.plan.fiche(page.panneau.etat.fiche)
    assert (neuve["constats"], neuve["constat"]) == (["PE03@00001"], "À Vermontel, les places manquent.")
    memoire.forget("PE03@00001")
    page.guetter()
    assert page.panneau.voisins.finding("PE03@00001").retenu is False


def test_les_constats_sont_ranges_par_theme_sans_doublon(page):
    MemoireDiagnostic(page.store.journal, "élue").retain("PA06", "Les familles monoparentales sont plus pauvres")
    page.guetter()
    groupes = page.panneau.lecture.findings_by_group
    assert [nom for nom, _ in groupes][:2] == ["Retenus au diagnostic", "Cités par une fiche"]
    codes = [c.code for _, lus in groupes for c in lus]
    assert len(codes) == len(set(codes))
    assert [c.phrase for c in groupes[0][1]] == ["Les familles monoparentales sont plus pauvres"]


def test_lier_ce_qu_un_scenario_change_suit_le_moteur(page):
    code = save_scenario(page.store.journal, Scenario("Agrandir", mouvements=AGRANDIR), "élue").code
    page.guetter()
    assert code in dict(page.recus[-1]["listes"]["scenarios"])
    for partie, valeur in (("ouvert", "oui"), ("scenario", code), ("annee", "2028")):
        page.geste("simulation", partie=partie, valeur=valeur)
    choix = page.zone("l-simulation")
    assert choix.index("Ce que ce scénario change en 2028") < choix.index("Le montant de chaque structure en 2028")
    page.geste("lier", structure="creche-tilleul", scenario=code, annee="2028", suit="ecart")
    (*_, ligne) = page.panneau.voisins.financing(page.store.plan.fiche("PE-02")).lignes
    territoire = page.store.territoire
    (ecart,) = compare_scenarios(
        simulate(territoire, Scenario()), simulate(territoire, Scenario(mouvements=AGRANDIR))
    ).ecarts
    table = ecart.par("structure", "annee")
    attendu = table[(table.structure == "creche-tilleul") & (table.annee == 2028)].iloc[0]
    assert ligne.simule == (attendu.bas, None if math.isinf(attendu.haut) else attendu.haut)
    assert "ce que le scénario change" in page.zone("n-argent")
    page.geste("annuler")
    assert len(page.store.plan.fiche("PE-02")["financeurs"]) == 3


def test_une_notification_d_un_autre_dispositif_ne_passe_pas_pour_le_bonus(exemple, jour):
    from ctgkit.plan import bind, read_financing
    from ctgkit.plan.modele import Fiche
    from ctgkit.territoire import Notification

    fiche = Fiche("X", {"financeurs": [{"financeur": "Caf", "structure": "s", "annee": 2026}]})
    recues = [Notification("s", 2026, "psu", 1000.0), Notification("s", 2026, "bonus_territoire", 300.0, 100.0)]
    (ligne,) = bind(read_financing(fiche), {}, recues, ("bonus_territoire",)).lignes
    assert (ligne.notifie, ligne.percu) == (300.0, 100.0)


def test_importer_montre_puis_ecrit_puis_s_annule_d_un_coup(page):
    octets = classeur(
        TITRES,
        ["PE-02", "Titre changé", "Ville de Vermontel", "150000", "31/12/2027", "x"],
        ["ZZ-1", "Une action neuve", "Ville", "Entre 200 et 500", "30/02/2027", "y"],
    )
    page.geste("vue", valeur="documents")
    apercu = page.deposer("plan.xlsx", octets)
    for dit in ("Sheet!D3", "Entre 200 et 500", "« Titre changé »", "ZZ-1", "Colonnes non reprises : Remarques"):
        assert dit in apercu
    assert page.store.plan.fiche("PE-02").titre == "Proposer dix places en horaires atypiques"
    assert "1 fiche nouvelle, 1 fiche changée" in page.geste("importer")
    assert page.store.plan.fiche("ZZ-1").titre == "Une action neuve"
    assert page.store.plan.fiche("PE-02")["budget_total"] == 150_000
    page.geste("annuler")
    assert page.store.plan.fiche("ZZ-1") is None
    assert page.store.plan.fiche("PE-02").titre == "Proposer dix places en horaires atypiques"


def test_importer_demande_ce_que_contient_chaque_colonne(page):
    page.geste("vue", valeur="documents")
    vue = page.deposer(
        "autre.xlsx", classeur(["Quoi", "Qui pilote", "Combien"], ["Ouvrir un café", "Ville A", "1 200 €"])
    )
    assert "Quoi" in vue
    assert "Ouvrir un café" in vue
    assert "intitulé" in page.geste("correspondre", c0="", c1="pilote_structure", c2="")
    assert "Deux colonnes" in page.geste("correspondre", c0="titre", c1="titre", c2="")
    page.geste("correspondre", c0="titre", c1="pilote_structure", c2="budget_total")
    page.geste("importer")
    neuve = next(f for f in page.store.plan.fiches if f.titre == "Ouvrir un café")
    assert (neuve["pilote_structure"], neuve["budget_total"]) == ("Ville A", 1200)


def test_importer_apres_un_changement_demande_de_relire(ouvrir, jour):
    page, autre = Page(ouvrir("exemple"), jour), ouvrir("exemple")
    page.geste("vue", valeur="documents")
    page.deposer("plan.xlsx", classeur(TITRES, ["PE-02", "Titre importé", "Ville", "", "", ""]))
    autre.write("PE-02", "titre", "Titre d'une autre", "élue")
    page.guetter()
    assert "a changé depuis cet aperçu" in page.geste("importer")
    assert page.store.plan.fiche("PE-02").titre == "Titre d'une autre"


@pytest.mark.parametrize(("nom", "octets"), [("x.xlsx", b"PK\x03\x04abime"), ("x.csv", b""), ("x.png", b"\x89PNG\r\n")])
def test_un_fichier_illisible_se_dit_et_la_page_continue(page, nom, octets):
    page.geste("vue", valeur="documents")
    page.deposer(nom, octets)
    messages = [m["message"] for m in page.recus if m.get("message")]
    assert messages
    assert "imprévue" not in messages[-1]
    assert {"recu": True} in page.recus


def test_un_logo_n_est_qu_une_image(page):
    page.geste("vue", valeur="documents")
    page.deposer("notes.txt", b"x", "logo")
    assert any("logo" in (m.get("message") or "") for m in page.recus)
    assert "caf.png" in page.deposer("caf.png", b"\x89PNG", "logo")
    page.geste("sans-logo")
    assert "caf.png" not in page.zone("vue")


def test_entre_deux_dates_puis_depuis_la_signature(page):
    page.geste("signer")
    page.store.write("PE-02", "titre", "Après la signature", "élue")
    page.geste("vue", valeur="histoire")
    page.geste("depuis", valeur="signature")
    assert "1 changement depuis la signature" in page.zone("vue")
    ici, demain = date.today(), date.today() + timedelta(days=1)
    page.geste("periode", du=f"{ici:%d/%m/%Y}", au=f"{ici:%d/%m/%Y}")
    assert "« Intitulé » passe de" in page.zone("vue")
    page.geste("periode", du=f"{demain:%d/%m/%Y}", au=f"{demain:%d/%m/%Y}")
    assert "Rien n'a changé" in page.zone("vue")
    assert "JJ/MM/AAAA" in page.geste("periode", du="hier", au="")


def test_une_fiche_creee_puis_annulee_quitte_le_plan_et_peut_revenir(page):
    page.geste("nouvelle", objectif="E1-O2")
    cle = page.panneau.etat.fiche
    page.geste("annuler")
    assert page.store.plan.fiche(cle) is None
    assert cle in page.store.removed
    page.geste("vue", valeur="histoire")
    assert "Remettre dans le plan" in page.zone("vue")
    page.geste("remettre", valeur=cle)
    assert page.store.plan.fiche(cle)["objectifs"] == ["E1-O2"]


def test_revenir_a_la_version_de_naissance_garde_toute_la_fiche(page):
    page.geste("nouvelle", objectif="E1-O2")
    cle = page.panneau.etat.fiche
    page.store.write(cle, "titre", "Plus tard", "élue")
    page.panneau.update()
    naissance = page.panneau.store.history(cle)
    version = max(e.id for e in naissance if e.lot == naissance[-1].lot)
    assert f'data-valeur="{version}"' in page.panneau.montrees["n-journal"]
    assert "fichier d'origine" not in page.zone("n-journal")
    page.geste("restaurer", valeur=str(version))
    assert page.store.plan.fiche(cle)["objectifs"] == ["E1-O2"]


def test_une_fiche_retiree_par_une_autre_se_dit_et_son_texte_reste(ouvrir, jour):
    page, autre = Page(ouvrir("exemple"), jour), ouvrir("exemple")
    autre.remove("PE-02", "élue")
    page.panneau.receive({"t": "champ", "fiche": "PE-02", "champ": "freins", "valeur": "Tapé", "version": 0})
    refus = next(m for m in page.recus if m["t"] == "refus")
    assert refus["retiree"]
    page.geste("remettre", valeur="PE-02")
    assert page.store.plan.fiche("PE-02")["freins"] == "Tapé"


@pytest.mark.parametrize(
    ("axe", "valeur", "champ", "attendu"),
    [
        ("statut", "En pause", "statut", "En pause"),
        ("enjeu", "E2", "enjeux", ["E2"]),
        ("pilote", "Caf", "pilote_structure", "Caf"),
        ("echeance", "2029", "date_fin", "2029-12-31"),
    ],
)
def test_une_carte_change_de_colonne_sur_chaque_axe(page, axe, valeur, champ, attendu):
    page.geste("axe", valeur=axe)
    page.geste("ranger", fiche="PE-02", valeur=valeur)
    assert page.store.plan.fiche("PE-02")[champ] == attendu
    page.geste("annuler")
    assert page.store.plan.fiche("PE-02")[champ] != attendu


def test_changer_plusieurs_fiches_demande_une_valeur(page):
    page.geste("vue", valeur="tableau")
    page.geste("filtre", partie="domaine", valeur="logement")
    page.geste("choisir")
    assert page.panneau.etat.choisies == {"LO-01"}
    assert "Aucune valeur" in page.geste("lot", valeur="")
    page.geste("champ_lot", valeur="objectifs")
    page.geste("lot", valeur="E1-O2")
    assert page.store.plan.fiche("LO-01")["objectifs"] == ["E1-O2"]


def test_deux_personnes_sur_un_meme_intitule_se_departagent(ouvrir, jour):
    page, autre = Page(ouvrir("exemple"), jour), ouvrir("exemple")
    autre.write("E1", "titre", "Le sien", "élue", objet="enjeu")
    page.geste("vue", valeur="structure")
    dit = page.geste("titre", sorte="enjeu", vise="E1", version="0", valeur="Le mien")
    assert "« Le sien »" in dit
    assert "« Le mien »" in dit
    version = next(m["titres"]["E1"] for m in reversed(page.recus) if "titres" in m)
    page.geste("titre", sorte="enjeu", vise="E1", version=str(version), valeur="Le nôtre")
    assert page.store.plan.title("enjeux", "E1") == "Le nôtre"


def test_rattacher_et_retirer_un_objectif(page):
    page.geste("nouvel-element", sorte="objectif", titre="Un objectif de plus", parent="E2", niveau="operationnel")
    neuf = page.store.plan.objectifs[-1]
    assert (neuf.titre, neuf.codes("enjeux"), neuf.valeurs["niveau"]) == (
        "Un objectif de plus",
        ("E2",),
        "operationnel",
    )
    page.geste("element", sorte="objectif", vise=neuf.cle, partie="parent", valeur="E3")
    assert page.store.plan.element("objectifs", neuf.cle).codes("enjeux") == ("E3",)
    assert "sert encore" in page.geste("retirer-element", sorte="objectif", vise="E1-O2")
    page.geste("retirer-element", sorte="objectif", vise=neuf.cle)
    assert page.store.plan.element("objectifs", neuf.cle) is None


def test_deux_fiches_au_meme_numero_se_signalent(page):
    page.store.write("PE-04", "code", "PE-02", "élue")
    page.panneau.update()
    assert "Une autre fiche porte le n° PE-02" in page.zone("n-controles")


def test_la_jauge_de_l_ensemble_mene_au_champ_qui_manque(page):
    page.store.write("PE-04", "partenaires", [], "élue")
    page.geste("vue", valeur="ensemble")
    assert "Remplir « Partenaires » de la fiche PE-04" in page.zone("vue")
    page.geste("fiche", valeur="PE-04", champVise="partenaires")
    assert (page.panneau.etat.fiche, page.recus[-1]["aller"]) == ("PE-04", "partenaires")


def test_sans_fiche_la_page_dit_par_ou_commencer(ouvrir, jour):
    page = Page(ouvrir("valenciennes-metropole"), jour)
    page.geste("vue", valeur="fiche")
    for dit in ("Aucune fiche n'est renseignée ici", "Partir d'un constat", "Importer un tableur", "PE-O2"):
        assert dit in page.zone("tete")


def test_les_pieces_du_carnet_disent_l_argent_les_retards_et_les_besoins(exemple):
    plan = ctg.open_plan(ctg.load_territoire("exemple", "2026-11-21"))
    assert "3 sont en retard" in plan.constat.phrase
    assert "144 jours après l'échéance" in [lu(dit) for dit in plan.late()["retard"]]
    lie = plan.money().query("notifie_eur == 88200")
    assert (lie["simule_bas_eur"].item(), lie["simule_haut_eur"].item()) == (85950, float("inf"))
    assert "besoins du diagnostic sont sans action" in lu(str(plan.constat.suite))
    assert plan.needs()["sans_action"].any()


@pytest.mark.parametrize(("jour", "annee"), [("31/13/2026", 0), ("hier", 0), ("", 12), ("", "douze"), ("", True)])
def test_un_jour_ou_une_annee_faux_se_disent_en_francais(jour, annee):
    with pytest.raises(CtgError, match="ne se lit pas"):
        reading_day(jour, annee)
