"""Les diapositives du comité, les graphiques et les totaux : rien ne déborde, rien n'est inventé."""

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date
from html import unescape

import pytest
from outils import lu, require

from ctgkit.documents import render
from ctgkit.documents.catalogue.plan.bilan import annual_document
from ctgkit.documents.catalogue.plan.comite import committee_document
from ctgkit.documents.catalogue.plan.figures import issues_figure, states_figure
from ctgkit.documents.catalogue.plan.voisins import Voisins
from ctgkit.documents.renderers.pptx import slides
from ctgkit.plan import Fiche, Financement, Plan, read_financing
from ctgkit.plan.argent import LigneFinancement, sum_money
from ctgkit.plan.suivi import group_states, next_steps


@pytest.fixture
def voisins(exemple, jour):
    return Voisins(exemple.territoire, exemple.journal, jour.year)


def diapositives(octets):
    """Le texte de chaque diapositive, dans l'ordre."""
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        noms = [n for n in archive.namelist() if re.fullmatch(r"ppt/slides/slide\d+\.xml", n)]
        pages = [archive.read(n).decode() for n in sorted(noms, key=lambda n: (len(n), n))]
    return pages, [lu(unescape(" ".join(re.findall(r"<a:t>([^<]*)", p)))) for p in pages]


def test_le_comite_voit_l_etat_le_retard_l_argent_et_ce_qu_il_doit_decider(exemple, jour, voisins):
    octets = render(committee_document(exemple.plan, exemple.territoire, jour, voisins), "pptx")
    pages, textes = diapositives(octets)
    attendus = [
        "Comité de pilotage, Territoire d'exemple",
        "20 fiches action",
        "enjeux ont une fiche en retard",
        "EN-01 Harmoniser les tarifs",
        "fiches sont bloquées ou en pause",
        "878 700 € acquis sur",
        "Simulé, notifié, perçu",
        "Dernières mesures",
        "Choisir le porteur",
        "D'ici six mois, ",
    ]
    for phrase in attendus:
        assert any(phrase in t for t in textes), phrase
    decrites = [d for p in pages for d in re.findall(r'descr="([^"]*)"', p)]
    assert decrites
    assert all("Les fiches" in d for d in decrites)
    assert all("Comité de pilotage" in t for t in textes), "pied de page"


def test_un_plan_sans_fiche_montre_ses_objectifs_et_aucune_page_vide(ouvrir, jour):
    store = ouvrir("valenciennes-metropole")
    document = committee_document(store.plan, store.territoire, jour, Voisins(store.territoire, store.journal, 2026))
    _, textes = diapositives(render(document, "pptx"))
    assert sum(len(re.findall(r"\b(?:PAR|AVS|PE|EJ)-O\d", t)) for t in textes) == 14
    assert not any("retard" in t for t in textes[2:])


@pytest.mark.systeme
def test_rien_ne_deborde_meme_avec_de_longs_textes(exemple, jour, voisins, tmp_path):
    require(shutil.which("soffice") and shutil.which("pdftotext"), "LibreOffice et pdftotext")
    long = "Un intitulé qui n'en finit pas, avec des motsextraordinairementlongsetcollés " * 6
    exemple.write_all(
        [(c, "titre", long[:300]) for c in ("EN-01", "JE-01", "PA-02")]
        + [("EN-04", "freins", long), ("PA-02", "decision_attendue", long), ("EN-01", "pilote_structure", long[:200])],
        "élue",
    )
    chemin = tmp_path / "comite.pptx"
    chemin.write_bytes(render(committee_document(exemple.plan, exemple.territoire, jour, voisins), "pptx"))
    commande = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profil", "--headless", "--convert-to", "pdf"]
    subprocess.run([*commande, "--outdir", tmp_path, chemin], check=True, capture_output=True, timeout=600)
    boites = subprocess.run(
        ["pdftotext", "-bbox", chemin.with_suffix(".pdf"), "-"], capture_output=True, check=True, text=True
    ).stdout
    largeur, hauteur = map(float, re.search(r'<page width="([\d.]+)" height="([\d.]+)"', boites).groups())
    mots = re.findall(r'xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="([\d.]+)">', boites)
    assert len(mots) > 300
    assert max(float(x) for _, x, _ in mots) < largeur
    assert max(float(y) for _, _, y in mots) < hauteur


def test_un_graphique_ecrit_le_texte_des_personnes_tel_quel(exemple, jour):
    exemple.write("E1", "titre", "<b>Gras</b> & <script>alert(1)</script>", "élue", objet="enjeu")
    figure = issues_figure(exemple.plan, jour)
    assert "E1 &lt;b&gt;Gras&lt;/b&gt; &amp;" in figure.svg
    assert "<script" not in figure.svg
    assert "Réalisé : 4" in states_figure(exemple.plan, jour).description
    assert sum(ligne[1] for ligne in states_figure(exemple.plan, jour).tableau.lignes) == 20


def test_chaque_fiche_est_dans_un_seul_groupe(exemple, jour):
    assert sum(group_states(exemple.plan.fiches, jour).values()) == 20
    assert group_states([Fiche("X")], jour)["À venir, à discuter"] == 1


def test_l_argent_qui_manque_ne_vaut_pas_zero():
    plan = Plan(fiches=(Fiche("A", {"budget_total": 1000}), Fiche("B"), Fiche("C", {"statut": "Abandonné"})))
    lu = sum_money(plan, read_financing)
    assert (lu.budget, lu.sans_budget, lu.acquis, lu.notifie) == (1000, 1, None, None)


def test_deux_fiches_d_une_meme_structure_ne_comptent_pas_deux_fois_la_notification():
    ligne = LigneFinancement(0, "Caf", "acquis", 10.0, "creche", "", "", 2026, notifie=500.0)
    plan = Plan(fiches=(Fiche("A"), Fiche("B")))
    lu = sum_money(plan, lambda _: Financement(None, (ligne, replace(ligne, rang=1, structure="relais", notifie=None))))
    assert (lu.notifie, lu.notifiees, lu.suivies, lu.acquis) == (500.0, 1, 2, 40.0)


def test_le_bilan_d_une_annee_passee_ne_prete_pas_a_l_annee_l_etat_d_aujourd_hui(exemple, jour, voisins):
    document = annual_document(exemple.plan, exemple.territoire, 2025, jour, voisins)
    _, textes = diapositives(render(document, "pptx"))
    assert "état au 21 novembre 2026" in textes[0]
    assert not any("24 mars 2026" in t for t in textes), "une étape de 2026 n'est pas du bilan 2025"


def test_les_prochaines_etapes_sont_a_venir_et_dans_l_ordre(exemple, jour):
    quand = [q for q, _, _ in next_steps(exemple.plan, jour)]
    assert quand == sorted(quand)
    assert jour <= quand[0]
    assert quand[-1] <= date(2027, 5, 23)


def test_un_tableau_de_cent_lignes_se_partage_sans_en_perdre():
    from ctgkit.documents import Colonne, Tableau

    tableau = Tableau((Colonne("N"), Colonne("Texte")), tuple((str(n), "mot " * (n % 60)) for n in range(100)), "Long")
    pages = slides([tableau], "Titre")
    assert [ligne[0] for p in pages for ligne in p.blocs[0].lignes] == [str(n) for n in range(100)]
    assert pages[0].titre == f"Long (1/{len(pages)})"


def test_une_ligne_liee_dit_ce_que_vaut_son_montant():
    from ctgkit.documents.catalogue.plan.sections import bound_rows

    base = LigneFinancement(0, "Caf", "acquis", 10.0, "creche", "", "", 2027, simule=(0.0, None))
    lignes = (base, replace(base, simule=(1000.0, 2000.0)), replace(base, simule=(-500.0, -500.0), suit="ecart"))
    (tableau,) = bound_rows([(Fiche("A"), x) for x in lignes], {})
    dits = [lu(x[4]) for x in tableau.lignes]
    assert dits == [
        "inconnu en 2027",
        "de 1 000 € à 2 000 € en 2027",
        "ce que le scénario change : \u2212500 € en 2027",
    ]
