"""R1 : un taux publié se retrouve à la moitié de son dernier chiffre. R5 : des taux faux supposent le même total."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.calculs import Refait, plus_proche, refaire
from ctgkit.diagnostic.coherence.contexte import Contexte, Lu
from ctgkit.diagnostic.intervalle import Intervalle, decimales
from ctgkit.diagnostic.mesures import ecrire
from ctgkit.diagnostic.noms import minuscule
from ctgkit.formats import liste, nombre


def alertes(contexte: Contexte) -> Iterator[Alerte]:
    faux = list(_faux(contexte))
    for refait in faux:
        yield _alerte_part(contexte, refait)
    yield from _denominateurs_communs(contexte, faux)


def _faux(contexte: Contexte) -> Iterator[Refait]:
    """Le calcul le plus proche de chaque taux que rien ne redonne ; un taux juste excuse ses concurrents (voir R3)."""
    for code, _, lus in contexte.groupes():
        formule = contexte.catalogue[code].formule
        if formule is None or formule.est_somme:
            continue
        for cibles in _par_annee(lus):
            refaits = [refaire(contexte, formule, cible) for cible in cibles]
            if all(refaits) and not any(r.juste for essais in refaits for r in essais):
                yield plus_proche([r for essais in refaits for r in essais])


def _par_annee(lus: Sequence[Lu]) -> list[list[Lu]]:
    groupes: dict[tuple[int | None, str], list[Lu]] = defaultdict(list)
    for x in lus:
        groupes[x.annee, x.source].append(x)
    return list(groupes.values())


def _alerte_part(contexte: Contexte, refait: Refait) -> Alerte:
    cible, formule = refait.cible, refait.cible.definition.formule
    certain = refait.certain and not cible.definition.approchee
    calcul = formule.ecrire(lambda code: refait.termes[code].nu)
    return Alerte(
        "R1",
        "E" if certain else "D",
        f"{cible.definition.libelle} : le calcul ne redonne pas {cible.texte}",
        f"{calcul} = {_ecrire_resultat(refait)}, le document dit {cible.texte}",
        (cible.chiffre(), *(x.chiffre() for x in refait.termes.values())),
        tuple(_explications(contexte, refait)),
        cible.definition.theme,
        (cible.code, *refait.termes),
        cible.geo,
    )


def _ecrire_resultat(refait: Refait) -> str:
    """Avec les décimales du document, et une de plus si l'arrondi cachait l'écart."""
    unite = refait.cible.definition.unite
    chiffres = max(decimales(refait.cible.valeur), int(unite == "%"))
    ecrit = nombre(refait.milieu, chiffres)
    if ecrit == nombre(refait.cible.valeur, chiffres):
        ecrit = nombre(refait.milieu, chiffres + 1)
    return f"{ecrit}\u202f{unite}" if unite in ("%", "‰") else ecrit


def _explications(contexte: Contexte, refait: Refait) -> Iterator[str]:
    cible = refait.cible
    if cible.definition.approchee:
        yield "la définition du document peut ne pas être exactement celle du calcul (tranches d’âge, champ)"
    if len(refait.annees) > 1:
        yield "les années des termes ne sont pas toutes les mêmes, ou pas toutes écrites"
    if len(refait.sources) > 1:
        yield f"sources différentes : {liste(sorted(refait.sources))}"
    chiffres = decimales(cible.valeur)
    if math.isclose(math.floor(refait.milieu * 10**chiffres) / 10**chiffres, cible.valeur):
        yield "le résultat semble tronqué, et non arrondi"
    if implicite := denominateur_implicite(refait):
        yield f"pour écrire {cible.texte}, il faudrait un dénominateur {_entre(implicite)} : autre année, autre champ ?"
        yield from _candidats(contexte, refait, implicite)


def denominateur_implicite(refait: Refait) -> Intervalle | None:
    """Les dénominateurs avec lesquels le taux écrit serait juste."""
    quotient = refait.cible.definition.formule.quotient
    cible = refait.cible.intervalle
    if not quotient or cible.bas <= 0:
        return None
    haut = quotient[0].evaluer({c: x.intervalle for c, x in refait.termes.items()})
    return haut / cible


def _entre(intervalle: Intervalle) -> str:
    return f"entre {nombre(math.ceil(intervalle.bas))} et {nombre(math.floor(intervalle.haut))}"


def _candidats(contexte: Contexte, refait: Refait, implicite: Intervalle) -> Iterator[str]:
    """Une valeur déjà connue du même lieu qui rendrait le calcul juste."""
    connues = [
        x
        for x in contexte.lus
        if x.geo == refait.cible.geo and x.definition.nature == "effectif" and implicite.touche(x.valeur)
    ]
    for x in connues[:2]:
        yield f"on retrouve {refait.cible.texte} avec {x.texte} ({minuscule(x.definition.libelle)}, {x.ou})"


def _denominateurs_communs(contexte: Contexte, faux: Sequence[Refait]) -> Iterator[Alerte]:
    """Deux taux faux ou plus, au même dénominateur écrit, que le même autre nombre rendrait justes."""
    groupes: dict[tuple[str, str, float], list[Refait]] = defaultdict(list)
    for refait in faux:
        quotient = refait.cible.definition.formule.quotient
        if quotient and len(quotient[1].codes) == 1 and quotient[1].texte in refait.termes:
            ecrit = refait.termes[quotient[1].texte]
            groupes[ecrit.code, ecrit.geo, ecrit.valeur].append(refait)
    for (code, geo, _), refaits in groupes.items():
        commun = _intersection([denominateur_implicite(r) for r in refaits])
        if len({r.cible.code for r in refaits}) > 1 and commun:
            yield _alerte_commune(contexte, refaits[0].termes[code], refaits, commun, geo)


def _intersection(intervalles: Sequence[Intervalle | None]) -> Intervalle | None:
    commun: Intervalle | None = Intervalle(0, math.inf)
    for intervalle in intervalles:
        commun = commun.commun(intervalle) if commun and intervalle else None
    return commun


def _alerte_commune(contexte: Contexte, ecrit: Lu, refaits: Sequence[Refait], commun: Intervalle, geo: str) -> Alerte:
    taux = liste([r.cible.texte for r in refaits])
    calculs = [_inverse(r) for r in refaits]
    return Alerte(
        "R5",
        "D",
        f"{taux} supposent un même dénominateur, qui n’est pas {ecrit.texte}",
        f"{liste(calculs)} : dénominateur commun possible {_entre(commun)}, le document dit {ecrit.nu}",
        (ecrit.chiffre(), *(r.cible.chiffre() for r in refaits)),
        (
            f"{minuscule(ecrit.definition.libelle)} d’une autre année, ou d’un autre champ, que celle qui est écrite",
            *(f"par exemple {ecrire(x.definition, x.valeur)} ({x.ou})" for x in _connues(contexte, geo, commun)[:1]),
        ),
        ecrit.definition.theme,
        (ecrit.code, *(r.cible.code for r in refaits)),
        geo,
    )


def _inverse(refait: Refait) -> str:
    """`20 729 / 10,6 %` : ce qui donne le dénominateur supposé."""
    haut = refait.cible.definition.formule.quotient[0].ecrire(lambda c: refait.termes[c].nu)
    return f"{f'({haut})' if ' + ' in haut else haut} / {refait.cible.texte}"


def _connues(contexte: Contexte, geo: str, commun: Intervalle) -> list[Lu]:
    return [x for x in contexte.lus if x.geo == geo and x.definition.nature == "effectif" and commun.touche(x.valeur)]
