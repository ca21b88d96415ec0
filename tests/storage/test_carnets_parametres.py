"""La porte des paramètres : noms déclarés, bons types, refus en français, rien d'évalué."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctgkit.errors import CtgError
from ctgkit.noyaux.parametres import check_parametres, defauts, read_parametres

CELLULE = """\
territoire = "valenciennes-metropole"  # code ou dossier du territoire
annee = 2025  # année affichée [2020-2035]
mode = "tout"  # ce que l'on montre {tout|resume}
taux: float = 0  # part, en % [-5-7,5]
detail = False  # avec le détail
communes = []  # communes retenues
"""


def carnet(dossier: Path, source: str = CELLULE, tags: tuple[str, ...] = ("parameters",)) -> Path:
    cellule = {
        "cell_type": "code",
        "id": "parametres",
        "metadata": {"tags": list(tags)},
        "outputs": [],
        "execution_count": None,
        "source": source.splitlines(keepends=True),
    }
    chemin = dossier / "carnet.ipynb"
    chemin.write_text(json.dumps({"cells": [cellule], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8")
    return chemin


@pytest.fixture(scope="module")
def declarations(tmp_path_factory):
    return read_parametres(carnet(tmp_path_factory.mktemp("carnet")))


def test_declarations_lues(declarations):
    assert [(d.nom, d.type, d.defaut, d.bornes, d.choix) for d in declarations] == [
        ("territoire", "str", "valenciennes-metropole", None, ()),
        ("annee", "int", 2025, (2020, 2035), ()),
        ("mode", "str", "tout", None, ("tout", "resume")),
        ("taux", "float", 0.0, (-5, 7.5), ()),
        ("detail", "bool", False, None, ()),
        ("communes", "list", [], None, ()),
    ]
    assert defauts(declarations)["annee"] == 2025


@pytest.mark.parametrize(
    ("nom", "ecrit", "lu"),
    [
        ("annee", "2026", 2026),
        ("annee", "2 026", 2026),
        ("annee", 2026, 2026),
        ("taux", "2,5", 2.5),
        ("taux", 3, 3.0),
        ("detail", "oui", True),
        ("mode", "resume", "resume"),
        ("territoire", "01004", "01004"),
        ("territoire", "données/été 2026", "données/été 2026"),
        ("communes", "59606|59014", ["59606", "59014"]),
    ],
)
def test_valeur_acceptee(declarations, nom, ecrit, lu):
    assert check_parametres(declarations, {nom: ecrit}) == {nom: lu}


@pytest.mark.parametrize(
    ("nom", "ecrit", "message"),
    [
        ("anee", "2025", "vouliez-vous dire « annee »"),
        ("annee", "2019", "entre 2020 et 2035"),
        ("annee", "2025,5", "entier"),
        ("annee", True, "nombre attendu"),
        ("annee", ["2025", "2026"], "nombre attendu"),
        ("annee", "2025; import os", "nombre attendu"),
        ("annee", "__import__('os')", "nombre attendu"),
        ("taux", "nan", "nombre attendu"),
        ("taux", float("inf"), "nombre attendu"),
        ("mode", "résumé", "possibles : tout et resume"),
        ("detail", "peut-être", "oui ou non"),
        ("territoire", 59606, "guillemets"),
        ("territoire", None, "texte attendu"),
        ("territoire", "../../etc/passwd", "remonte"),
        ("territoire", "a\\..\\b", "remonte"),
        ("territoire", "/etc/passwd", "absolu"),
        ("territoire", "C:\\Windows", "absolu"),
        ("territoire", "~root", "absolu"),
        ("territoire", "a\x00b", "contrôle"),
        ("territoire", "a" * 2001, "plus de"),
        ("communes", ["ok", "../non"], "remonte"),
        ("x = 1; import os", "1", "inconnu"),
    ],
)
def test_valeur_refusee(declarations, nom, ecrit, message):
    with pytest.raises(CtgError, match="(?i)" + message.replace("(", r"\(")) as refus:
        check_parametres(declarations, {nom: ecrit}, ou="lot.yaml, ligne 3")
    assert "lot.yaml, ligne 3" in str(refus.value)


def test_tous_les_refus_d_un_coup(declarations):
    with pytest.raises(CtgError) as refus:
        check_parametres(declarations, {"anee": 1, "annee": "x", "mode": "z"})
    assert len(refus.value.quoi.splitlines()) == 3


def test_chemin_absolu_permis_a_l_analyste(declarations):
    assert check_parametres(declarations, {"territoire": "/srv/ctg"}, chemins_absolus=True) == {
        "territoire": "/srv/ctg"
    }


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import os", "autre chose que"),
        ("annee = int('2025')", "autre chose que"),
        ("a = b = 2", "autre chose que"),
        ("annee = None", "autre chose que"),
        ("annee = (", "ne se lit pas"),
    ],
)
def test_cellule_refusee(tmp_path, source, message):
    with pytest.raises(CtgError, match=message):
        read_parametres(carnet(tmp_path, source))


def test_sans_cellule_de_parametres_ou_sans_carnet(tmp_path):
    with pytest.raises(CtgError, match="zéro cellule"):
        read_parametres(carnet(tmp_path, tags=()))
    with pytest.raises(CtgError, match=r"vouliez-vous dire « carnet\.ipynb »"):
        read_parametres(tmp_path / "carnets.ipynb")
    (tmp_path / "abime.ipynb").write_bytes(b"\xff{")
    with pytest.raises(CtgError, match="pas un carnet"):
        read_parametres(tmp_path / "abime.ipynb")


@given(
    st.dictionaries(st.text(max_size=12), st.text(max_size=40) | st.integers() | st.floats() | st.none(), max_size=4)
)
def test_rien_ne_passe_sans_declaration(declarations, valeurs):
    try:
        lues = check_parametres(declarations, valeurs)
    except CtgError:
        return
    types = {d.nom: d.type for d in declarations}
    assert all(type(valeur).__name__ == types[nom] for nom, valeur in lues.items())
