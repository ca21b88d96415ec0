"""Le bonus territoire de chaque structure et de chaque année : l'offre existante, puis l'offre nouvelle."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ctgkit.droit import bonus_territoire as regle
from ctgkit.simulation.calcul.cadre import Cadre
from ctgkit.simulation.calcul.conditions import Raison
from ctgkit.simulation.calcul.existant import Parts
from ctgkit.simulation.calcul.groupes import status
from ctgkit.simulation.calcul.lignes import EXISTANT, NOUVEAU, Colonnes, block

Tableau = np.ndarray


@dataclass(frozen=True)
class Bonus:
    """De quoi écrire les lignes du bonus territoire : parts, raisons par structure et par année, rang du dispositif.

    Un tableau de bornes a une ligne par borne : bas, haut, et parfois haut connu.
    """

    cadre: Cadre
    parts: Parts
    raisons: Tableau
    dispositifs: tuple[str, ...]

    def rows(self) -> Iterator[Colonnes]:
        for y in range(len(self.cadre.etat.annees)):
            yield from (b for b in (self._existing(y), self.new(y)) if len(b["annee"]))

    def _payer(self, qui: Tableau) -> Tableau:
        rangs = np.array([self.dispositifs.index(s.dispositif) for s in self.cadre.services], int)
        return rangs[self.cadre.service[qui]]

    def _windows(self, y: int) -> list[int]:
        return np.flatnonzero(self.cadre.fenetres.annee == y).tolist()

    def exact(self, y: int) -> "Exact":
        """L'offre existante de l'année, avant tout arrondi."""
        cadre, parts, q, qui = self.cadre, self.parts, self.cadre.quantites, self.existantes
        q0, part, statut = q.reference[qui], (parts.bas[qui], parts.haut[qui]), self._reference_status()[qui]
        total, quantite, ouvert = np.zeros((3, len(qui))), np.zeros(len(qui)), np.zeros(len(qui), bool)
        for w in self._windows(y):
            unitaires, ouverte = _Unitaires.of(cadre, w, qui), (q.part_bas[qui, w], q.part_haut[qui, w])
            bornes, ouvre = unitaires.amounts(q0, part, ouverte)
            total += bornes
            ouvert |= ouvre
            quantite += ouverte[1] * q0
            statut = unitaires.weaken(statut)
        membre, sur = parts.membre[qui], cadre.cofinancee[qui] == 1
        montants = np.stack([total[0] * (sur & membre), _times(total[1], membre), _times(total[2], membre)])
        return Exact(montants, quantite, statut, ouvert & membre)

    def _existing(self, y: int) -> Colonnes:
        cadre, parts, qui = self.cadre, self.parts, self.existantes
        lu, q0 = self.exact(y), cadre.quantites.reference[qui]
        bas, haut, connu = self._rounded(lu.montants)
        membre, groupe = parts.membre[qui], cadre.groupes.de_structure[qui]
        sur, oui = cadre.cofinancee[qui] == 1, cadre.cofinancee[qui] != 0
        sans_reference = np.isnan(parts.enveloppe[1][groupe]) & membre
        rattachable = (parts.rattachable[groupe] | cadre.flottante[qui]) & membre
        flou = (np.isnan(q0) | ~parts.sure[groupe] & ~rattachable) & membre & ~sans_reference
        raisons = self.raisons[qui, y] | flou * Raison.QUANTITE_INCONNUE | sans_reference * Raison.REFERENCE_INCONNUE
        raisons |= rattachable * Raison.COMPETENCE_INCONNUE
        exact = [u[qui] for u in parts.unitaire]
        return block(
            qui,
            cadre.etat.annees[y],
            dispositif=self._payer(qui),
            part=EXISTANT,
            quantite=lu.quantite * oui,
            unitaire=(_unit(bas, lu.quantite, sur, exact[0]), _unit(haut, lu.quantite, oui, exact[1], np.inf)),
            montant=(bas, haut, np.where(np.isinf(connu), bas, connu)),
            statut=lu.statut,
            raisons=raisons | lu.ouvert * Raison.AU_MOINS,
        )

    @cached_property
    def existantes(self) -> Tableau:
        """Les structures ouvertes la veille de la date de référence."""
        return np.flatnonzero((self.cadre.service >= 0) & (self.cadre.quantites.reference != 0))

    @cached_property
    def _cumul(self) -> tuple[Tableau, Tableau]:
        """L'ordre où les montants d'une enveloppe se cumulent, et la première structure de chaque groupe.

        Ce qui est certain d'abord : ce que l'on ignore des autres n'y déplace aucun centime.
        """
        cadre, qui = self.cadre, self.existantes
        doute = np.isnan(cadre.cofinancee[qui]) | (cadre.eligible.sur[qui] != cadre.eligible.possible[qui])
        groupe = cadre.groupes.de_structure[qui]
        ordre = np.lexsort((doute, groupe))
        return ordre, np.diff(groupe[ordre], prepend=-1) > 0

    def _rounded(self, montants: Tableau) -> Tableau:
        """Au centime, une fois, après les douzièmes : le groupe garde sa somme ; une part incertaine, ses bornes."""
        parts, groupe = self.parts, self.cadre.groupes.de_structure[self.existantes]
        seules = (~parts.sure & ~np.isnan(parts.enveloppe[1]))[groupe]
        ordre, premier = self._cumul
        arrondis = np.empty_like(montants)
        for arrondi, montant, loin in zip(arrondis, montants, (np.floor, np.ceil, np.ceil), strict=True):
            fini = np.isfinite(montant)
            arrondi[ordre] = regle.arrondi_cumule(np.where(fini & ~seules, montant, 0.0)[ordre], premier)
            arrondi[seules] = loin(montant[seules] * 100 + (1e-6 if loin is np.floor else -1e-6)) / 100
            arrondi[~fini] = montant[~fini]
        return np.maximum(arrondis, arrondis[0])

    def _reference_status(self) -> Tableau:
        cadre = self.cadre
        maintien = cadre.value("bonus_territoire.maintien", cadre.fenetres.jours[0]).statut
        service = np.array([status(maintien, s.existant_statut) for s in cadre.services] + [0])[cadre.service]
        return np.maximum(cadre.groupes.statut[cadre.groupes.de_structure], service)

    def new(self, y: int) -> Colonnes:
        cadre, q, fenetres = self.cadre, self.cadre.quantites, self._windows(y)
        qui = np.flatnonzero((cadre.service >= 0) & (q.ouverte_nouveau[:, fenetres].sum(1) > 0))
        total, unitaire = np.zeros((2, len(qui))), np.stack([np.full(len(qui), np.inf), np.zeros(len(qui))])
        quantite, statut = q.nouveau_haut[qui][:, fenetres].sum(1), np.zeros(len(qui), int)
        for code, service in enumerate(cadre.services):
            ici = np.flatnonzero(cadre.service[qui] == code)
            for w in fenetres if len(ici) else ():
                jour, parametre = cadre.fenetres.jours[w], f"{service.code}.nouveau"
                unites = np.stack(cadre.bounds(parametre, jour, qui[ici]))
                nouvelles = np.stack([q.nouveau_bas[qui[ici], w], q.nouveau_haut[qui[ici], w]])
                total[:, ici] += service.offre_nouvelle(nouvelles, unites)
                unitaire[0, ici] = np.minimum(unitaire[0, ici], unites[0])
                unitaire[1, ici] = np.maximum(unitaire[1, ici], unites[1])
                statut[ici] = np.maximum(statut[ici], status(cadre.value(parametre, jour).statut))
        oui = cadre.cofinancee[qui] != 0
        bas, haut = total[0] * (cadre.cofinancee[qui] == 1), _times(total[1], oui)
        inconnue = np.isinf(quantite) | np.isnan(q.reference[qui])
        raisons = self.raisons[qui, y] | inconnue * Raison.QUANTITE_INCONNUE
        return block(
            qui,
            cadre.etat.annees[y],
            dispositif=self._payer(qui),
            part=NOUVEAU,
            quantite=np.where(inconnue, np.nan, _times(quantite, oui)),
            unitaire=unitaire,
            montant=(bas, haut, np.where(np.isinf(haut), bas, haut)),
            statut=statut,
            raisons=raisons | (np.isinf(unitaire[1]) & oui) * Raison.MONTANT_INCONNU,
        )


@dataclass(frozen=True)
class Exact:
    """Une année, par structure existante : bas, haut et haut connu ; la quantité ; si rien ne borne le haut."""

    montants: Tableau
    quantite: Tableau
    statut: Tableau
    ouvert: Tableau


@dataclass(frozen=True)
class _Unitaires:
    """Les bornes du plancher, de la revalorisation et du montant notifié de chacun, dans une fenêtre."""

    plancher: Tableau
    revalorisation: Tableau
    existant: Tableau
    statut: Tableau
    statut_notifie: Tableau

    @classmethod
    def of(cls, cadre: Cadre, w: int, qui: Tableau) -> "_Unitaires":
        n, jour = cadre.nombre, cadre.fenetres.jours[w]
        bornes = {"plancher": np.zeros((2, n)), "revalorisation": np.zeros((2, n)), "existant": np.full((2, n), np.nan)}
        statuts, notifies = np.zeros(n, int), np.zeros(n, int)
        for service, membres in zip(cadre.services, cadre.membres, strict=True):
            for nom, cible in bornes.items() if len(membres) else ():
                code, notifie = f"{service.code}.{nom}", nom == "existant"
                valeur = cadre.value(code, jour)
                if valeur is None or (notifie and not valeur.est_donnee):
                    continue
                lues = np.stack(cadre.bounds(code, jour, membres))
                retenus = np.isfinite(lues[1]) | (not notifie)
                cible[:, membres[retenus]] = lues[:, retenus]
                statut = notifies if notifie else statuts
                statut[membres] = np.maximum(statut[membres], status(valeur.statut))
        return cls(**{nom: b[:, qui] for nom, b in bornes.items()}, statut=statuts[qui], statut_notifie=notifies[qui])

    @property
    def notifie(self) -> Tableau:
        return ~np.isnan(self.existant[0])

    def amounts(
        self, q0: Tableau, part: tuple[Tableau, Tableau], ouverte: tuple[Tableau, Tableau]
    ) -> tuple[Tableau, Tableau]:
        """Montants bas, haut et haut connu ; et les lignes dont la borne haute n'est pas publiée."""
        q_bas = np.nan_to_num(ouverte[0] * q0)
        q_haut = np.where(np.isnan(q0), np.where(ouverte[1] > 0, np.inf, 0.0), ouverte[1] * q0)
        connus = [np.where(np.isinf(b[1]), b[0], b[1]) for b in (self.plancher, self.revalorisation)]
        bas = regle.montant_existant(part[0] * ouverte[0], q_bas, self.plancher[0], self.revalorisation[0])
        connu = regle.montant_existant(_times(part[1], ouverte[1]), q_haut, *connus)
        ouvert = (q_haut > 0) & (np.isinf(self.plancher[1]) | np.isinf(self.revalorisation[1])) & ~self.notifie
        if self.notifie.any():
            notifies = np.nan_to_num(self.existant)
            bas = np.where(self.notifie, regle.montant_nouveau(q_bas, notifies[0]), bas)
            connu = np.where(self.notifie, regle.montant_nouveau(q_haut, notifies[1]), connu)
        return np.stack([bas, np.where(ouvert, np.inf, connu), connu]), ouvert

    def weaken(self, statut: Tableau) -> Tableau:
        return np.where(self.notifie, self.statut_notifie, np.maximum(statut, self.statut))


def _times(montant: Tableau, facteur: Tableau) -> Tableau:
    """Un produit où rien fois l'infini fait rien."""
    return np.multiply(montant, facteur, out=np.zeros(len(montant)), where=np.asarray(facteur) > 0)


def _unit(montant: Tableau, quantite: Tableau, oui: Tableau, exact: Tableau, inconnu: float = 0.0) -> Tableau:
    """Le montant d'une unité et d'une année, avant l'arrondi des parts au centime ; 0 ou l'infini sans quantité."""
    utile = (quantite > 0) & oui
    unitaire = np.divide(montant, quantite, out=np.zeros(len(montant)), where=utile)
    unitaire = np.where(utile & (np.abs(montant - exact * quantite) < 0.02), exact, unitaire)
    return np.where(np.isnan(quantite), np.where(montant > 0, inconnu, 0.0), unitaire)
