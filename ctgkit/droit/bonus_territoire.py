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


def part_de_l_enveloppe(enveloppe: Nombre, poids: Nombre, total: Nombre) -> Nombre:
    """L'enveloppe au prorata des poids, sans l'arrondir ; rien quand personne n'a de poids."""
    utile = np.greater(total, 0)
    return np.divide(np.multiply(enveloppe, poids), total, where=utile, out=np.zeros(utile.shape))[()]


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


def arrondi_cumule(montants: np.ndarray, premier: np.ndarray) -> np.ndarray:
    """Au centime, groupe après groupe (`premier` ouvre chacun) : chaque montant est l'écart entre deux cumuls arrondis.

    Il ne s'éloigne pas d'un centime de sa valeur exacte, et le groupe totalise l'arrondi de sa somme exacte. Seules
    les fractions de centime se cumulent : une longue somme n'y perd rien.
    """
    centimes = np.multiply(montants, 100.0)
    entiers = np.floor(centimes)
    fractions = np.cumsum(centimes - entiers)
    avant = np.append(0.0, fractions[:-1])[: len(fractions)]
    cumul = np.floor(fractions - np.maximum.accumulate(np.where(premier, avant, 0.0)) + 0.5 + 1e-6)
    precedent = np.where(premier, 0.0, np.append(0.0, cumul[:-1])[: len(cumul)])
    return (entiers + cumul - precedent) / 100.0
