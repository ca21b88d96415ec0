"""La carte : cases autour des positions, contours réels quand un GeoJSON est là."""

import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outils import RACINE

from ctgkit.figures import cartographie
from ctgkit.figures.carte import fitting_name, fitting_size
from ctgkit.figures.cartographie import layout
from ctgkit.storage import load_territoire, verify


@pytest.fixture
def dossier(tmp_path):
    copie = tmp_path / "valenciennes"
    shutil.copytree(RACINE / "data" / "territoires" / "valenciennes-metropole", copie)
    return copie


def carre(lon: float, lat: float, cote: float = 0.02) -> list[list[float]]:
    return [[lon, lat], [lon + cote, lat], [lon + cote, lat + cote], [lon, lat + cote], [lon, lat]]


def deposer(dossier, elements, nom="contours.geojson") -> None:
    (dossier / nom).write_text(json.dumps({"type": "FeatureCollection", "features": elements}), encoding="utf-8")


def tous_les_contours(territoire, **autres):
    return [
        {"properties": {"code": c.code_insee}, "geometry": {"type": "Polygon", "coordinates": [carre(c.lon, c.lat)]}}
        for c in territoire.communes
    ]


def test_une_case_par_commune_et_chaque_position_dans_sa_case():
    territoire = load_territoire("valenciennes-metropole")
    positions = cartographie.project(territoire.communes["lat"], territoire.communes["lon"])
    cases = cartographie.cells(positions)
    assert len(cases) == 35
    for i, case in enumerate(cases):
        distances = np.linalg.norm(positions - np.array(cartographie.centre(case)), axis=1)
        assert np.argmin(distances) == i or np.sort(distances)[0] > 0.9 * distances[i]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(42, 51), st.floats(-4, 8)), min_size=1, max_size=30, unique=True))
def test_des_positions_quelconques_donnent_des_cases_finies(points):
    lat, lon = np.array(points).T
    cases = cartographie.cells(cartographie.project(lat, lon))
    assert len(cases) == len(points)
    assert all(np.isfinite(case).all() and len(case) >= 3 for case in cases)


def test_deux_communes_au_meme_endroit_ne_cassent_pas_la_carte():
    cases = cartographie.cells(cartographie.project(np.array([50.0, 50.0, 50.1]), np.array([3.0, 3.0, 3.1])))
    assert all(np.isfinite(case).all() for case in cases)


def test_les_contours_deposes_remplacent_les_cases(dossier):
    assert not layout(load_territoire(dossier)).reel
    deposer(dossier, tous_les_contours(load_territoire(dossier)), "mes-communes.geojson")
    plan = layout(load_territoire(dossier))
    assert plan.reel
    assert len(plan.contours) == 35


def test_un_contour_manquant_laisse_le_schema_entier(dossier):
    deposer(dossier, tous_les_contours(load_territoire(dossier))[1:])
    assert not layout(load_territoire(dossier)).reel


@pytest.mark.parametrize(
    "contenu", ["", "{", "[]", '{"features": 3}', '{"features": [{"properties": null}]}', "[" * 5000]
)
def test_un_geojson_abime_est_dit_et_la_carte_reste_schematique(dossier, contenu):
    (dossier / "contours.geojson").write_text(contenu)
    assert not layout(load_territoire(dossier)).reel
    avis = [d for d in verify(dossier) if d.fichier == "contours.geojson"]
    assert avis
    assert {d.niveau for d in avis} == {"avis"}


def test_une_etiquette_ne_deborde_pas_de_son_contour():
    carre = np.array([[0.0, 0.0], [60.0, 0.0], [60.0, 40.0], [0.0, 40.0]])
    assert cartographie.span_at(carre, 20.0, 20.0) == (0.0, 60.0)
    assert fitting_name("Petite-Forêt", 10) == "Pte-Forêt"
    assert fitting_name("Condé-sur-l’Escaut", 6) == "Condé"
    assert fitting_name("Saint-Saulve", 5) == ""
    assert fitting_size("7,8", 60.0, 19.0) == 19.0
    assert 13.0 < fitting_size("21 570", 50.0, 19.0) < 19.0
    assert fitting_size("21 570", 30.0, 19.0) == 0.0
