"""Les rapports livrés : chaque territoire et chaque commune a le sien, juste, court, le même à chaque fois."""

import json
import re
from pathlib import Path

import pytest
import yaml
from outils import axe, overflow
from pypdf import PdfReader

import ctgkit as ctg
from ctgkit.__main__ import main
from ctgkit.batch.execution import plan
from ctgkit.batch.lot import read_lot
from ctgkit.batch.sortie import Sortie
from ctgkit.diagnostic import publish
from ctgkit.documents import render
from ctgkit.documents.catalogue.rapport.territoire import read_synthese, territoire_document
from ctgkit.documents.lecture import read_lignes
from ctgkit.documents.modele import pictures
from ctgkit.documents.renderers.json import as_data
from ctgkit.errors import CtgError
from ctgkit.formats import euros
from ctgkit.simulation import aggregate, simulate
from ctgkit.storage import load_territoire

LIVRES = ["exemple", "valenciennes-metropole", "cambrai", "armentieres", "aulnoy-lez-valenciennes"]


@pytest.fixture(scope="module")
def lots(tmp_path_factory):
    """Trois lots : des fiches, les synthèses des territoires livrés, un carnet de tableau de bord."""
    dossier = tmp_path_factory.mktemp("rapports")
    fiches = [{"territoire": "exemple", "commune": c} for c in ("00001", "00009")]
    fiches.append({"territoire": "valenciennes-metropole", "commune": "59606"})
    demandes = {
        "fiches": {"carnet": "fiche_commune", "liste": fiches, "formats": ["html", "ipynb"]},
        "syntheses": {"carnet": "synthese_territoire", "produit": {"territoire": LIVRES}},
        "tableau": {"carnet": "00_territoire", "liste": [{"territoire": "exemple", "aujourdhui": "2026-02-20"}]},
    }
    for nom, demande in demandes.items():
        (dossier / f"{nom}.yaml").write_text(yaml.safe_dump({**demande, "sortie": str(dossier / nom)}))
        assert main(["lot", str(dossier / f"{nom}.yaml"), "--ouvriers", "2"]) == 0
    return dossier


def rapports(dossier):
    return {r["nom"]: r for r in json.loads((dossier / "manifeste.json").read_text())["rapports"]}


def texte(page: Path) -> str:
    return re.sub(r"<(style|svg)\b.*?</\1>|<[^>]+>", " ", page.read_text(encoding="utf-8"), flags=re.S)


def test_la_fiche_dit_le_montant_du_moteur(lots):
    """Revue d'analyste D7 : l'argent de la commune à part de celui que ses structures valent à l'intercommunalité."""
    par_an = aggregate(simulate(load_territoire("exemple")), "commune", "competence", "annee")
    ici = par_an[(par_an["commune"] == "00001") & (par_an["annee"] == 2026)].set_index("competence")["bas"]
    chiffres = rapports(lots / "fiches")["fiche_commune_exemple_00001"]["chiffres"]
    assert chiffres["bonus_bas_eur"] == ici["vermontel"] == 307_773.33
    assert chiffres["bonus_bas_eur_hors_commune"] == ici["agglo-exemple"] == 16_500 + 22_000
    assert f"au moins {euros(ici['vermontel'])}" in texte(lots / "fiches/fiche_commune_exemple_00001.html")


def test_une_fiche_cite_les_sources_de_ses_chiffres_et_elles_seules(lots):
    """Revue d'analyste D6 : neuf indicateurs Filosofi, « Filosofi » nulle part, et une délibération voisine citée."""
    lu = texte(lots / "fiches/fiche_commune_valenciennes-metropole_59606.html")
    assert "Filosofi" in lu
    assert "Populations de référence" in lu
    assert "Aulnoy" not in lu
    assert "Convention territoriale globale 2025-2029, communauté" in lu, "elle donne la période écrite en tête"


def test_un_rapport_n_imprime_rien_de_la_machine(lots):
    """Revue d'analyste D7 : ni nom de carnet, ni empreinte, ni fichier du dépôt sous les yeux d'un élu."""
    for page in [*(lots / "fiches").glob("*.html"), *(lots / "syntheses").glob("*.html")]:
        assert not re.findall(r"\.ipynb|empreinte|GLOSSAIRE|LISEZMOI|\w\.csv|\w\.yaml", texte(page)), page.name


def test_ce_qui_n_est_pas_su_est_dit_avec_qui_le_sait(lots):
    """Revue d'analyste D7 : une page 2 presque vide."""
    lu = texte(lots / "fiches/fiche_commune_valenciennes-metropole_59606.html")
    assert re.search(r"qui le détient.*Les services aux familles de la commune.*Caf du Nord", lu, re.S)


def test_les_constats_de_la_synthese_sont_tries():
    """Revue d'analyste D7 : les besoins les plus nets d'abord, ce qui ne se compare pas en dernier."""
    lue = read_synthese(load_territoire("cambrai"), 2026)
    rangs = [{True: 0, False: 1, None: 2}[c.defavorable] + (c.ecart is None) for c in lue.comparees]
    assert rangs == sorted(rangs)
    points = [abs(c.ecart) for c in lue.comparees if c.defavorable is False and c.unite_ecart == "points"]
    assert len(points) > 1
    assert points == sorted(points, reverse=True)


def test_un_bonus_inconnu_est_une_phrase_et_non_un_graphique():
    """Revue d'analyste D7 : un graphique vide gradué de 0,0 à 0,5 €."""
    document = ctg.load_territoire("cambrai").fiche_commune("Cambrai", 2026).document
    assert not pictures(document)
    assert "montant inconnu de 2023 à 2027" in json.dumps(as_data(document), ensure_ascii=False)


def test_ce_que_le_secret_couvre_ne_sort_pas(lots):
    lieu = load_territoire("exemple")
    (masque,) = publish(lieu).of_code("PE01", "00009")
    assert masque.valeur is None
    assert "masqué" in texte(lots / "fiches/fiche_commune_exemple_00009.html")
    assert rapports(lots / "fiches")["fiche_commune_exemple_00009"]["chiffres"]["PE01_2023"] is None


def test_chaque_territoire_livre_a_sa_synthese(lots):
    lus = rapports(lots / "syntheses")
    assert [r["statut"] for r in lus.values()] == ["fait"] * len(LIVRES)
    inconnu = lus["synthese_territoire_valenciennes-metropole"]["chiffres"]
    assert inconnu["communes"] == 35
    assert inconnu["bonus_bas_eur"] is None, "sans structure ni référence, un montant est inconnu, pas nul"
    enveloppe = lus["synthese_territoire_armentieres"]["chiffres"]
    assert enveloppe["bonus_bas_eur"] == 618_000 / 4, "l'enveloppe dont la période n'est pas dite, sur quatre ans"


def test_un_tableau_de_bord_devient_un_rapport(lots):
    (page,) = (lots / "tableau").glob("*.html")
    assert "20 février 2026" in texte(page)
    assert "<input" not in page.read_text(encoding="utf-8")
    assert "<button" not in page.read_text(encoding="utf-8")


def test_pages_legeres(lots):
    for page in lots.glob("*/*.html"):
        assert page.stat().st_size < 1_500_000
    for carnet in lots.glob("*/*.ipynb"):
        assert carnet.stat().st_size < 300_000


def test_memes_entrees_memes_octets(lots, tmp_path):
    demande = yaml.safe_load((lots / "fiches.yaml").read_text())
    (tmp_path / "fiches.yaml").write_text(yaml.safe_dump({**demande, "sortie": str(tmp_path / "fiches")}))
    assert main(["lot", str(tmp_path / "fiches.yaml")]) == 0
    for fichier in [*(lots / "fiches").glob("fiche*"), lots / "fiches/resultats.csv"]:
        autre = (tmp_path / "fiches" / fichier.name).read_bytes()
        empreintes = re.compile(rb"entr\xc3\xa9es [0-9a-f]{16}")
        assert empreintes.sub(b"", autre) == empreintes.sub(b"", fichier.read_bytes()), fichier.name


def test_commune_par_son_nom_et_commune_inconnue():
    lieu = ctg.load_territoire("exemple")
    assert lieu.fiche_commune("Vermontel", 2026).chiffres()["nom"].tolist() == ["Vermontel"]
    with pytest.raises(CtgError, match="vouliez-vous dire « Vermontel »"):
        lieu.fiche_commune("Vermontelle", 2026)


@pytest.mark.navigateur
def test_fiche_accessible_sur_deux_pages(lots, navigateur):
    pages = [lots / "fiches/fiche_commune_exemple_00001.html", lots / "syntheses/synthese_territoire_exemple.html"]
    for page in pages:
        onglet = navigateur.new_page()
        onglet.goto(page.as_uri())
        assert axe(onglet) == []
        assert overflow(onglet) <= 0
        papier = onglet.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", papier)) <= (2 if page == pages[0] else 4)
        onglet.close()


@pytest.mark.parametrize("extension", ["docx", "pdf"])
def test_un_rapport_dit_a_verifier_la_ou_la_page_le_dit(tmp_path, extension):
    """Revue d'usage n° 8 : ce qu'une note conteste sortait d'un rapport Word comme un fait."""
    lieu = ctg.load_territoire("valenciennes-metropole")
    synthese = read_synthese(load_territoire("valenciennes-metropole"), 2026)
    lues = ctg.read_diagnostic(lieu).table()
    page = set(lues.loc[lues["a_savoir"].str.contains("à vérifier"), "code"])
    rapport = {c.mesure.code for c in synthese.comparees if c.douteuse}
    assert rapport
    assert rapport == page & {c.mesure.code for c in synthese.comparees}
    ecrit = tmp_path / f"synthese.{extension}"
    ecrit.write_bytes(render(territoire_document(synthese), extension))
    # Une colonne étroite passe à la ligne entre les deux mots.
    assert "".join(read_lignes(str(ecrit))).count("vérifier)") == len(rapport)


LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50"><rect width="100" height="50" fill="#036"/></svg>'


def test_un_lot_qui_donne_logos_et_date_a_une_couverture(tmp_path):
    """Revue d'analyste D7 : la date et le logo sur une page à eux, avant le rapport."""
    (tmp_path / "ville.svg").write_text(LOGO, encoding="utf-8")
    liste = [{"territoire": "cambrai", "annee": 2026}]
    demande = {"carnet": "synthese_territoire", "sortie": str(tmp_path / "p"), "formats": ["html", "docx", "pdf"]}
    lot = tmp_path / "lot.yaml"
    lot.write_text(yaml.safe_dump({**demande, "liste": liste, "logos": "ville.svg", "date": "2026-11-30"}))
    assert main(["lot", str(lot)]) == 0
    page = (tmp_path / "p/synthese_territoire.html").read_text(encoding="utf-8")
    assert page.index('alt="Logo : ville"') < page.index("Le 30 novembre 2026") < page.index("<h1")
    for extension in ("docx", "pdf"):
        lignes = " ".join(read_lignes(str(tmp_path / f"p/synthese_territoire.{extension}")))
        assert lignes.count("Le 30 novembre 2026") == 1
    pages = PdfReader(tmp_path / "p/synthese_territoire.pdf").pages
    assert "30 novembre 2026" in pages[0].extract_text()
    assert "Ce qui distingue le territoire" not in pages[0].extract_text()
    assert main(["lot", str(lot), "--essai"]) == 0
    (tmp_path / "ville.svg").write_text(LOGO.replace("#036", "#630"), encoding="utf-8")
    assert len(plan(read_lot(lot), Sortie(tmp_path / "p"))[0]) == 1


@pytest.mark.parametrize(("cle", "valeur"), [("logos", "absent.png"), ("logos", "lot.yaml"), ("date", "demain")])
def test_une_couverture_fausse_est_refusee_avant_de_rien_lancer(tmp_path, capsys, cle, valeur):
    lot = tmp_path / "lot.yaml"
    lot.write_text(yaml.safe_dump({"carnet": "synthese_territoire", "liste": [{"territoire": "cambrai"}], cle: valeur}))
    assert main(["lot", str(lot)]) != 0
    assert f"« {cle} »" in capsys.readouterr().err
