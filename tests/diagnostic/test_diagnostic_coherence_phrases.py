"""Des phrases sans relation écrite à la main : les fausses disent leur opération, les justes se taisent."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from outils import lu

from ctgkit.diagnostic import check_coherence, check_texte
from ctgkit.formats import date_longue, euros, liste, nombre, pourcent
from ctgkit.territoire import Manque, Territoire

CAS = yaml.safe_load(Path(__file__).with_name("phrases_coherence.yaml").read_text(encoding="utf-8"))
FAUSSES = [c for cas in CAS.values() for c in cas if "niveau" in c]
JUSTES = [c["texte"] for cas in CAS.values() for c in cas if "niveau" not in c]


def alertes(texte: str):
    return check_texte(texte.splitlines(), "convention.txt")


def dit(alerte) -> str:
    return lu(f"{alerte.niveau} {alerte.titre} | {alerte.calcul}")


@pytest.mark.parametrize("cas", FAUSSES, ids=lambda c: c["texte"][:50])
def test_une_phrase_fausse_dit_une_fois_son_operation(cas):
    (alerte,) = alertes(cas["texte"])
    assert alerte.niveau == cas["niveau"]
    assert cas["dit"] in dit(alerte)
    assert all("ligne" in c.ou for c in alerte.chiffres)


@pytest.mark.parametrize("texte", JUSTES, ids=lambda t: t[:50])
def test_une_phrase_juste_ne_dit_rien(texte):
    assert not [dit(a) for a in alertes(texte)]


# Une phrase juste engendrée, et la même faussée : ce que l'on calcule ici est ce que la phrase affirme.

entiers = st.integers(12, 9_000)
noms = st.sampled_from(["crèches", "accueils de loisirs", "ludothèques", "relais", "centres sociaux", "micro-crèches"])
espaces = st.sampled_from([" ", "\u00a0", "\u202f"])


def ecrit(valeur: int, espace: str) -> str:
    return nombre(valeur).replace("\u202f", espace)


def sommes(parties, faux, espace):
    total = sum(parties) + faux
    enumeres = [
        f"{ecrit(x, espace)} places en {n}"
        for x, n in zip(parties, ("crèche", "relais", "ludothèque", "foyer"), strict=False)
    ]
    return f"On compte {', '.join(enumeres[:-1])} et {enumeres[-1]}, soit un total de {ecrit(total, espace)} places."


def parts(tout, partie, ecart, espace):
    taux = pourcent(100 * partie / tout + ecart).replace("\u202f", espace)
    familles, seules = ecrit(tout, espace), ecrit(partie, espace)
    return f"Le territoire compte {familles} familles, dont {seules} monoparentales, soit {taux}."


def evolutions(avant, apres, ecart, espace):
    change = 100 * (apres - avant) / avant + ecart
    sens = "hausse" if change > 0 else "baisse"
    taux = pourcent(abs(change)).replace("\u202f", espace)
    return f"Le nombre de places passe de {ecrit(avant, espace)} à {ecrit(apres, espace)}, soit une {sens} de {taux}."


def budgets(annuel, annees, faux):
    return f"La Caf verse {euros(annuel)} par an pendant {annees} ans, soit {euros(annuel * annees + faux)}."


def certaines(texte: str) -> list[str]:
    return [dit(a) for a in alertes(texte) if a.niveau == "E"]


@settings(max_examples=60, deadline=None)
@given(st.lists(entiers, min_size=2, max_size=4), st.integers(-9, 9), espaces)
def test_une_somme_engendree(parties, faux, espace):
    assert bool(certaines(sommes(parties, faux, espace))) is (faux != 0)


@settings(max_examples=60, deadline=None)
@given(entiers, entiers, st.sampled_from([0, -3, -1, 1, 2, 7]), espaces)
def test_une_part_engendree(tout, partie, ecart, espace):
    assume(partie < tout and 0 < 100 * partie / tout + ecart < 100)
    # Le complément redonne aussi la part : 49 % quand 51 % sont autre chose n'est pas une erreur certaine.
    assume(not ecart or abs(100 - 2 * (100 * partie / tout) - ecart) > 1)
    assert bool(certaines(parts(tout, partie, ecart, espace))) is (ecart != 0)


@settings(max_examples=60, deadline=None)
@given(entiers, entiers, st.sampled_from([0, -4, -2, 2, 5]), espaces)
def test_une_evolution_engendree(avant, apres, ecart, espace):
    change = 100 * (apres - avant) / avant
    assume(abs(change) > 8 and abs(change) < 400)
    assert bool(certaines(evolutions(avant, apres, ecart, espace))) is (ecart != 0)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 900).map(lambda x: x * 100), st.integers(2, 6), st.sampled_from([0, 100, -50, 1200]))
def test_un_budget_engendre(annuel, annees, faux):
    assert bool(certaines(budgets(annuel, annees, faux))) is (faux != 0)


@settings(max_examples=40, deadline=None)
@given(st.lists(entiers, min_size=3, max_size=6), st.integers(-9, 9))
def test_un_tableau_engendre(parties, faux):
    lignes = [f"Service {lettre}\t{nombre(x)} €" for lettre, x in zip("ABCDEF", parties, strict=False)]
    texte = "\n".join(["Service\tMontant", *lignes, f"Total\t{nombre(sum(parties) + faux)} €"])
    assert bool(certaines(texte)) is (faux != 0)


LETTRES = ("deux", "trois", "quatre", "cinq", "six", "sept")


@settings(max_examples=40, deadline=None)
@given(st.integers(2015, 2028), st.integers(1, 12), st.integers(2, 7), st.sampled_from([0, -1, 1]))
def test_une_duree_engendree(debut, mois, annees, faux):
    assume(annees + faux >= 2 and annees + faux <= 7)
    fin = date(debut + annees, mois, 1) - timedelta(days=1)
    dite = LETTRES[annees + faux - 2]
    texte = f"Elle court du {date_longue(date(debut, mois, 1))} au {date_longue(fin)}, soit une durée de {dite} ans."
    assert bool(certaines(texte)) is (faux != 0)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 6), st.sampled_from([-1, 0, 1]))
def test_un_compte_engendre(combien, faux):
    assume(2 <= combien + faux <= 7)
    axes = ["le logement", "la santé", "la jeunesse", "l'emploi", "la parentalité", "le numérique"][:combien]
    texte = f"La convention retient {LETTRES[combien + faux - 2]} axes : {liste(axes)}."
    assert bool(certaines(texte)) is (faux != 0)


def test_un_constat_du_territoire_et_de_son_texte_est_dit_une_fois():
    somme = {
        "regle": "somme",
        "document": "convention",
        "total": {"valeur": 16, "ligne": 1},
        "parties": [{"valeur": 15, "ligne": 1}, {"valeur": 4, "ligne": 1}],
    }
    territoire = Territoire("x", "X", relations=(somme,))
    texte = ["On compte 15 crèches et 4 relais, soit un total de 16 structures."]
    assert len(check_coherence(territoire, {"convention.txt": texte})) == 1
    assert len(check_coherence(territoire, {"autre.txt": ["", *texte]})) == 2


def test_deux_documents_qui_laissent_la_meme_ligne_vide_sont_deux_constats():
    manque = Manque("Nombre de places", "convention", 1)
    territoire = Territoire("x", "X", a_completer=(manque,))
    texte = ["Nombre de pages : XX", "12 crèches et 5 relais, soit 18 structures.", "Le 31 juin 2025, 3 axes : a, b."]
    assert [a.titre for a in check_coherence(territoire, {"avenant.txt": texte}) if a.niveau == "X"] == [
        "Nombre de pages (XX)",
        "Nombre de places",
    ]
