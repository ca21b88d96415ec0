"""Les feuilles « Paramètres », « Références » et « Répartition » : ce que l'on peut changer, et l'argent partagé."""

import math
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np

from ctgkit import droit
from ctgkit.documents.classeur.donnees import Quantites, number_of
from ctgkit.documents.classeur.feuilles import Feuille, Figee, Formule
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
    "seuil": Colonne("Jusqu'à (seuil)", "nombre", 4, saisie=True),
    "bas": Colonne("Au moins", "nombre", 2, saisie=True),
    "haut": Colonne("Au plus (vide : non publié)", "nombre", 2, saisie=True),
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
    feuille: Feuille
    places: dict[tuple, int] = field(default_factory=dict)

    @classmethod
    def of(cls, r: Resultat, nom: str) -> "Parametres":
        note = "Les cases à fond clair se changent : les montants suivent. Vider « Au plus » rend le montant non borné."
        return cls(r, Feuille(nom, _COLONNES, titre=nom, notes=(note,)))

    def bounds(self, code: str, valeur: droit.Valeur, bas: float, haut: float, detail: str = "") -> Bornes:
        ligne = self.row(code, valeur, (bas, haut), detail or _who(valeur, bas, haut))
        return Bornes(*(Terme(self.feuille.case(c, ligne)) for c in ("bas", "haut")), ouverte=math.isinf(haut))

    def row(
        self, code: str, valeur: droit.Valeur, bornes: tuple[float, float], detail: str, seuil: float | None = None
    ) -> int:
        """La ligne de ces bornes, écrite à la première demande."""
        cle = (code, valeur.depuis, bornes, detail, seuil)
        if cle not in self.places:
            p, (bas, haut) = self.r.cadre.etat.bareme[code], bornes
            self.places[cle] = self.feuille.add(
                code=code,
                libelle=p.libelle,
                detail=detail,
                unite=droit.UNITES[p.unite],
                depuis=valeur.depuis,
                seuil=seuil,
                bas=bas,
                haut=None if math.isinf(haut) else haut,
                statut=valeur.statut,
                source=valeur.reference.titre,
                adresse=valeur.reference.url,
                question=valeur.question,
            )
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
    "montant": Colonne("Montant de référence", "euros", 2, saisie=True),
    "periode": Colonne("Période du montant (vide : par an)"),
    "conservee": Colonne("Part conservée", "nombre", 4, formule="{maintien}"),
    "enveloppe": Colonne("Enveloppe à répartir", "euros", 2, formule="{montant}*{conservee}"),
    "statut": Colonne("Statut"),
    "source": Colonne("Source"),
}


def references(r: Resultat, parametres: Parametres, nom: str) -> Feuille:
    """Une ligne par groupe (territoire de compétence, type), dans l'ordre du moteur."""
    feuille = Feuille(nom, _REFERENCES, titre=nom)
    valeur = r.cadre.value("bonus_territoire.maintien", r.cadre.fenetres.jours[0])
    maintien = str(parametres.bounds("bonus_territoire.maintien", valeur, valeur.bas, valeur.haut).bas)
    g, t = r.cadre.groupes, r.territoire.references
    for rang, fiche in enumerate(g.ligne.tolist()):
        connue = fiche >= 0
        montant = number_of(g.reference_haut[rang])
        moindre, enveloppe = (number_of(borne[rang]) for borne in r.parts.enveloppe)
        periode = str(t["periode"][fiche]) if connue else ""
        figee = moindre != enveloppe or periode not in ("", "an") or (montant is None and enveloppe is not None)
        feuille.add(
            {"maintien": maintien},
            competence=g.competences[g.competence[rang]],
            type=g.types[g.type[rang]],
            annee=number_of(t["annee"][fiche]) if connue else None,
            montant=montant if periode in ("", "an") or montant is None else Figee(float(t["montant_eur"][fiche])),
            periode=periode,
            conservee=valeur.bas,
            enveloppe=Figee(enveloppe) if figee and enveloppe is not None else enveloppe,
            statut=t["statut"][fiche] if connue else "",
            source=t["source"][fiche] if connue else "non renseignée",
        )
    return feuille


_PART = "(INT({enveloppe}*100*MIN({cumul},1)+0.500001)-INT({enveloppe}*100*MIN({avant},1)+0.500001))/100"
_REPARTITION = {
    "competence": Colonne("Territoire de compétence"),
    "type": Colonne("Type de la référence"),
    "id": Colonne("Structure"),
    "nom": Colonne("Nom"),
    "enveloppe": Colonne("Enveloppe", "euros", 2, formule="{enveloppe_du_groupe}"),
    "poids": Colonne("Poids", "nombre", 4, saisie=True),
    "total": Colonne("Total des poids", "nombre", 4, formule="SUM({poids_du_groupe})"),
    "cumul": Colonne("Cumul", "nombre", 8, formule="IF({total}>0,{suite},0)"),
    "bas": Colonne("Part de la structure, au moins", "euros", 2, formule=_PART),
    "haut": Colonne("Part de la structure, au plus", "euros", 2, formule="{bas}"),
    "note": Colonne("Note"),
}
_FIGEE = "Part figée : une quantité, un cofinancement ou la référence manque ; l'atelier donne les deux bornes."


@dataclass
class Repartition:
    feuille: Feuille
    ligne: dict[int, int] = field(default_factory=dict)

    def parts(self, s: int) -> tuple[str, str]:
        return self.feuille.case("bas", self.ligne[s]), self.feuille.case("haut", self.ligne[s])


def shares(q: Quantites, references: Feuille, nom: str) -> Repartition:
    rendue = Repartition(Feuille(nom, _REPARTITION, titre=nom))
    cadre, t = q.r.cadre, q.r.territoire.structures
    groupes, feuille = cadre.groupes, rendue.feuille
    rangees = [s for s in np.argsort(groupes.de_structure, kind="stable").tolist() if cadre.service[s] >= 0]
    for groupe, lot in groupby(rangees, lambda s: int(groupes.de_structure[s])):
        membres, premiere = list(lot), feuille.suivante
        derniere = premiere + len(membres) - 1
        for s in membres:
            ligne = feuille.suivante
            avant = feuille.here("cumul", ligne - 1) if ligne > premiere else "0"
            cites = {
                "enveloppe_du_groupe": references.case("enveloppe", references.premiere + groupe),
                "poids_du_groupe": f"{feuille.here('poids', premiere)}:{feuille.here('poids', derniere)}",
                "avant": avant,
                "suite": f"{avant}+{feuille.here('poids', ligne)}/{feuille.here('total', ligne)}",
            }
            rendue.ligne[s] = feuille.add(
                cites | ({"suite": "1"} if ligne == derniere else {}),
                competence=t["competence"][s],
                type=groupes.types[groupes.type[groupe]],
                id=t["id"][s],
                nom=t["nom"][s],
                enveloppe=number_of(q.r.parts.enveloppe[1][groupe]),
                **_share(q, s, membres),
            )
    return rendue


def _share(q: Quantites, s: int, membres: list[int]) -> dict[str, Any]:
    """Deux cumuls arrondis, et leur écart : la somme des parts est l'enveloppe."""
    parts = q.r.parts
    bas, haut = float(parts.bas[s]), float(parts.haut[s])
    if not parts.sure[q.r.cadre.groupes.de_structure[s]] or bas != haut:
        return {"bas": Figee(bas), "haut": Figee(NON_BORNE if math.isinf(haut) else haut), "note": _FIGEE}
    total = float(parts.poids[membres].sum())
    cumul = float(parts.poids[[m for m in membres if m <= s]].sum() / total) if total > 0 else 0.0
    return {"poids": _weight(q, s), "total": total, "cumul": cumul, "bas": bas, "haut": haut}


def _weight(q: Quantites, s: int) -> Any:
    """Le poids suit la quantité de référence quand la répartition est lissée ; sinon il se change ici."""
    poids, reference = float(q.r.parts.poids[s]), float(q.r.cadre.quantites.reference[s])
    lisse = q.r.scenario.repartition == "lisse" and q.known[s]
    if lisse and poids == reference * (q.r.cadre.cofinancee[s] != 0):
        return Formule(f"{q.of('q0', s)}*{q.of('possible', s)}", poids)
    return poids
