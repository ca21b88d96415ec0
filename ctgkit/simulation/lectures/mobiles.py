"""Les structures dont l'offre nouvelle a une date : ce qui arrive, quand, et ce qui peut glisser."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ctgkit.simulation.calcul.lignes import NOUVEAU
from ctgkit.simulation.calcul.quantites import JAMAIS, TOUJOURS, first_month, month
from ctgkit.simulation.resultat import Resultat

Tableau = np.ndarray


@dataclass(frozen=True)
class Lot:
    """Des territoires de compétence entiers. Un évènement ajoute (ou retire) une quantité à partir d'un mois."""

    qui: Tableau
    premiers: Tableau
    rang: Tableau
    mois: Tableau
    ecart: Tableau
    glissant: Tableau
    eligible: tuple[Tableau, Tableau]
    cofinancee: Tableau

    def quantities(self, janvier: int, glisse: Tableau) -> tuple[Tableau, Tableau]:
        """L'offre nouvelle comptée et l'offre nouvelle ouverte d'une année, pour chaque tirage."""
        debut = self.mois[:, None] + np.where(self.glissant[:, None], glisse[self.rang], 0)
        ouverts = np.clip(janvier + 12 - np.maximum(debut, janvier), 0, 12)
        borne = np.clip(np.maximum(debut, self.eligible[0][self.rang, None]), janvier, None)
        comptes = np.clip(np.minimum(janvier + 12, self.eligible[1][self.rang, None]) - borne, 0, 12)
        poids = (self.ecart / 12.0)[:, None]
        sommes = (np.maximum(np.add.reduceat(m * poids, self.premiers, axis=0), 0.0) for m in (comptes, ouverts))
        comptee, ouverte = sommes
        return comptee * self.cofinancee[:, None], ouverte * self.cofinancee[:, None]


@dataclass(frozen=True)
class Mobiles:
    qui: Tableau
    competence: Tableau
    unitaires: tuple[Tableau, Tableau]
    premiers: Tableau
    mois: Tableau
    ecart: Tableau
    glissant: Tableau
    eligible: tuple[Tableau, Tableau]
    cofinancee: Tableau

    def lots(self, taille: int) -> Iterator[Lot]:
        bords = np.append(np.flatnonzero(np.diff(self.competence)) + 1, len(self.qui))
        bornes = np.append(self.premiers, len(self.mois))
        debut = 0
        while debut < len(self.qui):
            proches = bords[(bords > debut) & (bords <= debut + taille)]
            fin = int(proches[-1] if len(proches) else bords[bords > debut][0])
            evenements = slice(bornes[debut], bornes[fin])
            nombre = np.diff(bornes[debut : fin + 1])
            yield Lot(
                self.qui[debut:fin],
                bornes[debut:fin] - bornes[debut],
                np.repeat(np.arange(fin - debut), nombre),
                self.mois[evenements],
                self.ecart[evenements],
                self.glissant[evenements],
                tuple(e[debut:fin] for e in self.eligible),
                self.cofinancee[debut:fin],
            )
            debut = fin


def movable(r: Resultat) -> Mobiles:
    """Les structures qui ont une offre nouvelle, rangées par territoire de compétence."""
    nouvelles = r.lignes.where(r.lignes["part"] == NOUVEAU)
    competence = r.cadre.groupes.competence_de_structure
    qui = np.unique(nouvelles["structure"])
    qui = qui[np.argsort(competence[qui], kind="stable")]
    rang, mois, ecart = _events(r, qui)
    unitaires = np.zeros((2, r.cadre.nombre, len(r.annees)))
    y = np.searchsorted(r.annees, nouvelles["annee"])
    hauts = np.where(np.isinf(nouvelles["unitaire_haut"]), nouvelles["unitaire_bas"], nouvelles["unitaire_haut"])
    unitaires[:, nouvelles["structure"], y] = nouvelles["unitaire_bas"], hauts
    return Mobiles(
        qui=qui,
        competence=competence[qui],
        unitaires=(unitaires[0], unitaires[1]),
        premiers=np.searchsorted(rang, np.arange(len(qui))),
        mois=mois,
        ecart=ecart,
        glissant=(ecart > 0) & (mois > month(r.annees[0])),
        eligible=tuple(e[qui] for e in r.cadre.eligible),
        cofinancee=(r.cadre.cofinancee[qui] == 1).astype(float),
    )


def _events(r: Resultat, qui: Tableau) -> tuple[Tableau, Tableau, Tableau]:
    """Ce qui s'ajoute ou se retire à l'offre nouvelle de chaque structure, mois par mois."""
    p = r.cadre.etat.periodes
    place = np.full(r.cadre.nombre, -1)
    place[qui] = np.arange(len(qui))
    ici = np.flatnonzero(place[p.structure] >= 0)
    reference = np.nan_to_num(r.cadre.quantites.reference[p.structure[ici]])
    nouveau = np.maximum(np.nan_to_num(p.quantite[ici]) - reference, 0.0)
    debut, fin = first_month(p.debut[ici], TOUJOURS), first_month(p.fin[ici], JAMAIS)
    cle = np.concatenate([place[p.structure[ici]]] * 2) * (4 * JAMAIS) + np.concatenate([debut, fin]) + 2 * JAMAIS
    uniques, rang = np.unique(cle, return_inverse=True)
    ecart = np.bincount(rang, np.concatenate([nouveau, -nouveau]))
    return uniques // (4 * JAMAIS), uniques % (4 * JAMAIS) - 2 * JAMAIS, ecart
