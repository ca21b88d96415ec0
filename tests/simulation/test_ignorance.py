"""L'ignorance est monotone dans le moteur et dans ce qu'il écrit : vider une donnée connue ne resserre rien."""

import csv
import shutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ignorance import OBLIGATOIRES, VIDE_A_UN_SENS, emptied, known_cells
from outils import RACINE, sample
from test_proprietes import repartitions, territories

from ctgkit import droit
from ctgkit.droit import bonus_territoire as regle
from ctgkit.errors import CtgError
from ctgkit.simulation import aggregate, alertes, as_json, engagements, financing, flat_csv, questions, simulate
from ctgkit.storage import load_territoire
from ctgkit.territoire import Scenario

pytestmark = pytest.mark.long
REGLAGES = settings(
    max_examples=sample(60, 600), derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
AXES = (("structure", "annee"), ("commune", "annee"), ("competence", "annee"), ("service", "annee"), ("annee",))
DOUTES = {regle.A_VERIFIER, regle.INCONNU}
# Un avertissement que l'on ne peut plus établir laisse à sa place celui qui le dit.
A_VERIFIER = {
    "maintien_perdu": "maintien_non_verifie",
    "engagement_rompu": "engagement_non_verifie",
    "au_dessus_des_charges": "charges_non_comparees",
}
CENTIME = 0.011


def bornes(r):
    """Chaque montant que le moteur donne, entre ses deux bornes."""
    lues = {}
    for axes in AXES:
        for *cle, bas, haut, _ in aggregate(r, *axes).itertuples(index=False, name=None):
            lues[axes, *cle] = bas, haut
    for t in financing(r).itertuples(index=False):
        for quoi in ("financements", "reste"):
            lues[quoi, t.structure, t.annee] = _ouvertes(getattr(t, f"{quoi}_bas"), getattr(t, f"{quoi}_haut"))
    for e in engagements(r).itertuples(index=False):
        lues["référence", e.competence, e.annee] = _ouvertes(e.reference_bas, e.reference_haut)
    return lues


def _ouvertes(bas, haut):
    return 0.0 if bas is None or np.isnan(bas) else bas, np.inf if haut is None or np.isnan(haut) else haut


def verdicts(r):
    lus = {}
    for e in engagements(r).itertuples(index=False):
        lus |= {(e.competence, e.annee, "maintien"): e.maintien, (e.competence, e.annee, "engagement"): e.engagement}
    return lus


def ecrites(r):
    """Les montants du JSON et leur statut ; un « haut » nul n'est pas borné, une ligne absente ne dit rien."""
    contenu, lus = as_json(r), {}
    for cle, quoi, nom in (("annee",), "totaux", "bonus_eur"), (("code_insee", "annee"), "communes", "bonus_eur"):
        lus |= {(quoi, *(x[c] for c in cle)): _ouvertes(*x[nom]) for x in contenu[quoi]}
    for x in contenu["lignes"]:
        lus["ligne", x["structure"], x["annee"], x["dispositif"], x["part"]] = _ouvertes(*x["montant_eur"])
    return lus, {
        tuple(x[c] for c in ("structure", "annee", "dispositif", "part")): x["statut"] for x in contenu["lignes"]
    }


def verifier(avant, apres):
    """Tout ce que le territoire à la case vidée dit de plus, ou de plus précis, que le territoire connu."""
    faux = []
    restants = set(apres.cadre.groupes.competences.tolist())
    for lire in (bornes, lambda r: ecrites(r)[0]):
        lues = lire(apres)
        for cle, (bas, haut) in lire(avant).items():
            disparue = ("competence" in cle[0] or cle[0] == "référence") and cle[1] not in restants
            trouve = lues.get(cle, (0.0, np.inf) if cle[0] == "ligne" or disparue else (0.0, 0.0))
            if trouve[0] > bas + CENTIME or trouve[1] < haut - CENTIME:
                faux.append((cle, (bas, haut), trouve))
    lus, nouveaux = verdicts(avant), verdicts(apres)
    faux += [(c, v, nouveaux[c]) for c, v in lus.items() if c in nouveaux and nouveaux[c] not in {v, *DOUTES}]
    rangs = {nom: rang for rang, nom in enumerate(droit.STATUTS)}
    statuts = ecrites(apres)[1]
    faux += [(c, s, statuts[c]) for c, s in ecrites(avant)[1].items() if c in statuts and rangs[statuts[c]] < rangs[s]]
    faux += [("question perdue", x) for x in {q.parametre for q in questions(avant)} - _posees(apres)]
    dites = {a.code for a in alertes(apres)}
    perdues = {a.code for a in alertes(avant)} & set(A_VERIFIER) - dites
    return faux + [("avertissement perdu", code) for code in perdues if A_VERIFIER[code] not in dites]


def _posees(r):
    """Les questions posées : celle du montant entier d'une référence remplace celles qui le détaillaient."""
    return {q.parametre for q in questions(r)}


def _cases():
    toutes = list(known_cells(load_territoire("exemple")))
    return toutes[:: max(len(toutes) // sample(40, len(toutes)), 1)]


@pytest.fixture(scope="module")
def reel():
    """Exemple, comme s'il n'était pas fictif : chaque ligne y porte le statut de ses sources."""
    return replace(load_territoire("exemple"), nature="reel")


@pytest.fixture(scope="module")
def connu(reel):
    return simulate(reel)


@pytest.mark.parametrize(("nom", "colonne", "ligne"), _cases())
def test_chaque_case_d_exemple_videe_tour_a_tour(reel, connu, nom, colonne, ligne):
    assert verifier(connu, simulate(emptied(reel, nom, colonne, ligne))) == []


@REGLAGES
@given(data=st.data())
def test_une_case_videe_d_un_territoire_au_hasard(construire, data):
    cas = data.draw(territories())
    lieu = construire(**cas)
    choix = data.draw(st.sampled_from([Scenario(), Scenario("H", "historique")]) | repartitions(cas["structures"]))
    case = data.draw(st.sampled_from(list(known_cells(lieu))))
    if len(set(lieu.structures["competence"])) == 1 and case[1] == "competence":
        return
    assert verifier(simulate(lieu, choix), simulate(emptied(lieu, *case), choix)) == []


def test_une_heure_de_creche_videe_n_en_retire_pas_le_reste_a_charge(construire):
    """Les heures facturées vidées, la Psu n'est plus comptée : le reste à charge ne peut pas pour autant monter."""
    creche = {"id": "a", "type": "eaje", "quantite": 10, "charges_eur": 160000.0, "participations_eur": 20000.0}
    base = {"structures": [creche], "references": [{"type": "eaje", "montant_eur": 20000}]}
    saisies = {
        code: {"valeurs": {"2025-01-01": valeur}}
        for code, valeur in {"psu.heures_facturees": 20000, "psu.taux_facturation": 1.05}.items()
    }
    connues = simulate(construire(**base, parametres_locaux=saisies))
    videes = simulate(construire(**base, parametres_locaux={}))
    assert verifier(connues, videes) == []


@pytest.mark.parametrize(("nom", "colonne"), [(nom, c) for nom, lues in OBLIGATOIRES.items() for c in lues])
def test_une_cle_vide_est_refusee(tmp_path, nom, colonne):
    """Ces cases-là ne s'ignorent pas : sans elles, on ne sait pas de quoi parle la ligne."""
    lieu = tmp_path / "exemple"
    shutil.copytree(RACINE / "data" / "territoires" / "exemple", lieu)
    chemin = lieu / f"{nom}.csv"
    entete, premiere, *suite = csv.reader(chemin.read_text(encoding="utf-8-sig").splitlines(), delimiter=";")
    premiere[entete.index(colonne)] = ""
    with chemin.open("w", encoding="utf-8", newline="") as ecrit:
        csv.writer(ecrit, delimiter=";").writerows([entete, premiere, *suite])
    with pytest.raises(CtgError, match="obligatoire"):
        load_territoire(lieu)


def test_un_gestionnaire_vide_ne_change_que_son_classement(reel, connu):
    assert ("structures", "gestionnaire") in VIDE_A_UN_SENS
    assert flat_csv([connu]).count("\n") == flat_csv([simulate(emptied(reel, "structures", "gestionnaire", 0))]).count(
        "\n"
    )
    assert verifier(connu, simulate(emptied(reel, "structures", "gestionnaire", 0))) == []
