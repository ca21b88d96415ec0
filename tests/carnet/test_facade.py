"""La façade : chaque nom fait ce que dit son exemple, se montre en quelques lignes, et sort ce que sort la commande."""

import doctest
import importlib
import io
import subprocess
import sys
from datetime import date

import numpy as np
import openpyxl
import pandas as pd
import plotly.graph_objects as go
import pytest
from outils import lu

import ctgkit as ctg
from ctgkit.__main__ import main
from ctgkit.views.diagnostic.etat import EtatDiagnostic
from ctgkit.views.diagnostic.lecture import read_lecture
from ctgkit.views.diagnostic.zones import map_figure

PUBLICS = [nom for nom in ctg.__all__ if nom != "CtgError"]


@pytest.fixture(scope="module")
def lieu():
    return ctg.load_territoire("exemple")


@pytest.fixture(scope="module")
def r(lieu):
    return ctg.simulate(lieu)


def test_vingt_cinq_noms_environ():
    assert 10 <= len(ctg.__all__) <= 30
    assert ctg.__all__ == sorted(ctg.__all__)


@pytest.mark.parametrize("nom", PUBLICS)
def test_chaque_nom_a_sa_phrase(nom):
    assert len((getattr(ctg, nom).__doc__ or "").split(".")[0]) > 20


MODULES = ("diagnostic", "lieu", "plan", "export", "simulation")


@pytest.mark.parametrize("module", MODULES)
def test_les_exemples_de_la_documentation_marchent(module):
    charge = importlib.import_module(f"ctgkit.carnet.{module}")
    noms = {nom: getattr(ctg, nom) for nom in PUBLICS}
    rate, essayes = doctest.testmod(charge, extraglobs=noms)
    assert rate == 0
    assert essayes or module == "export"


def test_l_import_est_leger():
    lourds = ("numpy", "pandas", "plotly", "ipywidgets", "yaml", "sqlalchemy")
    code = f"import sys, ctgkit; print([m for m in {lourds} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_une_copie_changee_ne_change_pas_le_territoire(lieu):
    copie = lieu.structures
    copie.loc[:, "quantite"] = 0
    assert lieu.structures["quantite"].sum() > 0


def test_un_dataframe_rendu_tel_quel_donne_le_meme_lieu(lieu, r):
    pareil = lieu.with_structures(lieu.structures).with_communes(lieu.communes).with_references(lieu.references)
    assert pareil.territoire.structures == lieu.territoire.structures
    assert pareil.territoire.communes == lieu.territoire.communes
    pd.testing.assert_frame_equal(ctg.simulate(pareil).table(), r.table())


def test_changer_un_dataframe_puis_simuler(lieu):
    nouvelle = {"id": "creche-neuve", "nom": "Crèche neuve", "type": "eaje", "code_insee": "00001"}
    structures = pd.concat([lieu.structures, pd.DataFrame([nouvelle])], ignore_index=True)
    assert len(lieu.with_structures(structures).structures) == len(lieu.structures) + 1


def test_les_defauts_d_un_dataframe_se_disent_tous_avec_leur_ligne(lieu):
    faux = lieu.structures.astype({"quantite": object})
    faux.loc[0, "quantite"] = "beaucoup"
    faux.loc[1, "code_insee"] = "99999"
    with pytest.raises(ctg.CtgError) as refus:
        lieu.with_structures(faux)
    assert "ligne 2, « quantite »" in str(refus.value)
    assert "commune inconnue" in str(refus.value)
    assert "structures du carnet" in str(refus.value)
    assert "exécuter à nouveau la cellule" in refus.value.que_faire
    assert "ctg verifier" not in str(refus.value)


def test_la_somme_des_communes_est_celle_du_territoire(r):
    # Cas fait à la main : l'enveloppe se conserve d'un axe à l'autre.
    par_commune = r.by("commune", 2027)
    ensemble = r.by("annee", 2027)
    assert par_commune["bas"].sum() == pytest.approx(ensemble["bas"].item(), abs=0.01)


def test_un_haut_que_rien_ne_borne_reste_infini(r):
    assert np.isinf(r.by("annee")["haut"]).all()


@pytest.mark.parametrize(
    "appel", [lambda r: r.by("villes"), lambda r: r.by("annee", 1999), lambda r: r.explain("x", 2027)]
)
def test_une_demande_impossible_se_dit_en_francais(r, appel):
    with pytest.raises(ctg.CtgError, match=r"inconnu|n'est pas simulée"):
        appel(r)


def test_ce_qui_se_montre_est_court(lieu, r):
    plan, d = ctg.open_plan(lieu), ctg.read_diagnostic(lieu)
    objets = (lieu, lieu.constat, r, r.constat(2027), ctg.compare_scenarios(r, r), plan, plan.constat, d, d.constat)
    for objet in (*objets, r.explain("creche-aulne", 2027)):
        assert 0 < len(objet._repr_html_()) < 12_000
        assert 0 < len(repr(objet)) < 6_000
        assert "array" not in repr(objet)


def test_une_table_est_un_dataframe_qui_se_montre_en_francais(r):
    table = r.by("annee")
    assert isinstance(table, pd.DataFrame)
    assert "sans limite" in table._repr_html_()
    assert ">2027<" in table._repr_html_(), "une année s'écrit sans espace"
    assert "… et 1 autre ligne." in lu(pd.concat([table] * 13).head(61)._repr_html_())
    assert table[table["bas"] < 0]._repr_html_().endswith("Aucune ligne.</p></article>")


def test_une_table_garde_dans_un_lot_le_document_dont_on_fait_un_word(lieu):
    donnees = lieu.echeances._repr_mimebundle_()
    assert set(donnees) == {"text/html", "application/vnd.ctg.document+json"}


def test_le_jour_de_lecture_appartient_au_lieu():
    lieu = ctg.load_territoire("exemple", "2026-11-21")
    assert lieu.jour == ctg.open_plan(lieu).jour == date(2026, 11, 21)
    assert lieu.echeances["passee"].tolist() == [True, True, *[False] * 5]
    assert lieu.with_structures(lieu.structures).jour == lieu.jour


def test_le_carnet_du_territoire_dit_ses_adhesions_et_ses_sources(lieu):
    assert len(lieu.adhesions) == len(lieu.communes)
    assert set(lieu.sources["statut"]) <= {"Officiel", "Fictif", "Secondaire", "À confirmer"}
    for nom in ("adhesion", "population", "zone", "convention"):
        assert lieu.figure(nom).layout.meta["phrase"]
    with pytest.raises(ctg.CtgError, match="convention"):
        lieu.figure("conventions")


def test_les_figures_sont_des_figures_plotly(lieu, r):
    plan = ctg.open_plan(lieu)
    for figure in (r.figure(), plan.figure(), plan.figure("calendrier"), ctg.compare_scenarios(r, r).figure()):
        assert isinstance(figure, go.Figure)
        assert figure.layout.meta["phrase"]


def test_la_carte_coupe_ses_classes_au_repere_et_hachure_les_masquees():
    d = ctg.read_diagnostic("exemple")
    valeurs = d.communes("PE10").set_index("nom")["valeur"]
    repere = d.table().set_index("code").loc["PE10", "repere"]
    surfaces = {t.name: t for t in d.map("PE10").data if t.meta}
    assert set(surfaces) == set(valeurs.index)
    assert {n for n, t in surfaces.items() if t.fillpattern.shape} == set(valeurs.index[valeurs.isna()])
    dessus = {surfaces[n].fillcolor for n in valeurs.index[valeurs >= repere]}
    dessous = {surfaces[n].fillcolor for n in valeurs.index[valeurs < repere]}
    assert dessus
    assert dessous
    assert not dessus & dessous


def test_la_carte_du_carnet_dit_ce_que_dit_celle_de_la_page(lieu):
    d = ctg.read_diagnostic(lieu, "petite_enfance")
    (page, _) = map_figure(read_lecture(d.publication, EtatDiagnostic("petite_enfance", carte="PE10")))
    assert d.map("PE10").layout.meta["table"] == page.layout.meta["table"]


def test_une_carte_demande_un_indicateur_connu():
    with pytest.raises(ctg.CtgError, match="PE10"):
        ctg.read_diagnostic("exemple").map("PE101")


def test_le_classeur_du_carnet_est_celui_de_la_commande(r, tmp_path):
    ctg.export(r, tmp_path / "carnet.xlsx")
    assert main(["exporter", "bonus", "exemple", "--format", "xlsx", "--sortie", str(tmp_path / "ctg.xlsx")]) == 0
    lus = [
        [[cellule.value for cellule in ligne] for feuille in openpyxl.load_workbook(f) for ligne in feuille.iter_rows()]
        for f in (tmp_path / "carnet.xlsx", tmp_path / "ctg.xlsx")
    ]
    assert lus[0] == lus[1]


def test_un_dataframe_s_exporte_sans_formule_ni_faux_zero(tmp_path):
    table = pd.DataFrame({"nom": ["=1+1", "b"], "montant": [1.5, np.nan], "borne": [np.inf, 2.0]})
    ctg.export(table, tmp_path / "t.csv")
    ecrit = (tmp_path / "t.csv").read_text(encoding="utf-8-sig")
    assert not [faux for faux in ("\n=1", "nan", "inf") if faux in ecrit]
    relu = pd.read_csv(io.StringIO(ecrit), sep=";", decimal=",")
    assert relu.iloc[1].isna().sum() == 1


def test_un_objet_ou_un_format_inconnu_se_dit(r, tmp_path):
    with pytest.raises(ctg.CtgError, match="ne s'exporte pas"):
        ctg.export(object(), tmp_path / "x.csv")
    with pytest.raises(ctg.CtgError, match="Format"):
        ctg.export(r, tmp_path / "x.xyz")
    assert not list(tmp_path.iterdir())


def test_chercher_une_commune_sans_accent_ni_trait_d_union():
    trouvees = ctg.find_territoires("saint etienne")
    assert trouvees["nom"].iloc[0] == "Saint-Étienne"
    assert ctg.find_territoires("59606")["nom"].tolist() == ["Valenciennes"]
    assert ctg.find_territoires("").empty


def test_le_plan_compte_ses_fiches_et_suit_son_argent(lieu):
    plan = ctg.open_plan(lieu)
    assert plan.states()["fiches"].sum() == len(plan.fiches)
    assert plan.money()["notifie_eur"].notna().any()
    assert plan.needs()["sans_action"].dtype == bool


def test_la_reference_dit_tous_les_noms_et_leurs_exemples(capsys):
    assert main(["aide-python"]) == 0
    ecrit = capsys.readouterr().out
    assert all(f"ctg.{nom}" in ecrit for nom in ctg.__all__)
    assert ">>> simulate" in ecrit
    assert ".with_structures(structures: pd.DataFrame)" in ecrit


def test_la_reference_n_invente_pas_de_nom(capsys):
    assert main(["aide-python", "simulte"]) == 2
    assert "vouliez-vous dire « simulate »" in capsys.readouterr().err
