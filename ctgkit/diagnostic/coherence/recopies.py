"""R4 : un même grand nombre sous deux indicateurs ou deux années, un même libellé pour deux nombres."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.contexte import Contexte, Lu
from ctgkit.diagnostic.coherence.notions import normaliser
from ctgkit.diagnostic.intervalle import decimales
from ctgkit.diagnostic.noms import minuscule
from ctgkit.formats import liste

_MILLIER = 1000


def alertes(contexte: Contexte) -> Iterator[Alerte]:
    yield from _meme_valeur_deux_notions(contexte)
    yield from _meme_libelle_deux_notions(contexte)
    yield from _meme_valeur_deux_annees(contexte)


def _meme_valeur_deux_notions(contexte: Contexte) -> Iterator[Alerte]:
    """Un grand effectif identique sous deux notions, dans la même source : sans doute une recopie."""
    groupes: dict[tuple[str, str, float], dict[str, Lu]] = defaultdict(dict)
    for x in contexte.lus:
        if _grand(x):
            groupes[x.geo, x.source, x.valeur].setdefault(x.code, x)
    for par_code in groupes.values():
        codes = sorted(par_code)
        if len(codes) > 1 and not _apparentes(contexte, codes) and all(_net(x) for x in par_code.values()):
            yield _alerte_recopie(list(par_code.values()))


def _grand(x: Lu) -> bool:
    return x.definition.additif and x.valeur >= _MILLIER and decimales(x.valeur) == 0


def _net(x: Lu) -> bool:
    """Ni arrondi par le producteur, ni nombre rond : deux égalités de ce genre n'apprennent rien."""
    return x.intervalle.bas == x.intervalle.haut and x.valeur % 100 != 0


def _apparentes(contexte: Contexte, codes: Sequence[str]) -> bool:
    """Deux notions liées par une formule peuvent être égales : un total qui n'a qu'une partie."""
    formules = [contexte.catalogue[c].formule for c in codes]
    return any(f is not None and set(codes) & set(f.codes) for f in formules)


def _alerte_recopie(lus: Sequence[Lu]) -> Alerte:
    noms = liste([minuscule(x.definition.libelle) for x in lus])
    causes = ("une valeur recopiée sur la mauvaise ligne", "deux noms pour une même notion")
    return _alerte("L", f"{lus[0].nu} sous deux libellés", f"{lus[0].nu} est à la fois {noms}", lus, causes)


def _alerte(niveau: str, titre: str, calcul: str, lus: Sequence[Lu], causes: tuple[str, ...]) -> Alerte:
    codes = tuple(dict.fromkeys(x.code for x in lus))
    return Alerte(
        "R4", niveau, titre, calcul, tuple(x.chiffre() for x in lus), causes, lus[0].definition.theme, codes, lus[0].geo
    )


def _meme_libelle_deux_notions(contexte: Contexte) -> Iterator[Alerte]:
    """Le document donne le même libellé à deux valeurs que l'on a dû ranger sous deux indicateurs."""
    groupes: dict[tuple[str, str, str], dict[str, Lu]] = defaultdict(dict)
    for x in contexte.lus:
        dit = normaliser(x.libelle)
        if x.definition.additif and len(dit.split()) >= 3 and normaliser(x.definition.unite) in dit.split():
            groupes[x.geo, x.source, dit].setdefault(x.code, x)
    for par_code in groupes.values():
        lus = list(par_code.values())
        valeurs = {x.valeur for x in lus}
        if len(lus) > 1 and len(valeurs) > 1 and len({x.definition.unite for x in lus}) == 1:
            yield _alerte_homonymes(lus)


def _alerte_homonymes(lus: Sequence[Lu]) -> Alerte:
    notions = liste([f"{x.nu} ({minuscule(x.definition.libelle)})" for x in lus])
    titre = f"« {lus[0].libelle} » désigne deux nombres"
    calcul = f"« {lus[0].libelle} » est écrit pour {notions}"
    return _alerte("L", titre, calcul, lus, ("un libellé recopié d’une ligne à l’autre",))


def _meme_valeur_deux_annees(contexte: Contexte) -> Iterator[Alerte]:
    """Deux documents donnent le même nombre à deux années : l'un des deux l'a mal daté."""
    for _, geo, lus in contexte.groupes():
        par_valeur: dict[float, list[Lu]] = defaultdict(list)
        for x in lus if geo == contexte.lieu else ():
            if x.annee and _grand(x) and _net(x):
                par_valeur[x.valeur].append(x)
        for memes in par_valeur.values():
            if len({x.annee for x in memes}) > 1 and len({x.source for x in memes}) > 1:
                yield _alerte_annees(memes)


def _alerte_annees(lus: Sequence[Lu]) -> Alerte:
    dits = liste([f"{x.annee} ({x.source})" for x in lus])
    titre = f"{lus[0].texte} : la même valeur à deux années"
    calcul = f"{minuscule(lus[0].definition.libelle)}, {lus[0].nu} est écrit pour {dits}"
    return _alerte("I", titre, calcul, lus, ("une année mal recopiée d’un document à l’autre",))
