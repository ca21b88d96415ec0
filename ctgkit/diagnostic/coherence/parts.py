"""R1 : une part et une évolution se retrouvent à la moitié du dernier chiffre. R5 : des taux faux, un même total."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.contexte import ChiffreLu, ChiffresLus, Refait, alert, by_origin, recompute
from ctgkit.diagnostic.coherence.operation import (
    Operation,
    closest_wrong,
    counts_units,
    evolve,
    subtract,
    supposed_base,
    write_bounds,
    write_units,
)
from ctgkit.diagnostic.formules import Intervalle, decimales
from ctgkit.diagnostic.noms import du_lieu
from ctgkit.formats import liste, nombre
from ctgkit.texte import minuscule

_COMPTABLES = ("structures", "communes", "accueils", "services", "territoires")


def check_entiers(contexte: ChiffresLus) -> Iterator[Alerte]:
    for code, geo, lus in contexte.groupes():
        definition = contexte.catalogue[code]
        base = contexte.catalogue.get(definition.base) if definition.base else None
        if definition.unite == "%" and not definition.formule and base and base.unite in _COMPTABLES:
            bases = contexte.read(definition.base, geo)
            impossibles = (x for x in lus if not any(counts_units(x, b) for b in bases))
            yield from (_alerte_entier(x, bases) for x in impossibles if bases)


def _alerte_entier(taux: ChiffreLu, bases: list[ChiffreLu]) -> Alerte:
    return alert(
        "R1",
        "D",
        f"{taux.definition.libelle} : {taux.texte} de {bases[0].texte} ne fait pas un nombre entier",
        write_units(taux, bases[0]),
        (taux, *bases),
        ("une part calculée sur un autre nombre que celui qui est écrit",),
    )


def check_parts(contexte: ChiffresLus) -> Iterator[Alerte]:
    faux = list(_faux(contexte))
    for refait in faux:
        yield _alerte_part(contexte, refait)
    yield from _denominateurs_communs(contexte, faux)


def _faux(contexte: ChiffresLus) -> Iterator[Refait]:
    """Le calcul le plus proche de chaque taux que rien ne redonne ; un taux juste excuse ses concurrents (voir R3)."""
    for code, _, lus in contexte.groupes():
        formule = contexte.catalogue[code].formule
        if formule is None or formule.est_somme:
            continue
        for cibles in by_origin(lus):
            refaits = [recompute(contexte, formule, cible) for cible in cibles]
            if all(refaits) and (faux := closest_wrong(r for essais in refaits for r in essais)):
                yield faux


def _alerte_part(contexte: ChiffresLus, refait: Refait) -> Alerte:
    cible = refait.annonce
    return alert(
        "R1",
        "E" if refait.certain and not cible.definition.approchee else "D",
        f"{cible.definition.libelle} : le calcul ne redonne pas {cible.texte}",
        refait.contredit,
        refait.lus,
        _explications(contexte, refait),
    )


def _explications(contexte: ChiffresLus, refait: Refait) -> Iterator[str]:
    cible = refait.annonce
    if cible.definition.approchee:
        yield "la définition du document peut ne pas être exactement celle du calcul (tranches d’âge, champ)"
    if len(refait.annees) > 1:
        yield "les années des termes ne sont pas toutes les mêmes, ou pas toutes écrites"
    if len(refait.sources) > 1:
        yield f"sources différentes : {liste(sorted(refait.sources))}"
    chiffres = decimales(cible.valeur)
    if math.isclose(math.floor(refait.expression.milieu * 10**chiffres) / 10**chiffres, cible.valeur):
        yield "le résultat semble tronqué, et non arrondi"
    if implicite := denominateur_implicite(refait):
        bornes = write_bounds(implicite)
        yield f"pour écrire {cible.texte}, il faudrait un dénominateur {bornes} : autre année, autre champ ?"
        yield from _candidats(contexte, refait, implicite)


def denominateur_implicite(refait: Refait) -> Intervalle | None:
    """Les dénominateurs avec lesquels le taux écrit serait juste."""
    quotient = refait.expression.formule.quotient
    if not quotient:
        return None
    return supposed_base(quotient[0].evaluate({c: x.intervalle for c, x in refait.termes.items()}), refait.annonce)


def _candidats(contexte: ChiffresLus, refait: Refait, implicite: Intervalle) -> Iterator[str]:
    """Une valeur déjà connue du même lieu qui rendrait le calcul juste."""
    for x in _effectifs(contexte, refait.annonce.geo, implicite)[:2]:
        yield f"on retrouve {refait.annonce.texte} avec {x.texte} ({minuscule(x.definition.libelle)}, {x.ou})"


def _denominateurs_communs(contexte: ChiffresLus, faux: Sequence[Refait]) -> Iterator[Alerte]:
    """Deux taux faux ou plus, au même dénominateur écrit, que le même autre nombre rendrait justes."""
    groupes: dict[tuple[str, str, float], list[Refait]] = defaultdict(list)
    for refait in faux:
        quotient = refait.expression.formule.quotient
        if quotient and len(quotient[1].codes) == 1 and quotient[1].texte in refait.termes:
            ecrit = refait.termes[quotient[1].texte]
            groupes[ecrit.code, ecrit.geo, ecrit.valeur].append(refait)
    for (code, _, _), refaits in groupes.items():
        commun = _intersection([denominateur_implicite(r) for r in refaits])
        if len({r.annonce.code for r in refaits}) > 1 and commun:
            yield _alerte_commune(contexte, refaits[0].termes[code], refaits, commun)


def _intersection(intervalles: Sequence[Intervalle | None]) -> Intervalle | None:
    commun: Intervalle | None = Intervalle(0, math.inf)
    for intervalle in intervalles:
        commun = commun.commun(intervalle) if commun and intervalle else None
    return commun


def _alerte_commune(contexte: ChiffresLus, ecrit: ChiffreLu, refaits: Sequence[Refait], commun: Intervalle) -> Alerte:
    taux = liste([r.annonce.texte for r in refaits])
    return alert(
        "R5",
        "D",
        f"{taux} supposent un même dénominateur, qui n’est pas {ecrit.texte}",
        f"{liste([_inverse(r) for r in refaits])} : dénominateur commun possible {write_bounds(commun)}, "
        f"le document dit {ecrit.nu}",
        (ecrit, *(r.annonce for r in refaits)),
        (
            f"{minuscule(ecrit.definition.libelle)} d’une autre année, ou d’un autre champ, que celle qui est écrite",
            *(f"par exemple {x.texte} ({x.ou})" for x in _effectifs(contexte, ecrit.geo, commun)[:1]),
        ),
    )


def _inverse(refait: Refait) -> str:
    """`20 729 / 10,6 %` : ce qui donne le dénominateur supposé."""
    haut = refait.expression.formule.quotient[0].write(lambda c: refait.termes[c].nu)
    haut = f"({haut})" if " + " in haut else haut
    return f"{haut} / {refait.annonce.texte}"


def _effectifs(contexte: ChiffresLus, geo: str, bornes: Intervalle) -> list[ChiffreLu]:
    """Les dénombrements connus de ce lieu qui tiennent dans ces bornes."""
    return [x for x in contexte.lus if x.geo == geo and x.definition.nature == "effectif" and bornes.touches(x.valeur)]


def check_evolutions(contexte: ChiffresLus) -> Iterator[Alerte]:
    for code, geo, lus in contexte.groupes():
        suivi = contexte.catalogue[code].evolution_de
        if suivi:
            for evolution in lus:
                yield from _contre_la_serie(contexte, evolution, suivi, geo)
                yield from _copie_d_un_ecart(contexte, evolution, suivi, geo)


def _contre_la_serie(contexte: ChiffresLus, evolution: ChiffreLu, suivi: str, geo: str) -> Iterator[Alerte]:
    """Aucune année de départ connue ne redonne l'évolution écrite."""
    valeurs = [x for x in contexte.read(suivi, geo) if x.annee and x.source == evolution.source]
    arrivees = [x for x in valeurs if x.annee == evolution.annee]
    duree = evolution.definition.sur_ans
    departs = [x for x in valeurs if evolution.annee and x.annee < evolution.annee and x.valeur]
    if duree:
        departs = [x for x in departs if x.annee == evolution.annee - duree]
    points = [Operation(evolution, subtract(d, a)) for a in arrivees for d in departs if d.definition.est_taux]
    essais = [Operation(evolution, evolve(d, a), "%") for a in arrivees for d in departs]
    # Une base qui peut être nulle ne se juge pas.
    if any(d.intervalle.bas <= 0 for d in departs) or any(o.juste for o in points):
        return
    if faux := closest_wrong(essais):
        depart, arrivee = faux.termes["avant"], faux.termes["apres"]
        yield alert(
            "R1",
            "E" if duree or len(departs) == 1 else "D",
            f"{evolution.definition.libelle} : le calcul ne redonne pas {evolution.texte}",
            f"{faux.calcul} de {depart.annee} à {arrivee.annee}, le document dit {evolution.texte}",
            (evolution, depart, arrivee),
            ("une autre année de départ", "une évolution en points et non en %"),
        )


def _copie_d_un_ecart(contexte: ChiffresLus, evolution: ChiffreLu, suivi: str, geo: str) -> Iterator[Alerte]:
    """« +1,8 % sur 3 ans » qui est aussi, au dixième près, l'écart du taux au département."""
    comparateur = contexte.territoire.comparateur.code
    for ici in contexte.read(suivi, geo):
        for repere in contexte.read(suivi, comparateur):
            if ici.source != evolution.source or repere.source != ici.source or not ici.definition.est_taux:
                continue
            ecart = round(ici.valeur - repere.valeur, max(decimales(ici.valeur), decimales(repere.valeur)))
            if ecart and decimales(evolution.valeur) and abs(ecart) == abs(evolution.valeur):
                yield _alerte_copie(contexte, evolution, ici, repere)
                return


def _alerte_copie(contexte: ChiffresLus, evolution: ChiffreLu, ici: ChiffreLu, repere: ChiffreLu) -> Alerte:
    autre = f"l’écart avec la valeur {du_lieu(contexte.nom(repere.geo), repere.niveau, repere.geo)}"
    return alert(
        "R4",
        "L",
        f"{evolution.texte} : une évolution, ou {autre} ?",
        f"{ici.nu} − {repere.nu} = {nombre(ici.valeur - repere.valeur, 1)} : "
        f"{autre} est exactement l’évolution écrite, {evolution.texte}",
        (evolution, ici, repere),
        ("l’écart a été recopié à la place de l’évolution", "une coïncidence : demander la série à la Caf"),
    )
