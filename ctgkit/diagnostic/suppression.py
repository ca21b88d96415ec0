"""Masquer assez de cases pour qu'aucune case secrète ne se retrouve par calcul : algèbre seulement, aucune donnée.

Une case secrète est protégée quand ni la résolution exacte des totaux affichés, ni l'encadrement (un effectif n'est
jamais négatif) ne la donnent. Sinon une case de plus est masquée, et l'on recommence.
"""

import math
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

Cle = Hashable
_TOURS = 60


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
    """Les cases (None : inconnue), celles à protéger avec la largeur d'incertitude voulue, et ce qui les relie."""

    valeurs: Mapping[Cle, float | None]
    secretes: Mapping[Cle, float]
    liens: Sequence[Lien]
    derivees: Mapping[Cle, Collection[Cle]]


def suppress(probleme: Probleme) -> frozenset[Cle]:
    """Toutes les cases à masquer : les secrètes, celles qui les trahiraient, et ce qui s'en déduit."""
    inconnues = {c for c, v in probleme.valeurs.items() if v is None}
    masquees = _avec_derivees(inconnues | set(probleme.secretes), probleme)
    while ajoutee := _prochaine(masquees, probleme):
        masquees = _avec_derivees(masquees | ajoutee, probleme)
    return frozenset(masquees)


def _prochaine(masquees: set[Cle], probleme: Probleme) -> set[Cle]:
    """Une case à masquer de plus, tant qu'une secrète est exposée ; rien quand toutes sont à l'abri."""
    sacrifiees = (_a_sacrifier(cle, masquees, probleme) for cle in _exposees(masquees, probleme))
    return next(({cle} for cle in sacrifiees if cle is not None), set())


def _avec_derivees(masquees: set[Cle], probleme: Probleme) -> set[Cle]:
    """Une part, un taux ou une évolution se masque avec l'un de ses termes."""
    masquees = set(masquees)
    change = True
    while change:
        nouvelles = {d for d, termes in probleme.derivees.items() if d not in masquees and masquees & set(termes)}
        masquees |= nouvelles
        change = bool(nouvelles)
    return masquees


def _exposees(masquees: set[Cle], probleme: Probleme) -> list[Cle]:
    equations = [e for e in (_equation(lien, masquees, probleme) for lien in probleme.liens) if e]
    trouvees: list[Cle] = []
    for groupe in _composantes(equations):
        reduites = _reduire(groupe)
        bornes = _encadrer([*groupe, *reduites])
        for cle in sorted({c for e in groupe for c in e.termes if c in probleme.secretes}, key=repr):
            seule = any(list(e.termes) == [cle] for e in reduites)
            bas, haut = bornes.get(cle, (0.0, math.inf))
            if seule or haut - bas < probleme.secretes[cle]:
                trouvees.append(cle)
    return trouvees


@dataclass(frozen=True)
class _Equation:
    termes: dict[Cle, Fraction]
    egale: Fraction | None
    positif: bool


def _equation(lien: Lien, masquees: set[Cle], probleme: Probleme) -> _Equation | None:
    """Ce que le lien dit des cases masquées ; rien si aucune ne l'est."""
    caches = {c: v for c, v in lien.termes.items() if c in masquees}
    if not caches or lien.si_visibles & masquees:
        return None
    visibles = [(v, probleme.valeurs[c]) for c, v in lien.termes.items() if c not in caches]
    return _Equation(caches, -sum((v * Fraction(x) for v, x in visibles), Fraction(0)), lien.positif)


def _composantes(equations: Sequence[_Equation]) -> Iterator[list[_Equation]]:
    """Les équations qui partagent une case masquée se résolvent ensemble."""
    par_cle: dict[Cle, list[int]] = {}
    for i, equation in enumerate(equations):
        for cle in equation.termes:
            par_cle.setdefault(cle, []).append(i)
    vues: set[int] = set()
    for i in range(len(equations)):
        if i in vues:
            continue
        a_voir, groupe = [i], []
        vues.add(i)
        while a_voir:
            j = a_voir.pop()
            groupe.append(equations[j])
            voisines = {k for cle in equations[j].termes for k in par_cle[cle]} - vues
            vues |= voisines
            a_voir += voisines
        yield groupe


def _reduire(equations: Sequence[_Equation]) -> list[_Equation]:
    """Élimination de Gauss-Jordan, exacte : une équation qui ne garde qu'une case la donne."""
    lignes = [(dict(e.termes), e.egale) for e in equations]
    faites: list[tuple[dict[Cle, Fraction], Fraction]] = []
    while lignes:
        termes, egale = lignes.pop()
        if not termes:
            continue
        pivot = next(iter(termes))
        facteur = termes[pivot]
        ligne = ({c: v / facteur for c, v in termes.items()}, egale / facteur)
        lignes = [_soustraire(autre, ligne, pivot) for autre in lignes]
        faites = [*(_soustraire(autre, ligne, pivot) for autre in faites), ligne]
    return [_Equation(t, e, all(x.positif for x in equations)) for t, e in faites]


def _soustraire(
    autre: tuple[dict[Cle, Fraction], Fraction], ligne: tuple[dict[Cle, Fraction], Fraction], pivot: Cle
) -> tuple[dict[Cle, Fraction], Fraction]:
    facteur = autre[0].get(pivot)
    if not facteur:
        return autre
    termes = {
        c: autre[0].get(c, Fraction(0)) - facteur * ligne[0].get(c, Fraction(0)) for c in {**autre[0], **ligne[0]}
    }
    return {c: v for c, v in termes.items() if v}, autre[1] - facteur * ligne[1]


def _encadrer(equations: Sequence[_Equation]) -> dict[Cle, tuple[float, float]]:
    """Ce qu'on sait de chaque case quand rien n'est négatif : bornes resserrées d'équation en équation."""
    bornes: dict[Cle, tuple[float, float]] = {}
    utiles = [({c: float(v) for c, v in e.termes.items()}, float(e.egale)) for e in equations if e.positif]
    for _ in range(_TOURS):
        avant = dict(bornes)
        for termes, egale in utiles:
            for cle, coefficient in termes.items():
                autres = [(v, *bornes.get(c, (0.0, math.inf))) for c, v in termes.items() if c != cle]
                bas = sum(v * (b if v > 0 else h) for v, b, h in autres)
                haut = sum(v * (h if v > 0 else b) for v, b, h in autres)
                limites = sorted(((egale - haut) / coefficient, (egale - bas) / coefficient))
                ancien = bornes.get(cle, (0.0, math.inf))
                bornes[cle] = (max(ancien[0], limites[0]), min(ancien[1], limites[1]))
        if bornes == avant:
            break
    return bornes


def _a_sacrifier(cle: Cle, masquees: set[Cle], probleme: Probleme) -> Cle | None:
    """La case visible la moins coûteuse : une partie plutôt qu'un total, la plus petite qui ne soit pas nulle."""
    proches = [lien for lien in probleme.liens if cle in lien.termes]
    for liens in (proches, _du_meme_groupe(cle, masquees, probleme)):
        candidates = {(c, v < 0) for lien in liens for c, v in lien.termes.items() if c not in masquees}
        if candidates:
            return min(candidates, key=lambda cv: (cv[1], _cout(probleme.valeurs[cv[0]]), repr(cv[0])))[0]
    return None


def _cout(valeur: float | None) -> float:
    return valeur if valeur else math.inf


def _du_meme_groupe(cle: Cle, masquees: set[Cle], probleme: Probleme) -> list[Lien]:
    atteints, liens = {cle}, list(probleme.liens)
    while True:
        touches = [lien for lien in liens if atteints & lien.termes.keys()]
        nouveaux = {c for lien in touches for c in lien.termes if c in masquees} - atteints
        if not nouveaux:
            return touches
        atteints |= nouveaux
