"""La feuille « Répartition » : chaque enveloppe partagée entre ses structures, au centime, comme le fait le moteur."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ctgkit.documents.classeur.feuilles import Formule
from ctgkit.documents.classeur.grille import Grille
from ctgkit.documents.classeur.parametres import NON_BORNE
from ctgkit.documents.classeur.quantites import Quantites
from ctgkit.documents.modele import Colonne

_COLONNES = {
    "competence": Colonne("Territoire de compétence"),
    "type": Colonne("Type de la référence"),
    "id": Colonne("Structure"),
    "nom": Colonne("Nom"),
    "enveloppe": Colonne("Enveloppe", "euros", 2),
    "poids": Colonne("Poids", "nombre", 4),
    "total": Colonne("Total des poids", "nombre", 4),
    "cumul": Colonne("Cumul", "nombre", 8),
    "bas": Colonne("Part de la structure, au moins", "euros", 2),
    "haut": Colonne("Part de la structure, au plus", "euros", 2),
    "note": Colonne("Note"),
}
_FIGEE = "Part figée : une quantité, un cofinancement ou la référence manque ; l'atelier donne les deux bornes."


@dataclass
class Repartition:
    grille: Grille
    ligne: dict[int, int] = field(default_factory=dict)

    def parts(self, s: int) -> tuple[str, str]:
        return self.grille.case("bas", self.ligne[s]), self.grille.case("haut", self.ligne[s])


def shares(q: Quantites, references: Grille, lignes: dict[int, int], nom: str) -> Repartition:
    rendue, groupes = Repartition(Grille(nom, _COLONNES, saisies=("poids",))), q.r.cadre.groupes.de_structure
    rangees = [s for s in np.argsort(groupes, kind="stable").tolist() if q.r.cadre.service[s] >= 0]
    for groupe in dict.fromkeys(int(groupes[s]) for s in rangees):
        membres = [s for s in rangees if groupes[s] == groupe]
        premiere = rendue.grille.suivante
        for s in membres:
            rendue.ligne[s] = rendue.grille.suivante
            rendue.grille.add(**_row(q, rendue.grille, s, references.case("enveloppe", lignes[groupe]),
                                     (premiere, premiere + len(membres) - 1)))  # fmt: skip
    return rendue


def _row(q: Quantites, grille: Grille, s: int, enveloppe: str, lot: tuple[int, int]) -> dict[str, Any]:
    r, ligne = q.r, grille.suivante
    g, parts = int(r.cadre.groupes.de_structure[s]), r.parts
    t, valeur = r.territoire.structures, float(parts.enveloppe[g])
    commun = {
        "competence": t["competence"][s],
        "type": r.cadre.groupes.types[r.cadre.groupes.type[g]],
        "id": t["id"][s],
        "nom": t["nom"][s],
        "enveloppe": None if np.isnan(valeur) else Formule(f"={enveloppe}", valeur),
    }
    if not parts.sure[g]:
        haut = NON_BORNE if np.isinf(parts.haut[s]) else float(parts.haut[s])
        return commun | {"bas": float(parts.bas[s]), "haut": haut, "note": _FIGEE}
    return commun | _exact(q, grille, s, lot, ligne)


def _exact(q: Quantites, grille: Grille, s: int, lot: tuple[int, int], ligne: int) -> dict[str, Any]:
    """Deux cumuls arrondis, et leur écart : la somme des parts est l'enveloppe."""
    parts, g = q.r.parts, q.r.cadre.groupes.de_structure
    voisins = np.flatnonzero((g == g[s]) & (q.r.cadre.service >= 0))
    poids = parts.poids[voisins]
    total = float(poids.sum())
    cumul = float(poids[voisins <= s].sum() / total) if total > 0 else 0.0
    colonne = grille.lettres["poids"]
    somme, poids_ici, cumul_ici = (grille.here(c, ligne) for c in ("total", "poids", "cumul"))
    avant = grille.here("cumul", ligne - 1) if ligne > lot[0] else "0"
    suite = f"{avant}+{poids_ici}/{somme}" if ligne < lot[1] else "1"
    env = grille.here("enveloppe", ligne)
    part = f"(INT({env}*100*MIN({cumul_ici},1)+0.500001)-INT({env}*100*MIN({avant},1)+0.500001))/100"
    return {
        "poids": _weight(q, s),
        "total": Formule(f"=SUM({colonne}{lot[0]}:{colonne}{lot[1]})", total),
        "cumul": Formule(f"=IF({somme}>0,{suite},0)", cumul),
        "bas": Formule(f"={part}", float(parts.bas[s])),
        "haut": Formule(f"={grille.here('bas', ligne)}", float(parts.haut[s])),
    }


def _weight(q: Quantites, s: int) -> Any:
    """Le poids suit la quantité de référence quand la répartition est lissée ; sinon il se change ici."""
    poids = float(q.r.parts.poids[s])
    q0 = float(q.r.cadre.quantites.reference[s])
    lisse = q.r.scenario.repartition == "lisse" and q.known[s]
    if lisse and poids == q0 * (q.r.cadre.cofinancee[s] != 0):
        possible, reference = (q.structures.case(c, q.ligne[s]) for c in ("possible", "q0"))
        return Formule(f"={reference}*{possible}", poids)
    return poids
