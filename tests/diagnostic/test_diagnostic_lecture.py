"""La façade d'un carnet : des tables prises telles quelles, où rien de secret ne se lit."""

import math

import pytest

from ctgkit import figures
from ctgkit.diagnostic import read_diagnostic
from ctgkit.errors import CtgError
from ctgkit.storage import load_territoire


@pytest.fixture(scope="module")
def cavm():
    return read_diagnostic(load_territoire("valenciennes-metropole"), "petite_enfance")


@pytest.fixture(scope="module")
def exemple():
    return read_diagnostic(load_territoire("exemple"))


def test_les_mesures_et_leur_ecart_au_nord(cavm):
    table = cavm.mesures().set_index("code")
    assert table.loc["PE10", ["valeur", "repere", "ecart", "unite_ecart"]].tolist() == [45.2, 35.8, 9.4, "points"]
    assert table.loc["PE10", "nom_repere"].endswith("Nord")
    assert bool(table.loc["PE10", "defavorable"]) is True
    assert math.isnan(table.loc["PE01", "ecart"])
    assert set(cavm.mesures()["theme"]) == {"petite_enfance"}


def test_un_indicateur_par_commune_les_masquees_vides_et_dites(exemple):
    table = exemple.communes("PE10")
    masquees = table[table["statut"] == "masqué"]
    assert len(masquees) == 4
    assert masquees["valeur"].isna().all()
    assert masquees["rang"].isna().all()
    classees = table[table["rang"].notna()]
    assert classees["valeur"].is_monotonic_decreasing


def test_les_evolutions_et_leurs_series(exemple):
    series = exemple.series()
    assert series.groupby("cle").size().min() >= 2
    assert set(series["cle"]) <= set(exemple.evolutions()["code"])


def test_les_alertes_du_theme_seulement(cavm):
    toutes = read_diagnostic(cavm.publication.territoire).alertes()
    assert 0 < len(cavm.alertes()) < len(toutes)
    assert "15 + 4 = 19, le document dit 16" in " ".join(toutes["calcul"]).replace("\u202f", " ")


def test_les_figures_dessinent_ces_tables_telles_quelles(exemple):
    for figure in (
        figures.gaps(exemple.ecarts()),
        figures.spread(exemple.communes("PE10")),
        figures.evolutions(exemple.series()),
        figures.priorities(exemple.priorites()),
    ):
        assert figure.layout.meta["table"]


def test_une_commune_et_ses_jumelles(exemple):
    commune = exemple.publication.territoire.communes["code_insee"][0]
    lue = read_diagnostic(exemple.publication.territoire, commune=commune)
    assert lue.mesures()["lieu"].iloc[0]
    assert commune not in set(lue.jumelles()["code_insee"])


@pytest.mark.parametrize(
    ("reglage", "dit"),
    [
        ({"theme": "petite enfance"}, "Thème inconnu"),
        ({"commune": "99999"}, "Commune inconnue"),
        ({"annee": 1789}, "Aucun chiffre de 1789"),
        ({"repere": "xx"}, "Lieu inconnu"),
    ],
)
def test_un_reglage_qui_ne_designe_rien_est_refuse(exemple, reglage, dit):
    with pytest.raises(CtgError, match=dit):
        read_diagnostic(exemple.publication.territoire, **reglage)
