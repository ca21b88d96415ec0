"""Ce que voit une personne : les pages sans calcul et le carnet du territoire, dans un vrai Chromium."""

import re

import pytest
from outils import axe, lu, overflow, visit, wait_until

pytestmark = pytest.mark.navigateur
CARNET = "/carnet/00_territoire?territoire=valenciennes-metropole"
PAGES = ["/?territoire=valenciennes-metropole", "/?territoire=exemple", "/aide", "/?territoire=inconnu"]


def test_l_accueil_dit_le_territoire_le_parcours_et_ce_qui_manque(visite):
    noyaux = visite.atelier.noyaux()
    visite.ouvrir("/?territoire=valenciennes-metropole")
    page = visite.page
    assert page.get_by_role("heading", level=1).inner_text() == "Valenciennes Métropole"
    assert (
        page.locator(".reperes").inner_text().split("\n")[:2] == ["35", "communes"]
        or "35" in page.locator(".reperes").inner_text()
    )
    assert page.locator(".parcours li").count() >= 1
    assert (
        page.get_by_role("link", name="Ouvrir le territoire").get_attribute("href").endswith("valenciennes-metropole")
    )
    assert "MSA" in page.locator("table.attente").inner_text()
    assert "Convention territoriale globale 2025-2029" in page.locator(".marge").inner_text()
    assert visite.atelier.noyaux() <= noyaux, "la page d'accueil n'ouvre pas de noyau"


def test_l_adresse_perd_sa_cle_des_l_entree(visite):
    assert "token" not in visite.page.url


def test_le_choix_du_territoire_change_de_page(visite):
    visite.ouvrir("/")
    visite.page.get_by_label("Territoire", exact=True).select_option("cambrai")
    visite.page.wait_for_url("**territoire=cambrai")
    assert visite.page.get_by_role("heading", level=1).inner_text() == "CA de Cambrai"


def test_le_territoire_d_exemple_se_dit_fictif_partout(visite):
    for chemin in ("/?territoire=exemple", "/carnet/00_territoire?territoire=exemple"):
        visite.ouvrir(chemin)
        assert "données fictives" in visite.page.inner_text("body")
        assert visite.page.locator(".bande-fictif").count() == 1


def test_le_carnet_du_territoire_donne_les_vrais_chiffres(visite):
    visite.ouvrir(CARNET)
    page = visite.page
    assert page.title().startswith("Le territoire")
    assert "Adhésion non renseignée pour 33 des 35 communes" in lu(page.get_by_role("heading", level=1).inner_text())
    lignes = page.locator("#communes tbody tr")
    assert lignes.count() == 35
    # Somme des 35 populations municipales 2023 de l'Insee : 191 738.
    assert "191 738" in lu(page.locator("#communes tfoot").inner_text())
    manques = lu(page.locator("table.attente").inner_text())
    assert "ligne 161" in manques
    assert "23 RPE, dont 1 intercommunal (ligne 481)" in manques
    horloge = lu(page.locator("table").first.inner_text())
    assert "30 juin 2029" in horloge
    assert "Convention CTG 2025-2029, ligne 365" in horloge


def test_trier_et_filtrer_les_communes(visite):
    visite.ouvrir(CARNET)
    page = visite.page
    premier = page.locator("#communes tbody tr:not([hidden]) th").first
    page.get_by_role("button", name="Population", exact=True).click()
    page.get_by_role("button", name="Population", exact=True).click()
    assert premier.inner_text() == "Valenciennes"
    assert page.locator("#communes th[aria-sort=descending]").inner_text().startswith("Population")
    page.get_by_label("Filtrer les communes").fill("ecaillon")
    visibles = page.locator("#communes tbody tr:visible")
    assert visibles.count() == 1
    assert "Monchaux-sur-Écaillon" in visibles.inner_text()
    assert "1 ligne sur 35" in page.locator("[data-statut='#communes']").inner_text()


def test_la_carte_suit_le_menu_et_designe_au_clavier(visite):
    visite.ouvrir(CARNET)
    page = visite.page
    assert page.locator(".bloc-carte .ample path > title").count() == 35
    page.get_by_label("Ce que montre la carte").select_option("Population")
    page.wait_for_selector("text=20 000 et plus")
    page.locator(".bloc-carte .dessins").focus()
    page.keyboard.press("ArrowRight")
    assert "habitants" in page.locator(".bloc-carte .lu").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_selector("tr.designee")


def test_le_mode_projection_se_retient(visite):
    visite.ouvrir("/")
    page = visite.page
    page.get_by_role("button", name="Mode projection").click()
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "25.6px"
    visite.ouvrir(CARNET)
    assert page.evaluate("document.documentElement.dataset.mode") == "projection"
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "25.6px"
    assert not page.locator(".marge").first.is_visible()


# Les textes que l'on voit, dessins compris, et leur taille à l'écran.
TAILLES = """() => {
  const marche = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), tailles = [];
  while (marche.nextNode()) {
    const texte = marche.currentNode.textContent.trim(), e = marche.currentNode.parentElement;
    const boite = e.getBoundingClientRect();
    const vu = e.checkVisibility({ visibilityProperty: true }) && boite.left > -50 && boite.width > 1;
    const cache = e.closest(".cache, .hors-vue, .bulle, title, desc, script, style, option");
    if (!texte || cache || !vu) continue;
    const m = e.getScreenCTM && e.getScreenCTM();
    tailles.push([parseFloat(getComputedStyle(e).fontSize) * (m ? Math.hypot(m.a, m.b) : 1), texte.slice(0, 60)]);
  }
  return tailles;
}"""


@pytest.mark.parametrize(
    "chemin",
    [
        "/?territoire=exemple",
        "/aide",
        *(
            f"/carnet/{nom}?territoire=exemple"
            for nom in ("00_territoire", "10_diagnostic", "20_bonus_territoire", "30_plan_actions")
        ),
    ],
)
def test_en_salle_aucun_texte_sous_24_points(navigateur, atelier, chemin):
    """CHARTE §7 : le plus petit texte d'un écran de séminaire fait 24 points, à 1920 de large."""
    with visit(navigateur, atelier, 1920, 1080) as visite:
        visite.page.evaluate("localStorage.setItem('atelier.mode', 'projection')")
        visite.ouvrir(chemin)
        visite.page.wait_for_function("document.fonts.status === 'loaded' && document.querySelector('main h1')")
        visite.page.wait_for_load_state("networkidle")
        petits = {mots: round(taille, 1) for taille, mots in visite.page.evaluate(TAILLES) if taille < 23.9}
        assert petits == {}
        assert overflow(visite.page) <= 0


@pytest.mark.parametrize("nom", ["00_territoire", "10_diagnostic", "20_bonus_territoire"])
def test_au_bureau_aucun_texte_sous_12_points(visite, nom):
    """CHARTE §3 : un dessin réduit par sa colonne passait juste sous la limite."""
    visite.ouvrir(f"/carnet/{nom}?territoire=exemple")
    visite.page.wait_for_function("document.fonts.status === 'loaded' && document.querySelector('main h1')")
    visite.page.wait_for_load_state("networkidle")
    assert {mots: taille for taille, mots in visite.page.evaluate(TAILLES) if taille < 11.95} == {}


def test_en_salle_le_diagnostic_retire_les_outils_et_les_calculs(navigateur, atelier):
    """CHARTE §7 : on enlève plutôt que réduire ; les curseurs de la séance restent."""
    with visit(navigateur, atelier, 1920, 1080) as visite:
        visite.page.evaluate("localStorage.setItem('atelier.mode', 'projection')")
        visite.ouvrir("/carnet/10_diagnostic?territoire=exemple")
        visite.page.locator(".choix [role=slider]:visible").first.wait_for()
        assert visite.page.locator(":is(.section-communes, .priorites, .ajouts, .seules, .rail):visible").count() == 0


def test_au_telephone_deux_intercalaires_voisins_ont_la_meme_hauteur(navigateur, atelier):
    """« Bonus territoire » s'écrit sur deux lignes : son voisin suit."""
    with visit(navigateur, atelier, 390, 844) as visite:
        visite.ouvrir("/?territoire=exemple")
        boites = [lien.bounding_box() for lien in visite.page.locator(".intercalaires a").all()]
        par_rang = {}
        for boite in boites:
            par_rang.setdefault(round(boite["y"]), set()).add(round(boite["height"]))
        assert len(boites) >= 4
        assert all(len(hauteurs) == 1 for hauteurs in par_rang.values()), par_rang


CHEVAUCHENT = """(textes) => {
  const boites = textes.map((t) => [t.textContent, t.getBoundingClientRect()]);
  const commun = (a, b, de, vers) => Math.min(a[vers], b[vers]) - Math.max(a[de], b[de]);
  const couvre = (a, b) => commun(a, b, "left", "right") > 1 && commun(a, b, "top", "bottom") > 4;
  const paires = boites.flatMap((x, i) => boites.slice(i + 1).map((y) => [x, y]));
  return paires.filter(([x, y]) => couvre(x[1], y[1])).map(([x, y]) => [x[0], y[0]]);
}"""


@pytest.mark.parametrize(("chemin", "frise"), [("/", ".frise text"), ("/carnet/00_territoire", ".frise .ample text")])
@pytest.mark.parametrize("code", ["armentieres", "cambrai", "exemple"])
def test_les_dates_de_la_frise_ne_se_couvrent_pas(visite, chemin, frise, code):
    """Le jour de lecture, près de la fin de la convention, passait sur sa date."""
    visite.ouvrir(f"{chemin}?territoire={code}")
    visite.page.locator(frise).first.wait_for()
    assert visite.page.locator(frise).evaluate_all(CHEVAUCHENT) == []


def test_une_commune_seule_ne_se_dessine_pas(visite):
    """Un disque plein sur la page ne dit rien : ses chiffres sont au tableau."""
    visite.ouvrir("/?territoire=armentieres")
    visite.page.locator(".frise").wait_for()
    assert visite.page.locator(".silhouette").count() == 0
    visite.ouvrir("/carnet/00_territoire?territoire=armentieres")
    visite.page.locator("#communes").wait_for()
    assert visite.page.locator(".bloc-carte").count() == 0


def test_on_sort_du_mode_projection(visite):
    visite.ouvrir("/")
    visite.page.get_by_role("button", name="Mode projection").click()
    visite.page.get_by_role("button", name="Quitter la projection").click()
    assert visite.page.evaluate("getComputedStyle(document.documentElement).fontSize") == "16px"


@pytest.mark.parametrize("nom", ["00_territoire", "10_diagnostic"])
def test_le_focus_se_voit_sur_chaque_menu(visite, nom):
    """CHARTE §2 : un anneau de 3 points ; ipywidgets efface celui de ses menus."""
    visite.ouvrir(f"/carnet/{nom}?territoire=exemple")
    menus = visite.page.locator(".atelier-page select:visible")
    menus.first.wait_for()
    visite.page.keyboard.press("Tab")  # le contour ne paraît qu'au clavier
    for rang in range(menus.count()):
        menus.nth(rang).focus()
        assert menus.nth(rang).evaluate("(e) => getComputedStyle(e).outline").endswith("solid 3px")


def test_la_page_est_en_francais_avec_ses_reperes(visite):
    visite.ouvrir(CARNET)
    page = visite.page
    assert page.locator("html").get_attribute("lang") == "fr"
    for role in ("banner", "navigation", "main", "contentinfo"):
        assert page.get_by_role(role).count() == 1, role
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"


@pytest.mark.parametrize("chemin", [*PAGES, CARNET])
def test_axe_et_debordement(visite, chemin):
    visite.ouvrir(chemin)
    for largeur in (1440, 390):
        visite.page.set_viewport_size({"width": largeur, "height": 900})
        assert axe(visite.page, couleurs=largeur == 1440) == []
        assert overflow(visite.page) <= 0
    assert visite.sorties() == []


@pytest.mark.parametrize("chemin", [PAGES[0], CARNET])
def test_axe_en_projection(visite, chemin):
    visite.page.evaluate("localStorage.setItem('atelier.mode', 'projection')")
    visite.ouvrir(chemin)
    assert axe(visite.page) == []
    assert overflow(visite.page) <= 0


def test_la_page_de_connexion_est_accessible(navigateur, atelier):
    page = navigateur.new_context().new_page()
    page.goto(atelier.racine)
    assert "Il manque la clé" in page.get_by_role("heading", level=1).inner_text()
    assert axe(page) == []
    page.context.close()


def test_un_noyau_tue_se_dit_et_rend_la_saisie(visite):
    avant = visite.atelier.noyaux()
    visite.ouvrir(CARNET)
    (noyau,) = visite.atelier.noyaux() - avant
    import psutil

    psutil.Process(noyau).kill()
    bandeau = visite.page.locator("#interruption")
    bandeau.wait_for(state="visible")
    assert "session de calcul s'est arrêtée" in lu(bandeau.inner_text())
    assert bandeau.get_by_role("button", name="Recharger la page").is_visible()


def test_un_reseau_coupe_se_dit_puis_se_retablit(visite):
    visite.ouvrir(CARNET)
    visite.page.context.set_offline(True)
    bandeau = visite.page.locator("#interruption")
    bandeau.wait_for(state="visible")
    assert "Le lien avec l'atelier est coupé" in lu(bandeau.inner_text())
    visite.page.context.set_offline(False)
    bandeau.wait_for(state="hidden")


def test_une_page_fermee_rend_son_noyau(navigateur, atelier):
    avant = atelier.noyaux()
    with visit(navigateur, atelier) as visite:
        visite.ouvrir(CARNET)
        (noyau,) = atelier.noyaux() - avant
        visite.ouvrir("/aide")
        assert wait_until(lambda: noyau not in atelier.noyaux())


def test_aucune_trace_anglaise_dans_les_pages(visite):
    visite.ouvrir(CARNET)
    assert not re.search(r"Traceback|Error|undefined|NaN", visite.page.inner_text("body"))


def test_la_page_ecrit_avec_les_polices_du_produit(visite):
    visite.ouvrir("/aide")
    chargees = "document.fonts.ready.then(f => [...f].filter(x => x.status == 'loaded').map(x => x.family).sort())"
    assert {"Atelier Sans", "Atelier Serif"} <= {f.strip('"') for f in visite.page.evaluate(chargees)}
