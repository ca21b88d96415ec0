"""Les nombres à la française, arrondis comme à la main."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outils import lu

from ctgkit.formats import dates_longues, euros, liste, nombre, ordinal, pluriel, pourcent

CAS = [
    (nombre(62.5), "63"),
    (nombre(-62.5), "\u221263"),
    (nombre(0.125, 2), "0,13"),
    (nombre(2.675, 2), "2,68"),
    (nombre(-0.04, 1), "0,0"),
    (nombre(1e300)[:5], "1 000"),
    (nombre(float("inf")), "sans limite"),
    (nombre(None), "non renseigné"),
    (euros(1234567.5), "1 234 568 €"),
    (euros(0, 2), "0 €"),
    (euros(1910, 2), "1 910 €"),
    (euros(1910.5, 2), "1 910,50 €"),
    (euros(0.004, 2), "0 €"),
    (euros(-12.3, 2, signe=True), "\u221212,30 €"),
    (euros(None, 2), "non renseigné"),
    (liste([]), ""),
    (liste(["a"], 2), "a"),
    (liste(["a", "b"], 2), "a et b"),
    (liste(["a", "b", "c"], 2), "a, b et 1 autre"),
    (liste(list("abcdef"), 2), "a, b et 4 autres"),
    (pourcent(10.65), "10,7 %"),
    (pluriel(1.95, "point", decimales=1), "2,0 points"),
    (pluriel(1.94, "point", decimales=1), "1,9 point"),
    (ordinal(1), "1ʳᵉ"),
    (ordinal(21), "21ᵉ"),
    (dates_longues("Le 2025-03-24 et le 2025-04-01."), "Le 24 mars 2025 et le 1er avril 2025."),
    (dates_longues("059-20250710-DEL27, 2025-13-01, D2021-12-10-01"), "059-20250710-DEL27, 2025-13-01, D2021-12-10-01"),
]


@pytest.mark.parametrize(("ecrit", "attendu"), CAS)
def test_ecriture(ecrit, attendu):
    assert lu(ecrit) == attendu


@given(st.integers(-(10**9), 10**9), st.integers(0, 4), st.integers(0, 3))
def test_la_moitie_va_vers_le_haut_comme_dans_un_tableur(entier, chiffres, decimales):
    exact = Decimal(entier).scaleb(-chiffres)
    attendu = abs(exact).quantize(Decimal(1).scaleb(-decimales), ROUND_HALF_UP)
    assert nombre(float(exact), decimales).lstrip("\u2212").replace("\u202f", "").replace(",", ".") == str(attendu)
