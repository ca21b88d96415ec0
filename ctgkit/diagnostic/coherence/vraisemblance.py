"""Ce qui peut être vrai mais étonne : bornes d'un taux, unités qui ne vont pas, parties plus grandes que le tout."""

from collections.abc import Iterator

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.contexte import Contexte, Lu
from ctgkit.diagnostic.noms import minuscule


def alertes(contexte: Contexte) -> Iterator[Alerte]:
    for x in contexte.lus:
        if motif := _invraisemblable(x):
            titre, explication = motif
            yield _alerte(x, f"{x.definition.libelle} : {titre}", f"{x.nu} {x.definition.unite}", explication)
    yield from _fractions_pour_des_pourcents(contexte)
    yield from _parts_d_un_tout(contexte)


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
                yield _alerte(
                    x, f"{x.definition.libelle} : une fraction au lieu d’un pourcentage ?", dit, "0,45 pour 45 %"
                )


def _parts_d_un_tout(contexte: Contexte) -> Iterator[Alerte]:
    """Le numérateur d'une part ne dépasse pas son dénominateur."""
    for definition in contexte.catalogue.values():
        quotient = definition.formule.quotient if definition.formule else None
        if definition.unite != "%" or not quotient or len(quotient[1].codes) != 1:
            continue
        for code in quotient[0].codes:
            for geo in contexte.lieux(code):
                yield from _trop_grandes(contexte, code, quotient[1].codes[0], geo)


def _trop_grandes(contexte: Contexte, code: str, tout: str, geo: str) -> Iterator[Alerte]:
    for partie in contexte.lire(code, geo):
        touts = [x for x in contexte.lire(tout, geo) if x.annee == partie.annee and x.source == partie.source]
        if touts and all(partie.intervalle.bas > x.intervalle.haut for x in touts):
            titre = f"{partie.definition.libelle} : plus que {minuscule(touts[0].definition.libelle)}"
            yield _alerte(partie, titre, f"{partie.texte}, pour {touts[0].texte} en tout", "deux lignes échangées")


def _alerte(x: Lu, titre: str, calcul: str, explication: str) -> Alerte:
    return Alerte("P", "P", titre, calcul, (x.chiffre(),), (explication,), x.definition.theme, (x.code,), x.geo)
