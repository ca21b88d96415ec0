"""L'ignorance est monotone dans le moteur et dans ce qu'il écrit : vider une donnée connue ne resserre rien."""

import csv
import shutil
from dataclasses import dataclass, replace

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
from ctgkit.simulation import aggregate, alertes, as_json, engagements, financing, questions, simulate
from ctgkit.simulation.scenario.etat import with_columns
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


@dataclass(frozen=True)
class Lecture:
    """Ce que dit un résultat : montants du moteur et du JSON, verdicts, statuts, questions, avertissements."""

    bornes: dict
    ecrits: dict
    verdicts: dict
    statuts: dict
    questions: set
    avertissements: set
    competences: set


def lire(r):
    """Un « haut » nul du JSON n'est pas borné."""
    contenu, ecrits, statuts = as_json(r), {}, {}
    for cle, quoi in (("annee",), "totaux"), (("code_insee", "annee"), "communes"):
        ecrits |= {(quoi, *(x[c] for c in cle)): _ouvertes(*x["bonus_eur"]) for x in contenu[quoi]}
    for x in contenu["lignes"]:
        cle = "ligne", x["structure"], x["annee"], x["dispositif"], x["part"]
        ecrits[cle], statuts[cle] = _ouvertes(*x["montant_eur"]), droit.STATUTS.index(x["statut"])
    posees, dites = {q.parametre for q in questions(r)}, {a.code for a in alertes(r)}
    competences = set(r.cadre.groupes.competences.tolist())
    return Lecture(bornes(r), ecrits, verdicts(r), statuts, posees, dites, competences)


def comparer(avant, apres):
    """Ce que le territoire à la case vidée dit de plus, ou de plus précis, que le territoire connu."""
    faux = []
    for lus, nouveaux in (avant.bornes, apres.bornes), (avant.ecrits, apres.ecrits):
        for cle, (bas, haut) in lus.items():
            # Une ligne qui n'y est plus ne dit rien ; un territoire de compétence que plus rien ne nomme non plus.
            disparue = ("competence" in cle[0] or cle[0] == "référence") and cle[1] not in apres.competences
            trouve = nouveaux.get(cle, (0.0, np.inf) if cle[0] == "ligne" or disparue else (0.0, 0.0))
            if trouve[0] > bas + CENTIME or trouve[1] < haut - CENTIME:
                faux.append((cle, (bas, haut), trouve))
    permis = {cle: {verdict, *DOUTES} for cle, verdict in avant.verdicts.items()}
    faux += [(cle, v) for cle, v in apres.verdicts.items() if cle in permis and v not in permis[cle]]
    faux += [(cle, "statut") for cle, rang in apres.statuts.items() if rang < avant.statuts.get(cle, 0)]
    faux += [("question perdue", x) for x in avant.questions - apres.questions]
    perdues = (avant.avertissements - apres.avertissements) & set(A_VERIFIER)
    return faux + [("avertissement perdu", x) for x in perdues if A_VERIFIER[x] not in apres.avertissements]


def _cases():
    toutes = list(known_cells(load_territoire("exemple")))
    return toutes[:: max(len(toutes) // sample(40, len(toutes)), 1)]


@pytest.fixture(scope="module")
def reel():
    """Exemple, comme s'il n'était pas fictif : chaque ligne y porte le statut de ses sources."""
    lieu = load_territoire("exemple")
    statuts = np.where(lieu.references["statut"] == "fictif", "officiel", lieu.references["statut"])
    return replace(lieu, nature="reel", references=with_columns(lieu.references, statut=statuts))


@pytest.fixture(scope="module")
def connu(reel):
    return lire(simulate(reel))


@pytest.mark.parametrize(("nom", "colonne", "ligne"), _cases())
def test_chaque_case_d_exemple_videe_tour_a_tour(reel, connu, nom, colonne, ligne):
    assert comparer(connu, lire(simulate(emptied(reel, nom, colonne, ligne)))) == []


@REGLAGES
@given(data=st.data())
def test_une_case_videe_d_un_territoire_au_hasard(construire, data):
    cas = data.draw(territories())
    lieu = construire(**cas)
    choix = data.draw(st.sampled_from([Scenario(), Scenario("H", "historique")]) | repartitions(cas["structures"]))
    case = data.draw(st.sampled_from(list(known_cells(lieu))))
    if len(set(lieu.structures["competence"])) == 1 and case[1] == "competence":
        return
    assert comparer(lire(simulate(lieu, choix)), lire(simulate(emptied(lieu, *case), choix))) == []


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
    assert comparer(lire(connues), lire(videes)) == []


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
    assert comparer(connu, lire(simulate(emptied(reel, "structures", "gestionnaire", 0)))) == []
