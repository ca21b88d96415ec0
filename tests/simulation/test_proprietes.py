"""Ce qui reste vrai quel que soit le territoire : l'enveloppe, les bornes, la monotonie, l'ordre des fichiers."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from outils import sample

from ctgkit.droit import services
from ctgkit.simulation import EXISTANT, aggregate, compare_scenarios, simulate, table
from ctgkit.territoire import Scenario

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("error::RuntimeWarning")]
REGLAGES = settings(
    max_examples=sample(20, 120), derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TYPES = sorted(services())
jours = st.integers(0, 2000).map(lambda n: date(2022, 6, 1) + timedelta(days=n))
montants = st.integers(0, 10**9).map(lambda n: n / 100)
quantites = st.integers(1, 500_000).map(lambda n: n / 10)


@st.composite
def structures(draw, inconnus=True, types=TYPES, closing=True):
    """De 1 à 8 structures de deux territoires de compétence, avec ou sans valeurs manquantes."""
    lues = []
    for i in range(draw(st.integers(1, 8))):
        ouverture = draw(st.one_of(st.just(date(2010, 1, 1)), jours))
        fermee = closing and draw(st.booleans())
        lues.append(
            {
                "id": f"s{i}",
                "type": draw(st.sampled_from(types)),
                "competence": draw(st.sampled_from(["k", "m"])),
                "code_insee": draw(st.sampled_from(["59001", "59002", ""])),
                "cofinancee": draw(st.sampled_from([True, False, None] if inconnus else [True])),
                "quantite": draw(st.one_of(st.none(), quantites) if inconnus else quantites),
                "ouverture": ouverture,
                "fermeture": ouverture + timedelta(days=draw(st.integers(1, 3000))) if fermee else None,
                "reference_eur": draw(st.one_of(st.none(), montants) if inconnus else montants.filter(bool)),
                "charges_eur": draw(st.one_of(st.none(), montants)),
            }
        )
    return lues


@st.composite
def references(draw, lues, inconnus=True):
    """Un montant, connu ou non, pour chaque groupe présent."""
    presents = sorted({(s["competence"], s["type"]) for s in lues})
    choix = st.one_of(st.none(), montants) if inconnus else montants
    return [{"competence": k, "type": t, "montant_eur": draw(choix)} for k, t in presents]


@st.composite
def territories(draw, inconnus=True):
    lues = draw(structures(inconnus))
    communes = [
        {
            "code_insee": "59001",
            "adhesion": date(2025, 1, 15),
            "zone_prioritaire": draw(st.sampled_from([True, False, None])),
        },
        {"code_insee": "59002", "adhesion": draw(st.one_of(st.none(), jours))},
    ]
    return {"structures": lues, "communes": communes, "references": draw(references(lues, inconnus))}


@st.composite
def repartitions(draw, lues):
    choix = draw(st.sampled_from(["lisse", "historique", "personnalisee"]))
    poids = {s["id"]: draw(st.integers(1, 9)) for s in lues} if choix == "personnalisee" else {}
    return Scenario("Essai", choix, poids)


@REGLAGES
@given(data=st.data())
def test_ni_nan_ni_negatif_ni_bornes_a_l_envers(construire, data):
    cas = data.draw(territories())
    r = simulate(construire(**cas), data.draw(repartitions(cas["structures"])))
    for borne in ("bas", "haut", "haut_connu"):
        assert not np.isnan(r.lignes[borne]).any()
    assert (r.lignes["bas"] >= 0).all()
    assert (r.lignes["bas"] <= r.lignes["haut"]).all()
    assert np.isfinite(r.lignes["haut_connu"]).all()
    assert (r.lignes["unitaire_bas"] <= r.lignes["unitaire_haut"] + 1e-6).all()
    assert not table(r)[["bas", "haut"]].isna().any().any()


@REGLAGES
@given(data=st.data())
def test_chaque_repartition_conserve_l_enveloppe_au_centime(construire, data):
    """La somme des parts d'une année pleine est le montant de référence, exactement."""
    lues = data.draw(structures(inconnus=False, closing=False))
    lues = [{**s, "ouverture": date(2010, 1, 1), "code_insee": "59001"} for s in lues]
    refs = data.draw(references(lues, inconnus=False))
    r = simulate(construire(structures=lues, references=refs), data.draw(repartitions(lues)))
    existant = r.lignes.where(r.lignes["part"] == EXISTANT)
    groupe = r.cadre.groupes.de_structure[existant["structure"]]
    for annee in r.annees:
        ici = existant["annee"] == annee
        centimes = np.bincount(groupe[ici], np.round(existant["bas"][ici] * 100), len(r.cadre.groupes))
        voulus = np.round(r.cadre.groupes.reference_bas * 100)
        assert (centimes == voulus).all()


@REGLAGES
@given(data=st.data())
def test_le_centime_se_prend_une_fois_apres_les_douziemes(construire, data):
    """Quels que soient les mois ouverts, le groupe totalise l'arrondi de sa part d'enveloppe, et chacun la sienne."""
    lues = [{**s, "code_insee": "59001"} for s in data.draw(structures(inconnus=False))]
    r = simulate(construire(structures=lues, references=data.draw(references(lues, inconnus=False))))
    existant = r.lignes.where(r.lignes["part"] == EXISTANT)
    qui, y = existant["structure"], np.searchsorted(r.annees, existant["annee"])
    exacts = r.parts.bas[qui] * r.cadre.fenetres.per_year(r.cadre.quantites.part_bas)[qui, y]
    assert (np.abs(existant["bas"] - exacts) < 0.01 + 1e-6).all()
    groupe = r.cadre.groupes.de_structure[qui] * len(r.annees) + y
    centimes, exactes = np.bincount(groupe, np.round(existant["bas"] * 100)), np.bincount(groupe, exacts) * 100
    assert (np.abs(centimes - exactes) <= 0.5 + 1e-3).all()


@REGLAGES
@given(data=st.data())
def test_l_enveloppe_incertaine_garde_son_total(construire, data):
    """Quantités inconnues : chaque part est une fourchette, le total du territoire de compétence n'en est pas une."""
    nombre = data.draw(st.integers(1, 5))
    lues = [
        {"id": f"s{i}", "type": "laep", "quantite": data.draw(st.one_of(st.none(), quantites))} for i in range(nombre)
    ]
    montant = data.draw(montants)
    choix = data.draw(st.sampled_from(["lisse", "historique"]))
    territoire = construire(structures=lues, references=[{"type": "laep", "montant_eur": montant}])
    r = simulate(territoire, Scenario("Essai", choix))
    for axe in ("competence", "commune", "service"):
        totaux = aggregate(r, axe, "annee")
        assert totaux["bas"].tolist() == pytest.approx([montant] * 5, abs=0.006)
        assert totaux["haut"].tolist() == pytest.approx([montant] * 5, abs=0.006)
    par_structure = aggregate(r, "structure", "annee")
    assert (par_structure["haut"] <= montant + 0.01).all()


@REGLAGES
@given(data=st.data())
def test_un_total_vrai_est_dans_les_bornes(construire, data):
    """On cache des quantités et des cofinancements : le montant calculé avec les vraies valeurs reste encadré."""
    cas = data.draw(territories(inconnus=False))
    choix = data.draw(st.sampled_from([Scenario(), Scenario("H", "historique")]))
    caches = [
        {
            **s,
            "quantite": s["quantite"] if data.draw(st.booleans()) else None,
            "cofinancee": s["cofinancee"] if data.draw(st.booleans()) else None,
        }
        for s in cas["structures"]
    ]
    if choix.repartition == "historique":
        montre = {(s["competence"], s["type"]): 0.0 for s in cas["structures"]}
        vrais = cas["structures"]
        for s in vrais:
            montre[s["competence"], s["type"]] += s["reference_eur"] if _existed(s) else 0.0
        caches = [{**c, "reference_eur": v["reference_eur"]} for c, v in zip(caches, vrais, strict=True)]
        cas["references"] = [{**x, "montant_eur": montre[x["competence"], x["type"]]} for x in cas["references"]]
    vrai, flou = simulate(construire(**cas), choix), simulate(construire(**{**cas, "structures": caches}), choix)
    for axes in (("structure", "annee"), ("competence", "annee"), ("annee",)):
        attendus = aggregate(vrai, *axes).set_index(list(axes))
        trouves = aggregate(flou, *axes).set_index(list(axes)).reindex(attendus.index).fillna(0.0)
        assert (trouves["bas"] <= attendus["bas"] + 0.03).all()
        assert (trouves["haut"] >= attendus["haut"] - 0.03).all()


def _existed(s) -> bool:
    return s["ouverture"] < date(2025, 1, 1) and (s["fermeture"] is None or s["fermeture"] >= date(2025, 1, 1))


@REGLAGES
@given(places=quantites, ajout=quantites)
def test_plus_de_places_nouvelles_ne_rapporte_jamais_moins(construire, places, ajout):
    def total(quantite):
        s = [{"id": "a", "type": "eaje", "quantite": quantite, "ouverture": date(2026, 3, 1)}]
        return aggregate(simulate(construire(structures=s)), "annee")

    avant, apres = total(places), total(places + ajout)
    assert (apres[["bas", "haut"]].to_numpy() >= avant[["bas", "haut"]].to_numpy() - 1e-9).all()


@REGLAGES
@given(data=st.data())
def test_l_ordre_des_structures_ne_change_rien_au_centime_pres(construire, data):
    cas = data.draw(territories())
    endroit = aggregate(simulate(construire(**cas)), "structure", "annee").set_index(["structure", "annee"])
    envers = simulate(construire(**{**cas, "structures": cas["structures"][::-1]}))
    retourne = aggregate(envers, "structure", "annee").set_index(["structure", "annee"]).reindex(endroit.index)
    fini = np.isfinite(endroit["haut"])
    assert (np.isfinite(retourne["haut"]) == fini).all()
    assert (abs(retourne["bas"] - endroit["bas"]) <= 0.02).all()
    assert (abs(retourne["haut"] - endroit["haut"])[fini] <= 0.02).all()


@REGLAGES
@given(data=st.data())
def test_un_scenario_compare_a_lui_meme_ne_change_rien(construire, data):
    cas = data.draw(territories())
    r = simulate(construire(**cas))
    (ecart,) = compare_scenarios(r, r).ecarts
    assert ecart.total() == (0.0, 0.0)
    assert set(ecart.par("structure")["sens"]) <= {"inchangé"}


@REGLAGES
@given(data=st.data())
def test_la_somme_des_axes_ne_depend_pas_de_l_axe(construire, data):
    cas = data.draw(territories(inconnus=False))
    r = simulate(construire(**cas))
    totaux = [aggregate(r, axe)["bas"].sum() for axe in ("structure", "commune", "competence", "gestionnaire", "annee")]
    assert totaux == pytest.approx([totaux[0]] * 5, abs=0.01)
