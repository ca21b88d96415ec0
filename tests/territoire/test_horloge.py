"""L'horloge d'une convention : les dates des vrais documents, comptées à la main."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctgkit.horloge import clause_day, count_memberships, effective_date, membership, read_clock
from ctgkit.storage import load_territoire
from ctgkit.territoire import Clause, Commune, Convention, Fait, Table, Territoire

# Valenciennes Métropole : 1er janvier 2025 - 31 décembre 2029, délibération du 11 juin 2025.
VALENCIENNES = Convention(date(2025, 1, 1), date(2029, 12, 31), date(2025, 6, 11))
CLAUSES = (
    Clause("nouveau diagnostic", "convention", 303, quand="début de la dernière année"),
    Clause("préavis", "convention", 365, quand="6 mois avant la fin"),
    Clause("comité de pilotage", "convention", 289, tous_les_mois=6),
)


def lieu(convention: Convention, *clauses: Clause, **autres) -> Territoire:
    return Territoire("t", "T", convention=convention, clauses=clauses, **autres)


def reperes(territoire: Territoire, jour: date) -> dict[str, date]:
    return {e.libelle: e.jour for e in read_clock(territoire, jour).echeances}


def test_les_echeances_de_valenciennes():
    horloge = read_clock(lieu(VALENCIENNES, *CLAUSES), date(2026, 11, 21))
    assert [(e.libelle, e.jour) for e in horloge.echeances] == [
        ("début", date(2025, 1, 1)),
        ("délibération", date(2025, 6, 11)),
        ("nouveau diagnostic", date(2029, 1, 1)),
        ("préavis", date(2029, 6, 30)),  # 31 décembre moins six mois : juin n'a que trente jours
        ("fin", date(2029, 12, 31)),
    ]
    assert [(c.quoi, c.tous_les_mois) for c in horloge.sans_date] == [("comité de pilotage", 6)]


def test_une_convention_sans_clause_relevee_n_a_que_ses_propres_dates():
    """Revue d'usage n° 4 : la clause d'une convention ne vaut pas pour une autre."""
    assert set(reperes(lieu(VALENCIENNES), date(2026, 11, 21))) == {"début", "délibération", "fin"}


@pytest.mark.parametrize("code", ["valenciennes-metropole", "cambrai", "armentieres", "aulnoy-lez-valenciennes"])
def test_chaque_echeance_d_un_territoire_reel_porte_son_document_et_sa_ligne(code):
    horloge = read_clock(load_territoire(code), date(2026, 11, 30))
    assert horloge.echeances
    assert all(x.document and x.ligne for x in (*horloge.echeances, *horloge.sans_date))


def test_seule_la_convention_de_cambrai_donne_deux_ans_au_diagnostic():
    """Convention de la CA de Cambrai, ligne 106 ; les trois autres n'ont rien de tel."""
    codes = ("valenciennes-metropole", "cambrai", "armentieres", "aulnoy-lez-valenciennes")
    lus = {c: reperes(load_territoire(c), date(2026, 11, 30)).get("diagnostic partagé") for c in codes}
    assert lus == dict.fromkeys(codes) | {"cambrai": date(2024, 12, 31)}


def test_une_date_de_la_convention_cite_le_fait_qui_la_donne():
    fait = Fait("convention_debut", "2025-01-01", "convention", 339)
    debut = read_clock(lieu(VALENCIENNES, faits=(fait,)), date(2026, 1, 1)).echeances[0]
    assert (debut.libelle, debut.document, debut.ligne) == ("début", "convention", 339)


@pytest.mark.parametrize(
    ("jour", "annee", "prochaine"),
    [
        (date(2024, 12, 31), None, "début"),
        (date(2025, 1, 1), 1, "début"),
        (date(2026, 11, 21), 2, "nouveau diagnostic"),
        (date(2029, 1, 2), 5, "préavis"),
        (date(2029, 12, 31), 5, "fin"),
        (date(2030, 1, 1), None, None),
    ],
)
def test_l_annee_en_cours_et_la_prochaine_echeance(jour, annee, prochaine):
    horloge = read_clock(lieu(VALENCIENNES, *CLAUSES), jour)
    assert horloge.annee_en_cours == annee
    assert (horloge.prochaine.libelle if horloge.prochaine else None) == prochaine
    assert horloge.est_derniere_annee == (annee == 5)


@pytest.mark.parametrize(
    ("quand", "attendu"),
    [
        ("", None),
        ("fin", date(2029, 12, 31)),
        ("2025-06-23", date(2025, 6, 23)),
        ("23/06/2025", date(2025, 6, 23)),
        ("6 mois avant la fin", date(2029, 6, 30)),
        ("début de la 1re année", date(2025, 1, 1)),
        ("fin de la 2e année", date(2026, 12, 31)),
        ("début de la dernière année", date(2029, 1, 1)),
        ("fin de la dernière année", date(2029, 12, 31)),
    ],
)
def test_le_jour_d_une_clause(quand, attendu):
    assert clause_day(quand, VALENCIENNES) == attendu


def test_une_clause_sans_les_dates_de_la_convention_ne_donne_pas_de_jour():
    assert clause_day("fin de la 2e année", Convention()) is None
    assert clause_day("6 mois avant la fin", Convention()) is None
    assert clause_day("début de la dernière année", Convention()) is None


def test_un_moment_illisible_est_refuse():
    with pytest.raises(ValueError, match="bientôt"):
        clause_day("bientôt", VALENCIENNES)


def test_sans_dates_rien_n_est_invente():
    assert read_clock(lieu(Convention(), *CLAUSES), date(2026, 1, 1)).echeances == ()
    assert set(reperes(lieu(Convention(debut=date(2023, 1, 1))), date(2026, 1, 1))) == {"début"}


def test_une_convention_commencee_un_29_fevrier():
    convention = Convention(debut=date(2024, 2, 29))
    assert clause_day("fin de la 2e année", convention) == date(2026, 2, 28)


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(1, 8), st.dates(date(1999, 1, 1), date(2060, 1, 1)))
def test_les_echeances_sont_dans_l_ordre_et_la_prochaine_n_est_pas_passee(debut, annees, jour):
    fin = date(debut.year + annees - 1, 12, 31)
    horloge = read_clock(lieu(Convention(debut, fin), *CLAUSES), jour)
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
