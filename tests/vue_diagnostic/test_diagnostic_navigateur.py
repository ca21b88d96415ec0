"""La page du diagnostic dans un vrai Chromium, avec un journal et un dossier de données à elle."""

import shutil

import pytest
from outils import RACINE, axe, handles, lu, overflow, serve, visit, wait_until

pytestmark = pytest.mark.navigateur
VALENCIENNES = "/carnet/10_diagnostic?territoire=valenciennes-metropole"
EXEMPLE = "/carnet/10_diagnostic?territoire=exemple"


@pytest.fixture(scope="module")
def poste(tmp_path_factory):
    """Un atelier dont on peut changer les fichiers."""
    dossier = tmp_path_factory.mktemp("donnees")
    shutil.copytree(RACINE / "data", dossier / "data", ignore=shutil.ignore_patterns("journal.sqlite*"))
    shutil.copytree(RACINE / "notebooks", dossier / "notebooks")
    with serve(env={"CTG_DONNEES": str(dossier / "data"), "CTG_JOURNAL": ""}) as ouvert:
        ouvert.dossier = dossier / "data" / "territoires"
        yield ouvert


@pytest.fixture
def ouverte(navigateur, poste):
    with visit(navigateur, poste) as visite:
        yield visite


def ouvrir(visite, chemin):
    visite.page.set_default_timeout(10_000)
    visite.page.set_default_navigation_timeout(40_000)  # un poste très chargé ouvre lentement
    assert visite.ouvrir(chemin).ok
    visite.page.wait_for_selector(".cles, .a-renseigner", timeout=40_000)
    return visite.page


def texte(page, choix):
    return lu(page.locator(choix).first.inner_text())


def test_les_vrais_chiffres_de_valenciennes_face_au_nord(ouverte):
    page = ouvrir(ouverte, VALENCIENNES)
    cles = texte(page, ".cles")
    for ecrit in ("45,2 %", "Nord 35,8 %", "+9,4 points", "50,3", "Nord 58,5", "−8,2 points", "6 164"):
        assert ecrit in cles, ecrit
    assert "9,4 points" in texte(page, "h1")
    assert "12 des 21 communes publiées dépassent le Nord ; 14 sont masquées" in texte(page, "#tg2")
    marge = texte(page, "section.marge")
    assert "15 + 4 = 19" in marge
    assert "le document dit 16" in marge
    assert page.locator(".plotly, script[src*='plotly']").count() == 0
    assert ouverte.sorties() == []


def test_changer_de_theme_au_clavier(ouverte):
    page = ouvrir(ouverte, VALENCIENNES)
    page.locator(".rail").get_by_role("button", name="Jeunesse").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.surtitre').textContent.startsWith('Jeunesse')")
    assert "22,4" in texte(page, ".cles")
    assert page.evaluate("document.activeElement.dataset.cle") == "theme-jeunesse"
    assert page.locator("button[aria-current=page]").inner_text().startswith("Jeunesse")


def test_la_bulle_s_ouvre_au_clavier(ouverte):
    page = ouvrir(ouverte, VALENCIENNES)
    bulle = page.locator("#k1")
    assert not bulle.is_visible()
    page.locator(".cles .sourcee button").first.focus()
    page.wait_for_selector("#k1", state="visible")
    dite = lu(bulle.inner_text())
    for ecrit in ("Définition", "Source", "2022", "Pièges", "ligne 425"):
        assert ecrit in dite, ecrit


def lire_jusqu_a(page, dessins, nom):
    """Les flèches disent les points un à un ; Entrée désigne celui que l'on entend."""
    page.locator(f"{dessins} .dessins").focus()
    for _ in range(60):
        page.keyboard.press("ArrowRight")
        if texte(page, f"{dessins} .lu").startswith(nom):
            break
    page.keyboard.press("Enter")


def test_la_carte_choisit_une_commune_au_clavier(ouverte):
    page = ouvrir(ouverte, VALENCIENNES)
    lire_jusqu_a(page, ".bloc-carte", "Anzin")
    page.wait_for_selector(".cote-a-cote")
    assert "Anzin" in texte(page, ".cote-a-cote thead")
    assert "proches d" in texte(page, ".section-communes")
    lire_jusqu_a(page, ".bloc-carte", "Valenciennes")
    page.wait_for_selector("text=Retirer Valenciennes")
    page.get_by_role("button", name="Retirer Anzin").click()
    page.wait_for_selector("text=Retirer Anzin", state="detached")


def test_une_commune_masquee_est_dite_et_jamais_zero(ouverte):
    page = ouvrir(ouverte, VALENCIENNES)
    page.locator(".bloc-carte summary").click()
    lignes = page.locator(".bloc-carte details tbody tr")
    assert lignes.count() == 35
    assert sum("secret statistique" in x for x in lignes.all_inner_texts()) == 14


def test_changer_le_lieu_et_le_repere(ouverte):
    page = ouvrir(ouverte, VALENCIENNES)
    page.get_by_label("Comparé à").select_option(label="Anzin")
    page.wait_for_function("document.querySelector('.surtitre').textContent.includes('Anzin')")
    page.get_by_label("Comparé à").select_option(label="Nord, le repère")
    page.get_by_label("Lieu regardé").select_option(label="Artres")
    page.wait_for_function("document.querySelector('.surtitre').textContent.includes('Artres')")
    page.locator(".rail").get_by_role("button", name="Accompagnement social").click()
    page.wait_for_function("document.querySelector('.surtitre').textContent.startsWith('Accompagnement')")
    assert "Artres est masqué, valeur de l'intercommunalité" in texte(page, ".cles")


def test_le_csv_est_francais_et_masque_ce_qui_est_masque(ouverte):
    page = ouvrir(ouverte, VALENCIENNES)
    bouton = page.locator(".a-cote").get_by_role("button", name="Télécharger ce tableau")
    with page.expect_download() as attente:
        bouton.click()
    contenu = attente.value.path().read_bytes().decode()
    assert contenu.startswith("\ufeffCode;Commune;")
    assert "59014;Anzin;18;%;2019" in contenu
    assert contenu.count(";masqué;") == 14


def test_retenir_et_expliquer_survivent_au_rechargement(ouverte):
    page = ouvrir(ouverte, VALENCIENNES)
    page.locator(".cles").get_by_role("button", name="Retenir ce constat").first.click()
    page.wait_for_selector(".retenus li")
    note = page.locator("#n1")
    titre = note.locator("h3").inner_text()
    note.locator("summary").click()
    note.locator("textarea").fill("Deux millésimes, la Caf confirme.")
    note.get_by_role("button", name="Marquer comme expliquée").click()
    page.wait_for_selector(".note.expliquee")
    page = ouvrir(ouverte, VALENCIENNES)
    assert "supérieure de 9,4 points" in texte(page, ".retenus")
    expliquee = texte(page, ".note.expliquee")
    assert "la Caf confirme" in expliquee
    assert lu(titre) in expliquee


def test_saisir_un_chiffre_au_clavier_exige_source_et_annee_puis_le_garde(ouverte):
    page = ouvrir(ouverte, EXEMPLE)
    grille = page.locator(".grille table")
    grille.locator("tbody td").first.focus()
    for mots in ("LO07", "Vermontel", "", "41,5"):
        page.keyboard.press("Enter")
        if mots:
            page.keyboard.type(mots)
        page.keyboard.press("Tab")
    page.wait_for_selector(".gr-faux")
    assert "Année : obligatoire" in texte(page, ".grille tbody")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("2024")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("Observatoire de l'habitat")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=1 chiffre gardé")
    page = ouvrir(ouverte, EXEMPLE)
    assert "Observatoire de l'habitat" in texte(page, ".grille tbody")


def test_coller_un_bloc_venu_d_un_tableur(ouverte):
    page = ouvrir(ouverte, EXEMPLE)
    page.locator(".grille tbody td").first.focus()
    page.keyboard.press("PageDown")
    bloc = "PE10\\tVermontel\\t2022\\t40,1\\tCaf\\nPE10\\tNulle part\\t2022\\t12\\tCaf"
    page.evaluate(
        "b => { const d = new DataTransfer(); d.setData('text', b);"
        "document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: d, bubbles: true})); }",
        bloc.replace("\\t", "\t").replace("\\n", "\n"),
    )
    page.wait_for_selector("text=1 chiffre gardé")
    assert "Lieu inconnu" in texte(page, ".grille tbody")


def test_un_bloc_trop_long_dit_ce_qui_n_a_pas_tenu(ouverte):
    page = ouvrir(ouverte, EXEMPLE)
    page.locator(".grille tbody td").first.focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("Home")
    page.evaluate(
        "() => { const d = new DataTransfer(); d.setData('text', 'a\\nb\\nc');"
        "document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: d, bubbles: true})); }"
    )
    page.wait_for_selector(".gr-perdu")
    assert "2 lignes n'ont pas tenu" in texte(page, ".gr-perdu")


def test_importer_un_fichier_montre_puis_ecrit_sur_demande(ouverte, poste):
    indicateurs = poste.dossier / "exemple" / "indicateurs.csv"
    avant = indicateurs.read_bytes()
    page = ouvrir(ouverte, EXEMPLE)
    tableau = b"commune;enfants\n00001;=2+3\n00003;190\n"
    page.locator(".depot input").set_input_files({"name": "local.csv", "mimeType": "text/csv", "buffer": tableau})
    page.wait_for_selector(".correspondance")
    champs = page.locator(".correspondance input")
    champs.nth(0).fill("lieu")
    champs.nth(1).fill("EN01 Enfants")
    page.get_by_label("Année des chiffres").fill("2024")
    page.get_by_label("Source (obligatoire)").fill("mairie-2024")
    page.get_by_role("button", name="Voir ce qui serait écrit").click()
    page.wait_for_selector("text=Écrire dans le dossier")
    assert indicateurs.read_bytes() == avant
    page.get_by_role("button", name="Écrire dans le dossier").click()
    page.wait_for_selector("text=Écrit :")
    apres = indicateurs.read_text(encoding="utf-8-sig")
    assert "EN01;00003;commune;2024;190" in apres
    assert "=2+3" not in apres


def test_un_critere_tape_se_garde_se_remplace_sur_demande_et_tout_s_annule(ouverte, poste):
    communes = poste.dossier / "exemple" / "communes.csv"
    avant = communes.read_bytes()
    page = ouvrir(ouverte, EXEMPLE)
    tableau = b"Code INSEE de la commune;Potentiel financier par habitant;Population QPV\n00001;1200,5;3100\n"
    page.locator(".depot input").set_input_files({"name": "dgcl.csv", "mimeType": "text/csv", "buffer": tableau})
    page.get_by_label("Année des chiffres").fill("2026")
    page.get_by_role("button", name="Voir ce qui serait écrit").click()
    page.wait_for_selector("text=Écrire dans le dossier")
    assert "1 valeur déjà là et autre dans le fichier, gardée (Vermontel 1 085, fichier : 1 200,50)" in texte(
        page, ".apercu"
    )
    assert axe(page) == []
    page.get_by_role("button", name="La remplacer par celle du fichier").click()
    page.wait_for_selector("text=1 valeur remplacée")
    page.get_by_role("button", name="Écrire dans le dossier").click()
    page.wait_for_selector("text=Écrit :")
    assert ";1200,5;" in communes.read_text(encoding="utf-8-sig")
    page.get_by_role("button", name="Annuler cet import").click()
    page.wait_for_selector("text=Import annulé")
    assert communes.read_bytes() == avant


def test_un_fichier_quelconque_est_refuse_en_francais(ouverte):
    page = ouvrir(ouverte, EXEMPLE)
    envoi = {"name": "x.xlsx", "mimeType": "application/zip", "buffer": b"PK\x03\x04" + bytes(range(256))}
    page.locator(".depot input").set_input_files(envoi)
    page.wait_for_selector(".erreur")
    assert "Traceback" not in page.inner_text("body")
    assert page.locator(".depot input").is_enabled()


ECRANS = {"large": (1440, ""), "étroit": (390, ""), "projection": (1920, "projection")}
VUES = [*((VALENCIENNES, "", ecran) for ecran in ECRANS.values()), (EXEMPLE, "Logement", ECRANS["étroit"])]


@pytest.mark.parametrize(("chemin", "theme", "ecran"), VUES)
def test_axe_et_debordement(navigateur, poste, chemin, theme, ecran):
    largeur, mode = ecran
    with visit(navigateur, poste, largeur) as visite:
        visite.page.evaluate(f"localStorage.setItem('atelier.mode', '{mode}')")
        page = ouvrir(visite, chemin)
        page.get_by_role("slider").first.wait_for()
        assert handles(page) == ({(44, 44)} if mode else {(28, 28)})
        if theme and not mode:
            page.locator(".rail").get_by_role("button", name=theme).click()
            page.wait_for_selector(".a-renseigner")
        for resume in page.locator("summary:visible").all()[:6]:
            resume.click()
        assert axe(page, couleurs=largeur != 390 or bool(theme)) == []
        assert overflow(page) <= 0
        assert visite.sorties() == []


def test_chaque_theme_s_affiche_sans_mot_anglais(ouverte):
    page = ouvrir(ouverte, EXEMPLE)
    for bouton in range(page.locator(".rail nav button").count()):
        page.locator(".rail nav button").nth(bouton).click()
        page.locator(".rail nav button").nth(bouton).and_(page.locator("[aria-current]")).wait_for()
        corps = page.inner_text("body")
        assert not any(mot in corps for mot in ("Traceback", "undefined", "NaN", "None", "inattendue"))
    assert wait_until(lambda: page.locator("h1").count() == 1)


def test_la_gravite_et_les_poids_au_clavier_changent_le_classement_et_la_couverture_mene_aux_themes(ouverte):
    page = ouvrir(ouverte, VALENCIENNES)
    poignee = page.get_by_role("slider", name="Logement, de 0 à 10")
    poignee.wait_for()
    assert poignee.get_attribute("aria-valuetext") == "pas de note"
    for touche in ("End", "ArrowLeft"):
        poignee.press(touche)
    page.locator(".choix .chapeau", has_text="Logement vient en tête").wait_for()
    page.locator(".priorites", has_text="(9,5 × 1) / 1 = 9,5").wait_for()
    page.get_by_label("Évolution", exact=True).fill("douze")
    page.keyboard.press("Tab")
    page.wait_for_selector(".choix [aria-invalid=true]")
    assert "Un nombre de 0 à 100" in texte(page, ".choix .erreur-champ:visible")
    page = ouvrir(ouverte, VALENCIENNES)
    assert page.get_by_label("Logement", exact=True).input_value() == "9,5"
    couverture = ".section-graphe:has(#t-couverture)"
    assert page.locator(f"{couverture} .ample svg text", has_text="rien").count() > 20
    lire_jusqu_a(page, couverture, "Handicap")
    page.wait_for_function("document.querySelector('.surtitre').textContent.startsWith('Handicap')")
    with page.expect_download() as attente:
        page.locator(couverture).get_by_role("button", name="Télécharger ce tableau").click()
    assert "Handicap;0;0;0;0" in attente.value.path().read_bytes().decode()
