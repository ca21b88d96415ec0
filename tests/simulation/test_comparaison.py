"""La maquette du bonus, chiffre pour chiffre : comparer des scénarios, et le plus petit changement qui compte."""

import math
from datetime import date

import pytest

from ctgkit.errors import CtgError
from ctgkit.simulation import aggregate, compare_scenarios, simulate, smallest_changes
from ctgkit.territoire import Scenario

CRECHES = {"tilleul": ("A", 45), "aulne": ("A", 30), "sureau": ("B", 12), "charme": ("C", 25), "noisetier": ("D", 20)}
FINE = "\u202f"


@pytest.fixture
def maquette(construire):
    return construire(
        communes=[{"code_insee": c, "nom": f"Ville {c}", "adhesion": date(2025, 1, 1)} for c in "ABCD"],
        structures=[
            {"id": nom, "nom": nom.title(), "type": "eaje", "code_insee": commune, "quantite": q, "gestionnaire": nom}
            for nom, (commune, q) in CRECHES.items()
        ],
        references=[{"type": "eaje", "montant_eur": 244200}],
    )


def agrandir(places, date_="2026-09-01"):
    return {"quantite": {"structure": "charme", "quantite": places, "date": date_}}


FERMER = {"fermer": {"structure": "sureau", "date": "2027-01-01"}}


@pytest.fixture
def jouer(maquette):
    return lambda nom, *mouvements: simulate(maquette, Scenario(nom, mouvements=mouvements))


def ecarts(ecart, borne="bas"):
    return ecart.par("annee").set_index("annee")[borne].to_dict()


def test_dix_places_de_plus_rapportent_ce_que_dit_la_maquette(jouer):
    (ecart,) = compare_scenarios(jouer("Référence"), jouer("10 places", agrandir(35))).ecarts
    assert ecarts(ecart) == {2025: 0, 2026: 8666.67, 2027: 40200, 2028: 26000, 2029: 26000}
    assert ecarts(ecart, "haut") == {2025: 0, 2026: 12000, 2027: 50200, 2028: 50200, 2029: 50200}
    assert ecart.total() == (100866.67, 162600.0)
    par_structure = ecart.par("structure").set_index("structure")
    assert par_structure.loc["charme", ["bas", "haut"]].tolist() == [90166.67, 130500.0]
    assert par_structure.loc["tilleul", ["bas", "haut"]].tolist() == [4500.0, 13500.0]
    assert set(par_structure["sens"]) == {"gagne"}


def test_une_onzieme_place_fait_passer_le_palier(jouer):
    (ecart,) = compare_scenarios(jouer("10", agrandir(35)), jouer("11", agrandir(36))).ecarts
    assert ecart.total(2027) == (17000.0, 18000.0)


def test_le_plus_petit_changement_est_celui_que_le_moteur_confirme(jouer):
    base = jouer("10", agrandir(35))
    changement = next(c for c in smallest_changes(base, 2027) if c.nature == "places")
    assert (changement.quantite, changement.effet_bas, changement.effet_haut) == (1, 17000.0, 18000.0)
    assert "8,3" in changement.phrase
    confirme = compare_scenarios(base, jouer("11", agrandir(36))).ecarts[0].total(2027)
    assert confirme == (changement.effet_bas, changement.effet_haut)


def test_fermer_une_creche_annule_le_palier(jouer):
    (ecart,) = compare_scenarios(jouer("Référence"), jouer("Fermeture", agrandir(35), FERMER)).ecarts
    annee = ecart.par("annee").set_index("annee").loc[2027]
    assert (annee["bas"], annee["haut"], annee["sens"]) == (-math.inf, 13800.0, "incertain")
    assert (annee["bas_connu"], annee["haut_connu"]) == (3800.0, 13800.0)
    sens = ecart.par("structure").set_index("structure")["sens"].to_dict()
    assert sens == {
        "tilleul": "inchangé",
        "aulne": "inchangé",
        "sureau": "perd",
        "charme": "gagne",
        "noisetier": "inchangé",
    }
    assert ecart.par("gestionnaire").set_index("gestionnaire")["sens"].to_dict() == sens
    assert "1 structure gagne, 1 structure perd, 3 structures ne changent pas." in " ".join(ecart.phrases).replace(
        "\u00a0", " "
    )


def test_les_phrases_disent_ce_qu_apporte_une_ouverture(maquette):
    structure = {"id": "neuve", "nom": "Les Prés", "type": "eaje", "code_insee": "B", "quantite": 20}
    scenario = Scenario("Vingt places", mouvements=({"ouvrir": {"structure": structure, "date": "2026-09-01"}},))
    (ecart,) = compare_scenarios(simulate(maquette), simulate(maquette, scenario)).ecarts
    attendue = (
        "L'ouverture de 20\u00a0places à Ville B (Les Prés) apporte entre "
        f"52{FINE}000{FINE}€ et 72{FINE}000{FINE}€ par an à partir de 2027."
    )
    assert attendue in ecart.phrases
    assert any(p.startswith("Le bonus trajectoire du territoire passe de 0") for p in ecart.phrases)


def test_une_repartition_ne_change_pas_le_total_d_un_territoire(construire):
    structures = [{"id": f"s{i}", "type": "alsh_adolescents", "quantite": None} for i in range(3)]
    references = [{"type": "alsh_adolescents", "montant_eur": 618000}]
    territoire = construire(structures=structures, references=references)
    poids = Scenario("Poids", "personnalisee", {"s0": 1, "s1": 2, "s2": 3})
    (ecart,) = compare_scenarios(simulate(territoire), simulate(territoire, poids)).ecarts
    assert ecart.total() == (0.0, 0.0)
    assert ecart.par("competence")["sens"].tolist() == ["inchangé"]
    assert set(ecart.par("structure")["sens"]) == {"incertain"}


def test_comparer_demande_les_memes_annees(maquette):
    with pytest.raises(CtgError, match="mêmes années"):
        compare_scenarios(simulate(maquette), simulate(maquette, annees=[2026]))


def test_une_adhesion_qui_manque_et_des_credits_a_retablir(construire):
    r = simulate(
        construire(
            communes=[{"code_insee": "59001"}],
            structures=[{"id": "a", "type": "laep", "quantite": 100}],
            references=[{"type": "laep", "montant_eur": 5000}],
            engagements=[{"annee": 2024, "credits_eur": 9000}, {"annee": 2026, "credits_eur": 8000}],
        )
    )
    trouves = {c.nature: c for c in smallest_changes(r)}
    assert (trouves["adhesion"].effet_bas, trouves["adhesion"].ou) == (5000.0, "59001")
    assert (trouves["credits"].quantite, trouves["credits"].annee) == (1000.0, 2026)


def test_avec_deux_perimetres_le_palier_suivant_dit_lequel(construire):
    structures = [
        {"id": "a", "type": "eaje", "quantite": 50},
        {"id": "b", "type": "eaje", "quantite": 150, "competence": "m"},
    ]
    places = [c for c in smallest_changes(simulate(construire(structures=structures)), 2027) if c.nature == "places"]
    assert {(c.ou, c.quantite) for c in places} == {("k", 2), ("", 8)}
    assert all("si la Caf compte" in c.phrase for c in places)


@pytest.mark.parametrize("places", [33, 49, 50, 75, 120, 132, 400])
def test_le_palier_annonce_est_le_premier_qui_change_le_montant(construire, places):
    """Une place de moins ne suffit pas ; le nombre annoncé suffit, et rapporte ce qui est annoncé."""
    territoire = construire(structures=[{"id": "a", "type": "eaje", "quantite": places}])
    base = simulate(territoire, annees=[2027])
    (changement,) = [c for c in smallest_changes(base) if c.nature == "places"]

    def avec(nombre):
        mouvement = {"quantite": {"structure": "a", "quantite": places + nombre, "date": "2025-01-01"}}
        return simulate(territoire, Scenario(mouvements=(mouvement,)), [2027])

    trajectoire = [
        aggregate(avec(n), "annee", dispositifs=("bonus_trajectoire",))["bas"].sum()
        for n in (changement.quantite - 1, changement.quantite)
    ]
    assert trajectoire[0] == 0
    assert trajectoire[1] == (places + changement.quantite) * 100
    effet = compare_scenarios(base, avec(changement.quantite)).ecarts[0].total()
    assert effet == (changement.effet_bas, changement.effet_haut)
