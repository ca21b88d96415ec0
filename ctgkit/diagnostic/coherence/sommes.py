"""R2 : une somme d'entiers tombe juste : sous-ensembles, tranches d'âge, communes d'un territoire."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.calculs import Refait, facteur, plus_proche, refaire
from ctgkit.diagnostic.coherence.contexte import Contexte, Lu
from ctgkit.diagnostic.formules import Formule
from ctgkit.diagnostic.intervalle import Intervalle
from ctgkit.diagnostic.secret.liens import tranches
from ctgkit.formats import nombre

_MONTRES = 4
_ESTIMABLES = ("enfants", "jeunes", "personnes", "habitants", "foyers", "familles", "ménages", "naissances", "€")


def alertes(contexte: Contexte) -> Iterator[Alerte]:
    for code, definition in contexte.catalogue.items():
        if definition.formule and definition.formule.est_somme:
            yield from _sommes(contexte, code, definition.formule, tranche=False)
    for code, parties in tranches(contexte.catalogue):
        yield from _sommes(contexte, code, Formule(" + ".join(parties)), tranche=True)
    yield from _communes(contexte)


def _sommes(contexte: Contexte, code: str, formule: Formule, tranche: bool) -> Iterator[Alerte]:
    for geo in contexte.lieux(code):
        for cibles in _par_annee_et_source(contexte.lire(code, geo)):
            refaits = [r for cible in cibles for r in refaire(contexte, formule, cible)]
            if refaits and not any(r.juste for r in refaits):
                yield _alerte_somme(formule, refaits, tranche)
            elif not refaits:
                yield from _partielle(contexte, cibles[0], formule)


def _par_annee_et_source(lus: Sequence[Lu]) -> list[list[Lu]]:
    groupes: dict[tuple[int | None, str], list[Lu]] = defaultdict(list)
    for x in lus:
        groupes[x.annee, x.source].append(x)
    return list(groupes.values())


def _alerte_somme(formule: Formule, refaits: Sequence[Refait], tranche: bool) -> Alerte:
    meilleur = plus_proche(refaits)
    cible = meilleur.cible
    calculs = dict.fromkeys(
        f"{formule.ecrire(lambda c, r=r: r.termes[c].nu)} = {nombre(r.milieu)}"
        for r in sorted(refaits, key=lambda r: r.ecart)
    )
    date = None not in meilleur.annees
    ambigu = tranche and (len(calculs) > 1 or not date)
    termes = {x: None for r in refaits for x in r.termes.values()}
    return Alerte(
        "R2",
        "E" if meilleur.certain and not ambigu else "D",
        f"{cible.definition.libelle} : la somme ne fait pas {cible.texte}",
        f"{' ; '.join(list(calculs)[:_MONTRES])}, le document dit {cible.nu}",
        (cible.chiffre(), *(x.chiffre() for x in termes)),
        tuple(_explications(meilleur, tranche)),
        cible.definition.theme,
        (cible.code, *formule.codes),
        cible.geo,
    )


def _explications(refait: Refait, tranche: bool) -> Iterator[str]:
    manque = refait.cible.valeur - refait.milieu
    yield f"écart de {nombre(manque, signe=True)}"
    if dit := facteur(refait.cible.valeur, refait.milieu, refait.cible.definition.nature == "montant"):
        yield dit
    if tranche:
        yield "tranches d’âge relevées à des dates différentes, ou bornes qui se recouvrent"
    elif manque < 0:
        yield "un élément compté deux fois, ou un total resté à une date antérieure"
    else:
        yield "une catégorie qui n’est pas nommée, ou des parties restées à une date antérieure"
    if len(refait.sources) > 1:
        yield "sources différentes"


def _partielle(contexte: Contexte, cible: Lu, formule: Formule) -> Iterator[Alerte]:
    """Des parties manquent, mais celles que l'on a dépassent déjà le total."""
    connues = [x for code in formule.codes for x in contexte.lire(code, cible.geo) if _meme(x, cible)]
    par_code = {x.code: x for x in connues}
    somme = sum(x.intervalle.bas for x in par_code.values())
    if par_code and somme > cible.intervalle.haut:
        ecrit = " + ".join(x.nu for x in par_code.values())
        yield Alerte(
            "R2",
            "E" if len(par_code) > 1 else "P",
            f"{cible.definition.libelle} : les parties connues dépassent le total",
            f"{ecrit} = {nombre(somme)}, le document dit {cible.nu} en tout",
            (cible.chiffre(), *(x.chiffre() for x in par_code.values())),
            ("une partie d’une autre date ou d’un autre champ que le total",),
            cible.definition.theme,
            (cible.code, *par_code),
            cible.geo,
        )


def _meme(x: Lu, cible: Lu) -> bool:
    return x.annee == cible.annee and x.source == cible.source


def _communes(contexte: Contexte) -> Iterator[Alerte]:
    """Le total d'un EPCI est la somme de ses communes, même source et même année, arrondi du producteur compris."""
    communes = contexte.territoire.communes["code_insee"].tolist()
    if contexte.territoire.type != "epci" or len(communes) < 2:
        return
    for code in {c for c, g in contexte.par_lieu if g == contexte.lieu and contexte.catalogue[c].additif}:
        for total in contexte.lire(code, contexte.lieu):
            if total.annee and contexte.catalogue[code].unite in _ESTIMABLES:
                yield from _communes_contre_total(contexte, total, communes)


def _communes_contre_total(contexte: Contexte, total: Lu, communes: Sequence[str]) -> Iterator[Alerte]:
    lus = [next((x for x in contexte.lire(total.code, c) if _meme(x, total)), None) for c in communes]
    connus = [x for x in lus if x is not None]
    if not connus:
        return
    somme = sum((x.intervalle for x in connus), Intervalle(0, 0))
    complet = len(connus) == len(communes)
    if somme.bas > total.intervalle.haut or (complet and not somme.touche(total.intervalle)):
        exact = all(x.intervalle.bas == x.intervalle.haut for x in (total, *connus))
        dit = "" if complet else f" (sur {nombre(len(connus))} communes connues de {nombre(len(communes))})"
        yield Alerte(
            "R2",
            "E" if exact else "D",
            f"{total.definition.libelle} : la somme des communes n’est pas le total du territoire",
            f"somme des communes = {nombre((somme.bas + somme.haut) / 2)}{dit}, le total écrit est {total.nu}",
            (total.chiffre(),),
            ("une commune entrée ou sortie du territoire", "des allocataires non localisés, ou des arrondis"),
            total.definition.theme,
            (total.code,),
            total.geo,
        )
