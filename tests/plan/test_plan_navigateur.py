"""La page du plan dans un vrai Chromium : enregistrement seul, deux sessions, session tuée, accessibilité."""

import re

import psutil
import pytest
from outils import axe, lu, overflow, serve, visit, wait_until

from ctgkit.views.plan.etat import VUES

pytestmark = pytest.mark.navigateur
PLAN = "/carnet/30_plan_actions?territoire=exemple"
VALENCIENNES = "/carnet/30_plan_actions?territoire=valenciennes-metropole"


@pytest.fixture(scope="module")
def atelier(tmp_path_factory):
    """Un atelier dont le journal est à part."""
    journal = tmp_path_factory.mktemp("journal") / "journal.sqlite"
    with serve(env={"CTG_JOURNAL": str(journal)}) as ouvert:
        yield ouvert


def ouvrir(visite, adresse=PLAN):
    visite.ouvrir(adresse)
    visite.page.wait_for_selector(".deux-plan", timeout=40_000)
    return visite.page


def etat(page):
    return lu(page.locator("#etat").inner_text())


def enregistre(page):
    return wait_until(lambda: etat(page).startswith("Enregistré"))


@pytest.mark.parametrize("largeur", [1440, 390])
@pytest.mark.parametrize("vue", VUES.values())
def test_axe_debordement_et_reseau(page_ouverte, largeur, vue):
    visite = page_ouverte
    visite.page.set_viewport_size({"width": largeur, "height": 900})
    bouton = visite.page.get_by_role("button", name=vue, exact=True)
    bouton.click()
    assert wait_until(lambda: bouton.get_attribute("aria-pressed") == "true")
    assert axe(visite.page, couleurs=largeur == 1440) == []
    assert overflow(visite.page) <= 0
    assert visite.sorties() == []
    assert visite.page.get_by_role("heading", level=1).count() == 1


@pytest.fixture(scope="module")
def page_ouverte(navigateur, atelier):
    with visit(navigateur, atelier) as visite:
        ouvrir(visite)
        yield visite


def test_valenciennes_puis_une_fiche_ecrite_au_clavier(navigateur, atelier):
    with visit(navigateur, atelier) as visite:
        page = ouvrir(visite, VALENCIENNES)
        assert "14 objectifs ; aucune fiche" in lu(page.get_by_role("heading", level=1).inner_text())
        page.get_by_role("button", name="Écrire une fiche pour l’objectif PE-O2").click()
        page.wait_for_function("document.activeElement.id === 'pl-titre'")
        page.keyboard.type("Ouvrir dix places")
        page.keyboard.press("Control+s")
        assert enregistre(page)
        assert wait_until(lambda: page.get_by_role("heading", level=1).inner_text() == "Ouvrir dix places")
        assert "sur 13 avant signature" in lu(page.locator(".completude").inner_text())
        page.get_by_role("link", name="partenaires").click()
        assert page.evaluate("document.activeElement.id") == "pl-partenaires"
        assert "À compléter avant signature" in lu(page.locator("#pl-partenaires-a").inner_text())
        assert axe(page) == []


def test_deux_sessions_se_voient_et_se_departagent(navigateur, atelier):
    with visit(navigateur, atelier) as une, visit(navigateur, atelier) as autre:
        la, ici = ouvrir(une), ouvrir(autre)
        la.locator("#pl-moyens").fill("3 ETP")
        assert wait_until(lambda: ici.locator("#pl-moyens").input_value() == "3 ETP")
        ici.evaluate("document.querySelector('#pl-freins').focus()")
        la.locator("#pl-freins").fill("Le mien")
        ici.locator("#pl-freins").fill("Le tien")
        perdant = None
        assert wait_until(lambda: any(p.locator(".deux-versions").count() for p in (la, ici)))
        perdant = la if la.locator(".deux-versions").count() else ici
        autre_page = ici if perdant is la else la
        mienne = perdant.locator("#pl-freins").input_value()
        assert {"Le mien", "Le tien"} <= set(re.split(r"\n+", perdant.locator(".deux-versions").inner_text()))
        assert axe(perdant) == []
        perdant.get_by_role("button", name="Garder la mienne").click()
        assert wait_until(lambda: autre_page.locator("#pl-freins").input_value() == mienne)
        assert perdant.locator(".deux-versions").count() == 0


def test_un_noyau_tue_ne_perd_rien_de_ce_qui_etait_enregistre(navigateur, atelier):
    with visit(navigateur, atelier) as visite:
        avant = atelier.noyaux()
        page = ouvrir(visite)
        (noyau,) = atelier.noyaux() - avant
        for n in range(5):
            page.locator("#pl-leviers").fill(f"Frappe {n}")
            assert wait_until(lambda: not etat(page).startswith("Enregistrement"))
            assert enregistre(page)
        psutil.Process(noyau).kill()
        page.locator("#pl-moyens").fill("Tapé sans session")
        page.locator("#interruption").wait_for(state="visible")
        assert wait_until(lambda: "le texte reste dans cette page" in etat(page))
        page.get_by_role("button", name="Recharger la page").click()
        page.wait_for_function("document.querySelector('#pl-leviers')?.value === 'Frappe 4'", timeout=40_000)
        assert page.locator("#pl-moyens").input_value() == "Tapé sans session"
        assert "Texte retrouvé" in lu(page.locator("[data-message]").inner_text())
        assert enregistre(page)


def test_un_texte_refuse_suit_sa_fiche_et_un_fichier_depose_se_montre(page_ouverte, tmp_path):
    page = page_ouverte.page
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Fiche", exact=True).click()
    page.locator("#pl-budget_total").fill("Entre 200 et 500")
    page.locator("[data-erreur=budget_total]").wait_for(state="visible")
    page.keyboard.press("Alt+PageDown")
    page.wait_for_function("document.querySelector('#pl-budget_total').value !== 'Entre 200 et 500'")
    assert "n'est pas enregistré, fiche" in etat(page)
    page.keyboard.press("Alt+PageUp")
    page.wait_for_function("document.querySelector('#pl-budget_total').value === 'Entre 200 et 500'")
    page.locator("#pl-budget_total").fill("142 000 €")
    assert enregistre(page)
    page.get_by_role("button", name="Documents", exact=True).click()
    (tmp_path / "plan.csv").write_text("N°;Intitulé;Budget;Statut\nZZ-9;Venue d'un tableur;abc;En cours\n", "utf-8")
    page.locator("#d-plan").set_input_files(tmp_path / "plan.csv")
    page.get_by_role("button", name="Écrire dans le plan").click()
    assert wait_until(lambda: "Import écrit" in page.locator("[data-message]").inner_text())
    page.keyboard.press("Alt+z")
    assert wait_until(lambda: "20 fiches" in lu(page.locator("[data-zone=compte]").inner_text()))
    assert axe(page) == []


def test_un_texte_hostile_reste_un_texte_dans_la_page(page_ouverte):
    page = page_ouverte.page
    page.get_by_role("button", name="Fiche", exact=True).click()
    alertes = []
    page.on("dialog", lambda d: (alertes.append(d.message), d.dismiss()))
    texte = "<img src=x onerror=alert(1)> {{ 7*7 }} =1+1 \u202eRTL 👪"
    page.locator("#pl-titre").fill(texte)
    assert enregistre(page)
    assert wait_until(lambda: page.get_by_role("heading", level=1).inner_text() == texte)
    assert alertes == []


def test_un_refus_se_dit_pres_du_champ_et_garde_le_texte(page_ouverte):
    page = page_ouverte.page
    page.get_by_role("button", name="Fiche", exact=True).click()
    avant = page.locator("#pl-budget_total").input_value()
    page.locator("#pl-budget_total").fill("Entre 200 et 500")
    zone = page.locator("[data-erreur=budget_total]")
    zone.wait_for(state="visible")
    assert "« Entre 200 et 500 »" in lu(zone.inner_text())
    assert page.locator("#pl-budget_total").input_value() == "Entre 200 et 500"
    assert "n'est pas enregistré" in etat(page)
    page.get_by_role("button", name="Reprendre la valeur enregistrée").click()
    assert page.locator("#pl-budget_total").input_value() == avant
    assert zone.is_hidden()
    assert etat(page).startswith("Enregistré")


def test_ajouter_une_etape_puis_la_retirer(page_ouverte):
    page = page_ouverte.page
    page.get_by_role("button", name="Fiche", exact=True).click()
    page.get_by_text("Modifier les étapes").click()
    page.get_by_role("button", name="Ajouter une étape").click()
    page.keyboard.type("Bilan à un an")
    assert wait_until(lambda: "Bilan à un an" in page.locator("[data-zone=l-etapes]").inner_text())
    page.get_by_role("button", name="Retirer cette ligne").last.click()
    assert wait_until(lambda: "Bilan à un an" not in page.locator("[data-zone=l-etapes]").inner_text())
