"""Cafdata, foyers par tranche de quotient familial : la part sous 400 €, la tranche « Inconnu » laissée de côté."""

from collections import defaultdict
from dataclasses import replace

from ctgkit.echanges.formats.caf_communes import FOYERS, PERIODE
from ctgkit.echanges.tableau.apercu import ApercuImport
from ctgkit.echanges.tableau.codes import COMMUNE, DEPARTEMENT, EPCI, QPV, simplify
from ctgkit.echanges.tableau.entete import Donnee, Maille
from ctgkit.echanges.tableau.format import FormatMesures
from ctgkit.echanges.tableau.lignes import LigneLue
from ctgkit.echanges.tableau.valeurs import A_COMPLETER, ESTIME, ValeurLue

_PART = Donnee.rate("AS10")
_FOYERS = (Donnee.count("AS10", f"{FOYERS}ndur"),)
_TRANCHE = "qf_400|(tranches?_.*)?quotient.*"
_INCONNUE, _PREMIERE = "inconnu", "moins_de_400_euros"


def _bracket(ligne: LigneLue) -> str:
    return simplify(ligne.get("tranche"))


def _share(apercu: ApercuImport) -> None:
    """Foyers sous 400 € pour 100 foyers au quotient connu, lieu par lieu et date par date."""
    groupes: dict[tuple[str, str, int | None, int | None], list[ValeurLue]] = defaultdict(list)
    for lue in apercu.lignes:
        if lue.detail != _INCONNUE:
            groupes[lue.niveau, lue.geo, lue.annee, lue.mois].append(lue)
    apercu.lignes[:] = [_one(lues) for lues in groupes.values()]


def _one(lues: list[ValeurLue]) -> ValeurLue:
    inconnu = next((b.statut for b in lues if b.valeur is None), "")
    total = sum(b.valeur or 0 for b in lues)
    bas = [b.valeur for b in lues if b.detail == _PREMIERE]
    statut = inconnu or (ESTIME if bas and total else A_COMPLETER)
    reference = lues[0].reference.split(" ; ")[0]
    return replace(
        lues[0],
        code="AS11" if lues[0].niveau == QPV else "AS10",
        valeur=round(100 * (bas[0] or 0) / total, 4) if statut == ESTIME else None,
        statut=statut,
        texte="",
        donnee=_PART,
        reference=f"{reference}, tranche sous 400 € / tranches connues × 100 (arrondi à 5)",
    )


FORMAT = FormatMesures(
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
