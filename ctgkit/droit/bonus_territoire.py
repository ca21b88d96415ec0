"""La règle qui traverse tous les services : garder l'argent de l'existant, payer l'offre nouvelle, tenir à deux."""

import numpy as np

Nombre = float | np.ndarray

TENU, A_VERIFIER, PERDU = "tenu", "a_verifier", "perdu"
ROMPU, INCONNU = "rompu", "inconnu"


def offre_existante(quantite: Nombre, quantite_reference: Nombre) -> Nombre:
    """L'offre existante est celle ouverte la veille de la date de référence, dans la limite de ce qui reste ouvert."""
    return np.minimum(quantite, quantite_reference)


def offre_nouvelle(quantite: Nombre, quantite_reference: Nombre) -> Nombre:
    """L'offre nouvelle est ce qui dépasse l'offre existante."""
    return np.maximum(quantite - quantite_reference, 0.0)


def montant_nouveau(quantite: Nombre, unitaire: Nombre) -> Nombre:
    """L'offre nouvelle est financée par un montant forfaitaire par unité et par an."""
    utile = np.greater(quantite, 0) & np.greater(unitaire, 0)
    return np.multiply(quantite, unitaire, where=utile, out=np.zeros(utile.shape))[()]


def montant_existant(part: Nombre, quantite: Nombre, plancher: Nombre, revalorisation: Nombre) -> Nombre:
    """Le montant de référence réparti, relevé au plancher par unité, puis la revalorisation de l'année."""
    return np.maximum(part, montant_nouveau(quantite, plancher)) + montant_nouveau(quantite, revalorisation)


def parts_a_proportion(enveloppe: Nombre, poids: np.ndarray, groupe: np.ndarray, nombre: int) -> np.ndarray:
    """L'enveloppe de chaque territoire de compétence est partagée en entier, au centime près.

    Chaque part est l'écart entre deux cumuls arrondis : elle ne s'éloigne pas d'un centime de son prorata exact, et
    la somme des parts est l'enveloppe. Un tableur refait ce calcul avec deux ARRONDI.
    """
    ordre = np.argsort(groupe, kind="stable")
    g = groupe[ordre]
    total = np.bincount(g, poids[ordre], nombre)
    relatif = np.divide(poids[ordre], total[g], out=np.zeros(len(g)), where=total[g] > 0)
    cumul = np.cumsum(relatif)
    dernier = np.append(g[1:] != g[:-1], True)[: len(g)]
    premier = np.append(True, g[1:] != g[:-1])[: len(g)]
    avant = np.maximum.accumulate(np.where(premier, cumul - relatif, 0.0))
    cumul = np.where(dernier & (total[g] > 0), 1.0, np.minimum(cumul - avant, 1.0))
    centimes = np.floor(np.broadcast_to(enveloppe, nombre)[g] * 100 * cumul + 0.5 + 1e-6)
    parts = np.empty(len(g))
    parts[ordre] = np.diff(centimes, prepend=0.0)
    parts[ordre[premier]] = centimes[premier]
    return parts / 100


def maintien(bonus_bas: Nombre, bonus_haut: Nombre, reference_bas: Nombre, reference_haut: Nombre) -> np.ndarray:
    """La Caf s'engage à conserver sur le territoire de compétence le montant des financements de l'année N-1.

    Ce que l'on n'en sait pas laisse l'engagement à vérifier.
    """
    tenu, perdu = (
        np.round(bonus_bas, 2) >= np.round(reference_haut, 2),
        np.round(bonus_haut, 2) < np.round(reference_bas, 2),
    )
    return np.select([tenu, perdu], [TENU, PERDU], A_VERIFIER)


def engagement(credits: Nombre, credits_reference: Nombre) -> np.ndarray:
    """La poursuite du concours financier de la collectivité est une condition du versement du bonus territoire."""
    inconnu = np.isnan(credits) | np.isnan(credits_reference)
    return np.select([inconnu, np.round(credits - credits_reference, 2) >= 0], [INCONNU, TENU], ROMPU)


def acompte(droit_previsionnel: Nombre, taux: Nombre) -> Nombre:
    """Les avances et acomptes ne dépassent pas une part du droit prévisionnel."""
    return np.floor(np.multiply(droit_previsionnel, taux) * 100 + 1e-6) / 100


def arrondi(montant: Nombre) -> Nombre:
    """Au centime, une seule fois, à la fin ; le demi-centime monte, comme dans un tableur."""
    centimes = np.multiply(montant, 100.0)
    centimes += 0.5 + 1e-6
    return np.floor(centimes) / 100.0
