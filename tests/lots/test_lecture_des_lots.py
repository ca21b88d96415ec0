"""Un lot est vérifié en entier avant son premier rapport : chaque faute a sa phrase, aucune n'attend l'exécution."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctgkit.__main__ import main
from ctgkit.batch.lot import LONGUEUR_MAX, file_name, read_lot
from ctgkit.errors import CtgError
from ctgkit.storage import load_territoire
from ctgkit.territoire import Commune, Table


def parametres(chemin):
    return [dict(r.parametres) for r in read_lot(chemin).rapports]


def test_liste(lot):
    assert parametres(lot(liste=[{"annee": 2027}, {"mode": "panne"}])) == [{"annee": 2027}, {"mode": "panne"}]


def test_produit(lot):
    lu = read_lot(lot(produit={"annee": [2026, 2027], "commune": ["00001", "00002"]}, parametres={"mode": "tout"}))
    assert [r.nom for r in lu.rapports] == [
        "essai_00001_2026",
        "essai_00002_2026",
        "essai_00001_2027",
        "essai_00002_2027",
    ]
    assert lu.rapports[1].parametres == {"mode": "tout", "annee": 2026, "commune": "00002"}


def test_tableau(lot, tmp_path):
    (tmp_path / "t.csv").write_text("\ufeffcommune;annee\n00001;2026\n00002;\n\n", encoding="utf-8")
    assert parametres(lot(tableau="t.csv")) == [{"commune": "00001", "annee": 2026}, {"commune": "00002"}]


def test_communes_croisees_avec_un_produit(lot):
    lus = parametres(lot(communes="exemple", produit={"annee": [2026, 2027]}))
    assert len(lus) == 24
    assert lus[0] == {"territoire": "exemple", "commune": "00001", "annee": 2026}


@pytest.mark.parametrize("dite", ["Castelnoix", "castelnoix"])
def test_une_commune_par_son_nom_comme_avec_papermill(lot, dite):
    """Revue d'analyste D10 : « inconnue : Castelnoix, vouliez-vous dire Castelnoix ? »."""
    assert parametres(lot(liste=[{"commune": dite}])) == [{"commune": dite}]


def test_deux_homonymes_sont_demandes_et_non_devines():
    """Revue d'analyste D11."""
    lieu = load_territoire("exemple")
    premiere, seconde, *_ = lieu.communes
    jumeau = replace(lieu, communes=Table.of(Commune, [premiere, replace(seconde, nom=premiere.nom)]))
    with pytest.raises(CtgError, match=f"2.communes .* {premiere.code_insee} et {seconde.code_insee}"):
        jumeau.find_commune(premiere.nom)
    assert jumeau.find_commune(seconde.code_insee).code_insee == seconde.code_insee
    assert jumeau.find_commune(int(seconde.code_insee)).code_insee == seconde.code_insee


def test_code_sans_guillemets_garde_ses_zeros(lot, tmp_path):
    chemin = lot()
    chemin.write_text(f"carnet: essai.ipynb\nsortie: {tmp_path / 's'}\nliste:\n  - {{commune: 00001}}\n")
    assert parametres(chemin) == [{"commune": "00001"}]


@pytest.mark.parametrize(
    ("cles", "message"),
    [
        ({}, "aucun rapport"),
        ({"liste": []}, "aucun rapport"),
        ({"produit": {"annee": []}}, "aucun rapport"),
        ({"liste": [{"anee": 2026}]}, "vouliez-vous dire « annee »"),
        ({"liste": [{"annee": 2019}]}, "entre 2020 et 2035"),
        ({"liste": [{"annee": "bientôt"}]}, "nombre attendu"),
        ({"liste": [{"mode": "tous"}]}, "vouliez-vous dire « tout »"),
        ({"liste": [{"territoire": "exmple"}]}, "vouliez-vous dire « exemple »"),
        ({"liste": [{"commune": "99999"}]}, "Commune inconnue de « exemple »"),
        ({"liste": [{"territoire": "../../etc"}]}, "remonte"),
        ({"liste": [{"x=1;import os": 1}]}, "Paramètre inconnu"),
        ({"liste": [{}, {}]}, "même nom"),
        ({"liste": [{}], "nom": "{comune}"}, "vouliez-vous dire « commune »"),
        ({"liste": [{}], "nom": "{commune.__class__}"}, "paramètre inconnu"),
        ({"liste": [{}], "formats": ["htlm"]}, "vouliez-vous dire « html »"),
        ({"liste": [{}], "tableau": "t.csv"}, "une seule parmi"),
        ({"tableau": "absent.csv"}, "fichier absent"),
        ({"liste": [{}], "carnet": "esai.ipynb"}, "Carnet introuvable"),
        ({"liste": [{}], "carnet": None}, "clé obligatoire"),
        ({"liste": [{}], "sorti": "x"}, "vouliez-vous dire « sortie »"),
        ({"liste": 3}, "une liste est attendue"),
        ({"liste": [3]}, "des paramètres sont attendus"),
        ({"produit": {"annee": [2026] * 100, "mode": ["tout"] * 1000}}, "100\u202f000 rapports"),
    ],
)
def test_lot_refuse(lot, cles, message):
    with pytest.raises(CtgError) as refus:
        read_lot(lot(**cles))
    assert message in str(refus.value)
    assert "Traceback" not in str(refus.value)


def test_toutes_les_fautes_de_tous_les_rapports(lot):
    with pytest.raises(CtgError) as refus:
        read_lot(lot(liste=[{"annee": 1}, {"anee": 2}, {"annee": 2026}, {"mode": "x"}]))
    assert len([x for x in refus.value.quoi.splitlines() if x.startswith("- liste, ligne")]) == 3


def test_carnet_sans_parametres(lot, tmp_path):
    chemin = lot(liste=[{}])
    carnet = json.loads((tmp_path / "essai.ipynb").read_text())
    carnet["cells"][1]["metadata"]["tags"] = []
    (tmp_path / "essai.ipynb").write_text(json.dumps(carnet))
    with pytest.raises(CtgError, match="zéro cellule de paramètres"):
        read_lot(chemin)


@pytest.mark.parametrize("texte", ["", "- a\n- b\n", "carnet: [", "carnet: &a b\nliste: *a\n", "\x00"])
def test_fichier_illisible(tmp_path, texte):
    (tmp_path / "lot.yaml").write_text(texte)
    with pytest.raises(CtgError):
        read_lot(tmp_path / "lot.yaml")


def test_lot_absent(tmp_path, capsys):
    assert main(["lot", str(tmp_path / "absent.yaml")]) == 2
    assert "fichier absent" in capsys.readouterr().err


@given(st.text())
def test_un_nom_de_fichier_est_toujours_sans_danger(texte):
    nom = file_name(texte)
    assert 0 < len(nom) <= LONGUEUR_MAX
    assert nom.isascii()
    assert not set(nom) & set('/\\:*?"<>|')
    assert nom[0] not in ".-"


def test_noms_reserves_de_windows():
    assert file_name("NUL") == "NUL-"
    assert file_name("con.html") == "con-.html"


def test_exemple_se_lit_et_ne_remplace_rien(tmp_path, capsys):
    chemin = tmp_path / "mien.yaml"
    assert main(["lot", "--exemple", str(chemin)]) == 0
    assert main(["lot", "--exemple", str(chemin)]) == 2
    assert "existe déjà" in capsys.readouterr().err
