"""Ce que la version d'avant la refonte a écrit s'ouvre encore, et dit la même chose.

Journal, scénarios enregistrés, codes et liens donnés, sauvegarde, lot commencé : rien de ce que quelqu'un avait fait
n'est perdu, ni changé. Les scénarios en fichiers, leurs codes et leurs montants sont dans test_montants.py.
"""

import csv
import json
import shutil
import time

import portes
import pytest

import ctgkit as ctg

GARDE = json.loads(portes.ETATS.read_text(encoding="utf-8"))
TRAVAIL = ("entrees", "etats", "scenarios", "codes", "histoire", "plan", "plan au fichier", "retirees", "titres")
FICHE, DONNE, DEPASSE = "PE-01", "9C5A39DF", "151A6B41"


@pytest.fixture(autouse=True)
def chez_soi(monkeypatch):
    """Le journal de chaque dossier, à l'heure de Paris : celle des phrases gardées."""
    monkeypatch.delenv("CTG_JOURNAL", raising=False)
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def dossier(tmp_path):
    return shutil.copytree(portes.ICI / "exemple", tmp_path / "exemple")


def same(garde, present):
    ecarts = list(portes.gaps(garde, json.loads(json.dumps(present, ensure_ascii=False))))
    assert not ecarts, "\n".join(ecarts[:20])


def test_le_journal_dit_tout_ce_qui_a_ete_fait(dossier):
    same({c: GARDE[c] for c in TRAVAIL}, portes.read_work(dossier))


def test_ce_que_l_on_a_saisi_compte_encore(dossier):
    present = portes.read_outputs(dossier)
    same({c: GARDE[c] for c in present}, present)


def test_la_sauvegarde_se_restaure_entiere(tmp_path):
    ecrit = portes.told("restaurer", portes.ICI / "sauvegarde.zip", "--dans", tmp_path / "exemple")
    assert f"13 fichiers et {GARDE['entrees']} changements vérifiés" in portes.uniform(ecrit)
    same({c: GARDE[c] for c in TRAVAIL}, portes.read_work(tmp_path / "exemple"))


def test_un_dossier_renomme_garde_son_histoire(dossier):
    same(
        {"histoire": GARDE["histoire"]},
        {"histoire": portes.read_work(dossier.rename(dossier.parent / "autre"))["histoire"]},
    )


@pytest.mark.parametrize("code", GARDE["liens"])
def test_un_lien_donne_montre_les_memes_montants(dossier, code):
    """Même celui d'un scénario que son auteur a changé depuis."""
    same(GARDE["liens"][code], portes.shared_amounts(dossier, code.lower()))


def test_un_code_donne_reste_bon_apres_un_changement():
    assert GARDE["codes"][DEPASSE] == "Dix places à Castelnoix"
    assert DEPASSE not in {code for code, *_ in GARDE["scenarios"]}
    assert [DONNE, "Dix places à Castelnoix", "chargée de coopération"] in GARDE["scenarios"]


@pytest.mark.parametrize("code", [DONNE, DEPASSE])
def test_un_scenario_d_avant_dit_que_ses_chiffres_ont_pu_changer_et_pourquoi(dossier, code):
    """Par la commande, la façade, la page et les documents : la même phrase."""
    lieu = ctg.load_territoire(str(dossier))
    phrases = ctg.simulate(lieu, ctg.read_scenario(code, lieu)).relecture()
    assert phrases[0].startswith("Ce scénario a été enregistré le 30 novembre 2026 avec une édition antérieure")
    assert "parce qu'une commune dont l'adhésion n'est pas renseignée" in phrases[0]
    vus = [portes.told("simuler", dossier, "--scenario", code), *portes.shown_by_bonus(dossier, code)]
    for vu in map(portes.uniform, vus):
        assert portes.uniform(phrases[0]) in vu.replace("’", "'")


def test_un_scenario_neuf_ne_dit_rien_de_tel(dossier):
    assert "Ce scénario a été enregistré" not in "".join(portes.shown_by_bonus(dossier, ""))
    lieu = ctg.load_territoire(str(dossier))
    assert list(ctg.simulate(lieu, ctg.Scenario("Neuf").fermer("creche-noyer", "2027-07-01")).relecture()) == []


def test_un_desaccord_se_dit_toujours(dossier):
    refus = portes.uniform(portes.stale_write(dossier, FICHE, 1))
    assert "Le conseiller Caf a modifié" in refus
    assert "Ouvrir la crèche Chèvrefeuille à la rentrée 2026" in refus
    assert portes.read_work(dossier)["entrees"] == GARDE["entrees"]


def test_on_sauvegarde_et_l_on_restaure_ce_qui_vient_d_avant(dossier, tmp_path):
    portes.told("sauvegarder", dossier, "--sortie", tmp_path / "neuve.zip")
    portes.told("restaurer", tmp_path / "neuve.zip", "--dans", tmp_path / "rendu" / "exemple")
    same({c: GARDE[c] for c in TRAVAIL}, portes.read_work(tmp_path / "rendu" / "exemple"))


def test_un_lot_commence_avant_se_lit_et_se_reprend(tmp_path, monkeypatch):
    """Refaits par une version suivante, inchangés pour celle qui les a faits : mêmes chiffres, mêmes fichiers."""
    shutil.copytree(portes.ICI / "lot", tmp_path / "lot")
    monkeypatch.chdir(tmp_path / "lot")
    avant, pages = _lot(tmp_path), _pages(tmp_path)
    assert "Rien n'a été lancé" in portes.told("lot", "lot.yaml", "--essai")
    dit = portes.uniform(portes.told("lot", "lot.yaml", "--ouvriers", "2"))
    assert "« bonus_bas_eur » valait 346 273,33, il vaut maintenant 307 773,33" in dit
    apres = _lot(tmp_path)
    assert {n: r["parametres"] for n, r in apres.items()} == {n: r["parametres"] for n, r in avant.items()}
    chiffres = {n: r["chiffres"] for n, r in avant.items()}
    # Revue d'analyste D7 : le relais et le chargé de coopération de l'agglomération ne sont pas à la commune.
    chiffres["fiche_commune_00001"]["bonus_bas_eur"] = round(346_273.33 - 16_500 - 22_000, 2)
    same(chiffres, {n: {c: r["chiffres"].get(c) for c in chiffres[n]} for n, r in apres.items()})
    assert {r["statut"] for r in apres.values()} <= {"fait", "inchangé"}
    assert apres["fiche_commune_00001"]["avant"]["chiffres"] == {"bonus_bas_eur": 346_273.33}
    assert "agglomération" in apres["fiche_commune_00001"]["avant"]["pourquoi"]
    assert "avant" not in apres["fiche_commune_00009"]
    assert _pages(tmp_path).keys() == pages.keys()
    portes.told("lot", "lot.yaml")
    assert {r["statut"] for r in _lot(tmp_path).values()} == {"inchangé"}


def _lot(ici):
    rapports = json.loads((ici / "lot/produits/manifeste.json").read_text(encoding="utf-8"))["rapports"]
    with open(ici / "lot/produits/resultats.csv", encoding="utf-8-sig", newline="") as flux:
        assert [x["rapport"] for x in csv.DictReader(flux, delimiter=";")] == [r["nom"] for r in rapports]
    return {r["nom"]: r for r in rapports}


def _pages(ici):
    return {f.name: portes.html_text(f.read_text(encoding="utf-8")) for f in (ici / "lot/produits").glob("*.html")}
