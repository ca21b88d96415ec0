"""Chaque cas de tests/cas : un territoire, parfois un scénario, et les montants comptés à la main."""

import math
from pathlib import Path

import pytest
import yaml

from ctgkit import droit
from ctgkit.simulation import PARTS, aggregate, alertes, engagements, questions, read_scenario, simulate
from ctgkit.simulation.calcul.conditions import Raison

DOSSIER = Path(__file__).resolve().parents[1] / "cas"
CAS = [(f.stem, cas) for f in sorted(DOSSIER.glob("*.yaml")) for cas in yaml.safe_load(f.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("cas", [c for _, c in CAS], ids=[f"{f}: {c['cas']}" for f, c in CAS])
def test_cas(cas, construire, calculer):
    assert cas["origine"]
    r = simulate(construire(**cas), read_scenario({"nom": "Cas", **cas.get("scenario", {})}))
    for attendu in cas["attendu"]:
        _check(r, attendu, calculer)
    assert set(cas.get("alertes", [])) <= {a.code for a in alertes(r)}
    assert set(cas.get("questions", [])) <= {q.parametre for q in questions(r)}


def _check(r, attendu, calculer):
    if "structure" in attendu:
        _check_line(r, attendu, calculer)
    elif "commune" in attendu:
        totaux = aggregate(r, "commune", "annee").set_index(["commune", "annee"])
        _check_bounds(totaux.loc[(attendu["commune"], attendu["annee"])], attendu, calculer)
    else:
        tableau = engagements(r).set_index(["competence", "annee"])
        ligne = tableau.loc[(attendu["competence"], attendu["annee"])]
        if "montant" in attendu:
            _check_bounds(ligne, attendu, calculer)
        for etat in ("maintien", "engagement"):
            assert ligne[etat] == attendu.get(etat, ligne[etat])


def _check_line(r, attendu, calculer):
    rang = r.territoire.structures["id"].tolist().index(attendu["structure"])
    trouvees = [
        i
        for i in range(len(r.lignes))
        if r.lignes["structure"][i] == rang
        and r.lignes["annee"][i] == attendu["annee"]
        and r.dispositifs[r.lignes["dispositif"][i]] == attendu.get("dispositif", "bonus_territoire")
        and PARTS[r.lignes["part"][i]] == attendu.get("part", PARTS[r.lignes["part"][i]])
    ]
    if attendu.get("absent"):
        assert not trouvees
        return
    assert len(trouvees) == 1, f"{len(trouvees)} lignes pour {attendu}"
    ligne = {c: r.lignes[c][trouvees[0]] for c in r.lignes.colonnes}
    _check_bounds(ligne, attendu, calculer)
    if "quantite" in attendu:
        assert ligne["quantite"] == pytest.approx(calculer(attendu["quantite"]))
    if "statut" in attendu:
        assert droit.STATUTS[ligne["statut"]] == attendu["statut"]
    if "raison" in attendu:
        assert ligne["raisons"] & Raison[attendu["raison"]]


def _check_bounds(ligne, attendu, calculer):
    bas, haut = (calculer(x) for x in attendu["montant"])
    assert ligne["bas"] == pytest.approx(bas, abs=0.0051)
    assert ligne["haut"] == (math.inf if haut is None else pytest.approx(haut, abs=0.0051))
