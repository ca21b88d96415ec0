"""Les évolutions d'un texte : « de a à b, soit ± p % », leur sens, leur différence, en % ou en points."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.operation import Operation, evolve, subtract
from ctgkit.diagnostic.coherence.texte import Texte
from ctgkit.diagnostic.coherence.texte.decoupage import Phrase, phrases
from ctgkit.diagnostic.coherence.texte.nombres import ANNEE, COMPTE, DUREE, MONTANT, PART, POINTS, NombreEcrit
from ctgkit.diagnostic.coherence.texte.proportions import CHANGEMENT, is_changement
from ctgkit.diagnostic.formules import Intervalle
from ctgkit.formats import nombre
from ctgkit.texte import fold

_HAUSSE = re.compile(
    r"\b(?:hausse|augment\w*|progress\w*|croiss\w*|croît|accr\w*|gagn\w*|bond\w*|grimp\w*|relev[eé]\w*|étoff\w*"
    r"|mont(?:e|ent|ée?s?|er|ait)|élargi\w*|supérieure?s?|supplémentaires?|de plus)\b",
    re.IGNORECASE,
)
_BAISSE = re.compile(
    r"\b(?:baiss\w*|diminu\w*|recul\w*|chut\w*|perd\w*|perte|rédu\w*|déclin\w*|décroiss\w*|repli\w*|tomb\w*"
    r"|descend\w*|fléch\w*|s'érod\w*|s'effondr\w*|inférieure?s?|de moins)\b",
    re.IGNORECASE,
)
_DE = re.compile(r"\b(?:de|d'|depuis)(?: (?:environ|près de|plus de|moins de))? ?$", re.IGNORECASE)
_A = re.compile(r"(?:^|\s)à(?: (?:environ|près de|plus de|moins de))? ?$", re.IGNORECASE)
_CONTRE = re.compile(r"\b(?:contre|au lieu de|alors qu)\b[^\d]*$", re.IGNORECASE)
_AUTREFOIS = re.compile(
    r"\bétai(?:t|ent)\b|\bcomptai(?:t|ent)\b|\bà l'époque\b|\bauparavant\b|\bplus tôt\b|\bavant\b"
    r"|\balors qu|\bcontre\b",
    re.I,
)
_PLUS_TOT = re.compile(
    r"\bplus tôt\b|\bauparavant\b|\bl'an(?:née)? (?:précédente?|passée?|dernière?)\b|\bétai(?:t|ent)\b|\bcomptait\b",
    re.IGNORECASE,
)
_TAUX_NOMME = re.compile(
    r"(?P<nom>\b(?:taux|part|proportion|indice) (?:de la |de l'|des |du |de |d')[\w' -]{3,40}?)"
    r" (?:est |était |s'établit |atteint )?(?:de |à )?$",
    re.IGNORECASE,
)
_A_CHANGE_DE = re.compile(
    r"\b(?:pris|gagné|perdu|gagne|perd|augmenté de|diminué de|baissé de|progressé de) $", re.IGNORECASE
)
_REPERE = re.compile(r"(?:^|\(|; )[^\W\d][\w' -]{2,40} ?: ?$")
_VERBE = re.compile(r"\bpass\w+|\bévolu\w+|\bchang\w+", re.IGNORECASE)
_PAR_AN = re.compile(r"^ ?(?:par an|par année|en moyenne|chaque année|annuel)", re.IGNORECASE)
_FOIS = {"doubl": 2, "tripl": 3, "quadrupl": 4}
_PAR_PERIODE = re.compile(r" ?(?:par|chaque) (?:mois|jour|semaine|trimestre)\b", re.IGNORECASE)
_MULTIPLE = re.compile(r"\b(doubl|tripl|quadrupl)(?:é|ée|és|ées|ement|er|ent|e)\b", re.IGNORECASE)


def check_evolutions(texte: Texte) -> Iterator[Alerte]:
    for phrase in phrases(texte):
        couples = list(_couples(phrase))
        if len(couples) == 1:
            yield from _changements(phrase, *couples[0])
        elif not couples:
            yield from _sans_ordre(phrase)


def check_reprises(texte: Texte) -> Iterator[Alerte]:
    """Un changement dont l'autre valeur est plus haut : dans la phrase d'avant, ou sous le même nom."""
    lues = phrases(texte)
    dits: dict[str, list[NombreEcrit]] = defaultdict(list)
    for phrase in lues:
        for x in phrase.nombres:
            if x.genre == PART and (nom := _TAUX_NOMME.search(phrase.texte[: x.debut])):
                dits[fold(nom["nom"])].append(x)
    for phrase in lues:
        yield from _avec_la_phrase_d_avant(phrase)
        yield from _sens_contraire(phrase, dits)


def _avec_la_phrase_d_avant(phrase: Phrase) -> Iterator[Alerte]:
    """« On compte 112 agréments. Un an plus tôt, ils étaient 128 : la baisse est de 12,5 %. »"""
    lus = [x for x in phrase.comptes if not x.article]
    changes = [x for x in phrase.nombres if x.genre == PART and is_changement(phrase, x)]
    avant = [x for x in phrase.avant.comptes if not x.article and x.exact] if phrase.avant else []
    if len(lus) != 1 or len(changes) != 1 or not avant or not _PLUS_TOT.search(phrase.texte[: changes[0].debut]):
        return
    dit = _orient(changes[0], signe := _signe(phrase, changes[0]))
    memes = [x for x in avant if (x.genre, x.unite) == (lus[0].genre, lus[0].unite)]
    essais = [Operation(dit, evolve(lus[0], x), "%", signe=True, chiffres=dit.chiffres) for x in memes]
    if essais and lus[0].intervalle.bas > 0 and dit.exact and not any(_is_right(o, signe) for o in essais):
        titre = f"Le calcul ne redonne pas {changes[0].texte}"
        yield phrase.alerte("R1", "E", titre, essais[0].contredit, changes[0], lus[0], memes[0])


def _sens_contraire(phrase: Phrase, dits: Mapping[str, Sequence[NombreEcrit]]) -> Iterator[Alerte]:
    """« Le taux était de 59,8 : il a progressé de 2,6 points », quand le texte le donne ailleurs à 57,2."""
    taux = [x for x in phrase.nombres if x.genre == PART]
    changes = [x for x in phrase.nombres if x.genre == POINTS]
    nom = _TAUX_NOMME.search(phrase.texte[: taux[0].debut]) if len(taux) == len(changes) == 1 else None
    if not nom or not (signe := _signe(phrase, changes[0])) or not _AUTREFOIS.search(phrase.texte):
        return
    dit = _orient(changes[0], signe)
    for autre in dits[fold(nom["nom"])]:
        ecart = Operation(dit, subtract(taux[0], autre), "points", signe=True)
        if not ecart.juste and _is_right(ecart, 0):
            titre = f"Le sens de l’évolution est inversé : {changes[0].texte}"
            yield phrase.alerte("R1", "E", titre, ecart.contredit, changes[0], taux[0], autre)
            return


def check_ecarts(texte: Texte) -> Iterator[Alerte]:
    """« 33,8 % … (+1,8 % sur 3 ans). Département : 32 % » : l'évolution écrite est exactement l'écart au repère."""
    for phrase in phrases(texte):
        reperes = [x for x in phrase.nombres if x.genre == PART and _REPERE.search(phrase.texte[: x.debut])]
        ici = phrase if len(phrase.nombres) > 1 else phrase.avant
        lus = [x for x in ici.nombres if x.genre == PART and x not in reperes] if ici else []
        changes = [x for x in lus if is_changement(ici, x) and x.chiffres]
        if len(reperes) != 1 or len(lus) != 2 or len(changes) != 1:
            continue
        valeur, repere, change = next(x for x in lus if x not in changes), reperes[0], changes[0]
        ecart = valeur.valeur - repere.valeur
        if ecart and abs(abs(ecart) - abs(change.valeur)) < 1e-9:
            dit = nombre(ecart, change.chiffres)
            calcul = f"{valeur.nu} − {repere.nu} = {dit} : l’écart au repère est l’évolution écrite"
            titre = f"{change.texte} : une évolution, ou l’écart avec le repère ?"
            yield ici.alerte("R4", "L", titre, calcul, change, valeur, repere)


def _couples(phrase: Phrase) -> Iterator[tuple[NombreEcrit, NombreEcrit]]:
    """Deux valeurs d'une même chose, la plus ancienne d'abord."""
    lus = [x for x in phrase.nombres if x.genre in (COMPTE, MONTANT, PART, DUREE) and not x.article]
    change_dit = len(lus) > 1 and _change(phrase)
    for a, b in pairwise(lus):
        signe = phrase.texte[a.debut] in "+−-–" or is_changement(phrase, b)
        if (a.genre, a.unite) != (b.genre, b.unite) or (b.genre == PART and signe):
            continue
        entre, avant = phrase.entre(a, b), phrase.texte[: a.debut]
        if re.search(r"[;:]|\bsoit\b|\bdont\b", entre):
            continue
        change = change_dit or any(_suit(phrase, b, x) for x in phrase.nombres if x.genre in (PART, POINTS))
        if _DE.search(avant) and _A.search(entre) and (_VERBE.search(avant) or change):
            yield a, b
        elif 0 != _annee(phrase, a) != _annee(phrase, b) != 0 and (_CONTRE.search(entre) or change):
            yield (a, b) if _annee(phrase, a) < _annee(phrase, b) else (b, a)
        elif _annee(phrase, b) and not _annee(phrase, a) and _CONTRE.search(entre) and _change(phrase):
            yield b, a


def _change(phrase: Phrase) -> bool:
    return any(motif.search(phrase.texte) for motif in (CHANGEMENT, _HAUSSE, _BAISSE))


def _annee(phrase: Phrase, ecrit: NombreEcrit) -> int:
    """L'année écrite juste après un nombre, ou devant sa parenthèse : « 450 places en 2024 », « 2024 (450 places) »."""
    devant = [y for y in phrase.nombres if y.genre == ANNEE and phrase.texte[y.fin : ecrit.debut] == " ("]
    if devant:
        return int(devant[0].valeur)
    suivants = [y for y in phrase.nombres if y.debut >= ecrit.fin]
    if not suivants or suivants[0].genre != ANNEE or re.search(r"[,;:.]", phrase.entre(ecrit, suivants[0])):
        return 0
    return int(suivants[0].valeur)


def _changements(phrase: Phrase, avant: NombreEcrit, apres: NombreEcrit) -> Iterator[Alerte]:
    trouvees = list(_pourcentages(phrase, avant, apres)) or list(_differences(phrase, avant, apres))
    trouvees = trouvees or list(_sens(phrase, avant, apres)) or list(_multiples(phrase, avant, apres))
    yield from trouvees[:1]


def _sans_ordre(phrase: Phrase) -> Iterator[Alerte]:
    """Deux valeurs et un changement, quand rien ne dit laquelle est la première : faux dans les deux sens."""
    if not _AUTREFOIS.search(phrase.texte):
        return
    lus = [x for x in phrase.nombres if x.genre in (COMPTE, MONTANT, PART) and not x.article]
    if (
        len(lus) == 2
        and _MULTIPLE.search(phrase.texte)
        and (lus[0].genre, lus[0].unite) == (lus[1].genre, lus[1].unite)
    ):
        yield from _multiples(phrase, *sorted(lus, key=lambda x: x.valeur))
        return
    changes = [x for x in lus if (x.genre == PART and is_changement(phrase, x)) or _est_une_difference(phrase, x)]
    valeurs = [x for x in lus if x not in changes]
    if len(changes) != 1 or len(valeurs) != 2 or _PAR_AN.match(phrase.texte[changes[0].fin :]):
        return
    dit, (a, b) = changes[0], valeurs
    if (a.genre, a.unite) != (b.genre, b.unite) or PART in (a.genre, b.genre) or not all(x.exact for x in lus):
        return
    ordres = [(a, b), (b, a)]
    if dit.genre == PART:
        essais = [Operation(dit, evolve(x, y), "%", signe=True, chiffres=dit.chiffres) for x, y in ordres]
    elif (dit.genre, dit.unite) == (a.genre, a.unite):
        essais = [Operation(dit, subtract(x, y), signe=True) for x, y in ordres]
    else:
        return
    if not any(_is_right(o, 0) for o in essais):
        faux = min(essais, key=lambda o: o.ecart)
        yield phrase.alerte("R1", "E", f"Le calcul ne redonne pas {dit.texte}", faux.contredit, dit, a, b)


def _est_une_difference(phrase: Phrase, ecrit: NombreEcrit) -> bool:
    """« deux de moins qu'en 2019 », « a pris 900 € »."""
    suite, avant = phrase.texte[ecrit.fin : ecrit.fin + 25], phrase.texte[max(0, ecrit.debut - 25) : ecrit.debut]
    return bool(
        re.match(r"(?: \w+)? (?:de plus|de moins|supplémentaires?)\b(?! de)", suite) or _A_CHANGE_DE.search(avant)
    )


def _signe(phrase: Phrase, dit: NombreEcrit) -> int:
    """+1 ou −1 quand la phrase dit le sens de ce changement, 0 sinon."""
    if phrase.texte[dit.debut] == "+":
        return 1
    if dit.valeur < 0:
        return -1
    proche = phrase.texte[max(0, dit.debut - 45) : dit.debut] + phrase.texte[dit.fin : dit.fin + 30]
    hausse, baisse = bool(_HAUSSE.search(proche)), bool(_BAISSE.search(proche))
    return int(hausse) - int(baisse)


def _pourcentages(phrase: Phrase, avant: NombreEcrit, apres: NombreEcrit) -> Iterator[Alerte]:
    for dit in phrase.nombres:
        change = dit.genre == POINTS or (
            dit.genre == PART and (is_changement(phrase, dit) or _suit(phrase, apres, dit))
        )
        ailleurs = dit.debut > apres.fin and ";" in phrase.entre(apres, dit)
        if (
            not change
            or ailleurs
            or dit in (avant, apres)
            or _PAR_AN.match(phrase.texte[dit.fin :])
            or avant.intervalle.bas <= 0
        ):
            continue
        signe = _signe(phrase, dit)
        cible = _orient(dit, signe)
        en_points = avant.genre == PART
        essais = [Operation(cible, subtract(avant, apres), "points", signe=True)] if en_points else []
        if dit.genre == PART:
            essais.append(Operation(cible, evolve(avant, apres), "%", signe=True, chiffres=dit.chiffres))
        if not essais or any(_is_right(x, signe) for x in essais):
            continue
        faux = essais[0]
        exacts = all(x.exact for x in (dit, avant, apres))
        titre, pourquoi = f"Le calcul ne redonne pas {dit.texte}", _explication(faux, signe)
        yield phrase.alerte("R1", "E" if exacts else "D", titre, faux.contredit, dit, avant, apres, dit=pourquoi)


def _suit(phrase: Phrase, apres: NombreEcrit, dit: NombreEcrit) -> bool:
    """« … à 272 (− 20 %) », « … à 571, soit 12 % »."""
    entre = phrase.entre(apres, dit) if dit.debut > apres.fin else ";"
    if ";" in entre or any(apres.fin <= x.debut < dit.debut for x in phrase.comptes):
        return False
    return bool(re.search(r"\bsoit\b[^,;.]{0,30}$|\($", entre, re.IGNORECASE))


def _orient(dit: NombreEcrit, signe: int) -> NombreEcrit:
    if signe >= 0 or dit.valeur < 0:
        return dit
    return replace(dit, valeur=-dit.valeur, intervalle=Intervalle(-dit.intervalle.haut, -dit.intervalle.bas))


def _is_right(operation: Operation[NombreEcrit], signe: int) -> bool:
    """Dans un sens ou dans l'autre quand la phrase ne le dit pas."""
    if not operation.expression.est_calculable or operation.juste:
        return True
    vu = operation.annonce.intervalle
    return not signe and operation.expression.resultat.touches(Intervalle(-vu.haut, -vu.bas))


def _explication(faux: Operation[NombreEcrit], signe: int) -> str:
    vu = faux.annonce.intervalle
    if signe and faux.expression.resultat.touches(Intervalle(-vu.haut, -vu.bas)):
        return "le sens de l’évolution est inversé"
    return ""


def _differences(phrase: Phrase, avant: NombreEcrit, apres: NombreEcrit) -> Iterator[Alerte]:
    """« soit 40 places de plus »."""
    for dit in phrase.comptes:
        if dit in (avant, apres) or dit.debut < apres.fin or dit.genre != apres.genre or dit.article:
            continue
        suite, avant_lui = phrase.texte[dit.fin :], re.split(r", (?!soit)|\bmais\b", phrase.entre(apres, dit))[-1]
        if _PAR_PERIODE.match(phrase.texte[apres.fin :]):
            continue
        if not re.match(r"[^\d,;.]{0,30}\b(?:de plus|de moins|supplémentaires?)\b", suite) and not (
            CHANGEMENT.search(avant_lui) and re.search(r"\bde ?$", avant_lui)
        ):
            continue
        signe = _signe(phrase, dit)
        faux = Operation(_orient(dit, signe), subtract(avant, apres), signe=True)
        if not _is_right(faux, signe) and not _is_right(Operation(dit, subtract(apres, avant)), 0):
            exacts = all(x.exact for x in (dit, avant, apres))
            titre = f"La différence n’est pas {dit.texte} {dit.nom}".rstrip()
            yield phrase.alerte("R1", "E" if exacts else "D", titre, faux.contredit, dit, avant, apres)


def _sens(phrase: Phrase, avant: NombreEcrit, apres: NombreEcrit) -> Iterator[Alerte]:
    """« en hausse, de 210 à 194 »."""
    hausse, baisse = bool(_HAUSSE.search(phrase.texte)), bool(_BAISSE.search(phrase.texte))
    if (
        hausse == baisse
        or not avant.exact
        or not apres.exact
        or re.search(r"\b(?:ralenti|moins|pas|ne|n')\b", phrase.texte)
    ):
        return
    monte = apres.valeur > avant.valeur
    if avant.valeur != apres.valeur and monte != hausse:
        calcul = f"de {avant.texte} à {apres.texte} : {nombre(apres.valeur - avant.valeur, apres.chiffres, signe=True)}"
        titre = "Une hausse dite, une baisse écrite" if hausse else "Une baisse dite, une hausse écrite"
        niveau = "E" if len(_autres(phrase, avant, apres)) == 0 else "D"
        yield phrase.alerte("R1", niveau, titre, calcul, avant, apres)


def _autres(phrase: Phrase, *connus: NombreEcrit) -> Sequence[NombreEcrit]:
    return [
        x for x in phrase.nombres if x.genre in (COMPTE, MONTANT, PART, POINTS) and x not in connus and not x.article
    ]


def _multiples(phrase: Phrase, avant: NombreEcrit, apres: NombreEcrit) -> Iterator[Alerte]:
    """« a doublé, de 40 000 à 65 000 »."""
    trouve = _MULTIPLE.search(phrase.texte)
    if not trouve or avant.valeur <= 0 or re.search(r"\bpresque|\bprès de|\bquasi|\benviron", phrase.texte):
        return
    attendu, rapport = _FOIS[trouve.group(1).lower()], apres.valeur / avant.valeur
    if not 0.9 * attendu <= rapport <= 1.15 * attendu:
        calcul = f"{apres.nu} / {avant.nu} = {nombre(rapport, 2)}, le document dit {attendu} fois"
        yield phrase.alerte("R1", "E", f"« {trouve.group()} » : le rapport n’est pas {attendu}", calcul, apres, avant)
