"""Un graphique sur une vraie page : vivant au premier survol, cliqué, lu au clavier, sans rien demander dehors."""

import time
from urllib.parse import urlparse

import pytest
from outils import axe, lu

pytestmark = pytest.mark.navigateur
CARNET = "/carnet/00_territoire?territoire=valenciennes-metropole"
CARTE = ".bloc-carte .graphique"


@pytest.fixture
def carte(visite):
    visite.ouvrir(CARNET)
    visite.page.locator(f"{CARTE} .dessins").scroll_into_view_if_needed()
    return visite.page


def test_la_carte_est_un_dessin_puis_une_figure_vivante_en_moins_d_une_seconde(carte):
    dessins = carte.locator(f"{CARTE} .dessins")
    assert dessins.locator(".ample svg").is_visible()
    assert carte.locator(f"{CARTE} .vivante").count() == 0
    carte.wait_for_timeout(1500)  # la page au repos met la bibliothèque dans son cache
    debut = time.monotonic()
    dessins.hover(position={"x": 200, "y": 200})
    carte.wait_for_selector(f"{CARTE} .dessins.vif")
    print(f"vivante en {time.monotonic() - debut:.2f} s")
    assert carte.locator(f"{CARTE} .vivante path.js-fill").count() >= 35
    dessin = dessins.locator(".ample").bounding_box()
    vivante = carte.locator(f"{CARTE} .vivante .svg-container").bounding_box()
    assert dessin["width"] == pytest.approx(vivante["width"], abs=2)
    assert dessin["height"] == pytest.approx(vivante["height"], abs=4)
    boite = dessins.bounding_box()
    carte.mouse.move(boite["x"] + boite["width"] * 0.45, boite["y"] + boite["height"] * 0.5)
    carte.wait_for_selector(f"{CARTE} .hoverlayer text")
    assert "habitants" in lu(carte.locator(f"{CARTE} .hoverlayer").text_content())
    assert carte.locator(".modebar-btn--logo").count() == 0
    assert {
        urlparse(a).hostname for a in carte.evaluate("performance.getEntries().map((x) => x.name)") if "//" in a
    } <= {urlparse(carte.url).hostname}


def test_un_clic_et_entree_designent_la_commune_dans_le_tableau(carte):
    dessins = carte.locator(f"{CARTE} .dessins")
    dessins.hover()
    carte.wait_for_selector(f"{CARTE} .dessins.vif")
    boite = dessins.bounding_box()
    carte.mouse.click(boite["x"] + boite["width"] * 0.45, boite["y"] + boite["height"] * 0.5)
    carte.wait_for_selector("tr.designee")
    premiere = carte.locator("tr.designee").get_attribute("data-commune")
    dessins.focus()
    carte.keyboard.press("ArrowRight")
    carte.keyboard.press("ArrowRight")
    dit = lu(carte.locator(f"{CARTE} .lu").inner_text())
    assert "habitants" in dit
    carte.keyboard.press("Enter")
    carte.wait_for_function(f"document.querySelector('tr.designee').dataset.commune !== '{premiere}'")
    assert carte.locator("tr.designee th").first.inner_text() in dit


def test_le_tableau_se_copie_l_image_s_enregistre_et_axe_ne_trouve_rien(carte):
    carte.locator(f"{CARTE} summary").click()
    assert carte.locator(f"{CARTE} details tbody tr").count() == 35
    for genre in ("PNG", "SVG"):
        with carte.expect_download() as prise:
            carte.get_by_role("button", name=f"Enregistrer l’image ({genre})").first.click()
        assert prise.value.suggested_filename == f"carte.{genre.lower()}"
    carte.get_by_role("button", name="Copier le tableau").first.click()
    carte.wait_for_function("document.querySelector('.bloc-carte .lu').textContent === 'Tableau copié.'")
    carte.locator(f"{CARTE} .dessins").hover()
    carte.wait_for_selector(f"{CARTE} .dessins.vif")
    assert axe(carte) == []


def test_sans_la_bibliotheque_le_dessin_reste_et_le_clavier_le_lit(visite):
    visite.page.route("**/plotly.min.js", lambda route: route.abort())
    visite.ouvrir(CARNET)
    visite.page.evaluate("() => { window.atelierGraphiques.plotly = Promise.reject(new Error('coupée')); }")
    dessins = visite.page.locator(f"{CARTE} .dessins")
    dessins.hover()
    dessins.focus()
    visite.page.keyboard.press("End")
    assert "habitants" in visite.page.locator(f"{CARTE} .lu").inner_text()
    assert dessins.locator(".ample svg").is_visible()


def test_un_clic_sur_une_barre_du_bonus_choisit_l_annee_et_la_page_suit(visite):
    visite.ouvrir("/carnet/20_bonus_territoire?territoire=exemple")
    page = visite.page
    page.wait_for_selector(".resultat .dessins", timeout=40_000)
    dessins = page.locator(".resultat .dessins").first
    dessins.hover()
    page.wait_for_selector(".resultat .dessins.vif")
    boite = dessins.bounding_box()
    page.mouse.click(boite["x"] + boite["width"] * 0.72, boite["y"] + boite["height"] * 0.6)
    page.wait_for_selector("h1:has-text('en 2028')")
    assert "2028" in lu(page.locator(".resultat .hoverlayer").first.text_content())
    assert axe(page) == []
