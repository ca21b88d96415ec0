"""Les financements à côté du bonus territoire, dans la feuille « Calcul » : chaque règle tracée sur ses arguments."""

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from ctgkit import droit
from ctgkit.documents.classeur.croissance import Croissance
from ctgkit.documents.classeur.feuilles import Formule
from ctgkit.documents.classeur.formules import Terme, rounded
from ctgkit.documents.classeur.parametres import NON_BORNE, Bornes
from ctgkit.documents.modele import Colonne
from ctgkit.simulation import ENSEMBLE, Resultat
from ctgkit.simulation.calcul.complements import Contexte

if TYPE_CHECKING:
    from ctgkit.documents.classeur.calcul import Calcul


def present(r: Resultat) -> list[droit.Dispositif]:
    """Les dispositifs dont le moteur a calculé au moins une ligne."""
    vus = {r.dispositifs[d] for d in np.unique(r.lignes["dispositif"][r.lignes["part"] == ENSEMBLE]).tolist()}
    return [d for d in droit.dispositifs().values() if d.code in vus]


def complement_columns(r: Resultat) -> dict[str, Colonne]:
    return {
        f"{d.code}_{cote}": Colonne(f"{d.libelle}, {mot}", "euros", 2)
        for d in present(r)
        for cote, mot in (("bas", "au moins"), ("haut", "au plus"))
    }


def complement_cells(calcul: "Calcul", croissance: Croissance | None, s: int, annee: int, ligne: int) -> dict[str, Any]:
    r, fiche = calcul.q.r, {}
    for d in present(r):
        c = r.contextes.get((d.code, annee))
        bas, haut = calcul.amounts(s, annee, ENSEMBLE, r.dispositifs.index(d.code))
        if c is None or s not in c.qui or not c.arguments:
            continue
        place = int(np.flatnonzero(c.qui == s)[0])
        sans_ligne = (s, annee, ENSEMBLE, r.dispositifs.index(d.code)) not in calcul.du_moteur
        figee = not calcul.q.known[s] or (sans_ligne and not all(a.connu[place] for a in c.arguments.values()))
        formules = (None, None) if figee else _formulas(calcul, croissance, c, (s, place, ligne), haut)
        for cote, formule, valeur in zip(("bas", "haut"), formules, (bas, haut), strict=True):
            ecrite = NON_BORNE if np.isinf(valeur) else valeur
            fiche[f"{d.code}_{cote}"] = ecrite if formule is None else Formule(f"={formule}", ecrite)
    return fiche


def _formulas(
    calcul: "Calcul", croissance: Croissance | None, c: Contexte, qui: tuple[int, int, int], haut: float
) -> tuple[str, str]:
    cases = {nom: _argument(calcul, croissance, c, nom, qui) for nom in c.dispositif.arguments}
    bornes = [c.dispositif.regle(**{nom: getattr(b, cote) for nom, b in cases.items()}) for cote in ("bas", "haut")]
    extremes = {"MIN": rounded(bornes[0]), "MAX": rounded(bornes[1])}
    if str(bornes[0]) != str(bornes[1]):
        extremes = {f: rounded(f"{f}({bornes[0]},{bornes[1]})") for f in extremes}
    vides = [f"COUNT({b.haut})=0" for b in cases.values() if b.ouverte] if np.isinf(haut) else []
    return extremes["MIN"], f'IF(OR({",".join(vides)}),"{NON_BORNE}",{extremes["MAX"]})' if vides else extremes["MAX"]


def _argument(
    calcul: "Calcul", croissance: Croissance | None, c: Contexte, nom: str, qui: tuple[int, int, int]
) -> Bornes:
    """Les deux cases d'un argument : une quantité, une colonne de la structure, ou un paramètre."""
    s, place, ligne = qui
    source, g = c.dispositif.arguments[nom], calcul.grille
    if source == "quantite":
        somme = f"({g.here('existante', ligne)}+{g.here('nouvelle', ligne)})"
        return Bornes(*(Terme(f"{somme}*{g.here(k, ligne)}") for k in ("sur", "possible")), ouverte=False)
    if source == "ouverte":
        return Bornes(*(Terme(g.here("ouverte", ligne)),) * 2, ouverte=False)
    colonnes = {"gestionnaire_public": ("public_bas", "public_haut"), "charges_eur": ("charges",) * 2,
                "participations_eur": ("participations",) * 2}  # fmt: skip
    if source in colonnes:
        lues = (calcul.q.structures.case(k, calcul.q.ligne[s]) for k in colonnes[source])
        return Bornes(*map(Terme, lues), ouverte=False)
    competence = calcul.q.r.territoire.structures["competence"][s]
    palier = croissance and croissance.paliers.get((c.dispositif.code, c.annee, competence))
    if palier and source.endswith(" selon croissance"):
        return palier
    argument = c.arguments[nom]
    valeur = c.cadre.value(argument.parametre, date(c.annee, 1, 1))
    bas, haut = (float(b[place]) for b in argument.bornes)
    detail = f"palier calculé pour {c.annee}, {competence}" if " selon " in source else ""
    return calcul.parametres.bounds(argument.parametre, valeur, bas, haut, detail)
