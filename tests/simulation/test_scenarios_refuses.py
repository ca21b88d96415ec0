"""Ce qui est mal écrit donne une erreur en français (quoi, où, que faire) ou une alerte ; jamais un zéro en silence."""

from datetime import date

import pytest

from ctgkit.droit import BaremeError
from ctgkit.errors import CtgError
from ctgkit.simulation import ScenarioError, aggregate, alertes, read_scenario, simulate
from ctgkit.territoire import Scenario

CRECHES = [{"id": "creche-a", "type": "eaje", "quantite": 40}, {"id": "creche-b", "type": "eaje", "quantite": 20}]
NOUVELLE = {"id": "neuve", "nom": "Neuve", "type": "eaje", "code_insee": "59001", "quantite": 20}


@pytest.fixture
def territoire(construire):
    return construire(
        structures=CRECHES,
        references=[{"type": "eaje", "montant_eur": 90000}],
        engagements=[{"annee": 2024, "credits_eur": 1000}],
    )


def ouvrir(**change):
    structure = {c: v for c, v in (NOUVELLE | change).items() if v is not None}
    return {"ouvrir": {"structure": structure, "date": "2026-09-01"}}


REFUS = {
    "structure inconnue": ({"fermer": {"structure": "creche-z", "date": "2026-01-01"}}, "vouliez-vous dire « creche-"),
    "date qui n'existe pas": ({"fermer": {"structure": "creche-a", "date": "2026-02-30"}}, "n'est pas une date"),
    "date manquante": ({"fermer": {"structure": "creche-a"}}, "il manque « date »"),
    "mouvement inconnu": ({"ouvri": {"structure": "creche-a"}}, "vouliez-vous dire « ouvrir »"),
    "clé inconnue": ({"fermer": {"structure": "creche-a", "date": "2026-01-01", "motif": "x"}}, "motif"),
    "quantité négative": ({"quantite": {"structure": "creche-a", "quantite": -3, "date": "2026-01-01"}}, "négatif"),
    "quantité illisible": ({"quantite": {"structure": "creche-a", "quantite": "Entre 2 et 5"}}, "n'est pas un nombre"),
    "quantité infinie": ({"quantite": {"structure": "creche-a", "quantite": float("inf")}}, "n'est pas un nombre"),
    "commune inconnue": ({"adherer": {"code_insee": "59009", "date": "2026-01-01"}}, "Commune inconnue"),
    "type inconnu": (ouvrir(type="creche"), "Type de service inconnu"),
    "identifiant déjà pris": (ouvrir(id="creche-a"), "existe déjà"),
    "commune de la structure inconnue": (ouvrir(code_insee="75056"), "Commune inconnue"),
    "structure sans quantité": (ouvrir(quantite=None), "il manque « quantite »"),
    "unité d'un autre service": (ouvrir(unite="heures"), "au lieu de « places »"),
    "ferme avant d'ouvrir": (ouvrir(fermeture="2026-01-01"), "ferme avant d'ouvrir"),
    "crédits d'un inconnu": ({"credits": {"competence": "x", "annee": 2026, "credits_eur": 1}}, "inconnu"),
    "crédits hors convention": (
        {"credits": {"competence": "k", "annee": 2040, "credits_eur": 1}},
        "entre 2024 et 2029",
    ),
    "crédits négatifs": ({"credits": {"competence": "k", "annee": 2026, "credits_eur": -1}}, "négatif"),
}


@pytest.mark.parametrize("cas", REFUS.values(), ids=REFUS)
def test_un_mouvement_mal_ecrit_est_refuse(territoire, cas):
    mouvement, attendu = cas
    with pytest.raises(ScenarioError) as erreur:
        simulate(territoire, Scenario("Essai", mouvements=(mouvement,)))
    assert attendu.lower() in str(erreur.value).lower()
    assert erreur.value.ou.startswith("Essai, mouvement 1")
    assert erreur.value.que_faire


def test_fermer_avant_d_ouvrir_est_refuse(construire):
    territoire = construire(structures=[{"id": "a", "type": "eaje", "quantite": 1, "ouverture": date(2026, 9, 1)}])
    with pytest.raises(ScenarioError, match="avant l'ouverture le 1er septembre 2026"):
        simulate(territoire, Scenario(mouvements=({"fermer": {"structure": "a", "date": "2026-08-31"}},)))


PARAMETRES = {
    "code inconnu": (
        {"code": "eaje.nouvau", "valeur": 3000, "depuis": "2026-01-01"},
        "vouliez-vous dire « eaje.nouveau »",
    ),
    "unité contraire": (
        {"code": "eaje.nouveau", "valeur": 3000, "depuis": "2026-01-01", "unite": "eur_par_heure"},
        "unité « eur_par_heure » au lieu de « eur_par_place »",
    ),
    "unité contraire, dans la valeur": (
        {"code": "eaje.nouveau", "valeur": {"valeur": 3, "unite": "taux"}, "depuis": "2026-01-01"},
        "unité « taux » au lieu de « eur_par_place »",
    ),
    "pourcentage pour un taux": (
        {"code": "bonus_territoire.acomptes_plafond", "valeur": 70, "depuis": "2026-01-01"},
        "70 % s'écrit 0,7",
    ),
    "montant négatif": ({"code": "eaje.nouveau", "valeur": -5, "depuis": "2026-01-01"}, "négatif"),
    "texte": ({"code": "eaje.nouveau", "valeur": "beaucoup", "depuis": "2026-01-01"}, "n'est pas un nombre"),
    "intervalle à l'envers": (
        {"code": "eaje.nouveau", "valeur": {"min": 3000, "max": 2000}, "depuis": "2026-01-01"},
        "à l'envers",
    ),
}


@pytest.mark.parametrize("cas", PARAMETRES.values(), ids=PARAMETRES)
def test_un_parametre_mal_change_est_refuse(territoire, cas):
    corps, attendu = cas
    with pytest.raises(BaremeError) as erreur:
        simulate(territoire, Scenario("Essai", mouvements=({"parametre": corps},)))
    assert attendu in str(erreur.value)
    assert corps["code"] in str(erreur.value)


@pytest.mark.parametrize(
    ("options", "attendu"),
    [
        ({"repartition": "personnalisee", "poids": {"creche-a": -1}}, "négatif"),
        ({"repartition": "personnalisee", "poids": {"creche-a": 0, "creche-b": 0}}, "Tous les poids sont nuls"),
        ({"repartition": "personnalisee", "poids": {"creche-z": 1}}, "Structure inconnue"),
        ({"repartition": "personnalisee"}, "demande des poids"),
        ({"repartition": "lissee"}, "Répartition « lissee » inconnue"),
    ],
    ids=["négatif", "nuls", "structure inconnue", "absents", "répartition inconnue"],
)
def test_une_repartition_impossible_est_refusee(territoire, options, attendu):
    with pytest.raises(ScenarioError, match=attendu):
        simulate(territoire, Scenario("Essai", **options))


def test_un_poids_oublie_est_signale(territoire):
    r = simulate(territoire, Scenario("Essai", "personnalisee", {"creche-a": 1}))
    assert "poids_manquant" in {a.code for a in alertes(r)}
    assert aggregate(r, "competence", "annee")["bas"].tolist() == [90000.0] * 5


def test_deux_references_pour_la_meme_annee_sont_refusees(construire):
    references = [{"type": "eaje", "montant_eur": 1}, {"type": "eaje", "montant_eur": 2}]
    with pytest.raises(CtgError, match="Deux montants de référence pour « k », eaje, 2024"):
        simulate(construire(structures=CRECHES, references=references))


def test_deux_credits_pour_la_meme_annee_sont_refuses(construire):
    credits = [{"annee": 2026, "credits_eur": 1}, {"annee": 2026, "credits_eur": 2}]
    with pytest.raises(CtgError, match="Deux montants de crédits pour « k » en 2026"):
        simulate(construire(structures=CRECHES, engagements=credits))


def test_une_annee_hors_de_la_convention_est_refusee(territoire):
    with pytest.raises(CtgError, match="Année hors de la convention : 2031") as erreur:
        simulate(territoire, annees=[2026, 2031])
    assert "entre 2025 et 2029" in erreur.value.que_faire


def test_une_annee_hors_du_bareme_est_refusee(construire):
    territoire = construire(convention={"debut": date(2018, 1, 1), "fin": date(2021, 12, 31)}, structures=CRECHES)
    with pytest.raises(BaremeError, match="le barème commence le 1er janvier 2020"):
        simulate(territoire)
    assert simulate(territoire, annees=[2020, 2021]).annees == (2020, 2021)


def test_sans_dates_de_convention_on_dit_quoi_completer(construire):
    territoire = construire(convention={"debut": None, "fin": None}, structures=CRECHES)
    with pytest.raises(CtgError, match="dates de la convention"):
        simulate(territoire)
    assert "date_reference_supposee" in {a.code for a in alertes(simulate(territoire, annees=[2026]))}


def test_une_base_circulaire_est_refusee():
    autres = {"b": {"base": "c"}, "c": {"base": "b"}}
    with pytest.raises(ScenarioError, match="sa propre base") as erreur:
        read_scenario({"nom": "a", "base": "b"}, autres)
    assert erreur.value.ou == "a → b → c → b"
    with pytest.raises(ScenarioError, match="de base inconnu"):
        read_scenario({"nom": "a", "base": "z"}, autres)


def test_un_parametre_local_mal_ecrit_nomme_le_fichier_et_la_cle(construire):
    locaux = {"eaje.nouveau": {"unite": "eur_par_heure", "valeurs": {date(2025, 1, 1): 3}}}
    with pytest.raises(BaremeError) as erreur:
        simulate(construire(structures=CRECHES, parametres_locaux=locaux))
    assert "parametres_locaux.yaml, eaje.nouveau" in str(erreur.value)


def test_ce_que_le_moteur_ne_peut_pas_ranger_est_signale(construire):
    structures = [*CRECHES, {"id": "x", "type": "piscine", "quantite": 1}]
    structures.append({"id": "y", "type": "eaje", "quantite": 5, "code_insee": "99999"})
    notifications = [{"structure": "inconnue", "annee": 2025, "dispositif": "bonus_territoire", "notifie_eur": 1.0}]
    r = simulate(construire(structures=structures, notifications=notifications))
    codes = {a.code: a for a in alertes(r)}
    assert {"type_inconnu", "commune_inconnue", "notification_orpheline"} <= set(codes)
    assert "« x »" in codes["type_inconnu"].message


def test_un_mouvement_hors_de_la_convention_est_signale(territoire):
    r = simulate(territoire, Scenario(mouvements=({"fermer": {"structure": "creche-a", "date": "2031-01-01"}},)))
    assert "mouvement_hors_convention" in {a.code for a in alertes(r)}


def test_une_structure_creee_est_supposee_cofinancee_et_on_le_dit(territoire):
    r = simulate(territoire, Scenario(mouvements=(ouvrir(),)))
    assert "hypothese_cofinancee" in {a.code for a in alertes(r)}
    assert r.territoire.structures["competence"][-1] == "k"


@pytest.mark.parametrize(
    ("colonne", "valeur"), [("quantite", -3), ("reference_eur", -1), ("charges_eur", float("inf"))], ids=str
)
def test_une_valeur_impossible_du_territoire_est_refusee(construire, colonne, valeur):
    with pytest.raises(CtgError, match="Valeur impossible") as erreur:
        simulate(construire(structures=[{"id": "a", "type": "eaje", colonne: valeur}]))
    assert erreur.value.ou == f"structures.csv, {colonne}"


@pytest.mark.parametrize("annees", [["demain"], "20x6", [None]])
def test_des_annees_illisibles_sont_refusees(territoire, annees):
    with pytest.raises(CtgError, match="Années illisibles"):
        simulate(territoire, annees=annees)


def test_une_seule_annee_suffit(territoire):
    assert simulate(territoire, annees=2026).annees == (2026,)


def test_un_montant_donne_a_une_structure_qui_n_existe_pas_est_signale(construire):
    locaux = {"bonus_mixite.participation_horaire": {"valeurs": {date(2025, 1, 1): {"structures": {"creche-z": 0.7}}}}}
    r = simulate(construire(structures=CRECHES, parametres_locaux=locaux))
    (alerte,) = [a for a in alertes(r) if a.code == "parametre_orphelin"]
    assert "creche-z" in alerte.message


def test_une_structure_sans_territoire_de_competence_est_comptee_et_signalee(construire):
    r = simulate(construire(structures=[*CRECHES, {"id": "seule", "type": "eaje", "quantite": 5, "competence": ""}]))
    assert "competence_absente" in {a.code for a in alertes(r)}
    assert set(aggregate(r, "competence")["competence"]) == {"k", ""}


def test_une_collectivite_sans_structure_garde_ses_credits(construire):
    from ctgkit.simulation import engagements

    lignes = [{"competence": "seule", "annee": a, "credits_eur": c} for a, c in ((2024, 10.0), (2026, 9.0))]
    tableau = engagements(simulate(construire(structures=CRECHES, engagements=lignes)))
    assert tableau[(tableau["competence"] == "seule") & (tableau["annee"] == 2026)]["engagement"].tolist() == ["rompu"]
