"""Revue d'usage n° 12, revue d'analyste D2 et D9 : chaque sortie donne le même chiffre, en nombre et en lettres."""

import html
import json
import re

import numpy as np
import pytest

import ctgkit as ctg
from ctgkit.__main__ import main
from ctgkit.documents import render
from ctgkit.documents.catalogue.bonus.argent import money_document
from ctgkit.documents.catalogue.bonus.synthese import summary
from ctgkit.documents.classeur.bonus import workbook_sheets
from ctgkit.documents.classeur.parametres import NON_BORNE
from ctgkit.documents.registre import find_offre
from ctgkit.fourchette import Fourchette
from ctgkit.simulation import (
    as_json,
    compare_scenarios,
    flat_csv,
    json_text,
    money,
    read_scenario,
    report,
    simulate,
    tell_year,
)
from ctgkit.storage import load_territoire

LIVRES = ("exemple", "armentieres", "cambrai", "valenciennes-metropole")
NEUVE = {
    "id": "neuve",
    "nom": "Crèche neuve",
    "type": "eaje",
    "competence": "k",
    "quantite": 20,
    "cofinancee": True,
}
# Pour « exemple » : une ouverture, une place de plus là où rien n'est publié, une fermeture ; ailleurs, une ouverture.
DE_L_EXEMPLE = {
    "dix places": [{"quantite": {"structure": "creche-tilleul", "quantite": 65, "date": "2027-01-01"}}],
    "fermer": [{"fermer": {"structure": "creche-noyer", "date": "2027-07-01"}}],
}


def cas():
    for code in LIVRES:
        lieu = load_territoire(code)
        yield pytest.param((code, None), id=f"{code}, sans changement")
        ouvrir = {"structure": {**NEUVE, "code_insee": str(lieu.communes["code_insee"][0])}, "date": "2026-01-01"}
        yield pytest.param((code, {"nom": "Ouvrir", "mouvements": [{"ouvrir": ouvrir}]}), id=f"{code}, ouvrir")
    for nom, mouvements in DE_L_EXEMPLE.items():
        yield pytest.param(("exemple", {"nom": nom, "mouvements": mouvements}), id=f"exemple, {nom}")


def plain(texte):
    return " ".join(re.sub(r"[\u202f\u00a0]", " ", texte).replace("’", "'").split())


def text(document, extension="html"):
    page = re.sub(r"(?s)<(style|script|svg)\b.*?</\1>", " ", render(document, extension).decode())
    return plain(html.unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.fixture(params=cas())
def simules(request):
    code, scenario = request.param
    lieu = load_territoire(code)
    reference = simulate(lieu)
    return code, reference, simulate(lieu, read_scenario(scenario)) if scenario else reference


def test_le_total_de_chaque_annee_est_le_meme_partout(simules):
    code, reference, r = simules
    autre = None if r is reference else reference
    donnees = as_json(r, autre)
    assert json.loads(json.dumps(donnees, allow_nan=False)) == donnees
    totaux = next(f for f in workbook_sheets([r]) if f.nom == "Totaux")
    document, rapport = text(summary(r, autre)), plain(report([r]))
    carnet = ctg.simulate(code, r.scenario).by("annee")
    for rang, total in enumerate(donnees["totaux"]):
        bas, haut = total["bonus_eur"]
        assert totaux.value("bas", rang) == bas
        assert totaux.value("haut", rang) == (NON_BORNE if haut is None else haut)
        assert totaux.value("connu", rang) == total["connu_eur"]
        ecrit = plain(Fourchette(bas, haut, total["connu_eur"]).tell())
        assert f"{total['annee']} {ecrit}" in rapport
        siennes = carnet[carnet["annee"] == total["annee"]]
        if siennes.empty:  # aucune structure n'y est ouverte : rien ; ou aucune n'est renseignée : on ne sait pas
            assert (bas, haut) == (0.0, 0.0 if len(r.territoire.structures) else None)
            continue
        ligne = siennes.iloc[0]
        assert (ligne["bas"], ligne["haut_connu"]) == (bas, total["connu_eur"])
        assert ecrit in document
    if not Fourchette(bas, haut, total["connu_eur"]).inconnu:
        fin = plain(Fourchette(bas, haut, total["connu_eur"]).write())
        assert re.search(rf"En {total['annee']}, le bonus territoire serait (de )?{re.escape(fin)}\.", document)


def test_l_ecart_d_un_scenario_est_le_meme_partout(simules):
    """La même inconnue des deux côtés s'annule : l'écart n'est pas la différence des minima."""
    _, reference, r = simules
    if r is reference:
        pytest.skip("pas de scénario")
    ecart = compare_scenarios(reference, r).ecarts[0]
    donnees, feuille = json.loads(json_text([r], reference))["ecart"], workbook_sheets([reference, r])[1]
    assert feuille.nom == "Comparaison"
    for rang, (annee, lu) in enumerate(zip(r.annees, donnees["annees"], strict=True)):
        bas, haut = ecart.total(annee)
        gain = ecart.par_an.get(annee)
        assert (bas, haut) == ((gain.bas, gain.haut) if gain else (0.0, 0.0))
        assert lu == {"annee": annee, "ecart_eur": [x if np.isfinite(x) else None for x in (bas, haut)]}
        ecrits = [NON_BORNE if np.isinf(x) else x for x in (bas, haut)]
        assert [feuille.value(f"ecart_{cote}1", rang) for cote in ("bas", "haut")] == ecrits
    document = text(summary(r, reference))
    assert plain(ecart.phrases[0]) in document
    assert plain(tell_year(ecart, r.annees[-1])) in document
    assert plain(ecart.phrases[0]) in plain(report([reference, r]))


def test_notifie_percu_acomptes_et_reste_a_charge_sortent_partout(simules):
    """D9 : une ligne de la table est la même en JSON, en CSV, dans le classeur et dans le document."""
    _, _, r = simules
    table = money(r)
    assert len(as_json(r)["argent"]) == len(table) == flat_csv([r], table="argent").count("\n") - 1
    feuille = next(f for f in workbook_sheets([r]) if f.nom == "Argent")
    document = text(money_document(r))
    for rang, ligne in enumerate(table.to_dict("records")):
        for cle in ("notifie_eur", "percu_eur", "acompte_max", "reste_haut"):
            lue = feuille.value(cle, rang)
            assert (lue is None) == bool(np.isnan(ligne[cle]))
            assert lue is None or lue == ligne[cle]
        if not np.isnan(ligne["notifie_eur"]):
            assert plain(ctg.formats.euros(ligne["notifie_eur"])) in document


def test_l_acompte_d_un_montant_inconnu_n_est_pas_nul():
    table = money(simulate(load_territoire("armentieres")))
    inconnus = table[(table["simule_bas"] == 0) & table["simule_haut"].isna()]
    assert inconnus["acompte_max"].isna().all()


@pytest.mark.parametrize("extension", ["csv", "json", "html", "docx", "odt", "xlsx"])
def test_ctg_exporter_bonus_ecrit_chaque_format(extension, tmp_path, capsys):
    (tmp_path / "projet.yaml").write_text("mouvements: [{fermer: {structure: creche-noyer, date: 2027-07-01}}]")
    sortie = tmp_path / f"bonus.{extension}"
    choix = ["--scenario", str(tmp_path / "projet.yaml"), "--format", extension, "--sortie", str(sortie)]
    assert main(["exporter", "bonus", "exemple", *choix]) == 0
    assert capsys.readouterr().out.startswith("Écrit : ")
    assert sortie.stat().st_size > 500


def test_la_page_propose_un_seul_document_par_format():
    from ctgkit.views.bonus.page import offered

    assert {e: o.cle for e, o in offered().items()} == {e: find_offre("bonus", "", e).cle for e in offered()}
    assert set(offered()) == {"xlsx", "docx", "odt", "pdf", "html", "csv", "json"}


@pytest.mark.parametrize("table", ["montants", "argent"])
def test_ctg_simuler_donne_l_argent_en_csv(table, capsys):
    assert main(["simuler", "exemple", "--format", "csv", "--table", table]) == 0
    entete = capsys.readouterr().out.splitlines()[0].split(";")
    assert ("notifie_eur" in entete) == (table == "argent")
