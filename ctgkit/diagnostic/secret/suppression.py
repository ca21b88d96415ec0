"""Masquer assez de cases pour qu'aucune case secrète ne se retrouve par calcul : algèbre seulement, aucune donnée.

Une case secrète est protégée quand ni la résolution exacte des totaux affichés, ni l'encadrement (un effectif n'est
jamais négatif, et le seuil qui le masque est public) ne la donnent. Sinon une case de plus est masquée, et l'on
recommence.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product

import numpy as np

from ctgkit.diagnostic.catalogue import Catalogue, Definition
from ctgkit.territoire import Indicateur, Territoire

Cle = Hashable
_TOURS = 60
_NUL, _PRESQUE = 1e-10, 1e-6


@dataclass(frozen=True)
class Lien:
    """Σ coefficient × case = 0, connu de tous ; il ne sert à personne quand une case de `si_visibles` est masquée."""

    termes: Mapping[Cle, Fraction]
    si_visibles: frozenset[Cle] = frozenset()
    positif: bool = True

    @classmethod
    def total(cls, total: Cle, parties: Iterable[Cle]) -> "Lien":
        termes: dict[Cle, Fraction] = {}
        for cle, signe in ((total, -1), *((p, 1) for p in parties)):
            termes[cle] = termes.get(cle, Fraction(0)) + signe
        return cls({c: v for c, v in termes.items() if v})


@dataclass(frozen=True)
class Probleme:
    """Les cases (None : inconnue), celles à protéger avec la largeur d'incertitude voulue, et ce qui les relie.

    `publics` : entre quoi tout le monde sait que se tient une case secrète, quand son seuil est public.
    """

    valeurs: Mapping[Cle, float | None]
    secretes: Mapping[Cle, float]
    liens: Sequence[Lien]
    derivees: Mapping[Cle, Collection[Cle]]
    publics: Mapping[Cle, tuple[float, float]] = field(default_factory=dict)


def suppress(probleme: Probleme) -> frozenset[Cle]:
    """Toutes les cases à masquer : les secrètes, celles qui les trahiraient, et ce qui s'en déduit."""
    inconnues = {c for c, v in probleme.valeurs.items() if v is None}
    deduites = _deduites(probleme)
    masquees = _spread(inconnues | set(probleme.secretes), deduites)
    groupes = _groupes(probleme)
    a_voir = list(range(len(groupes)))
    chez = {c: k for k, groupe in enumerate(groupes) for lien in groupe for c in lien.termes}
    while a_voir:
        groupe = replace(probleme, liens=groupes[a_voir[-1]])
        ajoutees = _spread(_sacrifices(masquees, groupe), deduites) - masquees
        if not ajoutees:
            a_voir.pop()
        masquees |= ajoutees
        a_voir += [chez[c] for c in ajoutees if c in chez and chez[c] not in a_voir]
    return frozenset(masquees)


def _deduites(probleme: Probleme) -> dict[Cle, set[Cle]]:
    """Pour chaque case, les parts, taux et évolutions qui se masquent avec elle."""
    suivantes: dict[Cle, set[Cle]] = defaultdict(set)
    for deduite, termes in probleme.derivees.items():
        for terme in termes:
            suivantes[terme].add(deduite)
    return suivantes


def _spread(cases: Iterable[Cle], deduites: Mapping[Cle, set[Cle]]) -> set[Cle]:
    masquees, a_voir = set(), list(cases)
    while a_voir:
        cle = a_voir.pop()
        if cle not in masquees:
            masquees.add(cle)
            a_voir += deduites.get(cle, ())
    return masquees


def _groupes(probleme: Probleme) -> list[list[Lien]]:
    """Les liens qui ont des cases en commun, de proche en proche : chaque groupe se protège seul."""
    racines: dict[Cle, Cle] = {}

    def racine(cle: Cle) -> Cle:
        while racines.setdefault(cle, cle) != cle:
            racines[cle] = cle = racines[racines[cle]]
        return cle

    for lien in probleme.liens:
        premier, *autres = lien.termes
        for autre in autres:
            racines[racine(autre)] = racine(premier)
    groupes: dict[Cle, list[Lien]] = defaultdict(list)
    for lien in probleme.liens:
        groupes[racine(next(iter(lien.termes)))].append(lien)
    return [g for g in groupes.values() if any(c in probleme.secretes for lien in g for c in lien.termes)]


def _sacrifices(masquees: set[Cle], probleme: Probleme) -> set[Cle]:
    """Une case de plus pour chaque secrète exposée ; rien quand toutes sont à l'abri."""
    ajoutees: set[Cle] = set()
    for cle in _exposees(masquees, probleme):
        proches = [lien for lien in probleme.liens if cle in lien.termes]
        if not any(ajoutees & lien.termes.keys() for lien in proches):
            sacrifiee = _choose_sacrifice(cle, masquees | ajoutees, probleme)
            ajoutees |= {sacrifiee} - {None}
    return ajoutees


def _exposees(masquees: set[Cle], probleme: Probleme) -> list[Cle]:
    equations = [e for e in (_equation(lien, masquees, probleme) for lien in probleme.liens) if e]
    secretes = sorted({c for e in equations for c in e.termes if c in probleme.secretes}, key=repr)
    if not secretes:
        return []
    calculees, bornes = _calculables(equations), _bound(equations, {})
    serrees = _bound(equations, probleme.publics) if probleme.publics else {}
    mobiles = _movable(equations, probleme)
    exposees = []
    for cle in secretes:
        bas, haut = bornes.get(cle, (0.0, math.inf))
        if cle in calculees or haut - bas < probleme.secretes[cle] or _is_pinned(cle, serrees, mobiles, probleme):
            exposees.append(cle)
    return exposees


def _is_pinned(
    cle: Cle, serrees: Mapping[Cle, tuple[float, float]], mobiles: Collection[Cle], probleme: Probleme
) -> bool:
    """Vrai quand qui connaît les seuils ne voit plus qu'un nombre possible pour cette case."""
    if cle not in probleme.publics:
        return False
    bas, haut = serrees.get(cle, (0.0, math.inf))
    return 0 <= haut - bas < 1 or (probleme.valeurs[cle] is not None and cle not in mobiles)


def _movable(equations: "Sequence[_Equation]", probleme: Probleme) -> set[Cle]:
    """Les cases qui peuvent valoir un entier de plus ou de moins sans contredire ni un total, ni un seuil public."""
    cles = list(dict.fromkeys(c for e in equations for c in e.termes))
    if not probleme.publics.keys() & set(cles):
        return set()
    rang = {c: k for k, c in enumerate(cles)}
    matrice = np.zeros((len(equations), len(cles)))
    for ligne, equation in enumerate(equations):
        for cle, coefficient in equation.termes.items():
            matrice[ligne, rang[cle]] = float(coefficient)
    bornes = np.array([probleme.publics.get(c, (0.0, math.inf)) for c in cles])
    valeurs = np.array([np.nan if (v := probleme.valeurs[c]) is None else v for c in cles])
    base = _integer_directions(matrice)
    mobiles = _moved(base, valeurs, bornes)
    for k in np.flatnonzero(~mobiles & ~np.isnan(valeurs) & np.isfinite(bornes[:, 1])):
        siennes = base[base[:, k] != 0]
        ecarts = (une - base[np.any(base * une != 0, axis=1)] for une in siennes)
        mobiles[k] = any(_moved(e, valeurs, bornes)[k] for e in ecarts)
    return {cles[k] for k in np.flatnonzero(mobiles)}


def _moved(directions: np.ndarray, valeurs: np.ndarray, bornes: np.ndarray) -> np.ndarray:
    """Les cases qu'au moins une de ces directions, dans un sens ou dans l'autre, bouge sans sortir des bornes."""
    mobiles = np.zeros(len(valeurs), bool)
    for pas in (directions, -directions):
        arrivees = valeurs + pas
        dedans = (arrivees >= bornes[:, 0]) & (arrivees <= bornes[:, 1])
        tient = (np.isnan(arrivees) | (pas == 0) | dedans).all(axis=1)
        mobiles |= np.any(pas[tient] != 0, axis=0)
    return mobiles


_ENTIERS = range(1, 7)


def _integer_directions(matrice: np.ndarray) -> np.ndarray:
    """Des façons entières de bouger les cases sans changer aucune somme : une par case libre."""
    reduite, pivots = _reduced(matrice)
    libres = np.setdiff1d(np.arange(matrice.shape[1]), pivots)
    base = np.zeros((len(libres), matrice.shape[1]))
    base[np.arange(len(libres)), libres] = 1.0
    base[:, pivots] = -reduite[: len(pivots), libres].T
    entieres = [next((k * d for k in _ENTIERS if np.allclose(k * d, np.round(k * d))), None) for d in base]
    gardees = [np.round(d) for d in entieres if d is not None]
    return np.array(gardees).reshape(len(gardees), matrice.shape[1])


def _reduced(matrice: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """La matrice échelonnée réduite, et la colonne de chacun de ses pivots."""
    reduite, pivots = matrice.copy(), []
    for colonne in range(reduite.shape[1]):
        ligne = len(pivots)
        if ligne == len(reduite):
            break
        choisie = ligne + int(np.argmax(np.abs(reduite[ligne:, colonne])))
        if abs(reduite[choisie, colonne]) < _PRESQUE:
            continue
        reduite[[ligne, choisie]] = reduite[[choisie, ligne]]
        reduite[ligne] /= reduite[ligne, colonne]
        autres = np.arange(len(reduite)) != ligne
        reduite[autres] -= np.outer(reduite[autres, colonne], reduite[ligne])
        pivots.append(colonne)
    return reduite, pivots


@dataclass(frozen=True)
class _Equation:
    termes: dict[Cle, Fraction]
    egale: Fraction
    positif: bool


def _equation(lien: Lien, masquees: set[Cle], probleme: Probleme) -> _Equation | None:
    """Ce que le lien dit des cases masquées ; rien si aucune ne l'est."""
    caches = {c: v for c, v in lien.termes.items() if c in masquees}
    if not caches or lien.si_visibles & masquees:
        return None
    visibles = [(v, probleme.valeurs[c]) for c, v in lien.termes.items() if c not in caches]
    return _Equation(caches, -sum((v * Fraction(x) for v, x in visibles), Fraction(0)), lien.positif)


def _calculables(equations: Sequence[_Equation]) -> set[Cle]:
    """Les cases que le système détermine : leur équation se compose à partir de celles qu'il contient."""
    cles = list(dict.fromkeys(c for e in equations for c in e.termes))
    rang = {c: k for k, c in enumerate(cles)}
    matrice = np.zeros((len(equations), len(cles)))
    for ligne, equation in enumerate(equations):
        for cle, coefficient in equation.termes.items():
            matrice[ligne, rang[cle]] = float(coefficient)
    matrice /= np.abs(matrice).max(axis=1, keepdims=True)
    valeurs, vecteurs = np.linalg.eigh(matrice @ matrice.T)
    utiles = valeurs > _NUL * valeurs[-1]
    base = (vecteurs[:, utiles] / np.sqrt(valeurs[utiles])).T @ matrice
    return {c for c, norme in zip(cles, (base**2).sum(axis=0), strict=True) if norme > 1 - _PRESQUE}


def _bound(
    equations: Sequence[_Equation], publics: Mapping[Cle, tuple[float, float]]
) -> dict[Cle, tuple[float, float]]:
    """Ce qu'on sait de chaque case quand rien n'est négatif : bornes resserrées d'équation en équation."""
    cles = list(dict.fromkeys(c for e in equations if e.positif for c in e.termes))
    rang = {c: k for k, c in enumerate(cles)}
    utiles = [
        (np.array([rang[c] for c in e.termes]), np.array([float(v) for v in e.termes.values()]), float(e.egale))
        for e in equations
        if e.positif
    ]
    depart = np.array([publics.get(c, (0.0, np.inf)) for c in cles]).reshape(len(cles), 2)
    bas, haut = depart[:, 0].copy(), depart[:, 1].copy()
    for _ in range(_TOURS):
        avant = bas.copy(), haut.copy()
        for rangs, coefficients, egale in utiles:
            _tighten(bas, haut, rangs, (coefficients, egale))
        if np.array_equal(avant[0], bas) and np.array_equal(avant[1], haut):
            break
    return {c: (float(bas[k]), float(haut[k])) for c, k in rang.items()}


def _tighten(bas: np.ndarray, haut: np.ndarray, rangs: np.ndarray, equation: tuple[np.ndarray, float]) -> None:
    """Ce qu'une équation laisse à chaque case quand toutes les autres sont à leur minimum, ou à leur maximum."""
    coefficients, egale = equation
    petits = np.where(coefficients > 0, coefficients * bas[rangs], coefficients * haut[rangs])
    grands = np.where(coefficients > 0, coefficients * haut[rangs], coefficients * bas[rangs])
    limites = np.stack([(egale - _sauf_soi(grands)) / coefficients, (egale - _sauf_soi(petits)) / coefficients])
    bas[rangs] = np.maximum(bas[rangs], limites.min(axis=0))
    haut[rangs] = np.minimum(haut[rangs], limites.max(axis=0))


def _sauf_soi(valeurs: np.ndarray) -> np.ndarray:
    """La somme de toutes les autres, infinie dès qu'une autre l'est."""
    infinies = np.isinf(valeurs)
    finies = np.where(infinies, 0.0, valeurs)
    sommes = finies.sum() - finies
    signe = np.sign(valeurs[infinies][0]) if infinies.any() else 1.0
    return np.where(infinies.sum() - infinies > 0, signe * np.inf, sommes)


def _choose_sacrifice(cle: Cle, masquees: set[Cle], probleme: Probleme) -> Cle | None:
    """La case visible la moins coûteuse : une partie plutôt qu'un total, la plus petite qui ne soit pas nulle."""
    proches = [lien for lien in probleme.liens if cle in lien.termes]
    for liens in (proches, probleme.liens):
        candidates = {(c, v < 0) for lien in liens for c, v in lien.termes.items() if c not in masquees}
        if candidates:
            return min(candidates, key=lambda cv: (cv[1], _cout(probleme.valeurs[cv[0]]), repr(cv[0])))[0]
    return None


def _cout(valeur: float | None) -> float:
    return valeur if valeur else math.inf


Rangs = Sequence[int]
_COMBINAISONS = 64


class Rangement:
    """Les rangs d'un tableau d'indicateurs par code, lieu et année (0 : année non écrite)."""

    def __init__(self, lignes: Sequence[Indicateur]) -> None:
        self.lignes = lignes
        self._par_case: dict[tuple[str, str, int], list[int]] = defaultdict(list)
        self._par_lieu: dict[tuple[str, str], list[int]] = defaultdict(list)
        for i, x in enumerate(lignes):
            self._par_case[x.code, x.geo, x.annee or 0].append(i)
            self._par_lieu[x.code, x.geo].append(i)
        self.lieux_annees = sorted({(g, a) for _, g, a in self._par_case})

    def rangs(self, code: str, geo: str, annee: int) -> Rangs:
        return self._par_case.get((code, geo, annee), ())

    def partout(self, code: str, geo: str) -> Rangs:
        return self._par_lieu.get((code, geo), ())

    def contemporains(self, code: str, geo: str, annee: int | None) -> Rangs:
        """Les rangs de la même année, et ceux que l'on ne peut pas en distinguer faute d'année écrite."""
        return [i for i in self.partout(code, geo) if not annee or self.lignes[i].annee in (annee, None)]

    def valeur(self, code: str, geo: str, annee: int | None) -> float | None:
        """La valeur la mieux datée pour vérifier un seuil : même année, sinon n'importe laquelle."""
        for rangs in (self.rangs(code, geo, annee or 0), self.partout(code, geo)):
            connues = [v for v in (self.lignes[i].valeur for i in rangs) if v is not None]
            if connues:
                return connues[-1]
        return None


def find_liens(territoire: Territoire, rangement: Rangement, catalogue: Catalogue) -> list[Lien]:
    additifs = [c for c, d in catalogue.items() if d.additif]
    return [
        *_totaux_des_communes(territoire, rangement, catalogue),
        *_totaux_des_iris(rangement, set(additifs)),
        *_sommes_de_codes(rangement, catalogue),
    ]


def find_derivees(rangement: Rangement, catalogue: Catalogue) -> dict[int, set[int]]:
    """Une part visible dirait son numérateur, une évolution l'année d'où elle part : chacune dépend de ses termes."""
    dependances: dict[int, set[int]] = {}
    for i, x in enumerate(rangement.lignes):
        definition = catalogue.get(x.code)
        if definition:
            rangs = {j for code in _termes(definition) for j in rangement.contemporains(code, x.geo, x.annee)}
            suivis = rangement.partout(definition.evolution_de, x.geo) if definition.evolution_de else ()
            dependances[i] = {*rangs, *suivis} - {i}
    return {i: rangs for i, rangs in dependances.items() if rangs}


def _termes(definition: Definition) -> set[str]:
    formule = definition.formule
    return set(formule.codes) if formule and not formule.est_somme else set()


def _totaux_des_communes(territoire: Territoire, rangement: Rangement, catalogue: Catalogue) -> Iterator[Lien]:
    communes = list(dict.fromkeys(territoire.communes["code_insee"].tolist()))
    zones = {(x.geo, x.annee or 0, x.code) for x in rangement.lignes if x.niveau == "epci"}
    if territoire.type != "epci" or not communes:
        return
    for geo, annee, code in sorted(zones):
        definition = catalogue.get(code)
        if definition is None or (territoire.siren and geo != territoire.siren):
            continue
        parties = [rangement.rangs(code, c, annee) for c in communes]
        if not all(parties):
            continue
        for total in rangement.rangs(code, geo, annee):
            if definition.additif:
                yield from (Lien.total(total, choix) for choix in _par_source(parties, rangement))
            elif definition.base and definition.est_taux:
                yield from _moyenne_ponderee(total, parties, definition.base, communes, rangement)


def _par_source(parties: Sequence[Rangs], rangement: Rangement) -> list[list[int]]:
    """Un choix de rangs par source qui couvre toutes les communes ; sinon le dernier rang de chacune."""
    sources = {rangement.lignes[i].source for rangs in parties for i in rangs}
    choix = [[[i for i in rangs if rangement.lignes[i].source == s] for rangs in parties] for s in sorted(sources)]
    complets = [[r[-1] for r in c] for c in choix if all(c)]
    return complets or [[rangs[-1] for rangs in parties]]


def _moyenne_ponderee(
    total: int, parties: Sequence[Rangs], base: str, communes: Sequence[str], rangement: Rangement
) -> Iterator[Lien]:
    """Le taux d'ensemble est la moyenne de ceux des communes : un seul masqué se retrouverait."""
    annee = rangement.lignes[total].annee or 0
    bases = [rangement.rangs(base, c, annee) for c in communes]
    total_base = rangement.rangs(base, rangement.lignes[total].geo, annee)
    if not all(bases) or not total_base:
        return
    rangs = [b[-1] for b in bases]
    poids = [rangement.lignes[i].valeur for i in rangs]
    ensemble = rangement.lignes[total_base[-1]].valeur
    if ensemble and all(p is not None for p in poids):
        termes = {p[-1]: Fraction(w) for p, w in zip(parties, poids, strict=True) if w}
        yield Lien({**termes, total: -Fraction(ensemble)}, frozenset([*rangs, total_base[-1]]))


def _totaux_des_iris(rangement: Rangement, additifs: set[str]) -> Iterator[Lien]:
    groupes: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    for i, x in enumerate(rangement.lignes):
        if x.niveau == "iris" and x.code in additifs:
            groupes[x.code, x.geo[:5], x.annee or 0].append(i)
    for (code, commune, annee), iris in groupes.items():
        yield from (Lien.total(total, iris) for total in rangement.rangs(code, commune, annee))


def _sommes_de_codes(rangement: Rangement, catalogue: Catalogue) -> Iterator[Lien]:
    sommes = [*_formules_sommes(catalogue), *tranches(catalogue)]
    for geo, annee in rangement.lieux_annees:
        for total, parties in sommes:
            rangs = [rangement.rangs(code, geo, annee) for code in (total, *parties)]
            if all(rangs):
                for choix in list(product(*rangs))[:_COMBINAISONS]:
                    yield Lien.total(choix[0], choix[1:])


def _formules_sommes(catalogue: Catalogue) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((c, d.formule.codes) for c, d in catalogue.items() if d.formule and d.formule.est_somme)


def tranches(catalogue: Catalogue) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Chaque tranche d'âge du catalogue avec les suites de tranches du même groupe qui la recouvrent exactement."""
    groupes: dict[str, list[Definition]] = defaultdict(list)
    for definition in catalogue.values():
        if definition.groupe and definition.tranche:
            groupes[definition.groupe].append(definition)
    for membres in groupes.values():
        for total in membres:
            autres = [d for d in membres if d is not total]
            for suite in _pavages(total.tranche[0], total.tranche[1], autres):
                if len(suite) > 1:
                    yield total.code, suite


def _pavages(debut: int, fin: int, tranches_: Sequence[Definition]) -> Iterator[tuple[str, ...]]:
    if debut == fin + 1:
        yield ()
        return
    for d in tranches_:
        if d.tranche[0] == debut and d.tranche[1] <= fin:
            yield from ((d.code, *suite) for suite in _pavages(d.tranche[1] + 1, fin, tranches_))
