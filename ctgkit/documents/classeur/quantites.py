"""Les feuilles « Cadre », « Communes » et « Structures », et l'ensemble de quoi compter les mois et les quantités."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ctgkit.documents.classeur.feuilles import Formule
from ctgkit.documents.classeur.grille import Grille
from ctgkit.documents.classeur.periodes import day_of, month_of, number_of, period, period_columns
from ctgkit.documents.modele import Colonne
from ctgkit.simulation import Resultat
from ctgkit.simulation.calcul.conditions import effect_days
from ctgkit.simulation.calcul.quantites import JAMAIS, first_month

_MOTS = {1.0: "oui", 0.0: "non"}
_STRUCTURES = {
    "id": Colonne("Identifiant"),
    "nom": Colonne("Structure"),
    "type": Colonne("Type"),
    "commune": Colonne("Commune"),
    "competence": Colonne("Territoire de compétence"),
    "gestionnaire": Colonne("Gestionnaire"),
    "cofinancee": Colonne("Cofinancée (oui, non, vide)"),
    "charges": Colonne("Charges", "euros", 2),
    "participations": Colonne("Participations", "euros", 2),
    "public_bas": Colonne("Gestionnaire public, au moins", "nombre"),
    "public_haut": Colonne("Gestionnaire public, au plus", "nombre"),
    "q0": Colonne("Quantité de référence", "nombre", 4),
    "sur": Colonne("Compte à coup sûr", "nombre"),
    "possible": Colonne("Compte peut-être", "nombre"),
}


@dataclass
class Quantites:
    """Les feuilles, et la ligne de chaque structure, commune et période."""

    r: Resultat
    cadre: Grille
    communes: Grille
    structures: Grille
    periodes: Grille
    ligne: dict[int, int] = field(default_factory=dict)
    de_structure: dict[int, list[int]] = field(default_factory=dict)

    @property
    def known(self) -> np.ndarray:
        """Les structures dont toutes les quantités sont connues : leurs cases sont des formules."""
        p, inconnues = self.r.cadre.etat.periodes, np.zeros(self.r.cadre.nombre, bool)
        inconnues[p.structure[np.isnan(p.quantite)]] = True
        return ~inconnues


def quantities(r: Resultat, nommer: Any, mois_de_base: list[int]) -> Quantites:
    cadre, communes = _cadre(r, nommer("Cadre")), _communes(r, nommer("Communes"))
    structures = Grille(nommer("Structures"), _STRUCTURES, saisies=("cofinancee", "charges", "participations"))
    periodes = Grille(nommer("Périodes"), period_columns(r, mois_de_base), saisies=("quantite", "debut", "fin"),
                      notes=("Un mois compte quand la structure est ouverte son premier jour.",))  # fmt: skip
    feuilles = Quantites(r, cadre, communes, structures, periodes)
    p = r.cadre.etat.periodes
    for rang, s in enumerate(p.structure.tolist()):
        feuilles.de_structure.setdefault(s, []).append(periodes.premiere + rang)
    feuilles.ligne = {s: structures.premiere + s for s in range(r.cadre.nombre)}
    for s in range(r.cadre.nombre):
        structures.add(**_structure(feuilles, s))
    for rang in range(len(p.structure)):
        periodes.add(**period(feuilles, rang, mois_de_base))
    return feuilles


def _cadre(r: Resultat, nom: str) -> Grille:
    grille = Grille(nom, {"libelle": Colonne("Date"), "valeur": Colonne("Valeur", "date")}, saisies=("valeur",))
    grille.add(
        libelle="Date de référence : l'offre ouverte la veille est l'offre existante",
        valeur=r.cadre.etat.date_reference,
    )
    fin = r.territoire.convention.fin
    grille.add(libelle="Dernier jour de la convention", valeur=fin)
    return grille


def _communes(r: Resultat, nom: str) -> Grille:
    colonnes = {
        "code": Colonne("Code Insee"), "nom": Colonne("Commune"), "effet": Colonne("Effet de l'adhésion", "date"),
        "mois": Colonne("Premier mois qui compte", "nombre"),
    }  # fmt: skip
    grille = Grille(nom, colonnes, saisies=("effet",), notes=("Les mois sont numérotés depuis janvier 1970.",))
    c, jours = r.territoire.communes, effect_days(r.territoire)
    noms = [*c["nom"].tolist(), "Structures intercommunales"]
    for code, commune, jour in zip([*c["code_insee"].tolist(), ""], noms, jours, strict=True):
        ligne, mois = grille.suivante, int(first_month(np.array([jour]), JAMAIS)[0])
        formule = Formule(f"={month_of(grille.here('effet', ligne), JAMAIS)}", mois)
        grille.add(code=code, nom=commune, effet=day_of(jour), mois=formule)
    return grille


def _structure(f: Quantites, s: int) -> dict[str, Any]:
    t, cadre, ligne = f.r.territoire.structures, f.r.cadre, f.structures.suivante
    service = cadre.services[cadre.service[s]].libelle if cadre.service[s] >= 0 else t["type"][s]
    veilles = "+".join(f.periodes.case("veille", n) for n in f.de_structure[s])
    public = next((c.public for c in f.r.contextes.values() if s in c.qui), None)
    place = next((int(np.flatnonzero(c.qui == s)[0]) for c in f.r.contextes.values() if s in c.qui), 0)
    cofinancee = f.structures.here("cofinancee", ligne)
    return {
        "id": t["id"][s], "nom": t["nom"][s], "type": service, "commune": t["code_insee"][s],
        "competence": t["competence"][s], "gestionnaire": t["gestionnaire"][s],
        "cofinancee": _MOTS.get(float(cadre.cofinancee[s]), ""),
        "charges": number_of(t["charges_eur"][s]), "participations": number_of(t["participations_eur"][s]),
        "public_bas": float(public[0][place]) if public else None,
        "public_haut": float(public[1][place]) if public else None,
        "q0": Formule(f"={veilles}", float(cadre.quantites.reference[s])) if f.known[s] else None,
        "sur": Formule(f'=IF({cofinancee}="oui",1,0)', int(cadre.cofinancee[s] == 1)),
        "possible": Formule(f'=IF({cofinancee}="non",0,1)', int(cadre.cofinancee[s] != 0)),
    }  # fmt: skip
