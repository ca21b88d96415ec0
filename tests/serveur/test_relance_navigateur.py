"""L'atelier s'arrête net et repart, la page restée ouverte : elle le dit, et rend ce qui était tapé."""

import pytest
from outils import lu, serve, visit, wait_until

pytestmark = pytest.mark.navigateur
BONUS = "/carnet/20_bonus_territoire?territoire=exemple"
PLAN = "/carnet/30_plan_actions?territoire=exemple"


@pytest.fixture
def journal(tmp_path):
    return {"CTG_JOURNAL": str(tmp_path / "journal.sqlite")}


def tuer(atelier) -> None:
    atelier.processus.kill()
    atelier.processus.wait()


def ouvrir_bonus(visite):
    visite.ouvrir(BONUS)
    visite.page.wait_for_selector(".bloc-ajouts", state="attached")
    visite.page.get_by_role("button", name="Agrandir ou réduire").click()
    visite.page.get_by_label("Structure", exact=True).select_option("creche-charme")
    assert wait_until(lambda: places(visite.page).count() and not en_souffrance(visite.page))
    return visite.page


def en_souffrance(page) -> list:
    """Ce que le navigateur garde, parce que la page ne l'a pas encore reçu."""
    return page.evaluate("Object.entries(localStorage).filter(([nom]) => nom.startsWith('atelier.saisies|'))")


def places(page):
    return page.get_by_label("Places", exact=True)


def taper(page, champ, texte) -> None:
    champ.fill(texte)
    page.keyboard.press("Tab")


def bandeau(page) -> str:
    return lu(page.locator("#interruption").inner_text())


@pytest.mark.parametrize("ecart", [0, 700])
def test_apres_une_relance_la_page_dit_qu_elle_est_perdue_et_rend_ce_qui_etait_tape(navigateur, journal, ecart):
    """Revue de solidité F1 : « Lien rétabli », puis deux changements perdus sans un mot."""
    with serve(env=journal) as premier, visit(navigateur, premier) as visite:
        page = ouvrir_bonus(visite)
        tuer(premier)
        with serve("--port", str(premier.port + ecart), env=journal) as second:
            page.get_by_text("Le lien avec l’atelier est coupé" if ecart else "L’atelier a été relancé").wait_for()
            taper(page, places(page), "41")
            page.get_by_role("button", name="Enregistrer le scénario").click()
            reouvrir(page, second)
            page.get_by_role("button", name="Remettre dans la page").wait_for(timeout=40_000)
            assert "Places : 41" in bandeau(page)
            page.get_by_role("button", name="Remettre dans la page").click()
            page.locator("#interruption").wait_for(state="hidden")
            assert wait_until(lambda: not en_souffrance(page)), (
                "remis dans la page, il est reçu comme s'il venait d'être tapé"
            )
            page.reload()
            places(page).wait_for(timeout=40_000)
            assert wait_until(lambda: places(page).input_value() == "41")
            assert not page.locator("#interruption").is_visible()


def reouvrir(page, nouveau) -> None:
    ancienne = page.url.split("/carnet/")[0]
    page.get_by_label("Nouvelle adresse").fill("https://ailleurs.example/?token=x")
    page.get_by_role("button", name="Rouvrir cette page").click()
    assert "pas une adresse de cet atelier" in bandeau(page)
    page.get_by_label("Nouvelle adresse").fill(nouveau.adresse)
    page.get_by_role("button", name="Rouvrir cette page").click()
    page.wait_for_url(f"{nouveau.racine}/carnet/**")
    assert "token" not in page.url
    if nouveau.racine != ancienne:
        page.get_by_role("button", name="Reprendre ces textes").click(timeout=40_000)


def test_deux_onglets_ne_s_effacent_pas_leurs_brouillons(navigateur, journal):
    """Revue de solidité F6 : l'accusé de l'un effaçait le texte de l'autre."""
    with serve(env=journal) as atelier, visit(navigateur, atelier) as visite:
        visite.ouvrir(PLAN)
        une, autre = visite.page, visite.page.context.new_page()
        autre.goto(une.url)
        for page in (une, autre):
            page.wait_for_selector("#pl-moyens", timeout=40_000)
            page.wait_for_function("document.querySelector('.deux-plan')?.dataset.fiche")
        autre.evaluate("WebSocket.prototype.send = () => {}")  # rien de ce qu'il tape ne part
        autre.locator("#pl-moyens").fill("De l'autre onglet")
        une.locator("#pl-moyens").fill("Du premier onglet")
        assert wait_until(lambda: "Enregistré" in une.locator("#etat").inner_text())
        gardes = autre.evaluate("Object.entries(localStorage).filter(([n]) => n.startsWith('atelier.plan|'))")
        assert any("De l'autre onglet" in texte for _, texte in gardes)
