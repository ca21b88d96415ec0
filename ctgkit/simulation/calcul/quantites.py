"""Le temps en mois, l'offre existante et l'offre nouvelle, entre deux bornes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

import numpy as np

from ctgkit.droit import bonus_territoire as regle
from ctgkit.simulation.scenario.etat import Periodes

JAMAIS, TOUJOURS = 10**6, -(10**6)


@lru_cache(maxsize=1)
def _calendar() -> tuple[int, np.ndarray]:
    """Le premier mois plein de chaque jour du calendrier, d'avance : convertir des dates une à une est lent."""
    jours = np.arange("1900-01-01", "2200-01-01", dtype="datetime64[D]")
    mois = jours.astype("datetime64[M]")
    return int(jours[0].astype(np.int64)), mois.astype(np.int64) + (jours > mois.astype("datetime64[D]"))


def first_month(jours: np.ndarray, inconnu: int) -> np.ndarray:
    """Le premier mois dont le premier jour n'est pas avant cette date (en mois depuis 1970)."""
    debut, calendrier = _calendar()
    rang = np.asarray(jours, "datetime64[D]").astype(np.int64) - debut
    suivant = calendrier[np.clip(rang, 0, len(calendrier) - 1)]
    return np.where(np.isnat(jours), inconnu, suivant)


def month(annee: int) -> int:
    """Le mois de janvier, compté depuis 1970."""
    return (annee - 1970) * 12


def overlap(debut: np.ndarray, fin: np.ndarray, debuts: np.ndarray, fins: np.ndarray) -> np.ndarray:
    """Les mois communs à chaque période (lignes) et à chaque fenêtre (colonnes)."""
    debut, fin, debuts, fins = (np.asarray(m, np.int32) for m in (debut, fin, debuts, fins))
    commun = np.minimum(fin[:, None], fins[None, :])
    commun -= np.maximum(debut[:, None], debuts[None, :])
    return np.maximum(commun, 0, out=commun)


@dataclass(frozen=True)
class Fenetres:
    """Les années découpées là où un paramètre change en cours d'année ; le plus souvent, une fenêtre par année."""

    annees: tuple[int, ...]
    annee: np.ndarray
    debut: np.ndarray
    fin: np.ndarray
    jours: tuple[date, ...]

    def per_year(self, valeurs: np.ndarray) -> np.ndarray:
        """La somme des fenêtres de chaque année."""
        if len(self.annee) == len(self.annees):
            return valeurs
        premieres = np.flatnonzero(np.diff(self.annee, prepend=-1))
        return np.add.reduceat(valeurs, premieres, axis=1)


def windows(annees: Sequence[int], changements: Iterable[date]) -> Fenetres:
    coupes = {month(a) for a in annees} | {(c.year - 1970) * 12 + c.month - 1 + (c.day > 1) for c in changements}
    debuts = sorted(m for m in coupes if any(month(a) <= m < month(a + 1) for a in annees))
    annee = [m // 12 + 1970 for m in debuts]
    fins = [min([s for s in debuts if s > m] + [month(a + 1)]) for m, a in zip(debuts, annee, strict=True)]
    return Fenetres(
        tuple(annees),
        np.array([list(annees).index(a) for a in annee], np.int64),
        np.array(debuts, np.int64),
        np.array(fins, np.int64),
        tuple(date(m // 12 + 1970, m % 12 + 1, 1) for m in debuts),
    )


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
    periodes: Periodes, nombre: int, jour: np.datetime64, fenetres: Fenetres, admises: tuple[Tableau, Tableau, Tableau]
) -> Quantites:
    """`admises` : le premier mois qui compte à coup sûr, celui qui compte peut-être, le premier qui ne compte plus."""
    reference = open_on_eve(periodes, nombre, jour)
    q0 = reference[periodes.structure]
    part, nouveau = _split(periodes.quantite, q0)
    debut, fin = first_month(periodes.debut, TOUJOURS), first_month(periodes.fin, JAMAIS)
    sur, possible, dernier = admises
    compte_fin = np.minimum(fin, dernier[periodes.structure])
    ouverts = overlap(debut, fin, fenetres.debut, fenetres.fin)
    comptes = overlap(np.maximum(debut, possible[periodes.structure]), compte_fin, fenetres.debut, fenetres.fin)
    certaine = sur is possible or bool((sur == possible).all())
    surs = (
        comptes
        if certaine
        else overlap(np.maximum(debut, sur[periodes.structure]), compte_fin, fenetres.debut, fenetres.fin)
    )

    def somme(mois: Tableau, valeur: Tableau) -> Tableau:
        return _per_structure(_times(mois, valeur / 12.0), periodes.structure, nombre)

    part_haut, nouveau_bas = somme(comptes, part[1]), somme(surs, nouveau[0])
    connue = not np.isnan(periodes.quantite).any()
    return Quantites(
        reference=reference,
        part_bas=part_haut if connue and certaine else somme(surs, part[0]),
        part_haut=part_haut,
        nouveau_bas=nouveau_bas,
        nouveau_haut=nouveau_bas
        if connue and certaine
        else _unbounded(comptes, nouveau[1], periodes.structure, nombre),
        ouverte_part=somme(ouverts, part[1]),
        ouverte_nouveau=somme(ouverts, nouveau[0])
        if connue
        else _unbounded(ouverts, nouveau[1], periodes.structure, nombre),
        mois_ouverts=_per_structure(ouverts, periodes.structure, nombre),
        mois_comptes=_per_structure(comptes, periodes.structure, nombre),
    )


def open_on_eve(periodes: Periodes, nombre: int, jour: np.datetime64) -> Tableau:
    """La quantité ouverte la veille de la date de référence."""
    ouverte = ~(periodes.debut >= jour) & ~(periodes.fin < jour)
    return _per_structure(np.where(ouverte, periodes.quantite, 0.0), periodes.structure, nombre)


def _split(tableau: Tableau, q0: Tableau) -> tuple[tuple[Tableau, Tableau], tuple[Tableau, Tableau]]:
    """La part de l'existant qui reste, et ce qui est nouveau : deux bornes chacun."""
    part = np.divide(regle.offre_existante(tableau, q0), q0, out=np.zeros(len(tableau)), where=q0 > 0)
    nouveau = regle.offre_nouvelle(tableau, q0)
    q_inconnue, q0_inconnue = np.isnan(tableau), np.isnan(q0)
    if not (q_inconnue.any() or q0_inconnue.any()):
        return (part, part), (nouveau, nouveau)
    inchangee = q_inconnue & q0_inconnue
    part_bas = np.select([inchangee, q0_inconnue], [1.0, 0.0], np.nan_to_num(part))
    part_haut = np.select([inchangee, q0_inconnue], [1.0, np.where(tableau > 0, 1.0, 0.0)], np.nan_to_num(part))
    nouveau_haut = np.select([inchangee, q_inconnue, q0_inconnue], [0.0, np.inf, tableau], nouveau)
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
