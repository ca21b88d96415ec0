"""L'ignorance est monotone dans la page : vider une entrée connue n'y fait ni zéro, ni fourchette plus étroite."""

import pytest
from ignorance import emptied, known_cells
from outils import lu, sample

from ctgkit import droit
from ctgkit.droit import bonus_territoire as regle
from ctgkit.simulation import engagements, tell_year
from ctgkit.simulation.lectures.constat import weakest_status
from ctgkit.storage import load_territoire
from ctgkit.territoire import Territoire
from ctgkit.views.bonus.etat import Brouillon, EtatBonus
from ctgkit.views.bonus.lecture import CalculBonus, amounts, by_axis, compute, reference, totals

# Ce que la page lit pour compter.
LUES = {
    "structures": ("cofinancee", "quantite"),
    "references": ("montant_eur",),
    "engagements": ("credits_eur",),
    "communes": ("potentiel_financier_hab", "niveau_de_vie", "zone_prioritaire"),
}
ANNEE = 2027


def _cells() -> list[tuple[str, str, int]]:
    cases = [c for c in known_cells(load_territoire("exemple")) if c[1] in LUES.get(c[0], ())]
    pas = max(len(cases) // sample(24, len(cases)), 1)
    return cases[::pas]


def _read(lieu: Territoire) -> CalculBonus:
    return compute(lieu, Brouillon(), reference(lieu))


@pytest.fixture(scope="module")
def connu() -> CalculBonus:
    return _read(load_territoire("exemple"))


@pytest.mark.parametrize(("nom", "colonne", "ligne"), _cells())
def test_vider_une_entree_ne_fait_ni_zero_ni_certitude(connu, exemple, nom, colonne, ligne):
    vide = _read(emptied(exemple, nom, colonne, ligne))
    for avant, apres in zip(totals(connu.resultat).values(), totals(vide.resultat).values(), strict=True):
        _contains(avant, apres)
    montants = amounts(vide.resultat, "structure", "annee")
    for cle, avant in amounts(connu.resultat, "structure", "annee").items():
        _contains(avant, montants[cle])
    etat = EtatBonus(annee=ANNEE, lignes=99)
    for avant, apres in zip(by_axis(connu, etat).rangees, by_axis(vide, etat).rangees, strict=True):
        for (_, su, _), (_, ignore, _) in zip(avant.cases, apres.cases, strict=True):
            _contains(su, ignore)
    assert " 0 €" not in lu(tell_year(vide.ecart, ANNEE))
    rangs = [droit.STATUTS.index(weakest_status(c.ecart, ANNEE)) for c in (connu, vide)]
    assert rangs[1] >= rangs[0]
    _verdicts(engagements(connu.resultat), engagements(vide.resultat))


def _contains(avant, apres) -> None:
    assert apres.bas <= avant.bas + 0.01, "le minimum a monté"
    assert apres.haut >= avant.haut - 0.01, "le plafond a baissé"
    assert not (apres.nul and not avant.nul), "un zéro est né de l'inconnu"


def _verdicts(avant, apres) -> None:
    cles = ["competence", "annee"]
    t = avant.merge(apres, on=cles, suffixes=("_avant", "_apres"))
    for verdict, doute in (("maintien", regle.A_VERIFIER), ("engagement", regle.INCONNU)):
        permis = (t[f"{verdict}_apres"] == t[f"{verdict}_avant"]) | (t[f"{verdict}_apres"] == doute)
        assert permis.all(), t.loc[~permis, [*cles, f"{verdict}_avant", f"{verdict}_apres"]].to_string()
