"""La simulation : un EPCI, une France fictive de toutes les communes, mille tirages, et deux témoins."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ctgkit.simulation import NOUVEAU, Hypotheses, Resultat, prudence, simulate
from ctgkit.simulation.calcul.conditions import effect_days
from ctgkit.simulation.calcul.quantites import JAMAIS, TOUJOURS, first_month
from tests.bench import regle_seule, temoin_lignes
from tests.bench.france import territory
from tests.bench.temoins import install

RACINE = Path(__file__).resolve().parents[2]
EPCI, FRANCE = (500, 35), (200_000, 35_000)
_LIGNES = 3000


def mesures() -> list[dict]:
    france = territory(*FRANCE)
    resultat = simulate(france)
    duree = _best(lambda: simulate(france), 4)
    epci = territory(*EPCI)
    echantillon = simulate(territory(_LIGNES, 500))
    entrees = temoin_lignes.inputs(echantillon)
    ligne_a_ligne = _best(lambda: temoin_lignes.total(entrees, echantillon.annees), 1) / _LIGNES * FRANCE[0]
    regle = _best(lambda: regle_seule.totals(resultat, _prices(resultat)), 7)
    _check_totals(regle_seule.totals(resultat, _prices(resultat)), resultat)
    openfisca, note = _openfisca(resultat)
    tirages = _best(lambda: prudence(simulate(epci), Hypotheses()), 1)
    petit = _best(lambda: simulate(epci), 15) * 1000
    precision = f"mesurée sur {_LIGNES} structures, ramenée à {FRANCE[0]}"
    lignes = [
        ("un EPCI de 500 structures, 5 années", petit, "ms", {"plafond": 20}),
        ("200 000 structures, 5 années", duree, "s", {"plafond": 1}),
        ("200 000 structures, mémoire du processus", _memory(), "Go", {"plafond": 2}),
        ("1 000 tirages de cet EPCI", tirages, "s", {"plafond": 10}),
        ("la règle seule, 200 000 structures, 5 années", regle * 1000, "ms", {}),
        (
            "la même règle en pandas ligne à ligne, combien de fois plus lente",
            ligne_a_ligne / regle,
            "fois",
            {"plancher": 100, "note": precision},
        ),
        (
            "la même règle en OpenFisca-Core, combien de fois plus lente",
            openfisca and openfisca / regle,
            "fois",
            {"plancher": 3, "note": note},
        ),
    ]
    return [{"mesure": m, "valeur": v, "unite": u, **suite} for m, v, u, suite in lignes]


def _best(faire: Callable[[], object], fois: int) -> float:
    durees = []
    for _ in range(fois):
        debut = time.perf_counter()
        faire()
        durees.append(time.perf_counter() - debut)
    return min(durees)


def _memory() -> float:
    """Le pic d'un processus neuf qui construit cette France et la simule."""
    code = f"from tests.bench import simulation as s; s.simulate(s.territory(*{FRANCE})); print(s.peak())"
    fait = subprocess.run([sys.executable, "-c", code], cwd=RACINE, capture_output=True, text=True, check=True)
    return float(fait.stdout)


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000_000


def _openfisca(r: Resultat) -> tuple[float | None, str]:
    """OpenFisca-Core s'installe pour la mesure, dans un dossier qui disparaît avec elle."""
    with tempfile.TemporaryDirectory() as dossier:
        python = install("openfisca-core", Path(dossier))
        if python is None:
            return None, "OpenFisca-Core n'a pas pu être installé"
        entrees = Path(dossier) / "entrees.npz"
        np.savez(entrees, **_arrays(r))
        temoin = RACINE / "tests/bench/temoin_openfisca.py"
        fait = subprocess.run([python, temoin, entrees], capture_output=True, text=True, check=False)
        if fait.returncode:
            return None, f"OpenFisca-Core n'a pas tourné : {fait.stderr.strip().splitlines()[-1]}"
        lu = json.loads(fait.stdout.strip().splitlines()[-1])
    try:
        _check_totals(lu, r)
    except AssertionError as ecart:
        return None, str(ecart)
    return lu["secondes"], "adhésion, existant lissé, nouveau, trajectoire : mêmes entrées, mêmes totaux"


def _check_totals(trouves: dict[str, float], r: Resultat) -> None:
    """Comparer des vitesses n'a de sens qu'à résultats égaux."""
    ecarts = {nom: abs(trouves[nom] / attendu - 1) for nom, attendu in _expected(r).items()}
    assert max(ecarts.values()) < 1e-4, f"les totaux diffèrent : {ecarts}"


def _arrays(r: Resultat) -> dict[str, np.ndarray]:
    p, n, cadre = r.cadre.etat.periodes, r.cadre.nombre, r.cadre
    prix = _prices(r)
    presentes, dans_commune = np.unique(cadre.commune, return_inverse=True)
    peuples, dans_groupe = np.unique(cadre.groupes.de_structure, return_inverse=True)
    return {
        "ouverture": first_month(p.debut[:n], TOUJOURS),
        "fermeture": first_month(p.fin[:n], JAMAIS),
        "quantite": p.quantite[:n],
        "reference": cadre.quantites.reference,
        "cofinancee": (cadre.cofinancee == 1).astype(float),
        "prix_bas": prix[0],
        "prix_haut": prix[1],
        "creche": (cadre.service == [s.code for s in cadre.services].index("eaje")).astype(float),
        "effet": first_month(effect_days(r.territoire), JAMAIS)[presentes],
        "montant": np.nan_to_num(cadre.groupes.reference_bas)[peuples],
        "dans_commune": dans_commune,
        "dans_groupe": dans_groupe,
        "annees": np.array(r.annees),
    }


def _prices(r: Resultat) -> np.ndarray:
    """Le montant d'une unité nouvelle de chaque structure, aux deux bornes ; rien quand il n'est pas publié."""
    nouveau = r.lignes.where(r.lignes["part"] == NOUVEAU)
    prix = np.zeros((2, r.cadre.nombre))
    prix[:, nouveau["structure"]] = nouveau["unitaire_bas"], np.nan_to_num(nouveau["unitaire_haut"], posinf=0)
    return prix


def _expected(r: Resultat) -> dict[str, float]:
    trajectoire = r.lignes["dispositif"] == r.dispositifs.index("bonus_trajectoire")
    sommes = {"bonus_bas": r.lignes["bas"][~trajectoire], "bonus_haut": r.lignes["haut_connu"][~trajectoire]}
    return {nom: float(v.sum()) for nom, v in (sommes | {"trajectoire": r.lignes["bas"][trajectoire]}).items()}
