"""Offre existante et offre nouvelle, mois par mois, en moyenne de l'année."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ctgkit.droit import bonus_territoire as regle
from ctgkit.simulation.calcul.temps import JAMAIS, TOUJOURS, Fenetres, first_month, overlap
from ctgkit.simulation.scenario.etat import Periodes

Tableau = np.ndarray


@dataclass(frozen=True)
class Quantites:
    """Par structure (lignes) et par fenêtre (colonnes). Ce qui n'est pas connu est un intervalle.

    `part` : la part de l'offre existante ouverte, de 0 à 1 sur une année pleine ; `nouveau` : des unités par an.
    « comptee » ne retient que les mois qui remplissent les conditions.
    """

    reference: Tableau
    part_bas: Tableau
    part_haut: Tableau
    nouveau_bas: Tableau
    nouveau_haut: Tableau
    ouverte_part: Tableau
    ouverte_nouveau: Tableau
    mois_ouverts: Tableau
    mois_comptes: Tableau

    @cached_property
    def ouverte(self) -> Tableau:
        """Toute l'offre ouverte, conditions remplies ou non."""
        return self.ouverte_part * self.reference[:, None] + self.ouverte_nouveau


def quantities(
    periodes: Periodes, nombre: int, jour: np.datetime64, f: Fenetres, eligible: tuple[Tableau, Tableau]
) -> Quantites:
    reference = open_on_eve(periodes, nombre, jour)
    q0 = reference[periodes.structure]
    part, nouveau = _split(periodes.quantite, q0)
    debut, fin = first_month(periodes.debut, TOUJOURS), first_month(periodes.fin, JAMAIS)
    premier, dernier = eligible
    compte_debut = np.maximum(debut, premier[periodes.structure])
    compte_fin = np.minimum(fin, dernier[periodes.structure])
    ouverts = overlap(debut, fin, f.debut, f.fin)
    comptes = overlap(compte_debut, compte_fin, f.debut, f.fin)

    def somme(mois: Tableau, valeur: Tableau) -> Tableau:
        return _per_structure(_times(mois, valeur / 12.0), periodes.structure, nombre)

    part_haut, nouveau_bas = somme(comptes, part[1]), somme(comptes, nouveau[0])
    sur = not np.isnan(periodes.quantite).any()
    return Quantites(
        reference=reference,
        part_bas=part_haut if sur else somme(comptes, part[0]),
        part_haut=part_haut,
        nouveau_bas=nouveau_bas,
        nouveau_haut=nouveau_bas if sur else _unbounded(comptes, nouveau[1], periodes.structure, nombre),
        ouverte_part=somme(ouverts, part[1]),
        ouverte_nouveau=somme(ouverts, nouveau[0])
        if sur
        else _unbounded(ouverts, nouveau[1], periodes.structure, nombre),
        mois_ouverts=_per_structure(ouverts, periodes.structure, nombre),
        mois_comptes=_per_structure(comptes, periodes.structure, nombre),
    )


def open_on_eve(periodes: Periodes, nombre: int, jour: np.datetime64) -> Tableau:
    """La quantité ouverte la veille de la date de référence."""
    ouverte = ~(periodes.debut >= jour) & ~(periodes.fin < jour)
    return _per_structure(np.where(ouverte, periodes.quantite, 0.0), periodes.structure, nombre)


def _split(q: Tableau, q0: Tableau) -> tuple[tuple[Tableau, Tableau], tuple[Tableau, Tableau]]:
    """La part de l'existant qui reste, et ce qui est nouveau : deux bornes chacun."""
    part = np.divide(regle.offre_existante(q, q0), q0, out=np.zeros(len(q)), where=q0 > 0)
    nouveau = regle.offre_nouvelle(q, q0)
    q_inconnue, q0_inconnue = np.isnan(q), np.isnan(q0)
    if not (q_inconnue.any() or q0_inconnue.any()):
        return (part, part), (nouveau, nouveau)
    inchangee = q_inconnue & q0_inconnue
    part_bas = np.select([inchangee, q0_inconnue], [1.0, 0.0], np.nan_to_num(part))
    part_haut = np.select([inchangee, q0_inconnue], [1.0, np.where(q > 0, 1.0, 0.0)], np.nan_to_num(part))
    nouveau_haut = np.select([inchangee, q_inconnue, q0_inconnue], [0.0, np.inf, q], nouveau)
    return (part_bas, part_haut), (np.where(q_inconnue | q0_inconnue, 0.0, nouveau), nouveau_haut)


def _times(mois: Tableau, par_mois: Tableau) -> Tableau:
    """Peu de structures ont une offre nouvelle : on ne multiplie que les lignes qui ne sont pas nulles."""
    utiles = np.flatnonzero(par_mois)
    if 2 * len(utiles) > len(par_mois):
        return mois * par_mois[:, None]
    produit = np.zeros(mois.shape)
    produit[utiles] = mois[utiles] * par_mois[utiles, None]
    return produit


def _unbounded(mois: Tableau, valeur: Tableau, structure: Tableau, nombre: int) -> Tableau:
    infini = np.isinf(valeur)[:, None] & (mois > 0)
    fini = mois * (np.where(np.isinf(valeur), 0.0, valeur)[:, None] / 12.0)
    return _per_structure(np.where(infini, np.inf, fini), structure, nombre)


def _per_structure(valeurs: Tableau, structure: Tableau, nombre: int) -> Tableau:
    """La somme des périodes de chaque structure : les premières sont déjà dans l'ordre des structures."""
    if len(valeurs) == nombre:
        return valeurs
    total = valeurs[:nombre].copy()
    np.add.at(total, structure[nombre:], valeurs[nombre:])
    return total
