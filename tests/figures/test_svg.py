"""Un graphique imprimé dit la même chose que la figure : positions, nombres français, hachures, cartes."""

import base64
import re
import xml.etree.ElementTree as ET

import numpy as np
import plotly.graph_objects as go
import pytest

from ctgkit.errors import CtgError
from ctgkit.figures.gabarit import nice_step, written
from ctgkit.figures.svg import draw


def lire(figure, **plus):
    racine = ET.fromstring(draw(figure, **plus))
    return [(n.tag.rsplit("}", 1)[-1], n.attrib, "".join(n.itertext())) for n in racine.iter()]


def textes(figure):
    return [t for balise, _, t in lire(figure) if balise == "text"]


def barres(figure):
    rects = [a for b, a, _ in lire(figure) if b == "rect" and a["fill"] not in ("#fff",) and "height" in a]
    return [a for a in rects if float(a["height"]) != 12 and a["width"] != "760"]


def test_les_barres_sont_proportionnelles_et_partent_de_zero():
    trouvees = barres(go.Figure(go.Bar(x=["a", "b", "c"], y=[1000, 2000, 500])))
    hauteurs = [float(b["height"]) for b in trouvees]
    assert hauteurs[1] == pytest.approx(2 * hauteurs[0], abs=0.2)
    assert hauteurs[2] == pytest.approx(hauteurs[0] / 2, abs=0.2)
    pieds = {round(float(b["y"]) + float(b["height"]), 1) for b in trouvees}
    assert len(pieds) == 1


def test_les_barres_empilees_se_posent_l_une_sur_l_autre():
    figure = go.Figure([go.Bar(name="a", x=[2027], y=[100]), go.Bar(name="b", x=[2027], y=[50])], {"barmode": "stack"})
    bas, haut = barres(figure)[:2]
    assert float(haut["y"]) + float(haut["height"]) == pytest.approx(float(bas["y"]), abs=0.2)


def test_une_fourchette_est_hachuree():
    figure = go.Figure(go.Bar(x=["a"], y=[1], marker={"color": "#12617B", "pattern": {"shape": "/"}}))
    (motif,) = [a["id"] for b, a, _ in lire(figure) if b == "pattern"]
    assert any(a.get("fill") == f"url(#{motif})" for b, a, _ in lire(figure) if b == "rect")


def test_les_nombres_des_axes_sont_francais_et_les_annees_sans_espace():
    ecrits = textes(go.Figure(go.Bar(x=[2025, 2026], y=[-1_500_000, 2_000_000])))
    assert "2025" in ecrits
    assert "1\u202f000\u202f000" in ecrits
    assert "\u22121\u202f000\u202f000" in ecrits


def test_les_barres_couchees_ecrivent_noms_et_valeurs():
    figure = go.Figure(go.Bar(y=["Relais", "Accueil"], x=[3, 6], orientation="h", text=["3 places", "6 places"]))
    assert {"Relais", "Accueil", "3 places", "6 places"} <= set(textes(figure))
    largeurs = [float(b["width"]) for b in barres(figure)]
    assert largeurs[1] == pytest.approx(2 * largeurs[0], abs=0.2)


def test_une_ligne_s_interrompt_quand_la_valeur_manque():
    trace = next(
        a["d"]
        for b, a, _ in lire(go.Figure(go.Scatter(x=[1, 2, 3, 4], y=[1, None, 3, 4], mode="lines")))
        if b == "path"
    )
    assert trace.count("M") == 2


def test_une_bande_se_ferme_sur_la_ligne_precedente():
    figure = go.Figure(
        [
            go.Scatter(x=[1, 2], y=[1, 1], mode="lines"),
            go.Scatter(x=[1, 2], y=[3, 4], mode="lines", fill="tonexty", fillcolor="rgba(1,2,3,0.2)"),
        ]
    )
    bande = next(a["d"] for b, a, _ in lire(figure) if b == "path" and a["fill"].startswith("rgba"))
    assert bande.count("L") == 3
    assert bande.endswith("Z")


def test_une_carte_garde_ses_proportions():
    carre = go.Scatter(
        x=[0, 1, 1, 0, 0], y=[0, 0, 1, 1, 0], fill="toself", fillcolor="#FAE8DC", mode="lines", name="Denain"
    )
    figure = go.Figure(carre, {"xaxis": {"visible": False}, "yaxis": {"visible": False, "scaleanchor": "x"}})
    contour = next(a["d"] for b, a, _ in lire(figure) if b == "path" and a["fill"] == "#FAE8DC")
    points = [tuple(map(float, p.split())) for p in re.findall(r"[ML]([\d.]+ [\d.]+)", contour)]
    assert points[1][0] - points[0][0] == pytest.approx(points[0][1] - points[2][1], abs=0.2)
    assert any(t == "Denain" for b, _, t in lire(figure) if b == "title")


def test_une_case_masquee_est_hachuree_de_gris():
    trace = go.Scatter(x=[0, 1, 1], y=[0, 0, 1], fill="toself", fillpattern={"shape": "/", "fgcolor": "#636973"})
    motifs = [a for b, a, _ in lire(go.Figure(trace)) if b == "rect" and a.get("fill") == "#636973"]
    assert len(motifs) == 1


def test_un_axe_de_dates_place_les_annees():
    figure = go.Figure(go.Scatter(x=["2025-06-11", "2030-06-30"], y=[1, 2]))
    assert [t for t in textes(figure) if t.isdigit() and len(t) == 4] == ["2026", "2027", "2028", "2029", "2030"]


def test_repere_annotation_et_titres_d_axes():
    figure = go.Figure(go.Bar(x=["a"], y=[4]), {"title": "Le bonus", "yaxis": {"title": {"text": "en euros"}}})
    figure.add_hline(y=2, line_dash="dot", line_color="#636973")
    figure.add_annotation(x="a", y=4, text="maximum", showarrow=False)
    assert {"Le bonus", "en euros", "maximum"} <= set(textes(figure))
    assert any(a.get("stroke-dasharray") for b, a, _ in lire(figure) if b == "line")


def test_les_tableaux_compacts_de_plotly_se_lisent():
    compact = {"dtype": "f8", "bdata": base64.b64encode(np.array([1.0, 2.0]).tobytes()).decode()}
    lus = barres({"data": [{"type": "bar", "x": ["a", "b"], "y": compact}], "layout": {}})
    assert float(lus[1]["height"]) == pytest.approx(2 * float(lus[0]["height"]), abs=0.2)


def test_un_axe_renverse_met_le_premier_nom_en_haut():
    figure = go.Figure(go.Bar(y=["un", "deux"], x=[1, 1], orientation="h"), {"yaxis": {"autorange": "reversed"}})
    assert float(barres(figure)[0]["y"]) < float(barres(figure)[1]["y"])


VIDES = [
    {"data": []},
    {"data": [{"type": "bar", "x": [], "y": []}]},
    go.Figure(),
    go.Figure(go.Scatter(x=[1], y=[None])),
]


@pytest.mark.parametrize("vide", VIDES)
def test_une_figure_vide_reste_un_dessin(vide):
    assert lire(vide)[0][0] == "svg"


@pytest.mark.parametrize("trace", [go.Pie(values=[1]), go.Heatmap(z=[[1]]), go.Scattermap(lat=[1], lon=[1])])
def test_un_type_qui_ne_s_imprime_pas_se_dit(trace):
    with pytest.raises(CtgError, match="ne s'imprime pas encore"):
        draw(go.Figure(trace))


@pytest.mark.parametrize(("etendue", "attendu"), [(10, 2), (7, 2), (1, 0.2), (1_234_567, 500_000), (0.03, 0.01)])
def test_les_pas_sont_ronds(etendue, attendu):
    assert nice_step(etendue) == pytest.approx(attendu)


def test_les_decimales_suivent_le_pas():
    assert written([0.0, 0.25, 0.5]) == ["0,00", "0,25", "0,50"]
    assert written([2.0, 2.5]) == ["2,0", "2,5"]
    assert written([1000.0, 2000.0], " €") == ["1\u202f000 €", "2\u202f000 €"]
