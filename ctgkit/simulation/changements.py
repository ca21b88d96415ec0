"""Le plus petit changement qui compte : un seuil à une place près, une adhésion qui manque, des crédits à rétablir."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from ctgkit.droit import bonus_territoire as regle
from ctgkit.droit.valeurs import thresholds
from ctgkit.formats import euros, pluriel, pourcent
from ctgkit.simulation.conditions import Raison
from ctgkit.simulation.engagement import engagements
from ctgkit.simulation.phrases import gap

if TYPE_CHECKING:
    from ctgkit.simulation.complements import Contexte
    from ctgkit.simulation.resultat import Resultat


@dataclass(frozen=True)
class Changement:
    """`nature` : places, adhesion ou credits ; `quantite` : de combien ; l'effet sur une année, entre deux bornes."""

    nature: str
    phrase: str
    annee: int
    quantite: float
    effet_bas: float
    effet_haut: float
    ou: str = ""


def smallest_changes(r: "Resultat", annee: int | None = None) -> list[Changement]:
    """Les changements les plus proches, une année donnée (par défaut la plus tardive où chacun se calcule)."""
    return [*_steps(r, annee), *_memberships(r, annee), *_credits(r, annee)]


def _steps(r: "Resultat", annee: int | None) -> Iterator[Changement]:
    """Combien de places de plus pour le palier suivant du bonus trajectoire."""
    for a in [annee] if annee else r.annees[::-1]:
        contexte = r.contextes.get(("bonus_trajectoire", a))
        valeur = r.cadre.value("bonus_trajectoire.montant", date(a, 1, 1))
        if contexte is None or valeur is None or any(t.bas != t.haut for t in valeur.tranches):
            continue
        trouve = _next_step(r, contexte, thresholds(valeur))
        if trouve:
            yield trouve
        return


def _next_step(r: "Resultat", c: "Contexte", seuils: list[tuple[float, float]]) -> Changement | None:
    """Le palier suivant du territoire tout entier, quand une seule façon de compter s'applique."""
    if len({tuple(np.round(p.base, 6)) for p in c.comptes}) > 1 or len(np.unique(c.comptes[0].perimetre)) > 1:
        return None
    base, actuel = float(c.comptes[0].base.max()), float(c.comptes[0].annee.max())
    if not base > 0 or np.isnan(actuel):
        return None
    suivants = [(s, m) for s, m in seuils if round((actuel - base) / base, 9) < s]
    if not suivants:
        return None
    seuil, montant = suivants[0]
    places = max(math.ceil(round(base * (1 + seuil) - actuel, 9)), 1)
    avant = max([m for s, m in seuils if round((actuel - base) / base, 9) >= s], default=0.0)
    eligibles = float(c.quantity(c.arguments).sum())
    nouveau = r.cadre.bounds("eaje.nouveau", c.jour, c.qui)
    unite = float(nouveau[0].min()), float(nouveau[1].max())
    bas, haut = (eligibles * (montant - avant) + places * (montant + u) for u in unite)
    croissance = pourcent(100 * (actuel + places - base) / base)
    phrase = (
        f"{pluriel(places, 'place')} de plus, ouverte{'s' * (places > 1)} toute l'année {c.annee}, "
        f"{'font' if places > 1 else 'fait'} passer la croissance à {croissance} et le bonus trajectoire de "
        f"{euros(avant)} à {euros(montant)} pour chaque place : {gap(bas, haut)} dans l'année."
    )
    return Changement("places", phrase, c.annee, places, bas, haut)


def _memberships(r: "Resultat", annee: int | None) -> Iterator[Changement]:
    """Ce que débloquerait l'adhésion de chaque commune qui ne l'a pas fait."""
    a = annee or r.annees[-1]
    lignes = r.lignes
    ici = ((lignes["raisons"] & Raison.ADHESION_INCONNUE) > 0) & (lignes["annee"] == a)
    q, par_an, y = r.cadre.quantites, r.cadre.fenetres.per_year, r.annees.index(a)
    for commune in np.unique(r.cadre.commune[lignes["structure"][ici]]).tolist():
        if commune < 0:
            continue
        qui = np.flatnonzero((r.cadre.commune == commune) & r.parts.membre)
        bas = float((r.parts.bas[qui] * par_an(q.ouverte_part)[qui, y]).sum())
        haut = float(np.nan_to_num(r.parts.haut[qui] * par_an(q.ouverte_part)[qui, y], posinf=np.inf).sum())
        if haut <= 0:
            continue
        nom, code = r.territoire.communes["nom"][commune], str(r.territoire.communes["code_insee"][commune])
        phrase = f"L'adhésion de {nom} ferait compter {gap(bas, haut, False)} d'offre existante en {a}."
        yield Changement("adhesion", phrase, a, 1, bas, haut, code)


def _credits(r: "Resultat", annee: int | None) -> Iterator[Changement]:
    """Ce qui manque aux crédits d'une collectivité pour que son engagement soit tenu."""
    tableau = engagements(r)
    rompus = tableau[tableau["engagement"] == regle.ROMPU]
    for nom in rompus["competence"].unique().tolist():
        lot = rompus[rompus["competence"] == nom]
        pire = lot.loc[lot["credits_eur"].idxmin()] if annee is None else lot[lot["annee"] == annee].squeeze()
        if not len(pire):
            continue
        manque = float(pire["credits_reference_eur"] - pire["credits_eur"])
        phrase = (
            f"« {nom} » : {euros(manque)} de crédits de plus en {pire['annee']} rétablissent l'engagement, "
            f"dont dépendent {gap(pire['bas'], pire['haut'], False)} de bonus."
        )
        yield Changement("credits", phrase, int(pire["annee"]), manque, 0.0, 0.0, nom)
