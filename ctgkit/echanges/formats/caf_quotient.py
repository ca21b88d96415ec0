"""Cafdata, foyers par tranche de quotient familial : la part sous 400 €, la tranche « Inconnu » laissée de côté."""

from collections import defaultdict

from ctgkit.echanges.formats.caf_communes import FOYERS, PERIODE
from ctgkit.echanges.tableau.codes import COMMUNE, DEPARTEMENT, EPCI, QPV, simplify
from ctgkit.echanges.tableau.contexte import Contexte, Releve
from ctgkit.echanges.tableau.format import Format
from ctgkit.echanges.tableau.ligne import Ligne
from ctgkit.echanges.tableau.modele import A_COMPLETER, ESTIME, Brut, Maille, Mesure

_PART = Mesure.rate("AS10", "")
_FOYERS = (Mesure.count("AS10", f"{FOYERS}ndur"),)
_TRANCHE = "qf_400|(tranches?_.*)?quotient.*"
_INCONNUE, _PREMIERE = "inconnu", "moins_de_400_euros"


def _bracket(ligne: Ligne) -> str:
    return simplify(ligne.get("tranche"))


def _share(releve: Releve, _: Contexte) -> None:
    """Foyers sous 400 € pour 100 foyers au quotient connu, lieu par lieu et date par date."""
    groupes: dict[tuple[str, str, int | None, int | None], list[Brut]] = defaultdict(list)
    for brut in releve.bruts:
        if brut.detail != _INCONNUE:
            groupes[brut.niveau, brut.geo, brut.annee, brut.mois].append(brut)
    releve.bruts[:] = [_one(bruts) for bruts in groupes.values()]


def _one(bruts: list[Brut]) -> Brut:
    inconnu = next((b.statut for b in bruts if b.valeur is None), "")
    total = sum(b.valeur or 0 for b in bruts)
    bas = [b.valeur for b in bruts if b.detail == _PREMIERE]
    statut = inconnu or (ESTIME if bas and total else A_COMPLETER)
    return bruts[0].but(
        code="AS11" if bruts[0].niveau == QPV else "AS10",
        valeur=round(100 * (bas[0] or 0) / total, 4) if statut == ESTIME else None,
        statut=statut, texte="", mesure=_PART,
        reference=f"{bruts[0].reference.split(' ; ')[0]}, tranche sous 400 € / tranches connues × 100 (arrondi à 5)",
    )  # fmt: skip


FORMAT = Format(
    code="caf-quotient",
    libelle="Caf, foyers par tranche de quotient familial",
    source="cafdata-{annee}",
    mailles=(
        Maille(QPV, "numqpv?|code_qpv?|numero_qpv?", _FOYERS),
        Maille(COMMUNE, "numcomdo|numcom|numero_commune(_.*)?|code_commune", _FOYERS),
        Maille(EPCI, "numepci|numero_epci", _FOYERS),
        Maille(DEPARTEMENT, "numdep|numero_departement", _FOYERS),
    ),
    exige=(_TRANCHE,),
    periode=PERIODE,
    une_maille=True,
    vide=A_COMPLETER,
    autres={"tranche": _TRANCHE},
    nommer=_bracket,
    conclure=_share,
)
