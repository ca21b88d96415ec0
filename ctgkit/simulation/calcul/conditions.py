"""Les conditions du bonus territoire, et la raison dite quand l'une manque."""

from enum import IntFlag

import numpy as np
import pandas as pd

from ctgkit.simulation.calcul.quantites import JAMAIS, first_month, month
from ctgkit.territoire import Territoire


class Raison(IntFlag):
    NON_COFINANCEE = 1
    COFINANCEMENT_INCONNU = 2
    ADHESION_INCONNUE = 4
    ADHESION_PAS_EFFECTIVE = 8
    HORS_CONVENTION = 16
    PAS_OUVERTE_TOUTE_L_ANNEE = 32
    QUANTITE_INCONNUE = 64
    REFERENCE_INCONNUE = 128
    MONTANT_INCONNU = 256
    SANS_POIDS = 512
    AU_MOINS = 1024
    ENGAGEMENT_ROMPU = 2048


PHRASES = {
    Raison.NON_COFINANCEE: "La structure n'est pas cofinancée par une collectivité signataire : elle ne compte pas.",
    Raison.COFINANCEMENT_INCONNU: "On ne sait pas si la structure est cofinancée : le montant va de 0 à sa valeur.",
    Raison.ADHESION_INCONNUE: "Adhésion de la commune non renseignée : la condition n'est pas remplie.",
    Raison.ADHESION_PAS_EFFECTIVE: "Les mois d'avant l'effet de l'adhésion de la commune ne comptent pas.",
    Raison.HORS_CONVENTION: "Les mois hors de la convention ne comptent pas.",
    Raison.PAS_OUVERTE_TOUTE_L_ANNEE: "La structure n'est pas ouverte toute l'année.",
    Raison.QUANTITE_INCONNUE: "La quantité est inconnue, ici ou dans une structure qui partage la même enveloppe.",
    Raison.REFERENCE_INCONNUE: "Le montant de référence n'est pas renseigné.",
    Raison.MONTANT_INCONNU: "Le montant unitaire n'est pas publié.",
    Raison.SANS_POIDS: "Aucun poids n'est donné à la structure dans la répartition personnalisée.",
    Raison.AU_MOINS: "Le plancher ou la revalorisation ne sont pas publiés : le montant est un minimum.",
    Raison.ENGAGEMENT_ROMPU: "Les crédits de la collectivité baissent : le bonus est conditionnel.",
}


def sentences(masque: int) -> list[str]:
    return [phrase for raison, phrase in PHRASES.items() if masque & raison]


def effect_days(territoire: Territoire) -> np.ndarray:
    """Le jour où l'adhésion de chaque commune prend effet ; la dernière case est celle d'une structure intercommunale.

    À défaut d'effet écrit : le 1er janvier de l'année d'adhésion, pas avant la convention. Pour une convention
    communale, et pour une structure intercommunale, la convention vaut adhésion.
    """
    c, convention = territoire.communes, territoire.convention
    debut = np.datetime64(convention.debut or "NaT", "D")
    adhesion = np.append(c["adhesion"], np.datetime64(convention.deliberation or convention.debut or "NaT", "D"))
    effet = np.append(c["effet"], np.datetime64("NaT"))
    if territoire.type == "commune":
        adhesion = np.where(np.isnat(adhesion), adhesion[-1], adhesion)
    janvier = adhesion.astype("datetime64[Y]").astype("datetime64[D]")
    tard = janvier if np.isnat(debut) else np.where(janvier < debut, debut, janvier)
    return np.where(np.isnat(effet), tard, effet)


def eligible_months(territoire: Territoire, commune: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Le premier mois qui compte et le premier qui ne compte plus, pour chaque structure (-2 : commune inconnue)."""
    premier = np.append(first_month(effect_days(territoire), JAMAIS), JAMAIS)
    rang = np.where(commune == -2, len(premier) - 1, np.where(commune == -1, len(premier) - 2, commune))
    fin = np.datetime64(territoire.convention.fin or "NaT", "D") + 1
    dernier = first_month(np.array([fin]), JAMAIS)[0]
    return premier[rang], np.full(len(commune), dernier)


def commune_ranks(territoire: Territoire) -> np.ndarray:
    """La place de chaque structure dans la table des communes ; -1 sans commune, -2 si elle n'y est pas."""
    codes = territoire.structures["code_insee"]
    rang = pd.Index(territoire.communes["code_insee"]).get_indexer(codes)
    return np.where(codes == "", -1, np.where(rang < 0, -2, rang))


def reasons(
    cofinancee: np.ndarray,
    eligible: tuple[np.ndarray, np.ndarray],
    mois: tuple[np.ndarray, np.ndarray],
    annees: tuple[int, ...],
) -> np.ndarray:
    """Pour chaque structure et chaque année, ce qui manque ; `mois` : les mois ouverts et les mois comptés."""
    ouverts, comptes = mois
    premier, dernier = eligible[0][:, None], eligible[1][:, None]
    janvier = np.array([month(a) for a in annees])
    perdus = (comptes < ouverts) | (ouverts == 0)
    total = np.where(cofinancee == 0, Raison.NON_COFINANCEE, 0)[:, None]
    total = total | np.where(np.isnan(cofinancee), Raison.COFINANCEMENT_INCONNU, 0)[:, None]
    jamais = perdus & (premier == JAMAIS)
    total = total | np.where(jamais, Raison.ADHESION_INCONNUE, 0)
    total |= np.where(perdus & ~jamais & (premier > janvier), Raison.ADHESION_PAS_EFFECTIVE, 0)
    total |= np.where(perdus & (dernier < janvier + 12), Raison.HORS_CONVENTION, 0)
    return total | np.where(ouverts < 12, Raison.PAS_OUVERTE_TOUTE_L_ANNEE, 0)
