"""Des suites de mouvements au hasard sur l'exemple : un résultat entier et lisible, ou un refus en français."""

import json
import math
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from outils import sample

from ctgkit.droit import services
from ctgkit.errors import CtgError
from ctgkit.simulation import (
    Hypotheses,
    aggregate,
    as_json,
    compare_scenarios,
    financing,
    follow_up,
    instalments,
    prudence,
    read_scenario,
    simulate,
)
from ctgkit.simulation import smallest_changes as changes
from ctgkit.storage import load_territoire

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("error::RuntimeWarning")]
TERRITOIRE = load_territoire("exemple")
REFERENCE = simulate(TERRITOIRE)
STRUCTURES = TERRITOIRE.structures["id"].tolist()
COMMUNES = TERRITOIRE.communes["code_insee"].tolist()
COMPETENCES = sorted(set(TERRITOIRE.structures["competence"].tolist()))
jours = st.integers(0, 2500).map(lambda n: (date(2023, 6, 1) + timedelta(days=n)).isoformat())
nombres = st.one_of(st.integers(0, 60), st.floats(0, 50_000).map(lambda x: round(x, 2)))
mouvements = st.one_of(
    st.fixed_dictionaries({"fermer": st.fixed_dictionaries({"structure": st.sampled_from(STRUCTURES), "date": jours})}),
    st.fixed_dictionaries(
        {
            "quantite": st.fixed_dictionaries(
                {"structure": st.sampled_from(STRUCTURES), "quantite": nombres, "date": jours}
            )
        }
    ),
    st.fixed_dictionaries({"adherer": st.fixed_dictionaries({"code_insee": st.sampled_from(COMMUNES), "date": jours})}),
    st.fixed_dictionaries(
        {
            "credits": st.fixed_dictionaries(
                {"competence": st.sampled_from(COMPETENCES), "annee": st.integers(2024, 2029), "credits_eur": nombres}
            )
        }
    ),
    st.fixed_dictionaries(
        {
            "ouvrir": st.fixed_dictionaries(
                {
                    "structure": st.fixed_dictionaries(
                        {
                            "id": st.sampled_from(["n1", "n2", "n3"]),
                            "type": st.sampled_from(sorted(services())),
                            "code_insee": st.sampled_from(COMMUNES),
                            "quantite": nombres,
                            "cofinancee": st.sampled_from([True, False, None]),
                        }
                    ),
                    "date": jours,
                }
            )
        }
    ),
    st.fixed_dictionaries(
        {
            "parametre": st.fixed_dictionaries(
                {
                    "code": st.sampled_from(["eaje.nouveau", "eaje.plancher", "eaje.revalorisation", "rpe.nouveau"]),
                    "valeur": nombres,
                    "depuis": jours,
                }
            )
        }
    ),
)


def _play(ecrit, annees):
    try:
        return simulate(TERRITOIRE, read_scenario(ecrit), annees)
    except CtgError as refus:
        return refus


@settings(max_examples=sample(20, 200), derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    liste=st.lists(mouvements, max_size=6),
    repartition=st.sampled_from(["lisse", "historique"]),
    annees=st.sampled_from([None, [2027], [2025, 2029]]),
)
def test_un_resultat_entier_ou_un_refus_en_francais(liste, repartition, annees):
    r = _play({"repartition": repartition, "mouvements": liste}, annees)
    if isinstance(r, CtgError):
        assert r.quoi
        assert r.que_faire
        return
    contenu = json.loads(json.dumps(as_json(r), allow_nan=False))
    for ligne in contenu["lignes"]:
        bas, haut = ligne["montant_eur"]
        assert bas >= 0
        assert haut is None or haut >= bas
        assert ligne["etapes"][-1]["libelle"].startswith("Montant, ")
    assert not financing(r).empty
    assert not instalments(r).empty
    assert not follow_up(r).empty
    assert prudence(r, Hypotheses(tirages=5)).quantiles.notna().all().all()
    assert all(math.isfinite(c.effet_bas) for c in changes(r))
    if annees is None:
        (ecart,) = compare_scenarios(REFERENCE, r).ecarts
        assert all("nan" not in phrase for phrase in ecart.phrases)
        total = ecart.par("annee")
        vrai = (aggregate(r, "annee")["bas"] - aggregate(REFERENCE, "annee")["bas"]).tolist()
        assert all(b - 0.05 <= v <= h + 0.05 for b, h, v in zip(total["bas"], total["haut"], vrai, strict=True))
