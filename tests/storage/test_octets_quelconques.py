"""N'importe quels octets dans n'importe quel fichier : des défauts ou un territoire, jamais une autre erreur."""

import contextlib
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from outils import sample

from ctgkit import storage
from ctgkit.errors import CtgError, Defaut, InvalidFilesError
from ctgkit.storage.territoire.territories import FICHIERS
from ctgkit.territoire import Territoire

pytestmark = pytest.mark.long

MORCEAUX = [
    ";",
    "\n",
    '"',
    ",",
    "\t",
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a ",
    "!!",
    "# ",
    "? ",
    "|\n",
    ">\n",
    "---\n",
    "'",
    "code",
    "fiches:",
    "objectif: O1",
    "01004",
    "1004",
    "2025-02-30",
    "-1",
    "1 000,5",
    "٣",
    "²",
    "nan",
    "\r",
    "\ufeff",
    "\u2028",
    "\x85",
    "\x00",
    "é",
    "\ud7ff",
    "𝟙",
    "9" * 400,
    " " * 40,
    "oui",
    "~",
    "null",
]
textes = st.lists(st.sampled_from(MORCEAUX) | st.text(max_size=8), max_size=30).map("".join)
contenus = st.binary(max_size=200) | textes.map(lambda t: t.encode("utf-8", "surrogatepass"))
REGLAGES = {"suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}


def load_or_defects(dossier):
    defauts = storage.verify(dossier)
    assert all(isinstance(d, Defaut) and d.constat and str(d) for d in defauts)
    erreurs = [d for d in defauts if d.niveau == "erreur"]
    if erreurs:
        with pytest.raises(InvalidFilesError) as refus:
            storage.load_territoire(dossier)
        assert list(refus.value.defauts) == erreurs
    else:
        assert isinstance(storage.load_territoire(dossier), Territoire)


@pytest.mark.parametrize("fichier", FICHIERS)
@settings(max_examples=sample(20, 200), **REGLAGES)
@given(octets=contenus)
def test_octets_au_hasard(plaine, fichier, octets):
    (plaine / fichier).write_bytes(octets)
    load_or_defects(plaine)


@settings(max_examples=sample(80, 600), **REGLAGES)
@given(donnees=st.data())
def test_un_bon_fichier_avec_un_morceau_en_trop(plaine, donnees):
    fichier = donnees.draw(st.sampled_from(FICHIERS))
    bon = (plaine / fichier).read_bytes()
    debut = donnees.draw(st.integers(0, len(bon)))
    fin = donnees.draw(st.integers(debut, min(len(bon), debut + 20)))
    (plaine / fichier).write_bytes(bon[:debut] + donnees.draw(contenus) + bon[fin:])
    try:
        load_or_defects(plaine)
    finally:
        (plaine / fichier).write_bytes(bon)


@settings(max_examples=60, **REGLAGES)
@given(demande=st.text(max_size=40))
def test_n_importe_quelle_demande(plaine, demande):
    with contextlib.suppress(CtgError):
        assert all(isinstance(d, Defaut) for d in storage.verify(demande))


NOMBREUSES = sample(50_000, 200_000)


def test_des_structures_par_dizaines_de_milliers(plaine):
    entete = (plaine / "structures.csv").read_text().splitlines()[0]
    lignes = (f"s{i};Crèche {i};eaje;01004;plaine;;;oui;{i % 90};places;2015-01-01;;{i},5;;" for i in range(NOMBREUSES))
    (plaine / "structures.csv").write_text("\n".join([entete, *lignes]), encoding="utf-8")
    debut = time.process_time()
    structures = storage.load_territoire("plaine").structures
    assert time.process_time() - debut < NOMBREUSES / 25_000
    assert (len(structures), structures["charges_eur"][-1]) == (NOMBREUSES, NOMBREUSES - 0.5)


def test_des_lignes_fautives_par_dizaines_de_milliers_ne_figent_pas(plaine):
    entete = (plaine / "structures.csv").read_text().splitlines()[0]
    lignes = (f"s;;type{i};{i};;;;peut-être;-{i};kilos;2025-13-01;1900-01-01;Entre {i};;x" for i in range(NOMBREUSES))
    (plaine / "structures.csv").write_text("\n".join([entete, *lignes]), encoding="utf-8")
    debut = time.process_time()
    defauts = storage.verify("plaine")
    assert time.process_time() - debut < NOMBREUSES / 13_000
    assert 100 < len(defauts) < 2000
