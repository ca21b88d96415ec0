"""« Pourquoi ce montant ? » : les étapes mènent au montant, et chaque paramètre dit sa date, sa source, son statut."""

import math
from datetime import date

import pytest

from ctgkit.simulation import EXISTANT, NOUVEAU, explain, questions, simulate
from ctgkit.simulation.lectures.explication import steps
from ctgkit.storage import load_territoire


@pytest.fixture(scope="module")
def exemple():
    return simulate(load_territoire("exemple"))


def bornes(valeur) -> tuple[float, float]:
    if isinstance(valeur, list):
        return valeur[0], math.inf if valeur[1] is None else valeur[1]
    return valeur, valeur


def test_la_derniere_etape_de_chaque_ligne_est_son_montant(exemple):
    for i in range(len(exemple.lignes)):
        derniere = steps(exemple, i)[-1]
        assert bornes(derniere.valeur) == (exemple.lignes["bas"][i], exemple.lignes["haut"][i])
        assert derniere.libelle.startswith("Montant, ")


def test_les_montants_d_une_structure_font_son_total(exemple):
    for structure in exemple.territoire.structures["id"].tolist():
        *etapes, total = explain(exemple, structure, 2027)
        montants = [bornes(e.valeur) for e in etapes if e.libelle.startswith("Montant, ")]
        assert sum(b for b, _ in montants) == pytest.approx(bornes(total.valeur)[0])
        assert sum(h for _, h in montants) == pytest.approx(bornes(total.valeur)[1])


def test_les_nombres_des_etapes_se_multiplient_jusqu_au_montant(exemple):
    """Existant sans plancher : part × fraction. Nouveau : quantité × montant unitaire."""
    for i in range(len(exemple.lignes)):
        etapes = {e.parametre or e.libelle.split(" ")[0]: e for e in steps(exemple, i)}
        bas, part = exemple.lignes["bas"][i], exemple.lignes["part"][i]
        if part == NOUVEAU and not math.isnan(exemple.lignes["quantite"][i]):
            (prix,) = [e for c, e in etapes.items() if c.endswith(".nouveau")]
            assert etapes["Offre"].valeur * bornes(prix.valeur)[0] == pytest.approx(bas, abs=0.01)
        if (
            part == EXISTANT
            and exemple.cadre.cofinancee[exemple.lignes["structure"][i]] == 1
            and "repartition" in etapes
        ):
            structure = exemple.lignes["structure"][i]
            y = exemple.annees.index(int(exemple.lignes["annee"][i]))
            fraction = exemple.cadre.quantites.part_bas[structure, y]
            assert bornes(etapes["repartition"].valeur)[0] * fraction <= bas + 0.01


def test_chaque_parametre_cite_sa_date_sa_source_et_son_statut(exemple):
    for i in range(len(exemple.lignes)):
        for etape in steps(exemple, i):
            if "." in etape.parametre:
                assert etape.depuis
                assert etape.reference.titre
                assert etape.statut in ("officiel", "local", "secondaire", "a_confirmer", "fictif")


def test_la_creche_de_la_maquette_s_explique_comme_sur_la_maquette(construire, scenario):
    structures = [{"id": "charme", "type": "eaje", "quantite": 25}, {"id": "autres", "type": "eaje", "quantite": 107}]
    territoire = construire(structures=structures, references=[{"type": "eaje", "montant_eur": 244200}])
    r = simulate(territoire, scenario({"quantite": {"structure": "charme", "quantite": 35, "date": "2026-09-01"}}))
    texte = "\n".join(e.libelle for e in explain(r, "charme", 2027)).replace("\u202f", " ").replace("\u00a0", " ")
    for attendu in (
        "Réparti sur 132 places, l'offre cofinancée ouverte la veille du 1er janvier 2025 : 1 850 € par place",
        "10 places × de 2 600 € à 3 600 €",
        "De 2 600 € à 3 600 € par place : tranche inconnue",
        "De 132 places cofinancées en 2023 à 142 : +7,58 %",
        "Montant, Bonus trajectoire de développement : 3 500 €",
        "Total 2027 : au moins 75 750 €",
    ):
        assert attendu in texte


def test_une_structure_sans_montant_le_dit(exemple):
    (etape,) = explain(exemple, "inconnue", 2027)
    assert "n'a aucun montant en 2027" in etape.libelle


def test_les_criteres_importes_aident_la_question_sans_rien_deduire(construire):
    """Un quartier ou la FRR ne font pas une zone prioritaire : la tranche reste une fourchette et une question."""
    lieu = {"code_insee": "59001", "adhesion": date(2025, 1, 15)}
    connus = {
        "potentiel_financier_hab": 812.45,
        "qpv": True,
        "frr": False,
        "source_criteres": "potentiel_financier_hab : dgcl-criteres-2026 | qpv : anct-liste-qpv-2024",
    }
    creche = [{"id": "a", "type": "eaje", "quantite": 10, "unite": "place", "ouverture": date(2026, 1, 1)}]
    sans = simulate(construire(communes=[lieu], structures=creche))
    avec = simulate(construire(communes=[lieu | connus], structures=creche))
    for borne in ("bas", "haut"):
        assert avec.lignes[borne].tolist() == sans.lignes[borne].tolist()
    (demande,) = [q for q in questions(avec) if q.parametre == "eaje.nouveau"]
    dit = demande.question.replace("\u202f", " ").replace("\u00a0", " ")
    assert "Ce que l'on sait : Commune 59001, potentiel financier de 812 € par habitant (2026)" in dit
    assert "un quartier prioritaire au moins (2024)." in dit
    assert "ruralités" not in dit, "ce qui a été tapé sans source n'est pas redit"
    (nue,) = [q for q in questions(sans) if q.parametre == "eaje.nouveau"]
    assert "Ce que l'on sait" not in nue.question
