"""Chaque graphique : plein, vide, masqué, ouvert, négatif, aux noms hostiles ; et son dessin, qui dit la même chose."""

import json
import math
import re
import xml.etree.ElementTree as ET
from datetime import date

import pandas as pd
import plotly.graph_objects as go
import pytest

from ctgkit import figures
from ctgkit.figures.cartographie import with_contours
from ctgkit.figures.gabarit import graduations, nice_step
from ctgkit.plan.suivi import GROUPES
from ctgkit.storage import load_territoire

HOSTILE = "<b onclick='x'>Tilleul</b> & %{y} {meta} </svg><script>alert(1)</script>\u202e"
ETAPES = {"diagnostic": "Diagnostic", "action": "Action"}
JOUR = date(2027, 11, 30)


def annees(*bornes):
    return [{"annee": 2025 + rang, "bas": bas, "haut": haut} for rang, (bas, haut) in enumerate(bornes)]


def ecart(nom="Taux de couverture", valeur=48.2, repere=56.1, **plus):
    return {"nom": nom, "valeur": valeur, "repere": repere, "role": "offre", "ecart": "−7,9 points", **plus}


def fiche(nom="Ouvrir une crèche", debut="2026-01-01", fin="2027-06-30", **plus):
    return {"cle": "f1", "nom": nom, "debut": debut, "fin": fin, "etat": "En cours", "classe": "cours", **plus}


def communes(nom="Vermontel", classe="b3", texte="12,5", contours=None):
    carre = [[0, 0], [0, 300], [640, 300], [640, 0]]
    return [
        {
            "cle": "00001",
            "nom": nom,
            "contours": contours or [pd.DataFrame(carre).to_numpy(float)],
            "classe": classe,
            "texte": texte,
            "dit": "12,5 %",
        }
    ]


FIGURES = {
    "bonus": lambda nom="2027": figures.bonus_by_year([{"annee": 2027, "bas": 10, "haut": 30, "mention": nom}], 2027),
    "scenarios": lambda nom="Dix places": figures.scenarios([{"nom": nom, "bas": 10, "haut": 30}], 2027),
    "prudence": lambda _="": figures.prudence([{"annee": 2027, "p10": 1e5, "p50": 2e5, "p90": 3e5}]),
    "money": lambda nom="Tilleul": figures.money([{"nom": nom, "bas": 10, "haut": 20, "notifie": 12, "percu": None}]),
    "gaps": lambda nom="Taux": figures.gaps([ecart(nom), ecart(nom, relatif=True)], "Nord"),
    "spread": lambda nom="Aubrelle": figures.spread([{"nom": nom, "valeur": 3.0}, {"nom": "b", "valeur": None}], 2.5),
    "evolutions": lambda nom="Naissances": figures.evolutions(
        [{"nom": nom, "annee": a, "valeur": float(a - 2000), "role": "besoin"} for a in (2021, 2023)]
    ),
    "priorities": lambda nom="Jeunesse": figures.priorities([{"nom": nom, "score": 7.4}, {"nom": "b", "score": 0}]),
    "coverage": lambda nom="Logement": figures.coverage([{"nom": nom, "diagnostic": 2, "action": 0}], ETAPES),
    "carte": lambda nom="Vermontel": figures.territory_map(communes(nom), [{"teinte": "b3", "texte": "12 et plus"}]),
    "calendar": lambda nom="Ouvrir": figures.calendar([fiche(nom, au_plus_tard="2027-12-31")], JOUR),
    "states": lambda _="": figures.states({"Réalisé": 3, "En cours": 1}, GROUPES),
    "issues": lambda nom="E1 Accueillir": figures.issues([{"nom": nom, "Réalisées": 2, "En cours": 1}], list(GROUPES)),
    "convention": lambda nom="Bilan": figures.convention(
        date(2025, 1, 1), date(2029, 12, 31), JOUR, [{"jour": JOUR, "nom": nom}]
    ),
}
VIDES = {
    "bonus": lambda: figures.bonus_by_year([]),
    "bonus inconnu": lambda: figures.bonus_by_year(annees((0, math.inf), (0, math.inf))),
    "scenarios": lambda: figures.scenarios(pd.DataFrame()),
    "prudence": lambda: figures.prudence([{"annee": 2027, "p10": None, "p50": None, "p90": None}]),
    "money": lambda: figures.money([]),
    "gaps": lambda: figures.gaps([ecart(repere=None)]),
    "spread": lambda: figures.spread([{"nom": "a", "valeur": None}]),
    "evolutions": lambda: figures.evolutions([{"nom": "a", "annee": 2021, "valeur": 3.0}]),
    "priorities": lambda: figures.priorities([{"nom": "a", "score": None}]),
    "coverage": lambda: figures.coverage([], ETAPES),
    "carte": lambda: figures.territory_map([{"cle": "1", "nom": "a", "contours": None, "classe": "b1"}]),
    "calendar": lambda: figures.calendar([], JOUR),
    "states": lambda: figures.states({}, GROUPES),
    "issues": lambda: figures.issues([], list(GROUPES)),
}
BORDS = {
    "ouvert": lambda: figures.bonus_by_year(annees((100, math.inf), (0, math.inf), (-math.inf, -5))),
    "negatif": lambda: figures.bonus_by_year(annees((-12000, -8667), (-3000, 50200), (0, 0)), signe=True),
    "scenario ouvert": lambda: figures.scenarios([{"nom": "a", "bas": -5, "haut": math.inf}], compacte=True),
    "une mesure égale à son repère": lambda: figures.gaps([ecart(valeur=0.0, repere=0.0)]),
    "communes au même endroit": lambda: figures.spread([{"nom": str(i), "valeur": 2.0} for i in range(60)], 2.0),
    "une fiche d'un jour": lambda: figures.calendar([fiche(debut="2027-01-01", fin="2027-01-01")], JOUR, compacte=True),
    "masquée": lambda: figures.territory_map(communes(classe="masque", texte=""), compacte=True),
}


def bars_of(figure):
    return [t for t in figure.to_plotly_json()["data"] if t["type"] == "bar"]


def words(figure):
    return "".join(ET.fromstring(figures.draw(figure)).itertext())


@pytest.mark.parametrize("nom", FIGURES)
def test_une_figure_plotly_dans_le_gabarit_avec_son_recit_et_son_tableau(nom):
    figure = FIGURES[nom]()
    recit = figure.layout.meta
    assert isinstance(figure, go.Figure)
    assert figure.layout.template.layout.paper_bgcolor == "#FFFDF8"
    assert recit["phrase"]
    assert recit["description"]
    assert recit["table"]["colonnes"]
    assert recit["table"]["lignes"]
    assert all(len(x) == len(recit["table"]["colonnes"]) for x in recit["table"]["lignes"])
    assert len(figure.to_json()) < 20_000
    json.loads(figure.to_json(), parse_constant=lambda _: pytest.fail("NaN ou infini dans le JSON"))


@pytest.mark.parametrize("nom", FIGURES)
def test_un_nom_hostile_reste_du_texte(nom):
    figure = FIGURES[nom](HOSTILE)
    brut = figure.to_plotly_json()
    traces = [str(t.get(cle) or "") for t in brut["data"] for cle in ("hovertemplate", "text", "name")]
    montres = traces + [note["text"] for note in brut["layout"]["annotations"]]
    assert not [m for m in montres if "%{y}" in m or "<script" in m or "<b onclick" in m]
    racine = ET.fromstring(figures.draw(figure))
    assert not [n for n in racine.iter() if n.tag.endswith("script")]
    assert not re.search(r"\son\w+=", re.sub(r">[^<]*<", "><", figures.draw(figure)))


@pytest.mark.parametrize("nom", VIDES)
def test_une_table_vide_donne_une_phrase_pas_des_axes(nom):
    figure = VIDES[nom]()
    assert not figure.data
    assert len(words(figure)) > 20
    assert not figure.layout.xaxis.visible


@pytest.mark.parametrize("nom", BORDS)
def test_les_cas_limites_se_dessinent(nom):
    figure = BORDS[nom]()
    assert "nan" not in figures.draw(figure).lower()
    assert figure.data


@pytest.mark.parametrize("nom", FIGURES)
def test_le_dessin_porte_les_memes_traces_et_les_memes_mots_que_la_figure(nom):
    figure = FIGURES[nom]()
    svg = figures.draw(figure)
    texte = words(figure)
    for note in figure.layout.annotations:
        for ligne in re.split(r"<br>", note.text):
            mots = re.sub(r"<[^>]+>", "", ligne).strip()
            assert mots in texte, mots
    tailles = [float(t) for t in re.findall(r'font-size="([\d.]+)"', svg)]
    assert min(tailles) >= 12
    pleines = sum(
        v not in (None, 0) for t in bars_of(figure) for v in (t["x"] if t.get("orientation") == "h" else t["y"])
    )
    assert len(re.findall(r"<rect x=", svg)) >= pleines


def test_les_barres_du_dessin_sont_a_l_echelle_des_nombres_de_la_figure():
    figure = figures.bonus_by_year(annees((1000, 1000), (2000, 3000)))
    pleines, hachurees = bars_of(figure)[:2]
    assert pleines["y"] == [1000, 2000]
    assert hachurees["y"] == [0, 1000]
    dessinees = [
        (float(h), f)
        for h, f in re.findall(
            r'<rect x="[\d.]+" y="[\d.]+" width="[\d.]+" height="([\d.]+)" fill="([^"]+)"', figures.draw(figure)
        )
    ]
    hautes = [h for h, f in dessinees if f == "#12617B" and h > 13]
    assert hautes[1] == pytest.approx(2 * hautes[0], rel=0.01)
    assert max(h for h, f in dessinees if f.startswith("url")) == pytest.approx(hautes[0], rel=0.01)


def test_une_barre_n_est_pleine_que_jusqu_a_ce_qui_est_certain():
    """DESIGN §2.10 : sans borne d'un côté, rien n'est sûr jusqu'à zéro de ce côté ; ici 0 € sûr, et 500 € sûrs."""
    pleines, hachurees = bars_of(figures.bonus_by_year(annees((-math.inf, 300), (-200, math.inf), (500, math.inf))))[:2]
    assert [abs(y) for y in pleines["y"]] == [0, 0, 500]
    assert hachurees["y"] == [300, 200, 0]


def test_une_borne_ouverte_a_sa_pointe_et_se_dit():
    figure = figures.bonus_by_year(annees((100, math.inf)))
    assert [f.type for f in figure.layout.shapes] == ["path"]
    assert "ou plus" in figure.data[0].hovertemplate[0] or "au moins" in figure.data[0].hovertemplate[0]
    assert figure.layout.meta["table"]["lignes"] == [[2025, 100.0, "rien ne le borne"]]


def test_une_commune_masquee_est_hachuree_et_sans_valeur():
    territoire = load_territoire("exemple")
    codes = territoire.communes["code_insee"].tolist()
    dit = "valeur masquée (secret statistique)"
    lignes = [{"cle": c, "classe": "masque", "texte": "", "dit": dit} for c in codes]
    figure = figures.territory_map(with_contours(territoire, lignes))
    assert {t.fillpattern.shape for t in figure.data} == {"/"}
    assert len(figure.data) == len(codes)
    assert not figure.layout.annotations


def test_un_clic_retrouve_la_commune_l_annee_la_fiche():
    assert figures.bonus_by_year(annees((1, 2))).data[0].customdata == (2025,)
    assert figures.territory_map(communes()).data[0].meta == "00001"
    assert figures.calendar([fiche()], JOUR).data[-1].customdata == ("f1",)


def test_la_configuration_n_envoie_rien_et_parle_francais():
    reglages = figures.config("bonus", loupe=True)
    assert reglages["displaylogo"] is False
    assert reglages["showSendToCloud"] is False
    boutons = [b for groupe in reglages["modeBarButtons"] for b in groupe]
    assert boutons == ["zoomIn2d", "zoomOut2d", "resetScale2d"]
    assert reglages["locales"]["fr"]["format"]["decimal"] == ","
    assert "http" not in json.dumps(reglages)


@pytest.mark.parametrize(("etendue", "combien", "pas"), [(10, 5, 2), (1_234_567, 5, 500_000), (0.03, 5, 0.01)])
def test_un_seul_pas_rond_pour_la_maison(etendue, combien, pas):
    assert nice_step(etendue, combien) == pytest.approx(pas)
    assert all(0 <= g <= etendue for g in graduations(0, etendue, combien))


@pytest.mark.parametrize(("compacte", "ecrits"), [(False, ["2 au-dessous", "3 au-dessus"]), (True, ["3 au-dessus"])])
def test_le_compte_d_un_cote_du_repere_ne_s_ecrit_que_s_il_tient(compacte, ecrits):
    """Au téléphone, « 12 au-dessous » sortait du dessin quand le repère est au quart de la largeur."""
    valeurs = [{"nom": str(v), "valeur": v} for v in (0.0, 10.0, 40.0, 60.0, 100.0)]
    mots = [re.sub(r"<[^>]*>", "", a.text) for a in figures.spread(valeurs, 25.0, compacte=compacte).layout.annotations]
    assert [m for m in mots if "au-de" in m] == ecrits
