"""Les conditions du bonus territoire, et la raison dite quand l'une manque."""

from dataclasses import dataclass
from enum import IntFlag

import numpy as np
import pandas as pd

from ctgkit.simulation.calcul.quantites import JAMAIS, TOUJOURS, first_month, month
from ctgkit.territoire import PAS_DELIBERE, Territoire


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
    PAS_DELIBERE = 4096
    EFFET_DEDUIT = 8192
    COMPETENCE_INCONNUE = 16384


# Ce que l'on ne sait pas : le montant qui en dépend est à confirmer, quel que soit le statut de ses paramètres.
INCONNUES = (
    Raison.COFINANCEMENT_INCONNU
    | Raison.ADHESION_INCONNUE
    | Raison.QUANTITE_INCONNUE
    | Raison.REFERENCE_INCONNUE
    | Raison.EFFET_DEDUIT
    | Raison.COMPETENCE_INCONNUE
)


PHRASES = {
    Raison.NON_COFINANCEE: "La structure n'est pas cofinancée par une collectivité signataire : elle ne compte pas.",
    Raison.COFINANCEMENT_INCONNU: "On ne sait pas si la structure est cofinancée : le montant va de 0 à sa valeur.",
    Raison.ADHESION_INCONNUE: "Adhésion de la commune non renseignée : le montant va de 0 à sa valeur.",
    Raison.PAS_DELIBERE: "La commune n'a pas délibéré pour adhérer : la condition n'est pas remplie.",
    Raison.EFFET_DEDUIT: "Effet de l'adhésion déduit : le 1er janvier de l'année où la commune a délibéré.",
    Raison.ADHESION_PAS_EFFECTIVE: "Les mois d'avant l'effet de l'adhésion de la commune ne comptent pas.",
    Raison.HORS_CONVENTION: "Les mois hors de la convention ne comptent pas.",
    Raison.PAS_OUVERTE_TOUTE_L_ANNEE: "La structure n'est pas ouverte toute l'année : seuls ses mois ouverts comptent.",
    Raison.QUANTITE_INCONNUE: "La quantité est inconnue, ici ou dans une structure qui partage la même enveloppe.",
    Raison.COMPETENCE_INCONNUE: "Le territoire de compétence manque, ici ou pour une structure du même service.",
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
    adhesion = np.where(adhesion == np.datetime64(PAS_DELIBERE, "D"), np.datetime64("NaT"), adhesion)
    janvier = adhesion.astype("datetime64[Y]").astype("datetime64[D]")
    tard = janvier if np.isnat(debut) else np.where(janvier < debut, debut, janvier)
    return np.where(np.isnat(effet), tard, effet)


@dataclass(frozen=True)
class Admises:
    """Par structure : le premier mois qui compte à coup sûr, celui qui compte peut-être, le premier qui ne compte plus.

    Les deux premiers se rejoignent quand l'adhésion est connue ; `deduite` : l'année dont l'effet n'est pas écrit.
    """

    sur: np.ndarray
    possible: np.ndarray
    dernier: np.ndarray
    deduite: np.ndarray


def eligible_months(territoire: Territoire, commune: np.ndarray) -> Admises:
    """Une adhésion inconnue peut avoir pris effet dès le début de la convention, ou jamais (-2 : commune inconnue)."""
    c, convention = territoire.communes, territoire.convention
    jours = effect_days(territoire)
    sur, tot = first_month(jours, JAMAIS), np.array([convention.debut or "NaT"], "datetime64[D]")
    refus = np.append(c["adhesion"] == np.datetime64(PAS_DELIBERE, "D"), False) & (territoire.type != "commune")
    possible = np.where((sur == JAMAIS) & ~refus, first_month(tot, TOUJOURS), sur)
    deduit = np.append(np.isnat(c["effet"]) & ~np.isnat(c["adhesion"]) & ~refus[:-1], False) & (sur < JAMAIS)
    annee = np.where(deduit, sur // 12 + 1970, 0)
    rang = np.where(commune == -2, len(sur), np.where(commune == -1, len(sur) - 1, commune))
    fin = np.datetime64(convention.fin or "NaT", "D") + 1
    return Admises(
        np.append(sur, JAMAIS)[rang],
        np.append(possible, first_month(tot, TOUJOURS))[rang],
        np.full(len(commune), first_month(np.array([fin]), JAMAIS)[0]),
        np.append(annee, 0)[rang],
    )


def commune_ranks(territoire: Territoire) -> np.ndarray:
    """La place de chaque structure dans la table des communes ; -1 sans commune, -2 si elle n'y est pas."""
    codes = territoire.structures["code_insee"]
    rang = pd.Index(territoire.communes["code_insee"]).get_indexer(codes)
    return np.where(codes == "", -1, np.where(rang < 0, -2, rang))


def reasons(
    cofinancee: np.ndarray,
    eligible: Admises,
    mois: tuple[np.ndarray, np.ndarray],
    annees: tuple[int, ...],
) -> np.ndarray:
    """Pour chaque structure et chaque année, ce qui manque ; `mois` : ouverts, et comptés peut-être."""
    ouverts, comptes = mois
    premier, dernier = eligible.possible[:, None], eligible.dernier[:, None]
    janvier = np.array([month(a) for a in annees])
    perdus = (comptes < ouverts) | (ouverts == 0)
    total = np.where(cofinancee == 0, Raison.NON_COFINANCEE, 0)[:, None]
    total = total | np.where(np.isnan(cofinancee), Raison.COFINANCEMENT_INCONNU, 0)[:, None]
    jamais = perdus & (premier == JAMAIS)
    total = total | np.where(jamais, Raison.PAS_DELIBERE, 0)
    inconnue = (eligible.sur > eligible.possible)[:, None] & (comptes > 0)
    total |= np.where(inconnue, Raison.ADHESION_INCONNUE, 0)
    total |= np.where((eligible.deduite[:, None] == np.array(annees)) & (comptes > 0), Raison.EFFET_DEDUIT, 0)
    total |= np.where(perdus & ~jamais & (premier > janvier), Raison.ADHESION_PAS_EFFECTIVE, 0)
    total |= np.where(perdus & (dernier < janvier + 12), Raison.HORS_CONVENTION, 0)
    return total | np.where(ouverts < 12, Raison.PAS_OUVERTE_TOUTE_L_ANNEE, 0)
