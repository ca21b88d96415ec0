"""Les feuilles « Paramètres », « Références » et « Répartition » : ce que l'on peut changer, et l'argent partagé."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ctgkit import droit
from ctgkit.documents.classeur.donnees import Quantites
from ctgkit.documents.classeur.feuilles import Formule, Grille
from ctgkit.documents.classeur.formules import Terme
from ctgkit.documents.modele import Colonne
from ctgkit.simulation import Resultat

NON_BORNE = "non borné"
_COLONNES = {
    "code": Colonne("Code"),
    "libelle": Colonne("Paramètre"),
    "detail": Colonne("Pour qui"),
    "unite": Colonne("Unité"),
    "depuis": Colonne("Depuis", "date"),
    "seuil": Colonne("Jusqu'à (seuil)", "nombre", 4),
    "bas": Colonne("Au moins", "nombre", 2),
    "haut": Colonne("Au plus (vide : non publié)", "nombre", 2),
    "statut": Colonne("Statut"),
    "source": Colonne("Source"),
    "adresse": Colonne("Adresse"),
    "question": Colonne("À demander à la Caf"),
}


@dataclass(frozen=True)
class Bornes:
    """Les deux cases d'un paramètre, et si la plus haute est vide."""

    bas: Terme
    haut: Terme
    ouverte: bool


@dataclass
class Parametres:
    """Chaque valeur utile du barème, écrite une fois et citée par toutes les formules qui en dépendent."""

    r: Resultat
    grille: Grille
    places: dict[tuple, int] = field(default_factory=dict)

    @classmethod
    def of(cls, r: Resultat, nom: str) -> "Parametres":
        notes = (
            "Les cases à fond clair se changent : les montants suivent. Vider « Au plus » rend le montant non borné.",
        )
        return cls(r, Grille(nom, _COLONNES, notes, ("seuil", "bas", "haut")))

    def bounds(self, code: str, valeur: droit.Valeur, bas: float, haut: float, detail: str = "") -> Bornes:
        ligne = self.row(code, valeur, bas, haut, detail or _who(valeur, bas, haut))
        cases = (Terme(self.grille.case(c, ligne)) for c in ("bas", "haut"))
        return Bornes(*cases, ouverte=math.isinf(haut))

    def row(  # noqa: PLR0913, PLR0917
        self, code: str, valeur: droit.Valeur, bas: float, haut: float, detail: str, seuil: float | None = None
    ) -> int:
        cle = (code, valeur.depuis, bas, haut, detail, seuil)
        if cle not in self.places:
            p = self.r.cadre.etat.bareme[code]
            self.places[cle] = self.grille.add(
                code=code, libelle=p.libelle, detail=detail, unite=droit.UNITES[p.unite], depuis=valeur.depuis,
                seuil=seuil, bas=bas, haut=None if math.isinf(haut) else haut, statut=valeur.statut,
                source=valeur.reference.titre, adresse=valeur.reference.url, question=valeur.question,
            )  # fmt: skip
        return self.places[cle]


def _who(valeur: droit.Valeur, bas: float, haut: float) -> str:
    if valeur.zone_prioritaire is not None and bas == haut == valeur.zone_prioritaire:
        return "commune en zone prioritaire"
    propres = [nom for d in (valeur.structures, valeur.competences) for nom, v in d.items() if bas == haut == v]
    if propres:
        return ", ".join(propres)
    return "tranche inconnue" if len(valeur.tranches) > 1 and bas < haut else ""


_REFERENCES = {
    "competence": Colonne("Territoire de compétence"),
    "type": Colonne("Type"),
    "annee": Colonne("Année", "annee"),
    "montant": Colonne("Montant de référence", "euros", 2),
    "conservee": Colonne("Part conservée", "nombre", 4),
    "enveloppe": Colonne("Enveloppe à répartir", "euros", 2),
    "statut": Colonne("Statut"),
    "source": Colonne("Source"),
}


def references(r: Resultat, parametres: Parametres, nom: str) -> tuple[Grille, dict[int, int]]:
    """Une ligne par groupe (territoire de compétence, type) ; rend aussi la ligne de chacun."""
    grille, lignes = Grille(nom, _REFERENCES, saisies=("montant",)), {}
    valeur = r.cadre.value("bonus_territoire.maintien", r.cadre.fenetres.jours[0])
    maintien = parametres.bounds("bonus_territoire.maintien", valeur, valeur.bas, valeur.haut)
    g, t = r.cadre.groupes, r.territoire.references
    for rang in range(len(g)):
        ligne, fiche = grille.suivante, int(g.ligne[rang])
        lignes[rang] = grille.add(
            competence=g.competences[g.competence[rang]], type=g.types[g.type[rang]],
            annee=_known(t["annee"][fiche]) if fiche >= 0 else None, montant=_known(g.reference[rang]),
            conservee=Formule(f"={maintien.bas}", valeur.bas), enveloppe=_envelope(r, grille, rang, ligne),
            statut=t["statut"][fiche] if fiche >= 0 else "",
            source=t["source"][fiche] if fiche >= 0 else "non renseignée",
        )  # fmt: skip
    return grille, lignes


def _envelope(r: Resultat, grille: Grille, rang: int, ligne: int) -> Any:
    enveloppe, reference = float(r.parts.enveloppe[rang]), r.cadre.groupes.reference[rang]
    if np.isnan(enveloppe):
        return None
    if np.isnan(reference):
        return enveloppe
    return Formule(f"={grille.here('montant', ligne)}*{grille.here('conservee', ligne)}", enveloppe)


def _known(valeur: float) -> float | None:
    return None if np.isnan(valeur) else float(valeur)


_REPARTITION = {
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
    rendue, groupes = Repartition(Grille(nom, _REPARTITION, saisies=("poids",))), q.r.cadre.groupes.de_structure
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
