"""Le bonus territoire de chaque structure et de chaque année : l'offre existante, puis l'offre nouvelle."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ctgkit import droit
from ctgkit.droit import bonus_territoire as regle
from ctgkit.simulation.calcul.cadre import Cadre
from ctgkit.simulation.calcul.conditions import Raison
from ctgkit.simulation.calcul.existant import Parts
from ctgkit.simulation.calcul.groupes import STATUT
from ctgkit.simulation.lignes import EXISTANT, NOUVEAU, Colonnes, block

Tableau = np.ndarray


def status(*statuts: str) -> int:
    return STATUT[droit.weakest(*statuts)]


@dataclass(frozen=True)
class Bonus:
    """De quoi écrire les lignes du bonus territoire : parts, raisons par structure et par année, rang du dispositif."""

    cadre: Cadre
    parts: Parts
    raisons: Tableau
    dispositifs: tuple[str, ...]

    def rows(self) -> Iterator[Colonnes]:
        for y in range(len(self.cadre.etat.annees)):
            yield from (b for b in (self._existing(y), self._new(y)) if len(b["annee"]))

    def _payer(self, qui: Tableau) -> Tableau:
        rangs = np.array([self.dispositifs.index(s.dispositif) for s in self.cadre.services], int)
        return rangs[self.cadre.service[qui]]

    def _windows(self, y: int) -> list[int]:
        return np.flatnonzero(self.cadre.fenetres.annee == y).tolist()

    def _existing(self, y: int) -> Colonnes:
        cadre, parts = self.cadre, self.parts
        qui = np.flatnonzero((cadre.service >= 0) & (cadre.quantites.reference != 0))
        q0, membre = cadre.quantites.reference[qui], parts.membre[qui]
        total = np.zeros((3, len(qui)))
        ouvert, quantite = np.zeros(len(qui), bool), np.zeros(len(qui))
        statut = self._reference_status()[qui]
        for w in self._windows(y):
            u = _Unitaires.of(cadre, w)
            part_bas, part_haut = cadre.quantites.part_bas[qui, w], cadre.quantites.part_haut[qui, w]
            bornes, ouvre = u.amounts(qui, q0, (parts.bas[qui], parts.haut[qui]), (part_bas, part_haut))
            total += bornes
            ouvert |= ouvre
            quantite += part_haut * q0
            statut = u.weaken(statut, qui)
        sur, oui = cadre.cofinancee[qui] == 1, cadre.cofinancee[qui] != 0
        bas, haut_connu, haut = total[0] * (sur & membre), _times(total[1], membre), _times(total[2], membre)
        haut_connu = np.where(np.isinf(haut_connu), bas, haut_connu)
        reference = np.isnan(parts.enveloppe[cadre.groupes.de_structure[qui]]) & membre
        flou = (np.isnan(q0) | ~parts.sure[cadre.groupes.de_structure[qui]]) & membre & ~reference
        raisons = self.raisons[qui, y] | flou * Raison.QUANTITE_INCONNUE | reference * Raison.REFERENCE_INCONNUE
        raisons |= (ouvert & membre) * Raison.AU_MOINS
        return block(
            qui, self.cadre.etat.annees[y], dispositif=self._payer(qui), part=EXISTANT, quantite=quantite * oui,
            unitaire_bas=_unit(bas, quantite, sur, parts.unitaire[qui]),
            unitaire_haut=_unit(haut, quantite, oui, parts.unitaire[qui], np.inf),
            bas=bas, haut=haut, haut_connu=haut_connu, statut=statut, raisons=raisons,
        )  # fmt: skip

    def _reference_status(self) -> Tableau:
        cadre = self.cadre
        maintien = cadre.value("bonus_territoire.maintien", cadre.fenetres.jours[0]).statut
        service = np.array([status(maintien, s.existant_statut) for s in cadre.services] + [0])[cadre.service]
        return np.maximum(cadre.groupes.statut[cadre.groupes.de_structure], service)

    def _new(self, y: int) -> Colonnes:
        cadre, q = self.cadre, self.cadre.quantites
        fenetres = self._windows(y)
        qui = np.flatnonzero((cadre.service >= 0) & (q.ouverte_nouveau[:, fenetres].sum(1) > 0))
        n = len(qui)
        bas, haut, quantite = np.zeros(n), np.zeros(n), np.zeros(n)
        unit_bas, unit_haut, statut = np.full(n, np.inf), np.zeros(n), np.zeros(n, int)
        for w in fenetres:
            for code, service in enumerate(cadre.services):
                ici = np.flatnonzero(cadre.service[qui] == code)
                if not len(ici):
                    continue
                u = cadre.bounds(f"{service.code}.nouveau", cadre.fenetres.jours[w], qui[ici])
                bas[ici] += service.offre_nouvelle(q.nouveau_bas[qui[ici], w], u[0])
                haut[ici] += service.offre_nouvelle(q.nouveau_haut[qui[ici], w], u[1])
                unit_bas[ici], unit_haut[ici] = np.minimum(unit_bas[ici], u[0]), np.maximum(unit_haut[ici], u[1])
                valeur = cadre.value(f"{service.code}.nouveau", cadre.fenetres.jours[w])
                statut[ici] = np.maximum(statut[ici], status(valeur.statut))
            quantite += q.nouveau_haut[qui, w]
        oui = cadre.cofinancee[qui] != 0
        bas, haut = bas * (cadre.cofinancee[qui] == 1), _times(haut, oui)
        inconnue = np.isinf(q.nouveau_haut[qui][:, fenetres]).any(1) | np.isnan(q.reference[qui])
        raisons = self.raisons[qui, y] | inconnue * Raison.QUANTITE_INCONNUE
        raisons |= (np.isinf(unit_haut) & oui) * Raison.MONTANT_INCONNU
        return block(
            qui, cadre.etat.annees[y], dispositif=self._payer(qui), part=NOUVEAU,
            quantite=np.where(inconnue, np.nan, _times(quantite, oui)), unitaire_bas=unit_bas, unitaire_haut=unit_haut,
            bas=bas, haut=haut, haut_connu=np.where(np.isinf(haut), bas, haut), statut=statut, raisons=raisons,
        )  # fmt: skip


@dataclass(frozen=True)
class _Unitaires:
    """Le plancher, la revalorisation et le montant notifié de chaque structure, dans une fenêtre."""

    plancher: tuple[Tableau, Tableau]
    revalorisation: tuple[Tableau, Tableau]
    notifie: tuple[Tableau, Tableau]
    statut: Tableau
    statut_notifie: Tableau

    @classmethod
    def of(cls, cadre: Cadre, w: int) -> "_Unitaires":
        n, jour = cadre.nombre, cadre.fenetres.jours[w]
        plancher, revalorisation = (np.zeros(n), np.zeros(n)), (np.zeros(n), np.zeros(n))
        notifie = (np.full(n, np.nan), np.full(n, np.nan))
        statuts, statut_notifie = np.zeros(n, int), np.zeros(n, int)
        suivis = (
            ("plancher", plancher, statuts),
            ("revalorisation", revalorisation, statuts),
            ("existant", notifie, statut_notifie),
        )
        for service, membres in zip(cadre.services, cadre.membres, strict=True):
            for nom, cible, statut in suivis:
                valeur = cadre.value(f"{service.code}.{nom}", jour) if len(membres) else None
                if valeur is None or (cible is notifie and not valeur.est_donnee):
                    continue
                bornes = cadre.bounds(f"{service.code}.{nom}", jour, membres)
                retenus = np.isfinite(bornes[1]) if cible is notifie else np.ones(len(membres), bool)
                for tableau, borne in zip(cible, bornes, strict=True):
                    tableau[membres[retenus]] = borne[retenus]
                statut[membres] = np.maximum(statut[membres], status(valeur.statut))
        return cls(plancher, revalorisation, notifie, statuts, statut_notifie)

    def amounts(
        self, qui: Tableau, q0: Tableau, part: tuple[Tableau, Tableau], ouverte: tuple[Tableau, Tableau]
    ) -> tuple[Tableau, Tableau]:
        """Montants bas, haut connu et haut ; et les lignes dont la borne haute n'est pas publiée."""
        q_bas = np.nan_to_num(ouverte[0] * q0)
        q_haut = np.where(np.isnan(q0), np.where(ouverte[1] > 0, np.inf, 0.0), ouverte[1] * q0)
        plancher, hausse = ([b[qui] for b in bornes] for bornes in (self.plancher, self.revalorisation))
        connus = [np.where(np.isinf(b[1]), b[0], b[1]) for b in (plancher, hausse)]
        bas = regle.montant_existant(part[0] * ouverte[0], q_bas, plancher[0], hausse[0])
        haut_connu = regle.montant_existant(_times(part[1], ouverte[1]), q_haut, *connus)
        ouvert = (q_haut > 0) & (np.isinf(plancher[1]) | np.isinf(hausse[1]))
        notifie = ~np.isnan(self.notifie[0][qui])
        if notifie.any():
            bas = np.where(notifie, regle.montant_nouveau(q_bas, np.nan_to_num(self.notifie[0][qui])), bas)
            haut_connu = np.where(
                notifie, regle.montant_nouveau(q_haut, np.nan_to_num(self.notifie[1][qui])), haut_connu
            )
        ouvert &= ~notifie
        return np.stack([bas, haut_connu, np.where(ouvert, np.inf, haut_connu)]), ouvert

    def weaken(self, statut: Tableau, qui: Tableau) -> Tableau:
        notifie = ~np.isnan(self.notifie[0][qui])
        return np.where(notifie, self.statut_notifie[qui], np.maximum(statut, self.statut[qui]))


def _times(montant: Tableau, facteur: Tableau) -> Tableau:
    """Un produit où rien fois l'infini fait rien."""
    return np.multiply(montant, facteur, out=np.zeros(len(montant)), where=np.asarray(facteur) > 0)


def _unit(montant: Tableau, quantite: Tableau, oui: Tableau, exact: Tableau, inconnu: float = 0.0) -> Tableau:
    """Le montant d'une unité et d'une année, avant l'arrondi des parts au centime ; 0 ou l'infini sans quantité."""
    utile = (quantite > 0) & oui
    unitaire = np.divide(montant, quantite, out=np.zeros(len(montant)), where=utile)
    unitaire = np.where(utile & (np.abs(montant - exact * quantite) < 0.02), exact, unitaire)
    return np.where(np.isnan(quantite), np.where(montant > 0, inconnu, 0.0), unitaire)
