"""Refaire un calcul avec les valeurs lues : quelles valeurs vont ensemble, et laquelle redonne ce qui est écrit."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from ctgkit.diagnostic.coherence.contexte import Contexte, Lu
from ctgkit.diagnostic.formules import Formule
from ctgkit.diagnostic.intervalle import Intervalle, borner
from ctgkit.formats import nombre

_ESSAIS = 256
DECALAGE_POPULATION = 4
POPULATION = "CAD01"


@dataclass(frozen=True)
class Refait:
    """Un calcul refait avec un choix de valeurs : le résultat, et l'écart à ce qui est écrit."""

    termes: dict[str, Lu]
    resultat: Intervalle
    cible: Lu

    @property
    def juste(self) -> bool:
        return self.resultat.touche(self.cible.intervalle)

    @property
    def milieu(self) -> float:
        return (self.resultat.bas + self.resultat.haut) / 2

    @property
    def ecart(self) -> float:
        return abs(self.milieu - self.cible.valeur)

    @property
    def annees(self) -> set[int | None]:
        return {x.annee for x in (self.cible, *self.termes.values())}

    @property
    def sources(self) -> set[str]:
        return {x.source for x in (self.cible, *self.termes.values())}

    @property
    def certain(self) -> bool:
        """Mêmes source et année partout (ou écrite nulle part) : rien d'autre qu'une erreur n'explique l'écart."""
        return len(self.annees) == 1 and len(self.sources) == 1


def refaire(contexte: Contexte, formule: Formule, cible: Lu) -> list[Refait]:
    """Le calcul refait avec chaque choix de valeurs comparable à la cible ; vide quand il en manque une."""
    choix = [_comparables(contexte, code, cible) for code in formule.codes]
    if not all(choix):
        return []
    return list(_essais(formule, choix, cible))


def _essais(formule: Formule, choix: Sequence[Sequence[Lu]], cible: Lu) -> Iterator[Refait]:
    for termes in islice(product(*choix), _ESSAIS):
        par_code = {x.code: x for x in termes}
        try:
            resultat = formule.evaluer({c: x.intervalle for c, x in par_code.items()})
        except ZeroDivisionError:
            continue
        yield Refait(par_code, borner(resultat), cible)


def _comparables(contexte: Contexte, code: str, cible: Lu) -> list[Lu]:
    """Même lieu ; même année si elle est écrite, sinon année non écrite ; même source de préférence."""
    lus = contexte.lire(code, cible.geo)
    return premiers(lus, *_preferences(code, cible))


def _preferences(code: str, cible: Lu) -> list[Callable[[Lu], bool]]:
    def meme_source(x: Lu) -> bool:
        return x.source == cible.source

    if not cible.annee:
        return [meme_source, lambda _: True]
    preferences = [
        lambda x: meme_source(x) and x.annee == cible.annee,
        lambda x: x.annee == cible.annee,
        lambda x: meme_source(x) and not x.annee,
        lambda x: not x.annee,
    ]
    if code == POPULATION:
        preferences.append(lambda x: 0 <= cible.annee - (x.annee or 0) <= DECALAGE_POPULATION)
    return preferences


def premiers(lus: Sequence[Lu], *preferences: Callable[[Lu], bool]) -> list[Lu]:
    """Les valeurs de la première préférence qui en a."""
    for preference in preferences:
        if retenus := [x for x in lus if preference(x)]:
            return retenus
    return []


def plus_proche(refaits: Sequence[Refait]) -> Refait:
    return min(refaits, key=lambda r: r.ecart)


def facteur(a: float, b: float, en_euros: bool) -> str:
    """Ce qu'un rapport rond entre deux nombres laisse penser : douze mois, ou des milliers."""
    rapport = max(abs(a), abs(b)) / min(abs(a), abs(b)) if a and b else 0
    if en_euros and math.isclose(rapport, 12, rel_tol=0.01):
        return "un montant annuel contre un montant mensuel : facteur 12"
    if any(math.isclose(rapport, f, rel_tol=0.001) for f in (100, 1000)):
        return f"une autre unité : facteur {nombre(round(rapport))}"
    return ""
