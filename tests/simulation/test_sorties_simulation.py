"""Hors de Python : la forme du JSON publié, la table à plat, et la commande « ctg simuler »."""

import csv
import io
import json
import re
from datetime import date

import pytest
from outils import lu

from ctgkit.__main__ import main
from ctgkit.simulation import as_json, engagements, flat_table, json_text, report, simulate
from ctgkit.storage import load_territoire

LIGNE = [
    "structure",
    "annee",
    "dispositif",
    "part",
    "quantite",
    "unite",
    "unitaire_eur",
    "montant_eur",
    "statut",
    "etapes",
]
FORME = {
    "totaux": ["annee", "bonus_eur", "connu_eur", "ecrit"],
    "lignes": LIGNE,
    "communes": ["code_insee", "annee", "bonus_eur"],
    "competences": [
        "competence",
        "annee",
        "bonus_eur",
        "reference_eur",
        "reference_bornes_eur",
        "maintien",
        "credits_eur",
        "engagement",
    ],
    "argent": [
        "structure",
        "nom",
        "annee",
        "dispositif",
        "quoi",
        "simule_bas",
        "simule_haut",
        "notifie_eur",
        "percu_eur",
        "etat",
        "acompte_max",
        "solde_min",
        "charges_eur",
        "participations_eur",
        "financements_bas",
        "financements_haut",
        "reste_bas",
        "reste_haut",
    ],
    "questions": ["parametre", "question", "effet_eur"],
    "alertes": ["niveau", "code", "message", "ou"],
}


@pytest.fixture(scope="module")
def exemple():
    return simulate(load_territoire("exemple"))


@pytest.fixture(scope="module")
def contenu(exemple):
    return json.loads(json.dumps(as_json(exemple), allow_nan=False))


def test_le_json_a_la_forme_publiee(contenu):
    assert list(contenu) == ["territoire", "edition", "scenario", "annees", *FORME]
    assert contenu["scenario"] == {"nom": "Référence", "code": contenu["scenario"]["code"], "relecture": []}
    for nom, cles in FORME.items():
        assert contenu[nom]
        assert all(list(ligne) == cles for ligne in contenu[nom])
    etapes = ["libelle", "valeur", "parametre", "depuis", "reference", "statut"]
    assert all(list(e) == etapes for ligne in contenu["lignes"] for e in ligne["etapes"])
    assert all(ligne["etapes"] for ligne in contenu["lignes"])


def test_les_fourchettes_du_json_sont_a_l_endroit_et_leur_haut_est_nul_sans_borne(contenu):
    paires = [ligne["montant_eur"] for ligne in contenu["lignes"]] + [c["bonus_eur"] for c in contenu["communes"]]
    assert any(haut is None for _, haut in paires)
    assert all(bas >= 0 and (haut is None or bas <= haut) for bas, haut in paires)


def test_le_json_donne_chaque_commune_et_chaque_annee(contenu, exemple):
    assert len(contenu["communes"]) == len(exemple.territoire.communes) * len(exemple.annees)
    voulus = engagements(exemple)
    assert [c["maintien"] for c in contenu["competences"]] == voulus["maintien"].tolist()


def test_l_exemple_montre_tous_les_etats(contenu):
    assert {c["maintien"] for c in contenu["competences"]} == {"tenu", "perdu", "a_verifier"}
    assert {c["engagement"] for c in contenu["competences"]} == {"tenu", "rompu", "inconnu"}
    assert {ligne["part"] for ligne in contenu["lignes"]} == {"existant", "nouveau", "ensemble"}
    codes = {a["code"] for a in contenu["alertes"]}
    assert {"engagement_rompu", "maintien_perdu", "au_dessus_des_charges", "adhesion_non_renseignee"} <= codes
    assert {ligne["statut"] for ligne in contenu["lignes"]} == {"fictif"}


def test_l_enveloppe_d_armentieres_va_de_sa_part_d_une_annee_a_son_tout():
    """Revue d'usage n° 1 : « une enveloppe de 618 000 € », sans dire par an ou sur les quatre ans (618 000 ÷ 4)."""
    territoire = load_territoire("armentieres")
    for repartition in ("lisse", "historique"):
        from ctgkit.territoire import Scenario

        resultat = as_json(simulate(territoire, Scenario("Essai", repartition)))
        assert [c["bonus_eur"] for c in resultat["competences"]] == [[154500.0, 618000.0]] * 4
        assert [c["reference_bornes_eur"] for c in resultat["competences"]] == [[154500.0, 618000.0]] * 4
        assert [c["bonus_eur"] for c in resultat["communes"]] == [[154500.0, 618000.0]] * 4
        assert {c["maintien"] for c in resultat["competences"]} == {"a_verifier"}
        effets = {q["parametre"]: q["effet_eur"] for q in resultat["questions"]}
        assert effets["structures.quantite"] == [0.0, 0.0]  # les heures partagent l'enveloppe, sans l'agrandir
        assert effets["references.armentieres.alsh_adolescents"] == [-154500.0 * 4, (618000 - 154500) * 4]
        assert {ligne["statut"] for ligne in resultat["lignes"]} == {"a_confirmer"}
        (reference,) = (q["question"] for q in resultat["questions"] if q["parametre"].startswith("references."))
        assert "chaque année, ou une fois pour toute la convention ?" in reference


def test_armentieres_avec_les_heures_d_un_scenario(scenario):
    heures = {"centre-social-salengro": 31000, "centre-social-les-4-saisons": 27000, "club-leo-lagrange": 19000}
    mouvements = [{"quantite": {"structure": s, "quantite": q, "date": "2023-01-01"}} for s, q in heures.items()]
    for options in ({}, {"repartition": "personnalisee", "poids": dict.fromkeys(heures, 1)}):
        lignes = as_json(simulate(load_territoire("armentieres"), scenario(*mouvements, **options)))["lignes"]
        for annee in range(2023, 2027):
            montants = [ligne["montant_eur"] for ligne in lignes if ligne["annee"] == annee]
            assert round(sum(bas for bas, _ in montants), 2) == 154500.0
            assert round(sum(haut for _, haut in montants), 2) == 618000.0


@pytest.mark.parametrize(
    "structure",
    [
        {"id": "a", "type": "eaje"},
        {"id": "a", "type": "eaje", "quantite": 20, "fermeture": date(2026, 7, 1)},
        {"id": "a", "type": "eaje", "quantite": 20, "cofinancee": None, "ouverture": date(2026, 9, 1)},
    ],
)
def test_le_json_s_ecrit_avec_des_inconnues(construire, structure):
    """Revue d'analyste D2 : une quantité inconnue, ou une mixité saisie puis une fermeture, faisaient tout tomber."""
    locaux = {"bonus_mixite.participation_horaire": {"valeurs": {"2025-01-01": 0.8}}}
    autre = {"id": "b", "type": "eaje", "quantite": 12}
    r = simulate(construire(structures=[structure, autre], parametres_locaux=locaux))
    contenu = json.loads(json_text([r]))
    dits = " ".join(e["libelle"] for ligne in contenu["lignes"] for e in ligne["etapes"])
    assert not re.search(r"\bnan\b", dits, re.IGNORECASE)
    assert "non renseigné places" not in lu(dits)


def test_sans_structure_rien_n_est_zero(construire):
    """Revue d'usage n° 2 : « 0 € », « Rien ne manque » d'un territoire dont on n'a encore aucune structure."""
    r = simulate(construire())
    contenu = as_json(r)
    assert {tuple(c["bonus_eur"]) for c in contenu["communes"]} == {(0.0, None)}
    assert [q["parametre"] for q in contenu["questions"]] == ["structures"]
    assert "sans_structure" in {a["code"] for a in contenu["alertes"]}
    assert "inconnu" in report([r])


def test_la_table_a_plat_laisse_vide_ce_qui_n_est_pas_borne(exemple):
    table = flat_table(exemple)
    assert len(table) == len(exemple.lignes)
    assert table["haut"].isna().any()
    assert not table["bas"].isna().any()


def test_ctg_simuler_en_json(capsys):
    assert main(["simuler", "exemple", "--format", "json", "--annees", "2026-2027"]) == 0
    assert json.loads(capsys.readouterr().out)["annees"] == [2026, 2027]


def test_ctg_simuler_plusieurs_scenarios(capsys, tmp_path):
    (tmp_path / "a.yaml").write_text("mouvements: [{fermer: {structure: creche-tilleul, date: 2027-01-01}}]")
    (tmp_path / "b.json").write_text('{"base": "a", "repartition": "historique"}')
    options = ["--scenario", str(tmp_path / "a.yaml"), "--scenario", str(tmp_path / "b.json")]
    assert main(["simuler", "exemple", *options, "--format", "json"]) == 0
    assert [r["scenario"]["nom"] for r in json.loads(capsys.readouterr().out)] == ["a", "b"]
    assert main(["simuler", "exemple", *options]) == 0
    texte = capsys.readouterr().out
    assert "Seule la notification de la Caf fait foi." in texte
    assert "À demander à la Caf" in texte
    assert "La fermeture de « Crèche Tilleul » à Vermontel retire au moins" in texte


def test_ctg_simuler_en_csv_pour_un_excel_francais(tmp_path, capsys, exemple):
    sortie = tmp_path / "bonus.csv"
    assert main(["simuler", "exemple", "--format", "csv", "--sortie", str(sortie)]) == 0
    octets = sortie.read_bytes()
    assert octets.startswith(b"\xef\xbb\xbf")
    lignes = list(csv.DictReader(io.StringIO(octets.decode("utf-8-sig")), delimiter=";"))
    assert len(lignes) == len(exemple.lignes)
    assert any("," in ligne["bas"] for ligne in lignes)


@pytest.mark.parametrize(
    ("options", "attendu"),
    [
        (["exemple", "--annees", "demain"], "Années illisibles"),
        (["exemple", "--annees", "2029-2025"], "Années illisibles"),
        (["exemple", "--annees", "2040"], "hors de la convention"),
        (["exemple", "--scenario", "absent.yaml"], "introuvable"),
        (["exemple", "--format", "xlsx"], "xlsx"),
    ],
    ids=["années", "à l'envers", "hors convention", "fichier absent", "xlsx sans fichier"],
)
def test_ctg_simuler_refuse_en_francais(options, attendu, capsys):
    assert main(["simuler", *options]) == 2
    erreur = capsys.readouterr().err
    assert attendu in erreur
    assert "Que faire" in erreur
    assert "Traceback" not in erreur
