"""R3 : même notion, même lieu, même année, même valeur. R4 : une valeur ne porte pas deux libellés contraires."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.contexte import Contexte, Lu
from ctgkit.diagnostic.intervalle import decimales
from ctgkit.diagnostic.noms import minuscule
from ctgkit.formats import liste

_AGES = re.compile(r"\b(\d{1,2})\s*(?:à|a|et|-|–|/)\s*(\d{1,2})\s*ans\b")
_PUBLICS = {
    "enfants": {"enfants", "enfant", "jeunes", "jeune"},
    "jeunes": {"enfants", "enfant", "jeunes", "jeune"},
    "familles": {"familles", "famille", "foyers", "foyer"},
    "foyers": {"familles", "famille", "foyers", "foyer", "allocataires", "allocataire"},
    "personnes": {"personnes", "personne", "habitants", "allocataires", "assistants", "beneficiaires"},
    "habitants": {"habitants", "habitant", "personnes"},
    "ménages": {"menages", "menage"},
}
_TOUS_PUBLICS = set().union(*_PUBLICS.values()) - {"assistants", "beneficiaires"}
_MILLIER = 1000


def alertes(contexte: Contexte) -> Iterator[Alerte]:
    for _, geo, lus in contexte.groupes():
        if alerte := _valeurs_multiples(contexte, geo, lus):
            yield alerte
        yield from _libelles(geo, lus)
    yield from _meme_valeur_deux_notions(contexte)
    yield from _meme_libelle_deux_notions(contexte)


def _valeurs_multiples(contexte: Contexte, geo: str, lus: Sequence[Lu]) -> Alerte | None:
    """Deux valeurs différentes que rien ne distingue : même année, ou année non écrite d'un côté."""
    paires = [p for p in combinations(lus, 2) if _rivales(*p)]
    rivales = [x for x in lus if any(x in p for p in paires)]
    if not rivales:
        return None
    datees = [p for p in paires if p[0].annee and p[1].annee]
    certaine = any(a.source == b.source for a, b in datees)
    valeurs = list(dict.fromkeys(f"{x.texte} ({x.annee or 'année non écrite'})" for x in rivales))
    definition = rivales[0].definition
    return Alerte(
        "R3",
        "E" if certaine else "D",
        f"{definition.libelle} : {_combien(len({x.valeur for x in rivales}))} valeurs pour {contexte.nom(geo)}",
        f"{' ≠ '.join(valeurs)} : même notion, même lieu",
        tuple(x.chiffre() for x in rivales),
        tuple(_pourquoi(rivales)),
        definition.theme,
        (definition.code,),
        geo,
    )


def _combien(n: int) -> str:
    return {2: "deux", 3: "trois", 4: "quatre", 5: "cinq"}.get(n, str(n))


def _rivales(a: Lu, b: Lu) -> bool:
    meme_moment = a.annee == b.annee or not a.annee or not b.annee
    return meme_moment and not a.intervalle.touche(b.intervalle)


def _pourquoi(rivales: Sequence[Lu]) -> Iterator[str]:
    if any(not x.annee for x in rivales):
        yield "des années différentes : écrire l’année de chaque valeur"
    sources = sorted({x.source for x in rivales})
    if len(sources) > 1:
        yield f"des sources différentes : {liste(sources)}"
    dits = {_normaliser(x.libelle) for x in rivales if x.libelle}
    if len(dits) > 1:
        yield "des champs différents derrière le même nom : comparer les libellés"
    if len(sources) == 1 and all(x.annee for x in rivales):
        yield "une valeur recopiée d’une version antérieure"


def _libelles(geo: str, lus: Sequence[Lu]) -> Iterator[Alerte]:
    """Une même valeur sous deux tranches d'âge, ou comptée dans une autre unité que son indicateur."""
    par_valeur: dict[float, list[Lu]] = defaultdict(list)
    for x in lus:
        par_valeur[x.valeur].append(x)
    for memes in par_valeur.values():
        ages = {_ages(x.libelle): x for x in memes if _ages(x.libelle)}
        attendue = memes[0].definition.tranche
        if len(ages) > 1 or any(_autre_tranche(a, attendue) for a in ages):
            yield _alerte_libelle(
                geo, list(ages.values()), "deux tranches d’âge" if len(ages) > 1 else "une autre tranche"
            )
    for x in lus:
        if (public := _public(x.libelle)) and public not in _PUBLICS.get(x.definition.unite, {public}):
            yield _alerte_unite(geo, x, public)


def _ages(libelle: str) -> tuple[int, int] | None:
    trouve = _AGES.search(libelle)
    return (int(trouve.group(1)), int(trouve.group(2))) if trouve else None


def _autre_tranche(ages: tuple[int, int], attendue: tuple[int, int] | None) -> bool:
    """« 0 à 3 ans » se dit aussi de 0 à 2 ans révolus : la borne exclue n'est pas une contradiction."""
    return attendue is not None and ages not in (attendue, (attendue[0], attendue[1] + 1))


def _public(libelle: str) -> str:
    """Le public que compte un libellé qui commence par lui : « familles », « enfants de 3 à 11 ans »."""
    mots = _normaliser(libelle).split()
    return mots[0] if mots and mots[0] in _TOUS_PUBLICS else ""


def _alerte_libelle(geo: str, lus: Sequence[Lu], quoi: str) -> Alerte:
    definition = lus[0].definition
    dits = liste([f"« {x.libelle} »" for x in lus])
    attendu = f"le catalogue compte {minuscule(definition.libelle)}"
    return Alerte(
        "R4",
        "L",
        f"{lus[0].texte} : {quoi} pour une même valeur",
        f"{lus[0].texte} est écrit {dits}",
        tuple(x.chiffre() for x in lus),
        ("une des deux tranches est une faute de frappe", attendu) if len(lus) > 1 else (attendu,),
        definition.theme,
        (definition.code,),
        geo,
    )


def _alerte_unite(geo: str, x: Lu, public: str) -> Alerte:
    return Alerte(
        "R4",
        "L",
        f"{x.nu} {public} : l’indicateur se compte en {x.definition.unite}",
        f"{x.nu} est écrit « {x.libelle} », {minuscule(x.definition.libelle)} se compte en {x.definition.unite}",
        (x.chiffre(),),
        ("un mot pour un autre, ou un autre dénombrement que celui de l’indicateur",),
        x.definition.theme,
        (x.code,),
        geo,
    )


def _meme_valeur_deux_notions(contexte: Contexte) -> Iterator[Alerte]:
    """Un grand effectif identique sous deux notions, dans la même source : sans doute une recopie."""
    groupes: dict[tuple[str, str, float], dict[str, Lu]] = defaultdict(dict)
    for x in contexte.lus:
        if x.definition.nature in ("effectif", "montant") and x.valeur >= _MILLIER and decimales(x.valeur) == 0:
            groupes[x.geo, x.source, x.valeur].setdefault(x.code, x)
    for (geo, _, _), par_code in groupes.items():
        codes = sorted(par_code)
        if len(codes) > 1 and not _apparentes(contexte, codes) and all(_net(x) for x in par_code.values()):
            yield _alerte_recopie(geo, list(par_code.values()))


def _net(x: Lu) -> bool:
    """Ni arrondi par le producteur, ni nombre rond : deux égalités de ce genre n'apprennent rien."""
    return x.intervalle.bas == x.intervalle.haut and x.valeur % 100 != 0


def _apparentes(contexte: Contexte, codes: Sequence[str]) -> bool:
    """Deux notions liées par une formule peuvent être égales : un total qui n'a qu'une partie."""
    formules = [contexte.catalogue[c].formule for c in codes]
    return any(f is not None and set(codes) & set(f.codes) for f in formules)


def _alerte_recopie(geo: str, lus: Sequence[Lu]) -> Alerte:
    noms = liste([minuscule(x.definition.libelle) for x in lus])
    return Alerte(
        "R4",
        "L",
        f"{lus[0].nu} sous deux libellés",
        f"{lus[0].nu} est à la fois {noms}",
        tuple(x.chiffre() for x in lus),
        ("une valeur recopiée sur la mauvaise ligne", "deux noms pour une même notion"),
        lus[0].definition.theme,
        tuple(x.code for x in lus),
        geo,
    )


def _meme_libelle_deux_notions(contexte: Contexte) -> Iterator[Alerte]:
    """Le document donne le même libellé à deux valeurs que l'on a dû ranger sous deux indicateurs."""
    groupes: dict[tuple[str, str, str], dict[str, Lu]] = defaultdict(dict)
    for x in contexte.lus:
        dit = _normaliser(x.libelle)
        if x.definition.additif and len(dit.split()) >= 3 and _normaliser(x.definition.unite) in dit.split():
            groupes[x.geo, x.source, dit].setdefault(x.code, x)
    for (geo, _, _), par_code in groupes.items():
        lus = list(par_code.values())
        valeurs = {x.valeur for x in lus}
        if len(lus) > 1 and len(valeurs) > 1 and len({x.definition.unite for x in lus}) == 1:
            yield _alerte_homonymes(geo, lus)


def _alerte_homonymes(geo: str, lus: Sequence[Lu]) -> Alerte:
    notions = liste([f"{x.nu} ({minuscule(x.definition.libelle)})" for x in lus])
    return Alerte(
        "R4",
        "L",
        f"« {lus[0].libelle} » désigne deux nombres",
        f"« {lus[0].libelle} » est écrit pour {notions}",
        tuple(x.chiffre() for x in lus),
        ("un libellé recopié d’une ligne à l’autre",),
        lus[0].definition.theme,
        tuple(x.code for x in lus),
        geo,
    )


def _normaliser(texte: str) -> str:
    sans = unicodedata.normalize("NFKD", texte.lower()).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[^a-z0-9%]+", " ", sans).split())
