"""Le plus petit changement qui compte : un seuil à une place près, une adhésion qui manque, des crédits à rétablir."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from ctgkit.droit import bonus_territoire as regle
from ctgkit.droit.registre import BONUS_TRAJECTOIRE
from ctgkit.droit.valeurs import thresholds
from ctgkit.formats import euros, pluriel, pourcent
from ctgkit.fourchette import Fourchette
from ctgkit.simulation.calcul.complements import Contexte, Places
from ctgkit.simulation.calcul.conditions import Raison
from ctgkit.simulation.lectures.engagement import engagements
from ctgkit.simulation.lectures.noms import name_competence
from ctgkit.simulation.resultat import Resultat
from ctgkit.texte import de


@dataclass(frozen=True)
class Levier:
    """`nature` : places, adhesion ou credits ; `quantite` : de combien ; l'effet sur une année, entre deux bornes."""

    nature: str
    phrase: str
    annee: int
    quantite: float
    effet_bas: float
    effet_haut: float
    ou: str = ""


def smallest_changes(resultat: Resultat, annee: int | None = None) -> list[Levier]:
    """Les changements les plus proches, une année donnée (par défaut la plus tardive où chacun se calcule)."""
    return [*_steps(resultat, annee), *_memberships(resultat, annee), *_credits(resultat, annee)]


def _steps(resultat: Resultat, annee: int | None) -> Iterator[Levier]:
    """Combien de places de plus pour le palier suivant du bonus trajectoire."""
    for p in next_steps(resultat, annee):
        ou = f"compte « {name_competence(resultat, p.perimetre)} » à part" if p.perimetre else "compte toute la Ctg"
        condition = "" if p.seule_facon else f" (si la Caf {ou})"
        plusieurs = p.places > 1
        phrase = (
            f"{pluriel(p.places, 'place')} de plus, ouverte{'s' * plusieurs} toute l'année {p.annee}, "
            f"{'font' if plusieurs else 'fait'} passer la croissance à {pourcent(100 * p.croissance)} et le bonus "
            f"trajectoire de {euros(p.avant)} à {euros(p.apres)} pour chaque place{condition} : "
            f"{Fourchette(p.effet_bas, p.effet_haut).between()} dans l'année."
        )
        yield Levier("places", phrase, p.annee, p.places, p.effet_bas, p.effet_haut, p.perimetre)


def _memberships(resultat: Resultat, annee: int | None) -> Iterator[Levier]:
    """Ce que débloquerait l'adhésion de chaque commune qui ne l'a pas fait."""
    a = annee or resultat.annees[-1]
    lignes = resultat.lignes
    ici = ((lignes["raisons"] & (Raison.ADHESION_INCONNUE | Raison.PAS_DELIBERE)) > 0) & (lignes["annee"] == a)
    q, par_an, y = resultat.cadre.quantites, resultat.cadre.fenetres.per_year, resultat.annees.index(a)
    for commune in np.unique(resultat.cadre.commune[lignes["structure"][ici]]).tolist():
        if commune < 0:
            continue
        qui = np.flatnonzero((resultat.cadre.commune == commune) & resultat.parts.membre)
        parts = (
            np.nan_to_num(borne[qui] * par_an(q.ouverte_part)[qui, y], posinf=np.inf)
            for borne in (resultat.parts.bas, resultat.parts.haut)
        )
        bas, haut = (float(regle.arrondi(part.sum())) for part in parts)
        if haut <= 0:
            continue
        nom, code = (
            resultat.territoire.communes["nom"][commune],
            str(resultat.territoire.communes["code_insee"][commune]),
        )
        phrase = f"L'adhésion {de(nom)} ferait compter {Fourchette(bas, haut).between(False)} d'offre existante en {a}."
        yield Levier("adhesion", phrase, a, 1, bas, haut, code)


def _credits(resultat: Resultat, annee: int | None) -> Iterator[Levier]:
    """Ce qui manque aux crédits d'une collectivité pour que son engagement soit tenu."""
    tableau = engagements(resultat)
    rompus = tableau[tableau["engagement"] == regle.ROMPU]
    for nom in rompus["competence"].unique().tolist():
        lot = rompus[rompus["competence"] == nom]
        pire = lot.loc[lot["credits_eur"].idxmin()] if annee is None else lot[lot["annee"] == annee].squeeze()
        if not len(pire):
            continue
        manque = float(pire["credits_reference_eur"] - pire["credits_eur"])
        qui = f"« {name_competence(resultat, nom)} »"
        phrase = (
            f"{qui} : {euros(manque)} de crédits de plus en {pire['annee']} rétablissent l'engagement, "
            f"dont dépendent {Fourchette(pire['bas'], pire['haut']).between(False)} de bonus."
        )
        yield Levier("credits", phrase, int(pire["annee"]), manque, 0.0, 0.0, nom)


@dataclass(frozen=True)
class Palier:
    """`places` de plus toute l'année font passer de `avant` à `apres` € par place ; `perimetre` vide : toute la Ctg."""

    annee: int
    places: int
    avant: float
    apres: float
    croissance: float
    effet_bas: float
    effet_haut: float
    perimetre: str
    seule_facon: bool


def next_steps(resultat: Resultat, annee: int | None = None) -> list[Palier]:
    """Le palier le plus proche de chaque façon de compter, la dernière année dont les montants sont sûrs."""
    for a in [annee] if annee else resultat.annees[::-1]:
        contexte = resultat.contextes.get((BONUS_TRAJECTOIRE, a))
        valeur = resultat.cadre.value(f"{BONUS_TRAJECTOIRE}.montant", date(a, 1, 1))
        if contexte is None or valeur is None or any(t.bas != t.haut for t in valeur.tranches):
            continue
        return _closest(contexte, thresholds(valeur))
    return []


def _closest(contexte: Contexte, seuils: list[tuple[float, float]]) -> list[Palier]:
    perimetres: dict[bytes, list[Places]] = {}
    for p in contexte.comptes:
        perimetres.setdefault(p.perimetre.tobytes(), []).append(p)
    trouves = []
    for possibles in perimetres.values():
        depart_sur = len({p.base.tobytes() for p in possibles}) == 1
        paliers = _each_next(contexte, possibles[0], seuils, len(perimetres) == 1) if depart_sur else []
        trouves += sorted(paliers, key=lambda x: x.places)[:1]
    return trouves


def _each_next(contexte: Contexte, p: Places, seuils: list[tuple[float, float]], seule: bool) -> Iterator[Palier]:
    """Le palier suivant de chaque territoire du périmètre."""
    toutes = not p.perimetre.any()
    for k in np.unique(p.perimetre).tolist():
        base, actuel = float(p.base[k]), float(p.annee[k])
        taux = round((actuel - base) / base, 9) if base > 0 else math.nan
        suivants = [(s, m) for s, m in seuils if taux < s]
        if not suivants:
            continue
        (seuil, apres), ici = suivants[0], p.perimetre == k
        avant = max([m for s, m in seuils if taux >= s], default=0.0)
        places = max(math.ceil(round(base * (1 + seuil) - actuel, 9)), 1)
        acquis = float(contexte.quantity(contexte.arguments)[ici].sum()) * (apres - avant)
        effets = [acquis + places * (apres + u) for u in _cheapest_and_dearest(contexte, contexte.qui[ici])]
        nom = "" if toutes else str(contexte.cadre.groupes.competences[k])
        yield Palier(contexte.annee, places, avant, apres, (actuel + places - base) / base, *effets, nom, seule)


def _cheapest_and_dearest(contexte: Contexte, qui: np.ndarray) -> tuple[float, float]:
    """Le montant d'une place nouvelle, là où elle rapporte le moins et là où elle rapporte le plus."""
    bas, haut = [], []
    for code, service in enumerate(contexte.cadre.services):
        if len(ici := qui[contexte.cadre.service[qui] == code]):
            bornes = contexte.cadre.bounds(f"{service.code}.nouveau", contexte.jour, ici)
            bas.append(float(bornes[0].min()))
            haut.append(float(bornes[1].max()))
    return min(bas), max(haut)
