"""L'horloge d'une convention : les dates des vrais documents, comptées à la main."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctgkit.horloge import count_memberships, effective_date, membership, read_clock
from ctgkit.territoire import Commune, Convention, Table, Territoire

# Valenciennes Métropole : 1er janvier 2025 - 31 décembre 2029, délibération du 11 juin 2025.
VALENCIENNES = Convention(date(2025, 1, 1), date(2029, 12, 31), date(2025, 6, 11))


def reperes(convention: Convention, jour: date) -> dict[str, date]:
    return {e.libelle: e.jour for e in read_clock(convention, jour).echeances}


def test_les_echeances_de_valenciennes():
    assert reperes(VALENCIENNES, date(2026, 11, 21)) == {
        "début": date(2025, 1, 1),
        "délibération": date(2025, 6, 11),
        "diagnostic partagé": date(2026, 12, 31),  # fin de la deuxième année
        "dernière année": date(2029, 1, 1),
        "préavis de six mois": date(2029, 6, 30),  # 31 décembre moins six mois : juin n'a que trente jours
        "fin": date(2029, 12, 31),
    }


@pytest.mark.parametrize(
    ("jour", "annee", "prochaine"),
    [
        (date(2024, 12, 31), None, "début"),
        (date(2025, 1, 1), 1, "début"),
        (date(2026, 11, 21), 2, "diagnostic partagé"),
        (date(2026, 12, 31), 2, "diagnostic partagé"),
        (date(2027, 1, 1), 3, "dernière année"),
        (date(2029, 12, 31), 5, "fin"),
        (date(2030, 1, 1), None, None),
    ],
)
def test_l_annee_en_cours_et_la_prochaine_echeance(jour, annee, prochaine):
    horloge = read_clock(VALENCIENNES, jour)
    assert horloge.annee_en_cours == annee
    assert (horloge.prochaine.libelle if horloge.prochaine else None) == prochaine
    assert horloge.est_derniere_annee == (annee == 5)


def test_sans_dates_rien_n_est_invente():
    assert read_clock(Convention(), date(2026, 1, 1)).echeances == ()
    assert set(reperes(Convention(debut=date(2023, 1, 1)), date(2026, 1, 1))) == {"début", "diagnostic partagé"}


def test_une_convention_commencee_un_29_fevrier():
    assert reperes(Convention(debut=date(2024, 2, 29)), date(2024, 3, 1))["diagnostic partagé"] == date(2026, 2, 28)


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(1, 8), st.dates(date(1999, 1, 1), date(2060, 1, 1)))
def test_les_echeances_sont_dans_l_ordre_et_la_prochaine_n_est_pas_passee(debut, annees, jour):
    fin = date(debut.year + annees - 1, 12, 31)
    horloge = read_clock(Convention(debut, fin), jour)
    jours = [e.jour for e in horloge.echeances]
    assert jours == sorted(jours)
    assert horloge.prochaine is None or horloge.prochaine.jour >= jour


# Adhésion en mars, effet vide : 1er janvier de la même année (conception, § 6).
@pytest.mark.parametrize(
    ("adhesion", "effet", "attendu"),
    [
        (date(2026, 3, 15), None, date(2026, 1, 1)),
        (date(2024, 3, 15), None, date(2025, 1, 1)),  # jamais avant la convention
        (date(2026, 3, 15), date(2027, 1, 1), date(2027, 1, 1)),
        (None, date(2025, 1, 1), date(2025, 1, 1)),
        (None, None, None),
    ],
)
def test_effet_d_une_adhesion(adhesion, effet, attendu):
    assert effective_date(Commune("59606", "Valenciennes", adhesion=adhesion, effet=effet), VALENCIENNES) == attendu


def test_une_deliberation_a_venir_n_est_pas_encore_en_vigueur():
    commune = Commune("59606", "Valenciennes", adhesion=date(2026, 12, 10))
    assert membership(commune, VALENCIENNES, date(2026, 11, 21)) == "à venir"
    assert membership(commune, VALENCIENNES, date(2026, 12, 10)) == "en vigueur"


def test_compte_des_adhesions_et_part_de_la_population():
    communes = Table.of(
        Commune,
        [
            Commune("1", "A", 600, adhesion=date(2025, 2, 1)),
            Commune("2", "B", 300, adhesion=date(2025, 2, 1), effet=date(2027, 1, 1)),
            Commune("3", "C", 100),
            Commune("4", "D", None),
        ],
    )
    territoire = Territoire("t", "T", convention=VALENCIENNES, communes=communes)
    adhesions = count_memberships(territoire, date(2026, 11, 21))
    assert (adhesions.total, adhesions.datees, adhesions.en_vigueur) == (4, 2, 1)
    assert adhesions.part_population == pytest.approx(600 / 1000 * 100)
