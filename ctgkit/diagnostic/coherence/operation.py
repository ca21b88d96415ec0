"""L'arithmétique de la cohérence : des termes, un résultat annoncé, ce que les arrondis permettent, l'opération écrite.

Une règle trouve des termes (dans les indicateurs d'un territoire, dans ses relations, dans une phrase) et en fait une
`Operation` ; celle-ci dit si elle est `juste`, de combien elle s'écarte, et s'écrit en toutes lettres.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice, product
from typing import Generic, Protocol, TypeVar

from ctgkit.diagnostic.formules import FormuleIndicateur, Intervalle, decimales, to_intervalle
from ctgkit.formats import FINE, liste, nombre, pourcent

ESSAIS = 256


class NombreLu(Protocol):
    """Un nombre lu quelque part ; `intervalle` : tout ce que son écriture peut vouloir dire."""

    @property
    def valeur(self) -> float: ...
    @property
    def intervalle(self) -> Intervalle: ...
    @property
    def nu(self) -> str: ...
    @property
    def texte(self) -> str: ...


T = TypeVar("T", bound=NombreLu)


@dataclass(frozen=True)
class Expression(Generic[T]):
    """Une formule et ses termes ; `facteur` : 100 pour un pourcentage, il ne s'écrit pas."""

    formule: FormuleIndicateur
    termes: Mapping[str, T]
    facteur: float = 1.0

    @cached_property
    def resultat(self) -> Intervalle:
        """Tout ce que le calcul peut donner ; ZeroDivisionError quand il divise par ce qui peut être nul."""
        lus = {nom: terme.intervalle for nom, terme in self.termes.items()}
        return to_intervalle(self.formule.evaluate(lus)) * self.facteur

    @property
    def milieu(self) -> float:
        return (self.resultat.bas + self.resultat.haut) / 2

    @property
    def ecrite(self) -> str:
        """« (12 + 3) / 40 »."""
        return self.formule.write(lambda nom: self.termes[nom].nu)

    @property
    def est_calculable(self) -> bool:
        try:
            return bool(self.resultat)
        except ZeroDivisionError:
            return False


@cache
def _formule(texte: str) -> FormuleIndicateur:
    return FormuleIndicateur(texte)


def _sum_of(noms: Sequence[str]) -> str:
    return " + ".join(noms)


def add(termes: Sequence[T]) -> Expression[T]:
    """a + b + c."""
    nommes = {f"t{rang}": terme for rang, terme in enumerate(termes)}
    return Expression(_formule(_sum_of([*nommes])), nommes)


def divide(hauts: Sequence[T], bas: Sequence[T], facteur: float = 100) -> Expression[T]:
    """(a + b) / (c + d), en pourcentage."""
    dessus = {f"h{rang}": terme for rang, terme in enumerate(hauts)}
    dessous = {f"b{rang}": terme for rang, terme in enumerate(bas)}
    texte = f"({_sum_of([*dessus])}) / ({_sum_of([*dessous])})"
    return Expression(_formule(texte), dessus | dessous, facteur)


def evolve(avant: T, apres: T) -> Expression[T]:
    """(b − a) / a, en pourcentage."""
    return Expression(_formule("(apres - avant) / avant"), {"apres": apres, "avant": avant}, 100)


def advance(depart: T, atteint: T, cible: T) -> Expression[T]:
    """(atteint − départ) / (cible − départ), en pourcentage."""
    termes = {"atteint": atteint, "depart": depart, "cible": cible}
    return Expression(_formule("(atteint - depart) / (cible - depart)"), termes, 100)


def subtract(avant: T, apres: T) -> Expression[T]:
    """b − a."""
    return Expression(_formule("apres - avant"), {"apres": apres, "avant": avant})


@dataclass(frozen=True)
class Operation(Generic[T]):
    """Un calcul et le résultat que l'on en annonce ; `unite`, `signe`, `chiffres` : comment le résultat s'écrit."""

    annonce: T
    expression: Expression[T]
    unite: str = ""
    signe: bool = False
    chiffres: int = 0

    @property
    def juste(self) -> bool:
        return self.expression.resultat.touches(self.annonce.intervalle)

    @property
    def depasse(self) -> bool:
        """Le calcul donne plus que ce qui est annoncé : des parties plus grandes que leur tout."""
        return self.expression.resultat.bas > self.annonce.intervalle.haut

    @property
    def manque(self) -> float:
        return self.annonce.valeur - self.expression.milieu

    @property
    def ecart(self) -> float:
        return abs(self.manque)

    @property
    def termes(self) -> Mapping[str, T]:
        return self.expression.termes

    @property
    def lus(self) -> tuple[T, ...]:
        return (self.annonce, *self.termes.values())

    @property
    def est_taux(self) -> bool:
        return self.unite in ("%", "‰")

    @property
    def calcul(self) -> str:
        """« 15 + 4 = 19 »."""
        return f"{self.expression.ecrite} = {self.resultat_ecrit}"

    @property
    def resultat_ecrit(self) -> str:
        """Avec les décimales du document, et une de plus si l'arrondi cachait l'écart."""
        annonce, milieu = self.annonce.valeur, self.expression.milieu
        comme = [annonce] if self.expression.formule.quotient else [x.valeur for x in self.lus]
        chiffres = max(self.chiffres, int(self.unite == "%"), *map(decimales, comme))
        if nombre(milieu, chiffres) == nombre(annonce, chiffres):
            chiffres += 1
        return nombre(milieu, chiffres, self.signe) + (f"{FINE}{self.unite}" if self.est_taux else "")

    @property
    def contredit(self) -> str:
        """« 15 + 4 = 19, le document dit 16 »."""
        return f"{self.calcul}, le document dit {self.annonce.texte if self.est_taux else self.annonce.nu}"


def every_way(lectures: Sequence[Sequence[T]]) -> Iterator[tuple[T, ...]]:
    return islice(product(*lectures), ESSAIS)


def closest_wrong(operations: Iterable[Operation[T]]) -> Operation[T] | None:
    """Celle qui approche le plus ce qui est annoncé, quand aucune ne le redonne."""
    essais = [o for o in operations if o.expression.est_calculable]
    return None if any(o.juste for o in essais) else min(essais, key=lambda o: o.ecart, default=None)


# Une part et ce dont elle est la part


def supposed_base(haut: Intervalle, part: NombreLu) -> Intervalle | None:
    """Les dénominateurs avec lesquels la part écrite serait juste ; `haut` : son numérateur, facteur compris."""
    return haut / part.intervalle if part.intervalle.bas > 0 else None


def write_bounds(intervalle: Intervalle) -> str:
    return f"entre {nombre(math.ceil(intervalle.bas))} et {nombre(math.floor(intervalle.haut))}"


def counts_units(part: NombreLu, base: NombreLu, facteur: float = 100) -> bool:
    """Vrai quand un nombre entier d'unités donne cette part, à son arrondi près."""
    premier, dernier = part.intervalle.bas * base.valeur / facteur, part.intervalle.haut * base.valeur / facteur
    return math.ceil(premier - 1e-9) <= math.floor(dernier + 1e-9)


def write_units(part: NombreLu, base: NombreLu, facteur: float = 100) -> str:
    """« 44 % × 35 = 15,4 ; 15 / 35 = 42,9 % et 16 / 35 = 45,7 % » : les parts possibles de part et d'autre."""
    exact = part.valeur * base.valeur / facteur
    voisins = [
        f"{n} / {base.nu} = {pourcent(facteur * n / base.valeur)}" for n in (math.floor(exact), math.ceil(exact))
    ]
    return f"{part.texte} × {base.nu} = {nombre(exact, 2)} ; {liste(voisins)}"
