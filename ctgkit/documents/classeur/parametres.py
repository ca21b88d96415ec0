"""Les feuilles « Paramètres » et « Références » : ce que l'on peut changer, avec sa date, sa source et son statut."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ctgkit import droit
from ctgkit.documents.classeur.feuilles import Formule
from ctgkit.documents.classeur.formules import Terme
from ctgkit.documents.classeur.grille import Grille
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
