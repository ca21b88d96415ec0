"""Un barème mal écrit est refusé en nommant le fichier et la clé ; un barème bien écrit répond à une date."""

from datetime import date

import numpy as np
import pytest
from outils import lu

from ctgkit.droit import BaremeError, bareme, override, weakest, write_value
from ctgkit.droit.lecture import read_bareme, read_yaml
from ctgkit.droit.valeurs import bounds, thresholds
from ctgkit.fourchette import Fourchette

VALEURS = [
    (Fourchette(300, 300), "eur_par_place", "300 € par place et par an"),
    (Fourchette(6.76, 6.9), "eur_par_heure", "de 6,76 € à 6,90 € par heure"),
    (Fourchette(1300), "eur_par_place", "au moins 1 300 € par place et par an"),
    (Fourchette(0), "eur_par_heure", "inconnu"),
    (Fourchette(0.66, 0.66), "taux", "66 %"),
    (Fourchette(0.075, 0.075), "taux", "7,50 %"),
    (Fourchette(107, 107), "pour_cent", "107 %"),
    (Fourchette(2023, 2023), "annee", "2023"),
    (Fourchette(12.5, 12.5), "heure", "12,50 heures"),
]


@pytest.mark.parametrize(("valeur", "unite", "dit"), VALEURS)
def test_une_valeur_du_bareme_se_lit_avec_son_unite(valeur, unite, dit):
    assert lu(write_value(valeur, unite)) == dit


SOURCES = {"C21": {"titre": "Circulaire 2021-004", "url": "https://exemple.fr/c21"}}
BON = {
    "libelle": "Montant par place",
    "unite": "eur_par_place",
    "statut": "officiel",
    "verifie_le": "2026-11-21",
    "valeurs": {"2021-01-01": {"valeur": 3000, "reference": "C21"}},
}


def lire(**change):
    return read_bareme({"essai": {"parametres": {"place": {**BON, **change}}}}, SOURCES)["essai.place"]


def valeur(**contenu):
    return {"valeurs": {"2021-01-01": {"reference": "C21", **contenu}}}


def test_un_parametre_bien_ecrit():
    p = lire()
    lue = p.au(date(2025, 6, 1))
    assert (p.code, lue.bas, lue.haut, lue.statut) == ("essai.place", 3000, 3000, "officiel")
    assert lue.reference.url == "https://exemple.fr/c21"


@pytest.mark.parametrize(
    ("change", "attendu"),
    [
        ({"unite": "euros"}, "unité « euros » inconnue"),
        ({"statut": "sûr"}, "statut « sûr » inconnu"),
        ({"libelle": ""}, "« libelle » manque"),
        ({"verifie_le": None}, "« verifie_le » manque"),
        ({"valeurs": {}}, "« valeurs » par date d'effet manque"),
        ({"valeurs": [1]}, "« valeurs » par date d'effet manque"),
        ({"valeurs": {"hier": {"valeur": 1, "reference": "C21"}}}, "n'est pas une date"),
        ({"valeurs": {a: {"valeur": 1, "reference": "C21"} for a in ("2022-01-01", "2021-01-01")}}, "dans l'ordre"),
        (valeur(valeur=1, reference=None), "« reference » manque"),
        (valeur(valeur=1, reference="X99"), "« reference » manque ou n'est pas connue"),
        (valeur(valeur="3 000 €"), "n'est pas un nombre en € par place"),
        (valeur(valeur=True), "n'est pas un nombre"),
        (valeur(valeur=float("nan")), "n'est pas un nombre"),
        (valeur(valeur=-1), "négatif"),
        (valeur(min=10, max=5), "à l'envers"),
        (valeur(inconnu=True), "porte la question"),
        (valeur(valuer=1), "vouliez-vous dire « valeur »"),
        (valeur(question="?"), "il manque l'une de ces clés"),
        (valeur(tranches=[]), "dernière tranche"),
        (valeur(tranches="x"), "« tranches » est une liste"),
        (valeur(tranches=[{"moins_de": 4, "valeur": 1}]), "dernière tranche"),
        (valeur(tranches=[{"moins_de": 8, "valeur": 1}, {"moins_de": 4, "valeur": 2}, {"valeur": 3}]), "croissant"),
        (valeur(tranches=[{"moins_de": 8}, {"valeur": 3}]), "une tranche a « valeur »"),
        (valeur(structures=["a"]), "associe un identifiant"),
    ],
)
def test_un_parametre_mal_ecrit_nomme_le_fichier_et_la_cle(change, attendu):
    with pytest.raises(BaremeError) as erreur:
        lire(**change)
    assert attendu in str(erreur.value)
    assert "essai.yaml, essai.place" in str(erreur.value)


def test_un_fichier_illisible_est_nomme(tmp_path):
    (tmp_path / "casse.yaml").write_text("a: [1,\n\tb: 2")
    with pytest.raises(BaremeError, match="illisible") as erreur:
        read_yaml(tmp_path / "casse.yaml")
    assert erreur.value.ou == "casse.yaml"


def test_avant_la_premiere_date_on_ne_sait_pas():
    with pytest.raises(BaremeError, match="Aucune valeur de « Montant par place » au 1er janvier 2020"):
        lire().au(date(2020, 1, 1))


def test_un_montant_local_prend_la_place_des_suivants():
    national = bareme()
    local = override(national, {"eaje.nouveau": {"valeurs": {"2025-01-01": 3100}}}, "parametres_locaux.yaml")
    assert [v.depuis.year for v in local["eaje.nouveau"].valeurs] == [2020, 2021, 2022, 2025]
    apres = local["eaje.nouveau"].au(date(2027, 1, 1))
    assert (apres.bas, apres.haut, apres.statut) == (3100, 3100, "local")
    assert national["eaje.nouveau"].au(date(2027, 1, 1)).bas == 2600


@pytest.mark.parametrize(
    "blocs",
    [
        {"eaje.nouveau": {"valeurs": {"2025-01-01": 3100}}},
        {"parametres": {"eaje.nouveau": {"valeurs": {"2025-01-01": {"valeur": 3100}}}}},
        {"eaje": {"nouveau": {"unite": "eur_par_place", "valeurs": {date(2025, 1, 1): 3100}}}},
    ],
    ids=["court", "sous parametres", "par service"],
)
def test_les_ecritures_d_un_montant_local(blocs):
    assert override(bareme(), blocs, "x.yaml")["eaje.nouveau"].au(date(2025, 1, 1)).bas == 3100


def test_un_code_inconnu_propose_son_voisin():
    with pytest.raises(BaremeError, match=r"vouliez-vous dire « eaje\.plancher »"):
        override(bareme(), {"eaje.plancer": {"valeurs": {"2025-01-01": 1}}}, "x.yaml")


def test_le_statut_le_plus_faible_l_emporte():
    assert weakest("officiel", "secondaire") == "secondaire"
    assert weakest("officiel", "fictif", "a_confirmer") == "fictif"
    assert weakest("officiel", "") == "a_confirmer"
    assert weakest() == "officiel"


def test_une_tranche_inconnue_garde_les_tranches_possibles():
    p = lire(
        **valeur(
            tranches=[
                {"moins_de": {"potentiel_financier_hab": 900}, "valeur": 3400},
                {"moins_de": {"potentiel_financier_hab": 1500}, "valeur": 3000},
                {"valeur": 2600},
            ],
            zone_prioritaire=3600,
        )
    )
    potentiel = np.array([800.0, 900.0, 2000.0, np.nan, np.nan])
    zone = np.array([0, np.nan, 0, 0, 1.0])
    bas, haut = bounds(p.valeurs[0], {"potentiel_financier_hab": potentiel}, 5, zone)
    assert bas.tolist() == [3400, 3000, 2600, 2600, 3600]
    assert haut.tolist() == [3400, 3000, 2600, 3400, 3600]


def test_les_bornes_d_une_tranche_sont_comprises_ou_non():
    compris = lire(**valeur(tranches=[{"jusqu_a": 0.75, "valeur": 2100}, {"valeur": 0}])).valeurs[0]
    exclu = lire(**valeur(tranches=[{"moins_de": 0.75, "valeur": 2100}, {"valeur": 0}])).valeurs[0]
    assert bounds(compris, {"": np.array([0.75])}, 1)[0].tolist() == [2100]
    assert bounds(exclu, {"": np.array([0.75])}, 1)[0].tolist() == [0]
    assert thresholds(exclu) == [(0.75, 0)]
