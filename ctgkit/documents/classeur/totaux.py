"""La feuille « Totaux » : le bonus par année, territoire de compétence et commune, et l'engagement de la Caf."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ctgkit.documents.classeur.feuilles import Formule
from ctgkit.documents.classeur.formules import criterion
from ctgkit.documents.classeur.grille import Grille
from ctgkit.documents.classeur.parametres import NON_BORNE
from ctgkit.documents.modele import Colonne
from ctgkit.simulation import Resultat, aggregate, engagements

_COLONNES = {
    "axe": Colonne("Total de"),
    "nom": Colonne("Nom"),
    "annee": Colonne("Année", "annee"),
    "bas": Colonne("Bonus, au moins", "euros", 2),
    "haut": Colonne("Bonus, au plus", "euros", 2),
    "ajuste_bas": Colonne("Ajustement du bas", "euros", 2),
    "ajuste_haut": Colonne("Ajustement du haut", "euros", 2),
    "reference": Colonne("Référence", "euros", 2),
    "maintien": Colonne("Engagement de la Caf"),
}
_NOTE = (
    "Ajustement : une enveloppe partagée est versée en entier, alors que la part de chacun est incertaine. "
    "Il est donné par l'atelier et ne suit pas les changements faits ici."
)
_VERDICTS = {"tenu": "tenu", "perdu": "perdu", "a_verifier": "à vérifier"}


def totals(r: Resultat, calcul: Grille, nom: str) -> Grille:
    grille = Grille(nom, _COLONNES, notes=(_NOTE,))
    for t in aggregate(r, "annee").itertuples(index=False):
        _add(grille, calcul, ("Territoire", "", ""), t)
    promesses = {(e.competence, e.annee): e for e in engagements(r).itertuples(index=False)}
    for t in aggregate(r, "competence", "annee").itertuples(index=False):
        ligne = _add(grille, calcul, ("Territoire de compétence", "competence", t.competence), t)
        if promesse := promesses.get((t.competence, t.annee)):
            _promise(grille, ligne, promesse)
    noms = dict(zip(r.territoire.communes["code_insee"], r.territoire.communes["nom"], strict=True))
    for t in aggregate(r, "commune", "annee").itertuples(index=False):
        _add(grille, calcul, ("Commune", "commune", t.commune), t, noms)
    return grille


def _add(
    grille: Grille, calcul: Grille, quoi: tuple[str, str, str], total: Any, noms: Mapping[str, str] | None = None
) -> int:
    axe, colonne, valeur = quoi
    montre = f"{valeur} {noms.get(valeur, '')}".strip() if noms else valeur
    fiche: dict[str, Any] = {"axe": axe, "nom": montre or ("intercommunal" if noms else ""), "annee": int(total.annee)}
    criteres = f"{calcul.column('annee')},{int(total.annee)}"
    criteres += f",{calcul.column(colonne)},{criterion(valeur)}" if colonne else ""
    sommes = _sums(calcul, colonne, valeur, int(total.annee))
    for cote in ("bas", "haut"):
        ajuste = grille.here(f"ajuste_{cote}", grille.suivante)
        formule = f"ROUND(SUMIFS({calcul.column(cote)},{criteres})+{ajuste},2)"
        if cote == "haut":
            nombre = f'COUNTIFS({calcul.column(cote)},"{NON_BORNE}",{criteres})'
            formule = f'IF({nombre}>0,"{NON_BORNE}",{formule})'
        fiche |= _side(cote, formule, sommes[cote], float(getattr(total, cote)))
    return grille.add(**fiche)


def _side(cote: str, formule: str, somme: float, total: float) -> dict[str, Any]:
    """La somme des lignes, plus un ajustement fixe quand le moteur sait qu'une enveloppe est conservée."""
    if np.isinf(somme) != np.isinf(total):
        return {cote: NON_BORNE if np.isinf(total) else total}
    ajuste = 0.0 if np.isinf(total) else round(total - somme, 2)
    return {f"ajuste_{cote}": ajuste or None, cote: Formule(f"={formule}", NON_BORNE if np.isinf(total) else total)}


def _sums(calcul: Grille, colonne: str, valeur: str, annee: int) -> dict[str, float]:
    """Ce que donnera la somme des lignes : de quoi savoir s'il faut l'ajuster."""
    table = pd.DataFrame(calcul.lignes, columns=list(calcul.colonnes))
    ici = table["annee"] == annee
    ici &= table[colonne] == valeur if colonne else True
    return {cote: sum(_value(v) for v in table.loc[ici, cote]) for cote in ("bas", "haut")}


def _value(case: Any) -> float:
    lue = case.valeur if isinstance(case, Formule) else case
    return np.inf if lue == NON_BORNE else float(lue or 0.0)


def _promise(grille: Grille, ligne: int, promesse: Any) -> None:
    """Le maintien par la Caf, ce territoire de compétence, cette année."""
    rang, cles = grille.lignes[ligne - grille.premiere], list(grille.colonnes)
    bas, haut, reference = (grille.here(c, ligne) for c in ("bas", "haut", "reference"))
    rang[cles.index("reference")] = None if np.isnan(promesse.reference_eur) else float(promesse.reference_eur)
    perdu = f'IF(ISNUMBER({haut}),IF(ROUND({haut}-{reference},2)<0,"perdu","à vérifier"),"à vérifier")'
    formule = f'IF({reference}="","à vérifier",IF(ROUND({bas}-{reference},2)>=0,"tenu",{perdu}))'
    rang[cles.index("maintien")] = Formule(f"={formule}", _VERDICTS[str(promesse.maintien)])
