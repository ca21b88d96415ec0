"""R3, R4, P : une notion, une valeur ; un libellé, un nombre, dans son unité ; et ce qui peut être vrai mais étonne."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.contexte import ChiffreLu, ChiffresLus, alert, peu_vraisemblable
from ctgkit.diagnostic.formules import decimales
from ctgkit.formats import liste, nombre
from ctgkit.texte import ascii_only, minuscule

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


def check_notions(contexte: ChiffresLus) -> Iterator[Alerte]:
    for _, geo, lus in contexte.groupes():
        if alerte := _valeurs_multiples(contexte, geo, lus):
            yield alerte
        yield from _libelles(lus)


def _valeurs_multiples(contexte: ChiffresLus, geo: str, lus: Sequence[ChiffreLu]) -> Alerte | None:
    """Deux valeurs différentes que rien ne distingue : même année, ou année non écrite d'un côté."""
    paires = [p for p in combinations(lus, 2) if _rivales(*p)]
    rivales = [x for x in lus if any(x in p for p in paires)]
    if not rivales:
        return None
    valeurs = list(dict.fromkeys(f"{x.texte} ({x.annee or 'année non écrite'})" for x in rivales))
    definition = rivales[0].definition
    return alert(
        "R3",
        _niveau(paires),
        f"{definition.libelle} : {_combien(len({x.valeur for x in rivales}))} valeurs pour {contexte.nom(geo)}",
        f"{' ≠ '.join(valeurs)} : même notion, même lieu",
        rivales,
        _explain(rivales),
    )


def _niveau(paires: Sequence[tuple[ChiffreLu, ChiffreLu]]) -> str:
    """Certaine dans une même source, entre documents sinon ; à qualifier quand une année n'est pas écrite."""
    datees = [a.source == b.source for a, b in paires if a.annee and b.annee]
    return ("E" if any(datees) else "I") if datees else "D"


def _combien(n: int) -> str:
    return {2: "deux", 3: "trois", 4: "quatre", 5: "cinq"}.get(n, str(n))


def _rivales(a: ChiffreLu, b: ChiffreLu) -> bool:
    meme_moment = a.annee == b.annee or not a.annee or not b.annee
    return meme_moment and not a.intervalle.touches(b.intervalle)


def _explain(rivales: Sequence[ChiffreLu]) -> Iterator[str]:
    if any(not x.annee for x in rivales):
        yield "des années différentes : écrire l’année de chaque valeur"
    sources = sorted({x.source for x in rivales})
    if len(sources) > 1:
        yield f"des sources différentes : {liste(sources)}"
    dits = {normalize(x.libelle) for x in rivales if x.libelle}
    if len(dits) > 1:
        yield "des champs différents derrière le même nom : comparer les libellés"
    if len(sources) == 1 and all(x.annee for x in rivales):
        yield "une valeur recopiée d’une version antérieure"


def _libelles(lus: Sequence[ChiffreLu]) -> Iterator[Alerte]:
    """Une même valeur sous deux tranches d'âge, ou comptée dans une autre unité que son indicateur."""
    par_valeur: dict[float, list[ChiffreLu]] = defaultdict(list)
    for x in lus:
        par_valeur[x.valeur].append(x)
    for memes in par_valeur.values():
        ages = {_ages(x.libelle): x for x in memes if _ages(x.libelle)}
        attendue = memes[0].definition.tranche
        if len(ages) > 1 or any(_autre_tranche(a, attendue) for a in ages):
            yield _alerte_libelle(list(ages.values()))
    for x in lus:
        if (public := _public(x.libelle)) and public not in _PUBLICS.get(x.definition.unite, {public}):
            yield _alerte_unite(x, public)
        if (annee := _annee(x.libelle)) and x.annee and annee not in (x.annee, x.valeur):
            yield _alerte_annee(x, annee)


def _ages(libelle: str) -> tuple[int, int] | None:
    trouve = _AGES.search(libelle)
    return (int(trouve.group(1)), int(trouve.group(2))) if trouve else None


def _autre_tranche(ages: tuple[int, int], attendue: tuple[int, int] | None) -> bool:
    """« 0 à 3 ans » se dit aussi de 0 à 2 ans révolus : la borne exclue n'est pas une contradiction."""
    return attendue is not None and ages not in (attendue, (attendue[0], attendue[1] + 1))


def _public(libelle: str) -> str:
    """Le public que compte un libellé qui commence par lui : « familles », « enfants de 3 à 11 ans »."""
    mots = normalize(libelle).split()
    return mots[0] if mots and mots[0] in _TOUS_PUBLICS else ""


def _alerte_libelle(lus: Sequence[ChiffreLu]) -> Alerte:
    quoi = "deux tranches d’âge" if len(lus) > 1 else "une autre tranche"
    definition = lus[0].definition
    dits = liste([f"« {x.libelle} »" for x in lus])
    attendu = f"le catalogue compte {minuscule(definition.libelle)}"
    return alert(
        "R4",
        "L",
        f"{lus[0].texte} : {quoi} pour une même valeur",
        f"{lus[0].texte} est écrit {dits}",
        lus,
        ("une des deux tranches est une faute de frappe", attendu) if len(lus) > 1 else (attendu,),
    )


def _annee(libelle: str) -> int | None:
    """L'année qu'un libellé écrit, quand il n'en écrit qu'une."""
    annees = set(_ANNEES.findall(libelle))
    return int(annees.pop()) if len(annees) == 1 else None


def _alerte_annee(lu: ChiffreLu, annee: int) -> Alerte:
    return alert(
        "R4",
        "L",
        f"{lu.texte} : {annee} dans le libellé, {lu.annee} dans le tableau",
        f"« {lu.libelle} » est rangé à l’année {lu.annee}",
        (lu,),
        ("une année de publication pour une année d’observation", "une ligne recopiée sans changer l’année"),
    )


def _alerte_unite(lu: ChiffreLu, public: str) -> Alerte:
    return alert(
        "R4",
        "L",
        f"{lu.nu} {public} : l’indicateur se compte en {lu.definition.unite}",
        f"{lu.nu} est écrit « {lu.libelle} », {minuscule(lu.definition.libelle)} se compte en {lu.definition.unite}",
        (lu,),
        ("un mot pour un autre, ou un autre dénombrement que celui de l’indicateur",),
    )


def normalize(texte: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9%]+", " ", ascii_only(texte.lower())).split())


_MILLIER = 1000


def check_recopies(contexte: ChiffresLus) -> Iterator[Alerte]:
    yield from _meme_valeur_deux_notions(contexte)
    yield from _meme_libelle_deux_notions(contexte)
    yield from _meme_valeur_deux_annees(contexte)


def _meme_valeur_deux_notions(contexte: ChiffresLus) -> Iterator[Alerte]:
    """Un grand effectif identique sous deux notions, dans la même source : sans doute une recopie."""
    groupes: dict[tuple[str, str, float], dict[str, ChiffreLu]] = defaultdict(dict)
    for x in contexte.lus:
        if _grand(x):
            groupes[x.geo, x.source, x.valeur].setdefault(x.code, x)
    for par_code in groupes.values():
        codes = sorted(par_code)
        if len(codes) > 1 and not _apparentes(contexte, codes) and all(_net(x) for x in par_code.values()):
            yield _alerte_recopie(list(par_code.values()))


def _grand(lu: ChiffreLu) -> bool:
    return lu.definition.additif and lu.valeur >= _MILLIER and decimales(lu.valeur) == 0


def _net(lu: ChiffreLu) -> bool:
    """Ni arrondi par le producteur, ni nombre rond : deux égalités de ce genre n'apprennent rien."""
    return lu.intervalle.bas == lu.intervalle.haut and lu.valeur % 100 != 0


def _apparentes(contexte: ChiffresLus, codes: Sequence[str]) -> bool:
    """Deux notions liées par une formule peuvent être égales : un total qui n'a qu'une partie."""
    formules = [contexte.catalogue[c].formule for c in codes]
    return any(f is not None and set(codes) & set(f.codes) for f in formules)


def _alerte_recopie(lus: Sequence[ChiffreLu]) -> Alerte:
    noms = liste([minuscule(x.definition.libelle) for x in lus])
    causes = ("une valeur recopiée sur la mauvaise ligne", "deux noms pour une même notion")
    return alert("R4", "L", f"{lus[0].nu} sous deux libellés", f"{lus[0].nu} est à la fois {noms}", lus, causes)


def _meme_libelle_deux_notions(contexte: ChiffresLus) -> Iterator[Alerte]:
    """Le document donne le même libellé à deux valeurs que l'on a dû ranger sous deux indicateurs."""
    groupes: dict[tuple[str, str, str], dict[str, ChiffreLu]] = defaultdict(dict)
    for x in contexte.lus:
        dit = normalize(x.libelle)
        if x.definition.additif and len(dit.split()) >= 3 and normalize(x.definition.unite) in dit.split():
            groupes[x.geo, x.source, dit].setdefault(x.code, x)
    for par_code in groupes.values():
        lus = list(par_code.values())
        valeurs = {x.valeur for x in lus}
        if len(lus) > 1 and len(valeurs) > 1 and len({x.definition.unite for x in lus}) == 1:
            yield _alerte_homonymes(lus)


def _alerte_homonymes(lus: Sequence[ChiffreLu]) -> Alerte:
    notions = liste([f"{x.nu} ({minuscule(x.definition.libelle)})" for x in lus])
    titre = f"« {lus[0].libelle} » désigne deux nombres"
    calcul = f"« {lus[0].libelle} » est écrit pour {notions}"
    return alert("R4", "L", titre, calcul, lus, ("un libellé recopié d’une ligne à l’autre",))


def _meme_valeur_deux_annees(contexte: ChiffresLus) -> Iterator[Alerte]:
    """Deux documents donnent le même nombre à deux années : l'un des deux l'a mal daté."""
    for _, geo, lus in contexte.groupes():
        par_valeur: dict[float, list[ChiffreLu]] = defaultdict(list)
        for x in lus if geo == contexte.lieu else ():
            if x.annee and _grand(x) and _net(x):
                par_valeur[x.valeur].append(x)
        for memes in par_valeur.values():
            if len({x.annee for x in memes}) > 1 and len({x.source for x in memes}) > 1:
                yield _alerte_deux_annees(memes)


def _alerte_deux_annees(lus: Sequence[ChiffreLu]) -> Alerte:
    dits = liste([f"{x.annee} ({x.source})" for x in lus])
    titre = f"{lus[0].texte} : la même valeur à deux années"
    calcul = f"{minuscule(lus[0].definition.libelle)}, {lus[0].nu} est écrit pour {dits}"
    return alert("R4", "I", titre, calcul, lus, ("une année mal recopiée d’un document à l’autre",))


def check_vraisemblance(contexte: ChiffresLus) -> Iterator[Alerte]:
    for x in contexte.lus:
        if motif := _invraisemblable(x):
            titre, explication = motif
            yield peu_vraisemblable(x, f"{x.definition.libelle} : {titre}", f"{x.nu} {x.definition.unite}", explication)
    yield from _fractions_pour_des_pourcents(contexte)
    yield from _par_unite(contexte)


def _invraisemblable(lu: ChiffreLu) -> tuple[str, str] | None:
    definition = lu.definition
    if definition.nature in ("effectif", "montant") and lu.valeur < 0:
        return "un nombre négatif", "un signe de trop, ou une évolution rangée comme un effectif"
    if definition.nature == "effectif" and not float(lu.valeur).is_integer():
        return "un dénombrement qui n’est pas entier", "un taux ou une moyenne rangés comme un effectif"
    if definition.evolution_de or not definition.est_taux:
        return None
    if lu.valeur < 0:
        return "un taux négatif", "une évolution rangée comme un taux"
    if definition.unite == "%" and lu.valeur > 100:
        return "plus de 100 %", "un effectif ou une évolution rangés comme une part"
    return None


def _fractions_pour_des_pourcents(contexte: ChiffresLus) -> Iterator[Alerte]:
    """0,45 là où un autre lieu écrit 45 : le même taux, dans une autre unité."""
    for code, _, lus in contexte.groupes():
        if contexte.catalogue[code].unite != "%" or contexte.catalogue[code].evolution_de:
            continue
        ailleurs = [y.valeur for g in contexte.lieux(code) for y in contexte.read(code, g)]
        for x in lus:
            if 0 < x.valeur < 1 and any(20 <= y / x.valeur <= 500 and y > 5 for y in ailleurs):
                dit = f"{x.nu} ici, jusqu’à {max(ailleurs):g} ailleurs"
                yield peu_vraisemblable(
                    x, f"{x.definition.libelle} : une fraction au lieu d’un pourcentage ?", dit, "0,45 pour 45 %"
                )


def _par_unite(contexte: ChiffresLus) -> Iterator[Alerte]:
    """Un montant rapporté à ceux qui le touchent, hors de bornes larges."""
    for code, geo, lus in contexte.groupes():
        bornes = contexte.catalogue[code].vraisemblable
        for x in lus if bornes else ():
            unites = [y for y in contexte.read(bornes["par"], geo) if y.source == x.source and y.valeur > 0]
            rapports = [x.valeur / y.valeur for y in unites]
            if unites and not any(bornes["entre"][0] <= r <= bornes["entre"][1] for r in rapports):
                yield _alerte_par_unite(x, unites[0], rapports[0], bornes["entre"])


def _alerte_par_unite(lu: ChiffreLu, base: ChiffreLu, rapport: float, entre: Sequence[float]) -> Alerte:
    ecrit = f"{nombre(rapport)} {lu.definition.unite}"
    return peu_vraisemblable(
        lu,
        f"{lu.definition.libelle} : {ecrit} par {base.definition.unite.removesuffix('s')}",
        f"{lu.nu} / {base.nu} = {ecrit} ; on attend de {nombre(entre[0])} à {nombre(entre[1])}",
        "une répartition à confirmer : une ligne qui en contient d’autres, plusieurs mois, ou des milliers",
        base,
    )
