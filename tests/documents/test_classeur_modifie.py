"""Revue d'analyste D4 : une case claire du classeur donne ce que donne le moteur, ou le classeur dit « à refaire »."""

import io
from collections.abc import Iterator
from datetime import date
from itertools import islice

import numpy as np
import openpyxl
import pytest
from classeur_modifie import (
    Modification,
    au_hasard,
    du_moteur,
    ecarts,
    ecrire,
    lire,
    refaire,
    refaits,
)
from documents_lecture import fichiers
from outils import sample
from test_classeur_bonus import CALC, territoire

from ctgkit.documents.classeur.formules import A_REFAIRE
from ctgkit.documents.classeur.parametres import NON_BORNE
from ctgkit.simulation import simulate
from ctgkit.storage import load_territoire

ANNEES = (2026, 2028)
# Les quatre cases de la revue d'analyste, D4 ; puis une case figée dont on change ce dont elle dépend.
NOMMEES = (
    Modification("Structures", 0, "cofinancee", None),
    Modification("Périodes", 5, "debut", date(2019, 9, 1)),
    Modification("Cadre", 0, "valeur", date(2026, 11, 1)),
    Modification("Références", 0, "montant", None),
    Modification("Références", 2, "montant", 9_999.0),
)
# Une date vide a un sens à elle : toujours ouverte, jamais fermée, convention sans fin.
VIDE_A_UN_SENS = {("Périodes", "debut"), ("Périodes", "fin"), ("Cadre", "valeur")}


# Les territoires livrés : combien de cases y sont changées, d'ordinaire et sous CTG_LONG.
LIVRES = {"exemple": (2, 100), "armentieres": (1, 50), "cambrai": (1, 50)}


@pytest.fixture(scope="module")
def depart():
    return simulate(territoire(), annees=ANNEES)


@pytest.fixture(scope="module")
def changees(depart, bureau):
    return recalculer(bureau, depart, [None, *NOMMEES, *au_hasard(depart, sample(4, 200), graine=11)])


def recalculer(bureau, depart, modifications):
    """Chaque modification, et ce que LibreOffice en lit, en peu de passages."""
    octets = {f"xlsx_{n}": ecrire(depart, m) for n, m in enumerate(modifications)}
    reste: Iterator = iter(octets.items())
    lus = []
    while lot := dict(islice(reste, 10)):
        lus += [lire(o) for o in bureau.convertir(CALC, **lot)]
    return list(zip(modifications, lus, strict=True))


def silencieuses(depart, changees):
    """Les modifications après lesquelles une case donne, sans le dire, autre chose que le moteur."""
    trouvees = {}
    for m, lu in changees:
        attendu = du_moteur(refaire(depart, m) if m else depart)
        if faux := ecarts(lu, attendu):
            trouvees[str(m)] = faux[:3]
    return trouvees


def test_aucune_modification_ne_donne_un_montant_que_le_moteur_ne_donne_pas(depart, changees):
    assert silencieuses(depart, changees) == {}


@pytest.mark.parametrize("code", LIVRES)
def test_les_territoires_livres_non_plus(code, bureau):
    depart = simulate(load_territoire(code))
    modifications = au_hasard(depart, sample(*LIVRES[code]), graine=23)
    assert silencieuses(depart, recalculer(bureau, depart, [None, *modifications])) == {}


def test_le_classeur_suit_la_plupart_des_changements(changees):
    """« à refaire » partout tiendrait aussi la promesse : au plus un montant sur trois, cases vidées comprises."""
    lus = [lu for _, lu in changees[1:]]
    assert refaits(changees[0][1]) == 0
    assert sum(map(refaits, lus)) <= sum(len(lignes) for lignes, *_ in lus) / 3


def test_vider_une_case_ne_resserre_jamais(changees):
    avant = changees[0][1]
    videes = [(m, lu) for m, lu in changees[1:] if m.valeur is None and (m.feuille, m.cle) not in VIDE_A_UN_SENS]
    assert videes
    for m, (lignes, totaux, verdicts) in videes:
        for lus, departs in ((lignes, avant[0]), (totaux, avant[1])):
            assert not [(str(m), cle) for cle, v in lus.items() if not _contient(v, departs[cle])]
        for cle, verdict in verdicts.items():
            assert verdict in {"à vérifier", A_REFAIRE, avant[2][cle]}, (str(m), cle)


def _contient(large, etroit):
    """Une fourchette contient l'autre ; « à refaire » ne dit rien, donc contient tout."""
    if A_REFAIRE in large:
        return True
    hauts = [np.inf if haut == NON_BORNE else haut for _, haut in (large, etroit)]
    return large[0] <= etroit[0] + 0.006 and hauts[0] >= hauts[1] - 0.006


def test_les_cases_de_la_revue(changees):
    """Ce que l'on lit, cas par cas, dans les quatre gestes de la revue d'analyste."""
    lus = {str(m): lu for m, lu in changees[1 : 1 + len(NOMMEES)]}
    videe, avancee, _, sans_reference, figee = lus.values()
    assert videe[0]["a", 2026] == (A_REFAIRE, A_REFAIRE)
    assert avancee[0]["f", 2026][1] in {NON_BORNE, A_REFAIRE}
    assert sans_reference[0]["a", 2026][1] == NON_BORNE
    assert sans_reference[2]["K", 2026] == "à vérifier"
    assert figee[0]["e", 2026] == (A_REFAIRE, A_REFAIRE)


def test_seules_les_cases_claires_s_ecrivent(depart):
    octets = ecrire(depart)
    feuilles = [x for nom, x in fichiers(octets).items() if nom.startswith("xl/worksheets/sheet")]
    assert all(b"<sheetProtection" in xml for xml in feuilles)
    classeur = openpyxl.load_workbook(io.BytesIO(octets))
    cases = [c for f in classeur.worksheets for ligne in f.iter_rows() for c in ligne]
    ouvertes = [c for c in cases if not c.protection.locked]
    assert len(ouvertes) > 50
    assert ouvertes == [c for c in cases if c.fill.fgColor.rgb == "FFFFF8E1"]
