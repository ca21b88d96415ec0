"""Le texte : accents, identifiants, coupes, espaces françaises, et la garde des tableurs."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctgkit.formats import FINE, INSECABLE
from ctgkit.texte import (
    a,
    ascii_only,
    compact,
    csv_text,
    de,
    fold,
    guard,
    majuscule,
    minuscule,
    quote,
    shorten,
    slug,
    typography,
    unaccent,
    unguard,
)

CAS = [
    (de("Anzin"), "d'Anzin"),
    (de("Le Quesnoy"), "du Quesnoy"),
    (de("Les Rues-des-Vignes"), "des Rues-des-Vignes"),
    (de("La Sentinelle"), "de La Sentinelle"),
    (de("Écaillon"), "d'Écaillon"),
    (de("heures"), "d'heures"),
    (de("huit places"), "de huit places"),
    (de("au moins 3 €"), "d'au moins 3 €"),
    (a("Marly"), "à Marly"),
    (a("Le Quesnoy"), "au Quesnoy"),
    (a("Les Rues-des-Vignes"), "aux Rues-des-Vignes"),
    (majuscule("échéance"), "Échéance"),
    (majuscule(""), ""),
    (minuscule("Taux"), "taux"),
    (minuscule("EAJE"), "EAJE"),
    (minuscule("À venir"), "à venir"),
    (minuscule("L'enjeu"), "l'enjeu"),
    (quote("Petits Pas"), "« Petits Pas »"),
    (quote("Centre « les 4 Saisons »"), "« Centre “les 4 Saisons” »"),
    (typography("l'école d'Anzin, 'cité'"), "l’école d’Anzin, 'cité'"),
    (unaccent("Cœur d'Été"), "Coeur d'Ete"),
    (fold("ÉTÉ Straße"), "ete strasse"),
    (ascii_only("L’Îlot"), "LIlot"),
    (slug("L’Orée de Mormal"), "l-oree-de-mormal"),
    (slug("Nombre foyers NDUR (œuvre)", "_"), "nombre_foyers_ndur_oeuvre"),
    (slug("…"), ""),
    (compact(" 12 345\u00a0Été "), "12345été"),
    (shorten("un  texte\ncourt", 20), "un texte court"),
    (shorten("un texte bien trop long", 10), "un texte…"),
    (typography("« Oui » : 3 ; non !"), f"«{INSECABLE}Oui{INSECABLE}»{INSECABLE}: 3{FINE}; non{FINE}!"),
    (typography("à 12:30, a ;b"), "à 12:30, a ;b"),
]


@pytest.mark.parametrize(("ecrit", "attendu"), CAS)
def test_ecriture(ecrit, attendu):
    assert ecrit == attendu


DANGEREUX = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "'=1", " '+1"]


@pytest.mark.parametrize("texte", DANGEREUX)
def test_un_texte_qui_serait_une_formule_est_garde(texte):
    assert guard(texte) == f"'{texte}"


@pytest.mark.parametrize("texte", ["Anzin", "a=1", "", "1 + 1", "−8,2 points", "l'enfance", "'"])
def test_un_texte_ordinaire_ne_change_pas(texte):
    assert guard(texte) == texte


@given(st.text(alphabet="'=+-@ \t\r\n\u00a0aé1", max_size=8))
def test_la_garde_s_enleve_sans_rien_perdre(texte):
    assert unguard(guard(texte)) == texte


CASES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.text(max_size=12))


@given(st.lists(st.lists(CASES, min_size=2, max_size=4), max_size=4))
def test_un_csv_se_relit_case_par_case(lignes):
    relues = list(csv.reader(io.StringIO(csv_text(lignes), newline=""), delimiter=";", strict=True))
    assert [len(ligne) for ligne in relues] == [len(ligne) for ligne in lignes]
    for ligne, relue in zip(lignes, relues, strict=True):
        for valeur, case in zip(ligne, relue, strict=True):
            if isinstance(valeur, str):
                assert unguard(case) == valeur
            elif isinstance(valeur, date):
                assert case == valeur.isoformat()
            elif isinstance(valeur, int) and not isinstance(valeur, bool):
                assert case == str(valeur)
