"""R3 : même notion, même lieu, même année, même valeur. R4 : une valeur se compte dans l'unité que dit son libellé."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.contexte import Contexte, Lu
from ctgkit.diagnostic.noms import minuscule
from ctgkit.formats import liste
from ctgkit.texte import ascii_only

_AGES = re.compile(r"\b(\d{1,2})\s*(?:à|a|et|-|–|/)\s*(\d{1,2})\s*ans\b")
_ANNEES = re.compile(r"(?<![\d.,])(?:19|20)\d{2}(?![.,]?\d)")
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


def alertes(contexte: Contexte) -> Iterator[Alerte]:
    for _, geo, lus in contexte.groupes():
        if alerte := _valeurs_multiples(contexte, geo, lus):
            yield alerte
        yield from _libelles(geo, lus)


def _valeurs_multiples(contexte: Contexte, geo: str, lus: Sequence[Lu]) -> Alerte | None:
    """Deux valeurs différentes que rien ne distingue : même année, ou année non écrite d'un côté."""
    paires = [p for p in combinations(lus, 2) if _rivales(*p)]
    rivales = [x for x in lus if any(x in p for p in paires)]
    if not rivales:
        return None
    valeurs = list(dict.fromkeys(f"{x.texte} ({x.annee or 'année non écrite'})" for x in rivales))
    definition = rivales[0].definition
    return Alerte(
        "R3",
        _niveau(paires),
        f"{definition.libelle} : {_combien(len({x.valeur for x in rivales}))} valeurs pour {contexte.nom(geo)}",
        f"{' ≠ '.join(valeurs)} : même notion, même lieu",
        tuple(x.chiffre() for x in rivales),
        tuple(_pourquoi(rivales)),
        definition.theme,
        (definition.code,),
        geo,
    )


def _niveau(paires: Sequence[tuple[Lu, Lu]]) -> str:
    """Certaine dans une même source, entre documents sinon ; à qualifier quand une année n'est pas écrite."""
    datees = [a.source == b.source for a, b in paires if a.annee and b.annee]
    return ("E" if any(datees) else "I") if datees else "D"


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
    dits = {normaliser(x.libelle) for x in rivales if x.libelle}
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
        if (annee := _annee(x.libelle)) and x.annee and annee not in (x.annee, x.valeur):
            yield _alerte_annee(geo, x, annee)


def _ages(libelle: str) -> tuple[int, int] | None:
    trouve = _AGES.search(libelle)
    return (int(trouve.group(1)), int(trouve.group(2))) if trouve else None


def _autre_tranche(ages: tuple[int, int], attendue: tuple[int, int] | None) -> bool:
    """« 0 à 3 ans » se dit aussi de 0 à 2 ans révolus : la borne exclue n'est pas une contradiction."""
    return attendue is not None and ages not in (attendue, (attendue[0], attendue[1] + 1))


def _public(libelle: str) -> str:
    """Le public que compte un libellé qui commence par lui : « familles », « enfants de 3 à 11 ans »."""
    mots = normaliser(libelle).split()
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


def _annee(libelle: str) -> int | None:
    """L'année qu'un libellé écrit, quand il n'en écrit qu'une."""
    annees = set(_ANNEES.findall(libelle))
    return int(annees.pop()) if len(annees) == 1 else None


def _alerte_annee(geo: str, x: Lu, annee: int) -> Alerte:
    return Alerte(
        "R4",
        "L",
        f"{x.texte} : {annee} dans le libellé, {x.annee} dans le tableau",
        f"« {x.libelle} » est rangé à l’année {x.annee}",
        (x.chiffre(),),
        ("une année de publication pour une année d’observation", "une ligne recopiée sans changer l’année"),
        x.definition.theme,
        (x.code,),
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


def normaliser(texte: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9%]+", " ", ascii_only(texte.lower())).split())
