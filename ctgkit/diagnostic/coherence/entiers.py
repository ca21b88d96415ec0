"""R1 : une part de structures ou de communes est une part d'un petit nombre entier ; toutes ne sont pas possibles."""

import math
from collections.abc import Iterator

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.contexte import Contexte, Lu
from ctgkit.diagnostic.intervalle import Intervalle
from ctgkit.formats import liste, nombre, pourcent

_COMPTABLES = ("structures", "communes", "accueils", "services", "territoires")


def alertes(contexte: Contexte) -> Iterator[Alerte]:
    for code, geo, lus in contexte.groupes():
        definition = contexte.catalogue[code]
        base = contexte.catalogue.get(definition.base) if definition.base else None
        if definition.unite == "%" and not definition.formule and base and base.unite in _COMPTABLES:
            bases = contexte.lire(definition.base, geo)
            yield from (_alerte(x, bases) for x in lus if bases and not _possible(x, bases))


def _possible(taux: Lu, bases: list[Lu]) -> bool:
    return any(entier_possible(taux.intervalle, b.valeur) for b in bases)


def entier_possible(taux: Intervalle, base: float, facteur: float = 100) -> bool:
    """Vrai quand un nombre entier d'unités donne ce taux, à son arrondi près."""
    premier, dernier = taux.bas * base / facteur, taux.haut * base / facteur
    return math.ceil(premier - 1e-9) <= math.floor(dernier + 1e-9)


def voisins(taux: float, base: float, facteur: float = 100) -> str:
    """« 15 / 35 = 42,9 % et 16 / 35 = 45,7 % » : les parts possibles de part et d'autre."""
    exact = taux * base / facteur
    return liste(
        [f"{n} / {nombre(base)} = {pourcent(facteur * n / base)}" for n in (math.floor(exact), math.ceil(exact))]
    )


def _alerte(taux: Lu, bases: list[Lu]) -> Alerte:
    base = bases[0]
    exact = nombre(taux.valeur * base.valeur / 100, 2)
    return Alerte(
        "R1",
        "D",
        f"{taux.definition.libelle} : {taux.texte} de {base.texte} ne fait pas un nombre entier",
        f"{taux.nu} % × {base.nu} = {exact} ; {voisins(taux.valeur, base.valeur)}",
        (taux.chiffre(), *(b.chiffre() for b in bases)),
        ("une part calculée sur un autre nombre que celui qui est écrit",),
        taux.definition.theme,
        (taux.code, base.code),
        taux.geo,
    )
