"""La page du bonus dans un vrai Chromium : régler, lire, retrouver, partager, emporter, sans souris ni réseau."""

import json
import shutil
from pathlib import Path

import psutil
import pytest
from outils import axe, handles, lu, overflow, serve, visit, wait_until

pytestmark = pytest.mark.navigateur
HERITAGE = Path(__file__).parents[1] / "heritage/exemple"
CARNET = "/carnet/20_bonus_territoire?territoire=exemple"


@pytest.fixture(scope="module")
def atelier(tmp_path_factory):
    """Un atelier à part : son journal est un dossier d'essai."""
    journal = tmp_path_factory.mktemp("journal") / "journal.sqlite"
    with serve(env={"CTG_JOURNAL": str(journal)}) as ouvert:
        yield ouvert


def ouvrir(visite, role=""):
    visite.ouvrir(f"{CARNET}&role={role}" if role else CARNET)
    visite.page.wait_for_selector(".atelier h1")
    visite.page.wait_for_selector(".bloc-ajouts", state="attached")
    return visite.page


def constat(page) -> str:
    return lu(page.locator(".atelier h1").inner_text())


def attendre(page, debut: str) -> None:
    assert wait_until(lambda: constat(page).startswith(debut)), constat(page)


def dix_places(page) -> None:
    page.get_by_role("button", name="Agrandir ou réduire").click()
    page.get_by_label("Structure", exact=True).select_option("creche-charme")
    for champ, texte in (("Places", "35"), ("À partir du", "01/09/2026")):
        page.get_by_label(champ, exact=True).fill(texte)
        page.keyboard.press("Enter")
    attendre(page, "Dix places de plus à « Crèche Charme » rapporteraient de")


def test_regler_perdre_sa_session_reprendre_partager(navigateur, atelier):
    avant = atelier.noyaux()
    with visit(navigateur, atelier) as visite:
        page = ouvrir(visite, "r1")
        dix_places(page)
        carte = page.locator(".pourquoi")
        assert wait_until(lambda: "10 places nouvelles × 2 600 € à 3 600 €" in lu(carte.inner_text()))
        attendu = constat(page)
        page.get_by_role("button", name="Enregistrer le scénario").click()
        page.get_by_role("button", name="Copier le lien").wait_for()
        lien = page.get_by_role("button", name="Copier le lien").get_attribute("data-copier")
        assert lien.startswith(f"{atelier.racine}/carnet/20_bonus_territoire?territoire=exemple&scenario=")
        (noyau,) = atelier.noyaux() - avant
        psutil.Process(noyau).kill()
        page.get_by_role("button", name="Recharger la page").click()
        page.wait_for_selector(".atelier h1")
        attendre(page, attendu)
        assert page.get_by_label("Places", exact=True).input_value() == "35"
        assert visite.sorties() == []
    with visit(navigateur, atelier) as collegue:
        page = ouvrir(collegue, "r2")
        attendre(page, "Sans rien changer")
        page.goto(lien)
        page.wait_for_selector(".atelier h1")
        attendre(page, attendu)


def test_en_salle_le_constat_et_le_graphique_tiennent_dans_le_meme_ecran(navigateur, atelier):
    """Revue d'usage n° 15 : le graphique passait sous le pli, et la page renvoyait à des réglages cachés."""
    with visit(navigateur, atelier, 1920, 1080) as visite:
        visite.page.evaluate("localStorage.setItem('atelier.mode', 'projection')")
        page = ouvrir(visite, "r9")
        graphique, pied = page.locator(".resultat .dessins"), page.locator(".foi-pied")
        graphique.locator("svg:visible").wait_for()
        boite = graphique.bounding_box()
        assert boite["y"] + boite["height"] <= pied.bounding_box()["y"]
        assert boite["x"] > page.locator(".atelier h1").bounding_box()["x"]
        assert "Ajoutez un changement" not in page.inner_text("body")


def test_un_lien_d_avant_dit_ce_qui_a_change_jusqu_a_ce_qu_on_enregistre(navigateur, tmp_path):
    """Le journal d'une version d'avant : la page dit que les chiffres ont pu changer, puis garde ceux d'aujourd'hui."""
    journal = shutil.copy(HERITAGE / "journal.sqlite", tmp_path / "journal.sqlite")
    with serve(env={"CTG_JOURNAL": str(journal)}) as ancien, visit(navigateur, ancien) as visite:
        visite.ouvrir(f"{CARNET}&scenario=9C5A39DF")
        relecture = visite.page.locator(".seuil-proche.relecture")
        relecture.wait_for()
        assert "le 30 novembre 2026 avec une édition antérieure du calcul" in lu(relecture.inner_text())
        assert "une commune dont l'adhésion n'est pas renseignée" in lu(relecture.inner_text())
        visite.page.get_by_role("button", name="Enregistrer les changements").click()
        relecture.wait_for(state="detached")
        visite.page.get_by_role("button", name="Agrandir ou réduire").click()
        assert relecture.count() == 0
        assert axe(visite.page) == []


# Une machine chargée : le pont n'arrive que lorsqu'on le laisse passer.
PONT_RETENU = """() => {
  const retenu = new Promise((ok) => { window.laisserPasser = ok; });
  window.pontRetenu = retenu;
  const Vrai = window.Blob;
  window.Blob = class extends Vrai {
    constructor(parts = [], options = {}) {
      const pont = String(parts[0]).startsWith("/* Les gestes d'une page");
      super(pont ? ["await window.pontRetenu;\\n", ...parts] : parts, options);
    }
  };
}"""


def test_un_geste_fait_avant_que_le_pont_ecoute_est_joue_une_fois(navigateur, atelier):
    with visit(navigateur, atelier) as visite:
        visite.page.add_init_script(f"({PONT_RETENU})()")
        page = ouvrir(visite, "r11")
        bouton = page.get_by_role("button", name="Agrandir ou réduire")
        bouton.click()
        bouton.click()
        assert page.evaluate("window.gestesEnAttente.length") == 1, "deux clics impatients sont un seul geste"
        page.evaluate("window.laisserPasser()")
        page.get_by_label("Structure", exact=True).wait_for()
        assert page.get_by_label("Structure", exact=True).count() == 1
        assert page.evaluate("window.gestesEnAttente.length") == 0
        page.get_by_role("button", name="Fermer une structure").click()
        page.get_by_label("Fermeture le").wait_for()


def test_une_explication_depliee_le_reste_quand_la_page_se_refait(navigateur, atelier):
    with visit(navigateur, atelier) as visite:
        page = ouvrir(visite, "r12")
        nombres = page.locator(".resultat details", has_text="Les nombres du graphique")
        nombres.locator("summary").click()
        carte = page.locator(".pourquoi details", has_text="étapes et leurs sources").first
        carte.locator("summary").click()
        dix_places(page)
        page.locator(".pourquoi", has_text="Crèche Charme").wait_for()
        assert nombres.get_attribute("open") is not None
        assert carte.get_attribute("open") is not None


def test_une_erreur_est_reliee_a_son_champ(navigateur, atelier):
    with visit(navigateur, atelier) as visite:
        page = ouvrir(visite, "r3")
        page.get_by_role("button", name="Fermer une structure").focus()
        page.keyboard.press("Enter")
        date = page.get_by_label("Fermeture le")
        assert wait_until(lambda: page.evaluate("document.activeElement.dataset.cle") == "c1-structure")
        date.fill("31/02/2027")
        date.press("Enter")
        page.wait_for_selector("[aria-invalid=true]")
        dite = page.locator(f"#{date.get_attribute('aria-describedby').split()[1]}").inner_text()
        assert "n'est pas une date" in lu(dite)
        assert axe(page) == []
        page.get_by_role("button", name="Retirer ce changement").focus()
        page.keyboard.press("Enter")
        assert wait_until(lambda: page.evaluate("document.activeElement.dataset.cle") == "nom-nom")


def test_la_grille_au_clavier(navigateur, atelier):
    with visit(navigateur, atelier) as visite:
        page = ouvrir(visite, "r4")
        page.get_by_role("button", name="Ouvrir la grille").click()
        page.get_by_label("Filtrer les lignes").fill("charme")
        page.keyboard.press("Tab")
        for touche in ("End", "Home", *["ArrowRight"] * 4, "Enter"):
            page.keyboard.press(touche)
        page.keyboard.type("35")
        page.keyboard.press("Tab")
        page.wait_for_selector("td:text-is('01/09/2027')")
        page.keyboard.press("Enter")
        page.keyboard.type("01/09/2026")
        page.keyboard.press("Enter")
        attendre(page, "Dix places de plus à « Crèche Charme »")
        assert page.locator("[role=grid] td[tabindex='0']").count() == 1
        page.get_by_role("button", name="Annuler", exact=True).click()
        assert wait_until(lambda: page.get_by_label("À partir du", exact=True).input_value() == "01/09/2027")


COLLER = """(texte) => {
  const presse = new DataTransfer();
  presse.setData("text", texte);
  document.activeElement.dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: presse, bubbles: true, cancelable: true }));
}"""


def test_un_bloc_se_colle_apres_un_simple_clic(navigateur, atelier):
    with visit(navigateur, atelier) as visite:
        page = ouvrir(visite, "r7")
        page.get_by_role("button", name="Ouvrir la grille").click()
        page.get_by_label("Filtrer les lignes").fill("charme")
        case = page.locator("tr:not([hidden]) td.gr-ecrire").nth(1)
        case.click()
        page.evaluate(COLLER, "35\t01/09/2026\r\n")
        attendre(page, "Dix places de plus à « Crèche Charme »")


def test_le_curseur_des_places_au_clavier_se_nomme_et_se_dit_en_francais(navigateur, atelier):
    with visit(navigateur, atelier) as visite:
        page = ouvrir(visite, "r8")
        page.get_by_role("button", name="Agrandir ou réduire").click()
        page.get_by_label("Structure", exact=True).select_option("creche-charme")
        champ, poignee = page.get_by_label("Places", exact=True), page.get_by_role("slider", name="Places, de 0 à 60")
        champ.fill("35")
        champ.press("Enter")
        assert wait_until(lambda: poignee.get_attribute("aria-valuetext") == "35 places")
        assert poignee.get_attribute("aria-label") == "Places, de 0 à 60, davantage dans le champ"
        assert poignee.bounding_box()["width"] == 28
        for touche, attendu in (
            ("ArrowRight", "36"),
            ("PageUp", "41"),
            ("Home", "0"),
            ("End", "60"),
            ("ArrowLeft", "59"),
        ):
            poignee.press(touche)
            assert wait_until(lambda attendu=attendu: champ.input_value() == attendu), touche

        champ.fill("200")
        champ.press("Enter")
        assert wait_until(lambda: poignee.get_attribute("aria-valuetext") == "200 places")
        page.locator(".curseur .aide", has_text="Au-delà de la glissière").wait_for()

        def refuse() -> bool:
            champ.fill("beaucoup")
            champ.press("Enter")
            return wait_until(lambda: champ.get_attribute("aria-invalid") == "true", 3)

        assert wait_until(refuse)
        assert "n'est pas un nombre" in lu(page.locator(".curseur [role=alert]:visible").inner_text())
        assert axe(page) == []


def glisser(page, poignee, pas: int) -> None:
    """Attrape la poignée à la souris et la pousse d'autant de pas."""
    boite, barre = poignee.bounding_box(), poignee.locator("xpath=ancestor::*[contains(@class,'noUi-base')]")
    bas, haut = (float(poignee.get_attribute(f"aria-value{borne}")) for borne in ("min", "max"))
    x, y = boite["x"] + boite["width"] / 2, boite["y"] + boite["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + pas * barre.bounding_box()["width"] / (haut - bas), y, steps=4)
    page.mouse.up()


def test_glisser_une_hypothese_de_prudence_change_la_phrase(navigateur, atelier):
    with visit(navigateur, atelier) as visite:
        page = ouvrir(visite, "r9")
        dix_places(page)
        page.get_by_role("button", name="Calculer la vue prudente").click()
        poignee = page.get_by_role("slider", name="Retard possible des ouvertures, de 0 à 60 mois")
        poignee.wait_for()
        assert poignee.get_attribute("aria-valuetext") == "6 mois"

        def phrase() -> str:
            return lu(page.locator(".resultat .titre", has_text="Neuf fois sur dix").inner_text())

        avant = phrase()
        assert avant.startswith("Neuf fois sur dix, le bonus de 2027 atteindrait")
        poignee.scroll_into_view_if_needed()
        glisser(page, poignee, 30)
        assert wait_until(lambda: phrase() != avant)
        assert page.get_by_label("Retard possible des ouvertures", exact=True).input_value() == "36"
        annee = page.get_by_role("slider", name="Année regardée, de 2025 à 2029")
        annee.press("End")
        assert wait_until(lambda: "le bonus de 2029" in phrase() and constat(page).endswith("en 2029."))
        assert axe(page) == []


def test_les_poids_d_une_repartition_se_reglent_entre_structures_d_une_meme_enveloppe(navigateur, atelier):
    with visit(navigateur, atelier, 390) as visite:
        page = ouvrir(visite, "r10")
        page.get_by_label("Personnalisée : des poids").check()
        poignees = page.locator(".bloc-poids [role=slider]")
        assert wait_until(lambda: poignees.count() > 1)
        avant = page.locator(".bloc-poids .curseur .aide").all_inner_texts()
        poignees.first.press("Home")
        assert wait_until(lambda: page.locator(".bloc-poids .curseur .aide").all_inner_texts() != avant)
        assert page.locator(".bloc-poids .curseur .aide").first.inner_text().startswith("0")
        assert overflow(page) <= 0
        assert axe(page) == []


ECRITURES = """(champ) => {
  const { get, set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
  window.ecritures = [];
  Object.defineProperty(champ, "value", { get, set(v) { window.ecritures.push(v); set.call(this, v); } });
}"""


def test_un_noyau_lent_ne_reprend_pas_ce_que_l_on_tape_apres_avoir_glisse(navigateur, atelier):
    avant = atelier.noyaux()
    with visit(navigateur, atelier) as visite:
        page = ouvrir(visite, "r19")
        (noyau,) = (psutil.Process(pid) for pid in atelier.noyaux() - avant)
        dix_places(page)
        champ, poignee, nom = (
            page.get_by_label("Places", exact=True),
            page.get_by_role("slider", name="Places, de 0 à 60"),
            page.get_by_label("Nom", exact=True),
        )
        assert wait_until(lambda: poignee.get_attribute("aria-valuetext") == "35 places")

        def pendant_que_le_noyau_dort(*gestes) -> None:
            noyau.suspend()
            try:
                for geste in gestes:
                    geste()
            finally:
                noyau.resume()

        pendant_que_le_noyau_dort(
            lambda: poignee.press("ArrowRight"),
            lambda: champ.fill("41"),
            lambda: champ.evaluate(ECRITURES),
        )
        attendre(page, "11 places de plus")
        assert champ.input_value() == "41", "la réponse à la glissière a repris la frappe"
        pendant_que_le_noyau_dort(
            lambda: poignee.press("ArrowRight"),
            lambda: champ.fill("45"),
            lambda: champ.press("Enter"),
            lambda: nom.fill("Vingt"),
            lambda: champ.evaluate("() => { window.ecritures.length = 0; }"),
        )
        attendre(page, "20 places de plus")
        assert champ.input_value() == "45"
        assert set(page.evaluate("window.ecritures")) <= {"45"}, "une valeur plus vieille est passée par le champ"
        assert nom.input_value() == "Vingt"


def test_un_clic_sur_un_montant_dit_pourquoi_et_garde_le_clavier(navigateur, atelier):
    with visit(navigateur, atelier) as visite:
        page = ouvrir(visite, "r5")
        page.get_by_role("button", name="Crèche Aulne : pourquoi ce montant").focus()
        page.keyboard.press("Enter")
        page.locator(".pourquoi", has_text="Crèche Aulne, Vermontel, 2027").wait_for()
        assert wait_until(lambda: page.evaluate("document.activeElement.dataset.cle") == "s-creche-aulne")
        page.locator("td[data-geste=montant][data-valeur='creche-noyer'][data-annee='2025']").click()
        page.locator(".pourquoi", has_text="Crèche Noyer, Lannorie, 2025").wait_for()


def test_emporter_un_fichier(navigateur, atelier):
    with visit(navigateur, atelier) as visite:
        page = ouvrir(visite, "r6")
        with page.expect_download() as attendu:
            page.get_by_role("button", name="JSON").click()
        fichier = attendu.value
        assert fichier.suggested_filename.startswith("bonus-exemple-")
        with open(fichier.path(), encoding="utf-8") as lu_:
            assert json.load(lu_)["territoire"] == "exemple"


def test_axe_et_debordement(navigateur, atelier):
    with visit(navigateur, atelier) as visite:
        page = ouvrir(visite, "r1")
        page.get_by_role("button", name="Ouvrir la grille").click()
        page.wait_for_selector("[role=grid]")
        for pli in page.locator(".atelier summary").all():
            pli.click()
        for largeur in (1440, 390):
            page.set_viewport_size({"width": largeur, "height": 900})
            assert axe(page, couleurs=largeur == 1440) == []
            assert overflow(page) <= 0
            assert page.locator(".foi-pied").is_visible()
        assert visite.sorties() == []


def test_en_projection_le_constat_reste_seul(navigateur, atelier):
    with visit(navigateur, atelier) as visite:
        visite.page.evaluate("localStorage.setItem('atelier.mode', 'projection')")
        page = ouvrir(visite, "r1")
        assert not page.locator(".reglages").is_visible()
        assert page.locator(".foi-pied").is_visible()
        page.get_by_role("slider").first.wait_for()
        assert handles(page) == {(44, 44)}
        assert axe(page) == []
        assert overflow(page) <= 0
