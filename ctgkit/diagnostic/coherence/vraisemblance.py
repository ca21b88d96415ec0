"""Ce qui peut être vrai mais étonne : bornes d'un taux, unités qui ne vont pas, montant par personne démesuré."""

from collections.abc import Iterator, Sequence

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.contexte import Contexte, Lu
from ctgkit.formats import nombre


def alertes(contexte: Contexte) -> Iterator[Alerte]:
    for x in contexte.lus:
        if motif := _invraisemblable(x):
            titre, explication = motif
            yield peu_vraisemblable(x, f"{x.definition.libelle} : {titre}", f"{x.nu} {x.definition.unite}", explication)
    yield from _fractions_pour_des_pourcents(contexte)
    yield from _par_unite(contexte)


def _invraisemblable(x: Lu) -> tuple[str, str] | None:
    definition = x.definition
    if definition.nature in ("effectif", "montant") and x.valeur < 0:
        return "un nombre négatif", "un signe de trop, ou une évolution rangée comme un effectif"
    if definition.nature == "effectif" and not float(x.valeur).is_integer():
        return "un dénombrement qui n’est pas entier", "un taux ou une moyenne rangés comme un effectif"
    if definition.evolution_de or not definition.est_taux:
        return None
    if x.valeur < 0:
        return "un taux négatif", "une évolution rangée comme un taux"
    if definition.unite == "%" and x.valeur > 100:
        return "plus de 100 %", "un effectif ou une évolution rangés comme une part"
    return None


def _fractions_pour_des_pourcents(contexte: Contexte) -> Iterator[Alerte]:
    """0,45 là où un autre lieu écrit 45 : le même taux, dans une autre unité."""
    for code, _, lus in contexte.groupes():
        if contexte.catalogue[code].unite != "%" or contexte.catalogue[code].evolution_de:
            continue
        ailleurs = [y.valeur for g in contexte.lieux(code) for y in contexte.lire(code, g)]
        for x in lus:
            if 0 < x.valeur < 1 and any(20 <= y / x.valeur <= 500 and y > 5 for y in ailleurs):
                dit = f"{x.nu} ici, jusqu’à {max(ailleurs):g} ailleurs"
                yield peu_vraisemblable(
                    x, f"{x.definition.libelle} : une fraction au lieu d’un pourcentage ?", dit, "0,45 pour 45 %"
                )


def _par_unite(contexte: Contexte) -> Iterator[Alerte]:
    """Un montant rapporté à ceux qui le touchent, hors de bornes larges."""
    for code, geo, lus in contexte.groupes():
        bornes = contexte.catalogue[code].vraisemblable
        for x in lus if bornes else ():
            unites = [y for y in contexte.lire(bornes["par"], geo) if y.source == x.source and y.valeur > 0]
            rapports = [x.valeur / y.valeur for y in unites]
            if unites and not any(bornes["entre"][0] <= r <= bornes["entre"][1] for r in rapports):
                yield _alerte_par_unite(x, unites[0], rapports[0], bornes["entre"])


def _alerte_par_unite(x: Lu, base: Lu, rapport: float, entre: Sequence[float]) -> Alerte:
    ecrit = f"{nombre(rapport)} {x.definition.unite}"
    return peu_vraisemblable(
        x,
        f"{x.definition.libelle} : {ecrit} par {base.definition.unite.removesuffix('s')}",
        f"{x.nu} / {base.nu} = {ecrit} ; on attend de {nombre(entre[0])} à {nombre(entre[1])}",
        "une répartition à confirmer : une ligne qui en contient d’autres, plusieurs mois, ou des milliers",
        base,
    )


def peu_vraisemblable(x: Lu, titre: str, calcul: str, explication: str, *autres: Lu) -> Alerte:
    codes = tuple(dict.fromkeys(lu.code for lu in (x, *autres)))
    chiffres = tuple(lu.chiffre() for lu in (x, *autres))
    return Alerte("P", "P", titre, calcul, chiffres, (explication,), x.definition.theme, codes, x.geo)
