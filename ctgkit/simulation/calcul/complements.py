"""Les financements à côté du bonus territoire : chacun nourri par ses arguments, calculé quand ils sont connus."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd

from ctgkit import droit
from ctgkit.droit.bonus_trajectoire import croissance
from ctgkit.droit.registre import BONUS_TRAJECTOIRE
from ctgkit.simulation.calcul.cadre import Cadre
from ctgkit.simulation.calcul.groupes import status
from ctgkit.simulation.calcul.lignes import ENSEMBLE, Colonnes, block
from ctgkit.simulation.calcul.quantites import JAMAIS, TOUJOURS, first_month, month, overlap

Bornes = tuple[np.ndarray, np.ndarray]
ANNEE_BASE = f"{BONUS_TRAJECTOIRE}.annee_base"
# Les unités d'une donnée saisie qui s'ajoute au long de l'année.
_PAR_AN = ("heure", "eur")
_PUBLICS = ("public", "commun", "intercommun", "ville", "epci", "ccas", "cias", "collectivit", "departement", "etat")
_PRIVES = ("priv", "associ", "mutu", "entrep", "scop", "fondation", "lucratif")


@dataclass(frozen=True)
class Places:
    """Les places cofinancées d'un périmètre, au départ et une année donnée."""

    perimetre: np.ndarray
    base: np.ndarray
    annee: np.ndarray


@dataclass(frozen=True)
class Argument:
    """Ce qu'une règle reçoit, entre deux bornes ; `connu` dit pour qui, `saisies` ce qu'il faudrait renseigner.

    `par_an` : une donnée de l'année, ramenée aux mois ouverts.
    """

    bornes: Bornes
    connu: np.ndarray
    statut: int = 0
    saisies: tuple[str, ...] = ()
    parametre: str = ""
    par_an: bool = False


@dataclass(frozen=True)
class Commun:
    """Ce que toutes les années et tous les dispositifs des mêmes services partagent, calculé à la première demande.

    `a_part` : chaque territoire de compétence compte ses places à part, au lieu de toutes les façons possibles.
    """

    cadre: Cadre
    qui: np.ndarray
    a_part: bool = False

    @cached_property
    def perimetres(self) -> list[np.ndarray]:
        """Le territoire de compétence de chaque structure, ou la Ctg entière quand il y en a plusieurs."""
        competence = self.cadre.groupes.competence_de_structure[self.qui]
        plusieurs = bool((competence != competence[:1]).any())
        return [competence] + [np.zeros(len(self.qui), int)] * plusieurs

    @cached_property
    def flottantes(self) -> bool:
        return bool(self.cadre.flottante[self.qui].any())

    @cached_property
    def retenues(self) -> list[np.ndarray]:
        """Les structures comptées : les cofinancées à coup sûr, puis celles qui le sont peut-être."""
        cofinancee = self.cadre.cofinancee[self.qui]
        return [cofinancee == 1] + [cofinancee != 0] * bool(np.isnan(cofinancee).any())

    @cached_property
    def mensuelles(self) -> list[np.ndarray]:
        """Les places ouvertes chaque mois de l'année de départ ; une seule fois quand rien n'y change."""
        return _base(self.cadre, self.qui)

    def counts(self, y: int) -> list[Places]:
        """Chaque façon de compter : périmètre × cofinancement incertain × mois de départ."""
        ouvertes = self.cadre.fenetres.per_year(self.cadre.quantites.ouverte)[self.qui, y]
        trouves = []
        for perimetre, retenue in product(self.perimetres, self.retenues):
            nombre = int(perimetre.max(initial=-1)) + 1
            annee = np.bincount(perimetre, np.where(retenue, ouvertes, 0.0), nombre)
            mois = [np.bincount(perimetre, np.where(retenue, m, 0.0), nombre) for m in self.mensuelles]
            bornes = [np.min(mois, axis=0), np.max(mois, axis=0)]
            trouves += [Places(perimetre, b, annee) for b in (bornes if len(mois) > 1 else bornes[:1])]
        if self.flottantes and not self.a_part:
            # Une structure peut se rattacher à l'un ou à l'autre : la croissance de chacun n'est pas connue.
            inconnu = np.full(int(self.perimetres[0].max()) + 1, np.nan)
            trouves.append(Places(self.perimetres[0], inconnu, inconnu))
        return trouves[:1] if self.a_part else trouves

    @cached_property
    def public(self) -> Bornes:
        """1 pour un gestionnaire public, 0 pour un privé ; entre les deux quand le statut ne le dit pas."""
        rang, statuts = pd.factorize(self.cadre.etat.territoire.structures["statut_gestionnaire"][self.qui])
        bas = np.array([0.0 if s.lower().startswith(_PRIVES) else 1.0 for s in statuts])
        haut = np.array([1.0 if s.lower().startswith(_PUBLICS) else 0.0 for s in statuts])
        return bas[rang], haut[rang]


@dataclass(frozen=True)
class Contexte:
    """Un dispositif, une année, et les structures qu'il concerne."""

    dispositif: droit.Dispositif
    y: int
    commun: Commun

    @property
    def cadre(self) -> Cadre:
        return self.commun.cadre

    @property
    def qui(self) -> np.ndarray:
        return self.commun.qui

    @property
    def annee(self) -> int:
        return self.cadre.etat.annees[self.y]

    @property
    def jour(self) -> date:
        return date(self.annee, 1, 1)

    def yearly(self, fenetres: np.ndarray) -> np.ndarray:
        return self.cadre.fenetres.per_year(fenetres)[self.qui, self.y]

    @property
    def is_silent(self) -> bool:
        """Une donnée à saisir manque à tous : aucun montant possible, inutile de calculer."""
        noms = {mot for source in self.dispositif.arguments.values() for mot in source.split(" selon ")}
        codes = [f"{self.dispositif.fichier}.{nom}" for nom in noms - set(SOURCES)]
        saisies = [self.cadre.value(c, self.jour) for c in codes if self.cadre.etat.bareme[c].usage == "saisie"]
        return any(v is None or not v.est_donnee for v in saisies)

    @cached_property
    def comptes(self) -> list[Places]:
        return self.commun.counts(self.y)

    @cached_property
    def arguments(self) -> dict[str, Argument] | None:
        """Les arguments de la règle, ou rien si la mesure n'existe pas cette année-là."""
        lus = {nom: self.read(source) for nom, source in self.dispositif.arguments.items()}
        return None if any(a is None for a in lus.values()) else lus

    def read(self, source: str) -> Argument | None:
        nom, _, critere = source.partition(" selon ")
        if nom in SOURCES:
            bornes = SOURCES[nom](self)
            connu = np.isfinite(bornes[0]) & np.isfinite(bornes[1])
            return Argument(bornes, connu | (nom in _TOUJOURS_CONNUES))
        code = f"{self.dispositif.fichier}.{nom}"
        valeur = self.cadre.value(code, self.jour)
        if valeur is None:
            return None
        return self._scaled(code, critere) if critere else self._plain(code)

    @property
    def ouverte(self) -> np.ndarray:
        """La part de l'année où chaque structure est ouverte : ce qu'elle dépense et fait payer n'existe qu'alors."""
        return self.yearly(self.cadre.quantites.mois_ouverts) / 12.0

    def in_open_months(self, bornes: Bornes) -> Bornes:
        """Ce qui se compte par an, pour les seuls mois ouverts ; rien dans une année fermée, même d'un inconnu."""
        ouverte = self.ouverte
        return tuple(np.multiply(b, ouverte, out=np.zeros(len(ouverte)), where=ouverte > 0) for b in bornes)

    def _plain(self, code: str) -> Argument:
        parametre = self.cadre.etat.bareme[code]
        saisie = parametre.usage == "saisie"
        bornes = self.cadre.bounds(code, self.jour, self.qui)
        par_an = saisie and parametre.unite in _PAR_AN
        bornes = self.in_open_months(bornes) if par_an else bornes
        connu = bornes[0] == bornes[1] if saisie else np.ones(len(self.qui), bool)
        statut = status(self.cadre.value(code, self.jour).statut)
        return Argument(bornes, connu, statut, (code,) * saisie, code, par_an)

    def _scaled(self, code: str, critere: str) -> Argument | None:
        selon = self.read(critere)
        if selon is None:
            return None
        criteres = [np.where(np.isfinite(b) & selon.connu, b, np.nan) for b in selon.bornes]
        extremes = [self.cadre.bounds(code, self.jour, self.qui, c) for c in criteres]
        bornes = np.minimum(extremes[0][0], extremes[1][0]), np.maximum(extremes[0][1], extremes[1][1])
        statut = max(status(self.cadre.value(code, self.jour).statut), selon.statut)
        return Argument(bornes, selon.connu, statut, selon.saisies, code)

    def variants(self) -> list[Bornes]:
        """Les montants de chaque façon de compter la croissance, dans le même ordre d'un scénario à l'autre."""
        code = self.dispositif.palier
        nom = next(n for n, a in self.arguments.items() if a.parametre == code)
        taux = [croissance(c.annee, c.base)[c.perimetre] for c in self.comptes]
        paliers = [replace(self.arguments[nom], bornes=self.cadre.bounds(code, self.jour, self.qui, t)) for t in taux]
        return [self.apply({**self.arguments, nom: palier}) for palier in paliers]

    def apply(self, arguments: Mapping[str, Argument]) -> Bornes:
        """La règle aux deux bornes de ses arguments."""
        with np.errstate(invalid="ignore"):
            issues = [self.dispositif.regle(**{n: a.bornes[i] for n, a in arguments.items()}) for i in (0, 1)]
        bas, haut = np.nan_to_num(issues[0], nan=0.0, posinf=np.inf), np.where(np.isnan(issues[1]), np.inf, issues[1])
        return np.minimum(bas, haut), np.maximum(bas, haut)

    def quantity(self, arguments: Mapping[str, Argument]) -> np.ndarray:
        nom = next(n for n, source in self.dispositif.arguments.items() if source == self.dispositif.quantite)
        return arguments[nom].bornes[1]


def contexts(cadre: Cadre, a_part: bool = False) -> list[Contexte]:
    """Chaque dispositif présent dans le territoire, chaque année."""
    trouves: list[Contexte] = []
    communs: dict[tuple[str, ...], Commun] = {}
    for dispositif in droit.dispositifs().values():
        if dispositif.services not in communs:
            codes = [i for i, s in enumerate(cadre.services) if s.code in dispositif.services]
            communs[dispositif.services] = Commun(cadre, np.flatnonzero(np.isin(cadre.service, codes)), a_part)
        commun = communs[dispositif.services]
        if len(commun.qui):
            trouves += [Contexte(dispositif, y, commun) for y in range(len(cadre.etat.annees))]
    return trouves


def complements(contextes: Iterable[Contexte], raisons: np.ndarray) -> list[Colonnes]:
    """Les lignes de chaque dispositif dont les données sont connues."""
    lignes = []
    for contexte in contextes:
        if contexte.is_silent or (arguments := contexte.arguments) is None:
            continue
        bornes = contexte.apply(arguments)
        garde = np.all([a.connu for a in arguments.values()], axis=0) & (bornes[1] > 0)
        if garde.any():
            lignes.append(_rows(contexte, arguments, [b[garde] for b in bornes], garde, raisons))
    return lignes


def _rows(
    contexte: Contexte,
    arguments: Mapping[str, Argument],
    bornes: list[np.ndarray],
    garde: np.ndarray,
    raisons: np.ndarray,
) -> Colonnes:
    (bas, haut), qui = bornes, contexte.qui[garde]
    quantite = contexte.quantity(arguments)[garde]
    connue = np.isfinite(quantite) & (quantite > 0)
    defauts = np.zeros(len(bas)), np.where(haut > 0, np.inf, 0.0)
    unitaires = [np.divide(b, quantite, out=d, where=connue) for b, d in zip(bornes, defauts, strict=True)]
    return block(
        qui,
        contexte.annee,
        dispositif=list(droit.libelles_dispositifs()).index(contexte.dispositif.code),
        part=ENSEMBLE,
        quantite=np.where(connue, quantite, np.nan),
        unitaire=unitaires,
        montant=(bas, haut, np.where(np.isinf(haut), bas, haut)),
        statut=max(a.statut for a in arguments.values()),
        raisons=raisons[qui, contexte.y],
    )


def missing(contextes: Iterable[Contexte]) -> dict[str, float]:
    """Ce que rapporterait au plus chaque donnée qui manque."""
    effets: dict[str, float] = {}
    for contexte in contextes:
        if (arguments := contexte.arguments) is None:
            continue
        haut = contexte.apply(arguments)[1]
        for a in arguments.values():
            for code in a.saisies:
                effets[code] = effets.get(code, 0.0) + float(haut[~a.connu].sum())
    return {code: effet for code, effet in effets.items() if effet > 0}


# La date exacte de l'année de départ, le périmètre (territoire de compétence ou Ctg entière) et parfois le
# cofinancement ne sont pas connus : on compte de toutes les façons possibles, et l'on garde la plus petite et la plus
# grande croissance.


def _base(cadre: Cadre, qui: np.ndarray) -> list[np.ndarray]:
    annee = int(cadre.value(ANNEE_BASE, cadre.etat.bareme[ANNEE_BASE].valeurs[0].depuis).bas)
    p = cadre.etat.periodes
    choisies = np.flatnonzero(np.isin(p.structure, qui)) if len(qui) < cadre.nombre else np.arange(len(p.structure))
    debut, fin = first_month(p.debut[choisies], TOUJOURS), first_month(p.fin[choisies], JAMAIS)
    debuts = np.arange(month(annee), month(annee + 1))
    bouge = ((debut > debuts[0]) & (debut <= debuts[-1])) | ((fin > debuts[0]) & (fin <= debuts[-1]))
    debuts = debuts if bouge.any() else debuts[:1]
    ouverts = overlap(debut, fin, debuts, debuts + 1)
    rang = np.empty(cadre.nombre, int)
    rang[qui] = np.arange(len(qui))
    quantite = np.where(ouverts.T > 0, p.quantite[choisies], 0.0)
    return [np.bincount(rang[p.structure[choisies]], m, len(qui)) for m in quantite]


def growth(comptes: list[Places]) -> Bornes:
    """La plus petite et la plus grande croissance qui s'appliquent à chaque structure ; NaN quand on ne sait pas."""
    toutes = [croissance(p.annee, p.base)[p.perimetre] for p in comptes]
    return np.min(toutes, axis=0), np.max(toutes, axis=0)


def _eligible(contexte: Contexte) -> Bornes:
    q, cofinancee = contexte.cadre.quantites, contexte.cadre.cofinancee[contexte.qui]
    q0, part = q.reference[contexte.qui], contexte.yearly(q.part_haut)
    bas = np.nan_to_num(contexte.yearly(q.part_bas) * q0) + contexte.yearly(q.nouveau_bas)
    existant = np.where(np.isnan(q0), np.inf, q0)
    haut = np.multiply(part, existant, out=np.zeros(len(contexte.qui)), where=part > 0) + contexte.yearly(
        q.nouveau_haut
    )
    return bas * (cofinancee == 1), np.where(cofinancee != 0, haut, 0.0)


def _open(contexte: Contexte) -> Bornes:
    ouverte = contexte.yearly(contexte.cadre.quantites.ouverte)
    return np.where(np.isfinite(ouverte), ouverte, 0.0), np.where(np.isfinite(ouverte), ouverte, np.inf)


def _column(nom: str) -> Callable[[Contexte], Bornes]:
    return lambda c: c.in_open_months((c.cadre.etat.territoire.structures[nom][c.qui],) * 2)


# Les arguments qui ne sont pas des paramètres ; un dispositif les cite par leur nom dans son YAML.
SOURCES: Mapping[str, Callable[[Contexte], Bornes]] = {
    "quantite": _eligible,
    "ouverte": _open,
    "croissance": lambda c: growth(c.comptes),
    "gestionnaire_public": lambda c: c.commun.public,
    **{nom: _column(nom) for nom in ("charges_eur", "participations_eur")},
}
_TOUJOURS_CONNUES = ("quantite", "croissance")
