"""Un scénario se lit de plusieurs façons, se ramène à une écriture, et son code dit son contenu."""

import json
from datetime import date

import pytest
import yaml

from ctgkit.errors import CtgError
from ctgkit.simulation import aggregate, as_mapping, read_scenario, resolve, simulate
from ctgkit.storage.scenarios import read_scenario_file
from ctgkit.territoire import Scenario

FERMER = {"fermer": {"structure": "a", "date": "2026-07-01"}}


@pytest.mark.parametrize(
    "mouvement",
    [
        FERMER,
        {"fermer": {"structure": "a", "date": date(2026, 7, 1)}},
        {"fermer": {"structure": "a", "date": "01/07/2026"}},
        {"mouvement": "fermer", "structure": "a", "date": "2026-07-01"},
        {"type": "fermer", "structure": "a", "date": "2026-07-01"},
    ],
    ids=["texte", "date", "à la française", "à plat", "type"],
)
def test_les_ecritures_d_un_mouvement_donnent_le_meme_code(mouvement):
    lu = read_scenario({"mouvements": [mouvement]})
    assert lu.mouvements == (FERMER,)
    assert lu.code == read_scenario({"nom": "Autre nom", "mouvements": [FERMER]}).code


def test_un_scenario_se_relit_a_l_identique():
    ecrit = {
        "nom": "Essai",
        "repartition": "personnalisee",
        "poids": {"a": 1, "b": "2,5"},
        "mouvements": [
            FERMER,
            {"parametre": {"code": "eaje.nouveau", "valeur": {"min": 1, "max": 2}, "depuis": "2026-01-01"}},
        ],
    }
    lu = read_scenario(ecrit)
    assert lu.poids == {"a": 1.0, "b": 2.5}
    relu = read_scenario(json.loads(json.dumps(as_mapping(lu))))
    assert (relu, relu.code) == (lu, lu.code)


def test_la_base_apporte_ses_mouvements_et_sa_repartition():
    base = {"nom": "Base", "repartition": "historique", "mouvements": [FERMER]}
    lu = read_scenario({"nom": "Suite", "base": "base", "mouvements": [FERMER]}, {"base": base})
    assert (lu.repartition, len(lu.mouvements), lu.base) == ("historique", 2, "")
    assert resolve(Scenario("Suite", base="base"), {"base": base}).mouvements == (FERMER,)


def test_simuler_avec_une_base(construire):
    territoire = construire(
        structures=[{"id": "a", "type": "laep", "quantite": 10}], references=[{"type": "laep", "montant_eur": 1200}]
    )
    r = simulate(territoire, Scenario("Suite", base="fin"), scenarios={"fin": {"mouvements": [FERMER]}})
    assert aggregate(r, "annee")["bas"].tolist() == [1200.0, 600.0, 0.0, 0.0, 0.0]
    with pytest.raises(CtgError, match="de base inconnu"):
        simulate(territoire, Scenario("Suite", base="fin"))


def test_fichiers_de_scenario(tmp_path):
    (tmp_path / "fin.yaml").write_text("nom: Fin\nmouvements:\n  - fermer: {structure: a, date: 2026-07-01}\n")
    (tmp_path / "suite.json").write_text('{"base": "fin", "repartition": "historique"}')
    (tmp_path / "par-nom.yaml").write_text("base: Fin\n")
    lu = read_scenario_file(tmp_path / "suite.json")
    assert (lu.nom, lu.mouvements, lu.repartition) == ("suite", (FERMER,), "historique")
    assert read_scenario_file(tmp_path / "par-nom.yaml").mouvements == (FERMER,)
    for suffixe, ecrire in (("yaml", yaml.safe_dump), ("json", json.dumps)):
        ecrit = tmp_path / f"ecrit.{suffixe}"
        ecrit.write_text(ecrire(as_mapping(lu)))
        assert read_scenario_file(ecrit) == lu


@pytest.mark.parametrize(
    ("contenu", "attendu"),
    [
        (b"mouvements:\n\t- x", "illisible"),
        (b"\xff\xfe\x00n", "illisible"),
        (b"- 1\n- 2\n", "bloc de cl"),
        (b"base: moi\n", "sa propre base"),
        (b"base: absent\n", "de base inconnu"),
        (b"[" * 5000, "illisible"),
    ],
    ids=["tabulation", "octets", "liste", "circulaire", "base absente", "trop profond"],
)
def test_un_fichier_de_scenario_abime_donne_une_erreur_en_francais(tmp_path, contenu, attendu):
    fichier = tmp_path / "moi.yaml"
    fichier.write_bytes(contenu)
    with pytest.raises(CtgError, match=attendu):
        read_scenario_file(fichier)


def test_un_fichier_absent_est_dit(tmp_path):
    with pytest.raises(CtgError, match="introuvable"):
        read_scenario_file(tmp_path / "rien.yaml")
    with pytest.raises(CtgError, match="illisible"):
        read_scenario_file(tmp_path)


def test_des_renvois_en_cascade_sont_refuses_sans_etre_suivis(tmp_path):
    """Revue de solidité F15 : neuf renvois de neuf renvois prenaient 5,9 Go et ne finissaient pas."""
    lignes = ["nom: a", "poids: &a0 {x: 1}"]
    lignes += [f"k{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    fichier = tmp_path / "renvois.yaml"
    fichier.write_text("\n".join(lignes), encoding="utf-8")
    with pytest.raises(CtgError, match=r"un renvoi .* ligne 3"):
        read_scenario_file(fichier)


def test_trop_de_mouvements_se_dit_sans_les_lire(tmp_path):
    """Revue de solidité F16 : 60 000 mouvements prenaient 37 secondes."""
    fichier = tmp_path / "long.json"
    fichier.write_text('{"mouvements": [' + ", ".join(["{}"] * 60_000) + "]}", encoding="utf-8")
    with pytest.raises(CtgError, match=r"60.000 mouvements : au plus 5.000"):
        read_scenario_file(fichier)
