"""Lire les montants en tableaux : ligne à ligne, ou additionnés sans perdre une enveloppe.

Les parts incertaines d'un même montant de référence s'excluent : leur somme ne dépasse pas l'enveloppe.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from ctgkit import droit
from ctgkit.simulation.calcul.conditions import sentences
from ctgkit.simulation.calcul.lignes import EXISTANT, MONTANTS, PARTS, Lignes
from ctgkit.simulation.resultat import Resultat

Axe = Literal["structure", "commune", "competence", "service", "gestionnaire", "annee", "dispositif", "part"]


@dataclass(frozen=True)
class Codes:
    """Un entier par ligne, et le nom de chaque entier."""

    rang: np.ndarray
    noms: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        return self.noms[self.rang]


def table(resultat: Resultat) -> pd.DataFrame:
    """Une ligne par structure, année, dispositif et part, en clair."""
    qui = resultat.lignes["structure"]
    colonnes = {a: axis(resultat, resultat.lignes, a).labels for a in get_args(Axe)}
    masques, rang = np.unique(resultat.lignes["raisons"], return_inverse=True)
    return pd.DataFrame(
        {
            "structure": colonnes.pop("structure"),
            "nom": resultat.territoire.structures["nom"][qui],
            **colonnes,
            "quantite": resultat.lignes["quantite"],
            "unite": np.array([s.unite for s in resultat.cadre.services], object)[resultat.cadre.service[qui]],
            **{c: resultat.lignes[c] for c in ("unitaire_bas", "unitaire_haut", *MONTANTS)},
            "statut": np.array(droit.STATUTS, object)[resultat.lignes["statut"]],
            "raisons": np.array([" ".join(sentences(int(m))) for m in masques], object)[rang],
        }
    )


def aggregate(resultat: Resultat, *axes: Axe, dispositifs: tuple[str, ...] | None = None) -> pd.DataFrame:
    """Les montants par structure, commune, competence, service, gestionnaire, annee, dispositif ou part.

    Par défaut ce que la convention apporte : bonus territoire, coopération, bonus trajectoire… ; `dispositifs=()`
    prend tout.
    """
    retenus = droit.dans_le_bonus() if dispositifs is None else dispositifs
    lignes = resultat.lignes
    if retenus:
        rangs = [i for i, d in enumerate(resultat.dispositifs) if d in retenus]
        lignes = lignes.where(np.isin(lignes["dispositif"], rangs))
    codes = [axis(resultat, lignes, a) for a in axes]
    cellule = np.zeros(len(lignes), np.int64)
    for c in codes:
        cellule = cellule * max(len(c.noms), 1) + c.rang
    connues, rang = np.unique(cellule, return_inverse=True)
    sommes = totals(resultat, lignes, rang, len(connues))
    cles = {}
    for axe, c in zip(reversed(axes), reversed(codes), strict=True):
        connues, reste = np.divmod(connues, max(len(c.noms), 1))
        cles[axe] = c.noms[reste]
    rendu = pd.DataFrame({**{a: cles[a] for a in axes}, **sommes})
    if resultat.cadre.flottante.any() and "competence" in axes and "structure" not in axes:
        return _perhaps_theirs(resultat, rendu, axes)
    return rendu


def _perhaps_theirs(resultat: Resultat, table: pd.DataFrame, axes: tuple[Axe, ...]) -> pd.DataFrame:
    """Ce qui n'est rattaché à aucun territoire de compétence peut l'être à chacun : sa borne haute s'y ajoute."""
    sans = table[table["competence"] == ""].drop(columns="competence").assign(bas=0.0)
    noms = pd.DataFrame({"competence": [nom for nom in resultat.cadre.groupes.competences.tolist() if nom]})
    joint = table.merge(sans.merge(noms, how="cross"), on=list(axes), how="outer", suffixes=("", "_sans"))
    for m in MONTANTS:
        joint[m] = joint[m].fillna(0.0) + joint[f"{m}_sans"].fillna(0.0)
    return joint[table.columns.tolist()]


def axis(resultat: Resultat, lignes: Lignes, axe: Axe) -> Codes:
    """Le rang de chaque ligne sur un axe."""
    cadre, qui = resultat.cadre, lignes["structure"]
    s, communes = resultat.territoire.structures, resultat.territoire.communes
    lire = {
        "structure": lambda: (qui, s["id"]),
        # La dernière case est celle des structures intercommunales.
        "commune": lambda: (
            np.where(cadre.commune < 0, len(communes), cadre.commune)[qui],
            np.append(communes["code_insee"], "").astype(object),
        ),
        "competence": lambda: (cadre.groupes.competence_de_structure[qui], cadre.groupes.competences),
        "service": lambda: (cadre.service[qui], np.array([t.code for t in cadre.services], object)),
        "gestionnaire": lambda: _factorized(s["gestionnaire"], qui),
        "annee": lambda: (lignes["annee"] - resultat.annees[0], np.arange(resultat.annees[0], resultat.annees[-1] + 1)),
        "dispositif": lambda: (lignes["dispositif"], np.array(resultat.dispositifs, object)),
        "part": lambda: (lignes["part"], np.array(PARTS, object)),
    }
    return Codes(*lire[axe]())


def _factorized(colonne: np.ndarray, qui: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rang, noms = pd.factorize(colonne)
    return rang[qui], np.asarray(noms, object)


def totals(resultat: Resultat, lignes: Lignes, rang: np.ndarray, nombre: int) -> dict[str, np.ndarray]:
    """Les montants additionnés par `rang` ; les parts incertaines d'une enveloppe ne la dépassent pas ensemble."""
    groupe = resultat.cadre.groupes.de_structure[lignes["structure"]]
    floue = (lignes["part"] == EXISTANT) & ~resultat.parts.sure[groupe] & resultat.parts.membre[lignes["structure"]]
    sommes = {m: np.bincount(rang, np.where(floue, 0.0, lignes[m]), nombre) for m in MONTANTS}
    if floue.any():
        paires = _Paires.of(resultat, lignes.where(floue), rang[floue])
        for m, montants in paires.conserved().items():
            sommes[m] = sommes[m] + np.bincount(paires.cellule, montants, nombre)
    return {m: np.round(v, 2) for m, v in sommes.items()}


@dataclass(frozen=True)
class _Paires:
    """Les parts incertaines, additionnées par cellule et par lot (un groupe, une année)."""

    cellule: np.ndarray
    lot: np.ndarray
    complete: np.ndarray
    sommes: Mapping[str, np.ndarray]
    plancher: np.ndarray
    plafond: np.ndarray

    @classmethod
    def of(cls, resultat: Resultat, lignes: Lignes, rang: np.ndarray) -> "_Paires":
        qui, groupe = lignes["structure"], resultat.cadre.groupes.de_structure[lignes["structure"]]
        y = np.searchsorted(resultat.cadre.etat.annees, lignes["annee"])
        uniques, lot = np.unique(groupe * len(resultat.cadre.etat.annees) + y, return_inverse=True)
        groupe_du_lot, nombre = uniques // len(resultat.cadre.etat.annees), len(uniques)
        paires, paire = np.unique(rang * nombre + lot, return_inverse=True)
        cellule, du_lot = paires // nombre, paires % nombre
        par_an, q = resultat.cadre.fenetres.per_year, resultat.cadre.quantites
        petite, grande = par_an(q.part_bas)[qui, y], par_an(q.part_haut)[qui, y]
        pure = np.ones(nombre, bool)
        plafond = np.multiply(resultat.parts.haut[qui], grande, out=np.zeros(len(qui)), where=grande > 0)
        np.logical_and.at(pure, lot, lignes["haut"] <= plafond + 0.02)
        moins, plus = np.full(nombre, np.inf), np.zeros(nombre)
        np.minimum.at(moins, lot, petite)
        np.maximum.at(plus, lot, grande)
        moindre, enveloppe = (borne[groupe_du_lot] for borne in resultat.parts.enveloppe)
        entiere = np.bincount(paire) == np.bincount(lot)[du_lot]
        return cls(
            cellule=cellule,
            lot=du_lot,
            complete=entiere & (resultat.parts.conservee[groupe_du_lot] & pure)[du_lot],
            sommes={m: np.bincount(paire, lignes[m]) for m in MONTANTS},
            plancher=np.nan_to_num(moindre * moins)[du_lot],
            plafond=np.where(pure & ~np.isnan(enveloppe), enveloppe * plus, np.inf)[du_lot],
        )

    def conserved(self) -> dict[str, np.ndarray]:
        """La somme ne dépasse pas l'enveloppe, et l'atteint quand toutes les structures du groupe sont là."""
        bas = np.where(self.complete, np.maximum(self.sommes["bas"], self.plancher), self.sommes["bas"])
        haut_connu = np.maximum(np.minimum(self.sommes["haut_connu"], self.plafond), bas)
        return {"bas": bas, "haut": np.minimum(self.sommes["haut"], self.plafond), "haut_connu": haut_connu}
