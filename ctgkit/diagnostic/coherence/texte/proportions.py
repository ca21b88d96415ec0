"""Les parts d'un texte : « n sur m, soit p % », « p % des m », des parts seules ou ensemble au-dessus de 100 %."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.operation import (
    Operation,
    add,
    closest_wrong,
    counts_units,
    divide,
    write_units,
)
from ctgkit.diagnostic.coherence.texte import Texte
from ctgkit.diagnostic.coherence.texte.decoupage import Phrase, phrases
from ctgkit.diagnostic.coherence.texte.nombres import COMPTE, MONTANT, PART, NombreEcrit
from ctgkit.diagnostic.formules import Intervalle
from ctgkit.formats import nombre, pourcent
from ctgkit.texte import fold

CHANGEMENT = re.compile(
    r"\b(?:hausse|augment|progress|croiss|croî|baiss|diminu|recul|chut|perd|perte|gagn|évolu|rédu|accroiss|supplément|majoration"
    r"|de plus\b|de moins\b|doubl|tripl|majoré|ralenti|déclin|bond)",
    re.IGNORECASE,
)
_LIEN = re.compile(
    r"(?:\bsoit|\(|représent\w+|\bqui (?:fait|font)|c'est-à-dire|=)[^\d,;.]{0,30}$",
    re.I,
)
_DES = re.compile(r"^ ?(?:de(?:s| ces| nos| leurs| la| l')?|d')\b ?(?:\w+ )?$", re.IGNORECASE)
_DE_QUI = re.compile(r"^ ?(?:des?|du|de la|de l'|d')\b", re.IGNORECASE)
_TAUX = re.compile(r"\btaux|indice|rythme|remplissage|occupation|exécution|réalisation|fréquentation", re.IGNORECASE)
_AUTRE_BASE = re.compile(r"^ ?(?:par an|par mois|chaque année|en moyenne)\b", re.IGNORECASE)
_PARTAGE = re.compile(
    r"\bse (?:répart|partag|décompos|ventil|compos)|\brépartition|\bréparti|\bventil|\bfinanc|\bpris\w* en charge"
    r"|\brestants?\b|\ble reste\b|\bles autres\b|\bcofinanc|\bcontribu|\bconsacr",
    re.IGNORECASE,
)
_ELLIPSE = re.compile(
    r"\breprésent|\bceux de\b|\bcelles de\b|\bsont accueilli|\bse disent\b|\bdéclarent\b", re.IGNORECASE
)
_UNITES_MAX = 60
_PRESQUE_CENT = 91
_CENT = pourcent(100, 0)


def check_proportions(texte: Texte) -> Iterator[Alerte]:
    lues = phrases(texte)
    connus = _par_nom(lues)
    for phrase in lues:
        yield from _parts_fausses(phrase)
        yield from _au_dela_de_cent(phrase)
        yield from _ensemble(phrase)
        yield from _base_ailleurs(phrase, connus)
        yield from _base_commune(phrase)


def _par_nom(lues: Sequence[Phrase]) -> dict[str, list[NombreEcrit]]:
    """Ce que le texte compte, sous les deux premiers mots de son nom."""
    connus: dict[str, list[NombreEcrit]] = defaultdict(list)
    for phrase in lues:
        for x in _comptes(phrase):
            if nom := _nom_long(phrase.texte[x.fin :]):
                connus[nom].append(x)
    return connus


def _nom_long(suite: str) -> str:
    mots = re.match(r" ?([^\W\d][\w'-]+ (?:de |d')?[^\W\d][\w'-]+)", suite)
    return fold(mots.group(1)) if mots else ""


def _base_ailleurs(phrase: Phrase, connus: Mapping[str, Sequence[NombreEcrit]]) -> Iterator[Alerte]:
    """« 40 % des assistantes maternelles, soit 44 », quand le texte n'en compte ailleurs que 94."""
    comptes = _comptes(phrase)
    for part in _parts(phrase):
        apres = [x for x in comptes if x.debut >= part.fin][:1]
        des = re.match(r" ?des (?=[^\W\d])", phrase.texte[part.fin :])
        if not apres or not des or not re.search(r"^[^,;.]*, soit $", phrase.entre(part, apres[0])):
            continue
        bases = [x for x in connus.get(_nom_long(phrase.texte[part.fin + des.end() :]), ()) if _meme_unite(x, apres[0])]
        faux = closest_wrong(Operation(part, divide(apres, [m]), "%", chiffres=part.chiffres) for m in bases)
        if faux and len({m.valeur for m in bases}) == 1:
            yield _alerte(phrase, faux, "D")


def is_changement(phrase: Phrase, part: NombreEcrit) -> bool:
    """« en hausse de 5 % », « +5 % » : une évolution, et non une part."""
    texte = phrase.texte
    debut = max((m.end() for m in re.finditer(r"[,;:.()] ", texte[: part.debut])), default=0)
    proche = texte[max(debut, part.debut - 60) : part.debut]
    signe = texte[part.debut] in "+−-–" or part.valeur < 0
    return signe or bool(
        CHANGEMENT.search(proche)
        or re.match(r"[^,;.]{0,30}\b(?:de plus|de moins|supplémentaires?)\b", texte[part.fin :])
    )


def _parts(phrase: Phrase) -> list[NombreEcrit]:
    return [x for x in phrase.nombres if x.genre == PART and not is_changement(phrase, x)]


def _comptes(phrase: Phrase) -> list[NombreEcrit]:
    return [x for x in phrase.comptes if not x.article and x.valeur > 0]


def _parts_fausses(phrase: Phrase) -> Iterator[Alerte]:
    """Une part liée à un effectif et à sa base, que ni ce calcul ni un autre de la phrase ne redonne."""
    comptes = _comptes(phrase)
    for part in _parts(phrase):
        if _AUTRE_BASE.match(phrase.texte[part.fin :]) or _is_justified(phrase, part):
            continue
        lectures = list(_lectures(phrase, part, comptes))
        faux = closest_wrong(Operation(part, divide([n], [m]), "%", chiffres=part.chiffres) for n, m in lectures)
        if faux:
            yield _alerte(phrase, faux, _niveau(faux))
        elif not lectures:
            yield from _unites(phrase, part, comptes)


def _base_commune(phrase: Phrase) -> Iterator[Alerte]:
    """« 5 200 : 1 820 (35 %), 1 560 (30 %), 520 (12 %) » : la base que la plupart des parts du paragraphe supposent."""
    paragraphe = [phrase, *_avant(phrase)]
    couples = [(p, n, part) for p in paragraphe for n, part in _chiffrees(p)]
    hauts = [n for _, n, _ in couples]
    for base in (x for p in paragraphe for x in _comptes(p) if x not in hauts):
        memes = [(p, n, part) for p, n, part in couples if _meme_unite(n, base) and n.valeur < base.valeur]
        essais = [(p, Operation(part, divide([n], [base]), "%", chiffres=part.chiffres)) for p, n, part in memes]
        justes = sum(o.juste for _, o in essais)
        if justes >= 2 and justes > len(essais) / 2:
            yield from (_alerte(p, o, "E") for p, o in essais if not o.juste)
            return


def _avant(phrase: Phrase) -> Iterator[Phrase]:
    """Les deux phrases d'avant, dans le même paragraphe."""
    for _ in range(2):
        if phrase.avant is None:
            return
        phrase = phrase.avant
        yield phrase


def _chiffrees(phrase: Phrase) -> Iterator[tuple[NombreEcrit, NombreEcrit]]:
    """Chaque « n (p %) », et « n … correspond à p % »."""
    for part in _parts(phrase):
        avant = [x for x in _comptes(phrase) if x.fin <= part.debut]
        apres = [x for x in _comptes(phrase) if x.debut >= part.fin]
        if avant and re.search(r"\($|\b(?:correspond\w* à|soit) $", phrase.entre(avant[-1], part)):
            yield avant[-1], part
        elif apres and re.fullmatch(r"[^,;.:()\d]{0,40}\(", phrase.entre(part, apres[0])):
            yield apres[0], part


def _niveau(faux: Operation[NombreEcrit]) -> str:
    """Certaine quand tout est exact, et que des effectifs ronds ne suffisent pas à expliquer l'écart."""
    part, (haut, bas) = faux.annonce, tuple(faux.termes.values())
    ronds = [_arrondi_probable(x) for x in (haut, bas)]
    excuse = (ronds[0] * 100 / ronds[1]).touches(part.intervalle) if ronds[1].bas > 0 else True
    fraction = part.intervalle.haut - part.intervalle.bas > 1 and not part.exact
    return "E" if haut.exact and bas.exact and (part.exact or fraction) and not excuse else "D"


def _arrondi_probable(x: NombreEcrit) -> Intervalle:
    """192 000 a sans doute été arrondi, 300 non : trois chiffres significatifs et deux zéros au moins."""
    if x.valeur >= 10_000 and x.valeur % 100 == 0:
        pas = 1000 if x.valeur % 1000 == 0 and x.valeur >= 100_000 else 100
        return Intervalle(x.valeur - pas / 2, x.valeur + pas / 2)
    return x.intervalle


def _lectures(
    phrase: Phrase, part: NombreEcrit, comptes: Sequence[NombreEcrit]
) -> Iterator[tuple[NombreEcrit, NombreEcrit]]:
    """Les couples (partie, tout) que la phrase lie à cette part."""
    avant = [x for x in comptes if x.fin <= part.debut]
    apres = [x for x in comptes if x.debut >= part.fin]
    if apres and _DES.match(phrase.entre(part, apres[0])):
        base = apres[0]
        if avant and _LIEN.search(phrase.entre(avant[-1], part)) and _meme_dimension(avant[-1], base):
            yield avant[-1], base
            return
        suite = [x for x in apres[1:2] if _LIEN.search(phrase.entre(base, x)) and _meme_unite(x, base)]
        if suite and not re.search(r"\bpar\b", phrase.texte[suite[0].fin : suite[0].fin + 15]):
            yield suite[0], base
        return
    if apres and re.search(r"\bsoit $", phrase.entre(part, apres[0]), re.IGNORECASE):
        bases = [x for x in comptes if x is not apres[0] and x.valeur > apres[0].valeur and _meme_unite(x, apres[0])]
        yield from ((apres[0], m) for m in bases)
        return
    if (avant and _LIEN.search(phrase.entre(avant[-1], part))) or (
        avant and re.search(r"\b(?:soit|représent\w+|\() ?(?:\w+ ){0,4}$", phrase.texte[: part.debut], re.IGNORECASE)
    ):
        yield from _part_dite(phrase, part, avant, comptes)
    elif len(comptes) == 2 and len(_parts(phrase)) == 1 and _TAUX.search(phrase.texte) and len(avant) == 2:
        petit, grand = sorted(comptes, key=lambda x: x.valeur)
        if re.search(r"\bpour\b|\bsur\b", phrase.entre(*avant)):
            yield petit, grand


def _part_dite(
    phrase: Phrase, part: NombreEcrit, avant: Sequence[NombreEcrit], comptes: Sequence[NombreEcrit]
) -> Iterator[tuple[NombreEcrit, NombreEcrit]]:
    """« n sur m, soit p % », « m, dont n, soit p % », « n (p %) » sous « sur les m » : n juste avant, m plus grand."""
    if (
        re.search(r"\bsur (?:les |ces |un total de )?$", phrase.texte[: avant[-1].debut], re.IGNORECASE)
        and len(avant) > 1
    ):
        yield avant[-2], avant[-1]
        return
    haut = avant[-1]
    bases = [x for x in comptes if x is not haut and x.valeur > haut.valeur and _lies(phrase, x, haut)]
    if bases:
        yield from ((haut, m) for m in bases)
    elif phrase.avant and len(avant) == 1:
        dite = re.match(r" ?(?:d'entre|de ces|de ceux|de celles)", phrase.texte[part.fin :], re.IGNORECASE)
        precedents = _comptes(phrase.avant)
        cite = re.match(r" ?(?:d'entre|parmi)", phrase.texte, re.IGNORECASE) or dite
        if cite and len(precedents) == 1 and precedents[0].valeur > haut.valeur:
            yield haut, precedents[0]


def _lies(phrase: Phrase, base: NombreEcrit, haut: NombreEcrit) -> bool:
    """La base est annoncée avant sa partie, dans la même unité ; ou derrière « sur »."""
    if not _meme_unite(base, haut):
        return False
    if base.debut > haut.fin:
        return bool(re.search(r"\bsur (?:les |un total de )?$", phrase.texte[: base.debut], re.IGNORECASE))
    entre = phrase.entre(base, haut)
    tete = phrase.texte[: base.debut]
    annonce = re.search(r"\b(?:sur|parmi|pour) (?:les |ces |nos |ses )?$", tete, re.IGNORECASE)
    return bool(
        annonce
        or re.search(r"\bdont\b|\bparmi (?:lesquel|eux|elles)|\bcompte|\bentre (?:eux|elles)", entre, re.IGNORECASE)
    )


def _meme_dimension(haut: NombreEcrit, base: NombreEcrit) -> bool:
    return _meme_unite(haut, base) and haut.valeur < base.valeur


def _meme_unite(a: NombreEcrit, b: NombreEcrit) -> bool:
    return a.genre == b.genre and a.unite == b.unite


def _is_justified(phrase: Phrase, part: NombreEcrit) -> bool:
    """Deux nombres de la phrase, ou de celle d'avant, donnent cette part, son complément, ou une évolution."""
    ici = _mesures(phrase)
    autrefois = _mesures(phrase.avant) if phrase.avant else []
    couples = [(n, m) for n in ici for m in ici] + [(n, m) for n in ici for m in autrefois if n.valeur < m.valeur]
    for n, m in couples:
        if n is m or part in (n, m) or m.intervalle.bas <= 0 or not _meme_unite(n, m):
            continue
        rapport = n.intervalle / m.intervalle * 100
        donne = rapport.touches(part.intervalle) or (Intervalle(100, 100) - rapport).touches(part.intervalle)
        if donne and not (n.genre == PART and rapport.haut > 100):
            return True
    return False


def _mesures(phrase: Phrase) -> list[NombreEcrit]:
    return [x for x in phrase.nombres if x.genre in (COMPTE, MONTANT, PART) and not x.article]


def _alerte(phrase: Phrase, faux: Operation[NombreEcrit], niveau: str) -> Alerte:
    return phrase.alerte("R1", niveau, f"Le calcul ne redonne pas {faux.annonce.texte}", faux.contredit, *faux.lus)


def _unites(phrase: Phrase, part: NombreEcrit, comptes: Sequence[NombreEcrit]) -> Iterator[Alerte]:
    """« 45 % des 35 communes » : aucun nombre entier ne fait cette part."""
    apres = [x for x in comptes if x.debut >= part.fin and x.genre == COMPTE and x.exact and not x.unite]
    if apres and _DES.match(phrase.entre(part, apres[0])) and 2 <= apres[0].valeur <= _UNITES_MAX and part.exact:
        base = apres[0]
        if not counts_units(part, base):
            titre = f"{part.texte} de {base.texte} {base.nom} ne fait pas un nombre entier"
            yield phrase.alerte("R1", "D", titre, write_units(part, base), part, base)


def _au_dela_de_cent(phrase: Phrase) -> Iterator[Alerte]:
    for part in _parts(phrase):
        debut = phrase.texte[max(0, part.debut - 60) : part.debut]
        if part.intervalle.bas > 100 and _DE_QUI.match(phrase.texte[part.fin :]) and not _TAUX.search(debut):
            calcul = f"{part.texte} > {_CENT} : une part ne dépasse pas son tout"
            yield phrase.alerte("R1", "E", f"Une part de {part.texte}", calcul, part)


def _ensemble(phrase: Phrase) -> Iterator[Alerte]:
    """Des parts d'un même tout, qui se le partagent : ensemble, elles font 100 %."""
    suites = _enumerees(phrase, _parts(phrase))
    for parts in suites:
        partage = _PARTAGE.search(phrase.texte)
        if len(parts) < 2 or not (partage or _ELLIPSE.search(phrase.texte)):
            continue
        somme = add(parts)
        calcul = f"{somme.ecrite} = {nombre(somme.milieu, max(x.chiffres for x in parts))}"
        if somme.resultat.bas > 100:
            niveau = "E" if partage and all(x.exact for x in parts) else "D"
            titre = "Des parts qui dépassent ensemble 100 %"
            yield phrase.alerte("R1", niveau, titre, f"{calcul}, plus de {_CENT}", *parts)
        elif len(parts) > 2 and _PRESQUE_CENT <= somme.resultat.haut < 100 and partage:
            titre = "Des parts qui ne font pas ensemble 100 %"
            yield phrase.alerte("R1", "D", titre, f"{calcul}, et non {_CENT}", *parts)


def _enumerees(phrase: Phrase, parts: Sequence[NombreEcrit]) -> list[list[NombreEcrit]]:
    """Les parts qui se suivent dans une énumération ; une parenthèse et « contre » n'en sont pas."""
    suites: list[list[NombreEcrit]] = []
    for part in parts:
        entre = re.sub(r"\bsoit [^,;]*,?", "", phrase.entre(suites[-1][-1], part)) if suites else ""
        suite = suites and re.search(r",|;|\bet\b", entre) and not re.search(r"[()]|\bcontre\b|\bdont\b|[.!?] ", entre)
        if suite:
            suites[-1].append(part)
        else:
            suites.append([part])
    return suites
