"""L'offre existante : le montant de référence de chaque groupe, réparti entre ses structures, sans rien arrondir."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ctgkit.droit import bonus_territoire as regle
from ctgkit.mouvements import ScenarioError
from ctgkit.simulation.calcul.cadre import Cadre
from ctgkit.simulation.remarques import ALERTE, AVIS, Remarque, names

Bornes = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Parts:
    """La part annuelle de R(k, t) de chaque structure, entre deux bornes ; `sure` dit le groupe partagé exactement.

    `enveloppe` et `unitaire` ont une ligne par borne. `rattachable` : une structure sans territoire de compétence
    pourrait prendre part au groupe.
    """

    bas: np.ndarray
    haut: np.ndarray
    poids: np.ndarray
    total: np.ndarray
    enveloppe: Bornes
    membre: np.ndarray
    sure: np.ndarray
    conservee: np.ndarray
    rattachable: np.ndarray
    unitaire: Bornes
    alertes: tuple[Remarque, ...] = ()


@dataclass(frozen=True)
class _Poids:
    """De quoi partager : des poids entre deux bornes, ou, pour l'historique, les montants eux-mêmes."""

    bas: np.ndarray
    haut: np.ndarray
    enveloppe: Bornes
    sont_des_montants: bool = False
    alertes: tuple[Remarque, ...] = ()


def shares(cadre: Cadre) -> Parts:
    """Répartit chaque montant de référence selon le scénario ; exactement quand tout est connu, entre bornes sinon."""
    g, q0, nombre = cadre.groupes.de_structure, cadre.quantites.reference, len(cadre.groupes)
    membre = (cadre.service >= 0) & (q0 != 0) & (cadre.cofinancee != 0)
    certain = membre & (cadre.cofinancee == 1)
    p = _weights(cadre, membre)
    bas, haut = np.where(certain, p.bas, 0.0), np.where(membre, p.haut, 0.0)
    connue = ~np.isnan(p.enveloppe[1])
    enveloppe = [np.where(connue, borne, 0.0) for borne in p.enveloppe]
    floue = np.bincount(g, membre & (bas != haut), nombre) > 0
    total = np.bincount(g, np.where(floue[g], 0.0, haut), nombre)
    seule = (np.bincount(g, membre, nombre) == 1) & (np.bincount(g, certain, nombre) == 1)
    reserve = _reserve(cadre, p.haut, membre)
    sure = connue & (~floue & (total > 0) | seule) & (reserve == 0)
    poids = np.where((seule & floue)[g] & membre, 1.0, np.where(sure[g], haut, 0.0))
    somme = np.bincount(g, poids, nombre)[g]
    exactes = [regle.part_de_l_enveloppe(borne[g], poids, somme) for borne in enveloppe]
    conservee = connue & (np.bincount(g, certain, nombre) > 0) & (reserve == 0)
    diviseur = np.where(sure[g] & (q0 > 0), somme * q0, np.nan)
    unitaire = tuple(borne[g] * poids / np.where(diviseur > 0, diviseur, np.nan) for borne in enveloppe)
    if sure[g][membre].all():
        return Parts(*exactes, poids, total, p.enveloppe, membre, sure, conservee, reserve > 0, unitaire, p.alertes)
    bornes = _uncertain([borne[g] for borne in enveloppe], (bas, haut), g, reserve)
    bornes = bornes[0], np.where(connue[g], bornes[1], np.inf)
    if p.sont_des_montants:
        conservee = conservee & (np.bincount(g, membre & ~certain, nombre) == 0)
        bornes = [np.where(reserve[g] > 0, b, montant) for b, montant in zip(bornes, (bas, haut), strict=True)]
    parts = [np.where(sure[g], e, np.where(membre, b, 0.0)) for e, b in zip(exactes, bornes, strict=True)]
    return Parts(*parts, poids, total, p.enveloppe, membre, sure, conservee, reserve > 0, unitaire, p.alertes)


def _reserve(cadre: Cadre, poids: np.ndarray, membre: np.ndarray) -> np.ndarray:
    """Le poids qu'auraient au plus, dans chaque groupe, les structures dont on ne sait pas à qui elles se rattachent.

    Seule la répartition lissée le connaît : les autres dépendent du groupe lui-même.
    """
    g, reserve = cadre.groupes, np.zeros(len(cadre.groupes))
    for s in np.flatnonzero(cadre.flottante & membre).tolist():
        service = cadre.services[cadre.service[s]]
        ouverts = np.isin(g.type, np.flatnonzero(np.isin(g.types, [service.code, service.famille])))
        reserve[ouverts] += poids[s] if cadre.etat.scenario.repartition == "lisse" else np.inf
    return np.where(g.competences[g.competence] == "", 0.0, reserve)


def _kept(cadre: Cadre) -> Bornes:
    """Le montant de référence, pour la part que la règle conserve."""
    valeur = cadre.value("bonus_territoire.maintien", cadre.fenetres.jours[0])
    return cadre.groupes.reference_bas * valeur.bas, cadre.groupes.reference_haut * valeur.bas


def _uncertain(enveloppe: Sequence[np.ndarray], poids: Bornes, g: np.ndarray, reserve: np.ndarray) -> Bornes:
    """La part la plus petite suppose les autres au plus haut, et inversement ; leur somme reste l'enveloppe."""
    (bas, haut), nombre = poids, len(reserve)
    infini = np.isinf(haut)
    fini = np.where(infini, 0.0, haut)
    autres_bas = np.bincount(g, bas, nombre)[g] - bas
    autres_fini = np.bincount(g, fini, nombre)[g] - fini
    autres_infinis = np.bincount(g, infini, nombre)[g] - infini
    autres_haut = np.where(autres_infinis > 0, np.inf, autres_fini) + reserve[g]
    part_bas = np.divide(bas, bas + autres_haut, out=np.zeros(len(bas)), where=bas > 0)
    part_haut = np.divide(fini, fini + autres_bas, out=np.zeros(len(bas)), where=fini > 0)
    part_haut = np.where(infini, 1.0, part_haut)
    return enveloppe[0] * part_bas, enveloppe[1] * part_haut


def _weights(cadre: Cadre, membre: np.ndarray) -> _Poids:
    """Les poids du partage et leurs bornes, selon la répartition choisie."""
    choix = cadre.etat.scenario.repartition
    if choix == "historique":
        return _historic(cadre, membre)
    return _chosen(cadre, membre) if choix == "personnalisee" else _Poids(*_smoothed(cadre), _kept(cadre))


def _smoothed(cadre: Cadre) -> tuple[np.ndarray, np.ndarray]:
    q0 = cadre.quantites.reference
    return np.nan_to_num(q0), np.where(np.isnan(q0), np.inf, q0)


def _chosen(cadre: Cadre, membre: np.ndarray) -> _Poids:
    scenario, g, nombre = cadre.etat.scenario, cadre.groupes.de_structure, len(cadre.groupes)
    poids = np.full(cadre.nombre, np.nan)
    for nom, valeur in scenario.poids.items():
        poids[cadre.rangs[nom]] = valeur
    donne = ~np.isnan(poids) & membre
    concerne = np.bincount(g, donne, nombre)[g] > 0
    noms = cadre.etat.territoire.structures["nom"]
    nul = concerne & membre & ~(np.bincount(g, np.where(donne, poids, 0.0), nombre)[g] > 0)
    if nul.any():
        raise ScenarioError(
            f"Tous les poids sont nuls pour {names(noms[nul].tolist())}.",
            f"{scenario.nom}, poids",
            "Donner un poids à l'une de ces structures.",
        )
    cas = (
        (concerne & membre & ~donne, "poids_manquant", "Sans poids, donc sans part de l'offre existante :"),
        (~np.isnan(poids) & ~membre, "poids_sans_effet", "Poids donné à une structure hors du partage de l'existant :"),
        (membre & ~concerne, "repartition_par_defaut", "Aucun poids dans le groupe, réparti de façon lissée :"),
    )
    alertes = tuple(Remarque(ALERTE, c, f"{d} {names(noms[m].tolist())}.", scenario.nom) for m, c, d in cas if m.any())
    bas, haut = (np.where(concerne, np.nan_to_num(poids), b) for b in _smoothed(cadre))
    return _Poids(bas, haut, _kept(cadre), alertes=alertes)


def _historic(cadre: Cadre, membre: np.ndarray) -> _Poids:
    """Chaque structure garde son montant ; celui qui manque est ce qui reste de l'enveloppe."""
    g, nombre, s = cadre.groupes.de_structure, len(cadre.groupes), cadre.etat.territoire.structures
    montant = np.where(membre, s["reference_eur"], np.nan)
    connu = np.bincount(g, np.nan_to_num(montant), nombre)
    manque = np.bincount(g, membre & np.isnan(montant), nombre)
    sans = np.isnan(_kept(cadre)[1]) & (manque == 0) & (connu > 0)
    enveloppe = tuple(np.where(sans, connu, borne) for borne in _kept(cadre))
    reste = [np.where(np.isnan(borne), np.inf, np.maximum(borne - connu, 0.0)) for borne in enveloppe]
    trop = (manque > 0) & (connu > enveloppe[1] + 0.005) | (manque == 0) & (connu == 0) & (enveloppe[1] > 0)
    bas = np.where(np.isnan(montant), np.where((manque == 1) & np.isfinite(reste[0]), reste[0], 0.0)[g], montant)
    haut = np.where(np.isnan(montant), reste[1][g], montant)
    bas, haut = np.where(trop[g], 0.0, bas), np.where(trop[g], np.nan_to_num(enveloppe[1])[g], haut)
    hors = (connu < enveloppe[0] - 0.005) | (connu > enveloppe[1] + 0.005)
    ecart = trop | ((manque == 0) & (np.bincount(g, membre, nombre) > 0) & hors)
    alertes = ()
    if ecart.any():
        qui = names(s["nom"][ecart[g] & membre].tolist())
        message = (
            f"Les montants par structure ne totalisent pas le montant de référence, partagé à leur prorata : {qui}."
        )
        alertes = (Remarque(ALERTE, "historique_incoherent", message, "structures.csv, reference_eur"),)
    return _Poids(bas, haut, enveloppe, True, alertes)


def without_structure(cadre: Cadre, parts: Parts) -> list[Remarque]:
    """Les montants de référence que nulle structure cofinancée n'est là pour recevoir."""
    g = cadre.groupes
    orphelins = (g.ligne >= 0) & (np.bincount(g.de_structure, parts.membre, len(g)) == 0) & (g.reference_haut != 0)
    lignes = [
        f"{k} ({t})" for k, t in zip(g.competences[g.competence[orphelins]], g.types[g.type[orphelins]], strict=True)
    ]
    if not lignes:
        return []
    message = f"Montant de référence sans structure cofinancée pour le recevoir : {names(lignes)}."
    return [Remarque(ALERTE, "reference_sans_structure", message, "references.csv")]


def without_reference(cadre: Cadre, parts: Parts) -> list[Remarque]:
    g = cadre.groupes
    sans = parts.membre & np.isnan(g.reference_haut)[g.de_structure]
    if not sans.any():
        return []
    message = "Offre existante sans montant de référence, donc de montant inconnu : "
    noms = cadre.etat.territoire.structures["nom"][sans].tolist()
    return [Remarque(AVIS, "reference_absente", f"{message}{names(noms)}.", "references.csv")]
