"""Choisir un montant simulé pour une ligne de financement : une structure, ou ce qu'un scénario y change."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctgkit import droit
from ctgkit.documents.catalogue.plan.voisins import ECART, Voisins
from ctgkit.fourchette import Fourchette
from ctgkit.plan.argent import Bornes
from ctgkit.simulation import Resultat, aggregate
from ctgkit.texte import fold
from ctgkit.views.composants.html import render

if TYPE_CHECKING:
    from ctgkit.views.plan.zones import Regard

LIGNES = 30


@dataclass(frozen=True)
class Montant:
    """Une ligne que l'on peut lier ; `suit` : le montant de la structure, ou ce que le scénario y change."""

    structure: str
    nom: str
    dispositif: str
    suit: str
    bornes: Bornes

    @property
    def ecrit(self) -> str:
        return Fourchette(*self.bornes).write()

    @property
    def libelle(self) -> str:
        return droit.libelles_dispositifs().get(self.dispositif, "Bonus territoire, coopération et trajectoire")


def picker(r: "Regard") -> str:
    """Fermé tant qu'on ne le demande pas : rien n'est calculé pour rien."""
    choix, voisins = r.etat.simulation, r.voisins
    if not choix.ouvert:
        return render("plan/simulation", ouvert=False)
    resultat = voisins.result(choix.scenario)
    annees = list(resultat.annees) if resultat else []
    voulue = int(choix.annee) if choix.annee.isdecimal() else r.jour.year
    annee = min(annees, key=lambda a: abs(a - voulue)) if annees else voulue
    changes = _changes(voisins, resultat, annee) if resultat and choix.scenario else []
    montants = _amounts(voisins, resultat, annee) if resultat else []
    mots = fold(choix.mots).split()
    gardes = [m for m in montants if all(x in fold(f"{m.nom} {m.libelle}") for x in mots)]
    return render(
        "plan/simulation", ouvert=True, choix=choix, scenarios=voisins.scenarios, annees=annees, annee=annee,
        changes=changes, montants=gardes[:LIGNES], reste=max(len(gardes) - LIGNES, 0), calcule=resultat is not None,
    )  # fmt: skip


def _amounts(voisins: Voisins, resultat: Resultat, annee: int) -> list[Montant]:
    table = aggregate(resultat, "structure", "annee", "dispositif", dispositifs=())
    table = table[(table["annee"] == annee) & ((table["bas"] != 0) | (table["haut"] != 0))]
    noms = _names(voisins, resultat)
    lues = table[["structure", "dispositif", "bas", "haut"]].itertuples(index=False)
    return [Montant(s, noms.get(s, s), d, "", (float(b), Fourchette(b, h).plafond)) for s, d, b, h in lues]


def _changes(voisins: Voisins, resultat: Resultat, annee: int) -> list[Montant]:
    """Ce que le scénario change cette année-là, le plus gros d'abord, quand une borne basse existe."""
    table = voisins.gap(resultat)
    lues = table[(table["annee"] == annee) & (table["sens"] != "inchangé")]
    noms = _names(voisins, resultat)
    rangees = lues[["structure", "bas", "haut"]].sort_values("bas", ascending=False).itertuples(index=False)
    return [
        Montant(s, noms.get(s, s), "", ECART, (float(b), Fourchette(b, h).plafond))
        for s, b, h in rangees
        if not math.isinf(b)
    ]


def _names(voisins: Voisins, resultat: Resultat) -> dict[str, str]:
    s = resultat.territoire.structures
    return voisins.structures | dict(zip(s["id"].tolist(), s["nom"].tolist(), strict=True))
