"""Les parts d'un texte : « n sur m, soit p % », « p % des m », des parts seules ou ensemble au-dessus de 100 %."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

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
from ctgkit.diagnostic.coherence.texte.nombres import ANNEE, COMPTE, MONTANT, PART, NombreEcrit
from ctgkit.diagnostic.formules import Intervalle
from ctgkit.formats import nombre, pourcent
from ctgkit.texte import fold

CHANGEMENT = re.compile(
    r"\b(?:hausse|augment|progress|croiss|croî|crû\b|baiss|diminu|recul|chut|perd|perte|gagn|évolu|rédu|accroiss|supplément|majoration"
    r"|de plus\b|de moins\b|doubl|tripl|majoré|ralenti|déclin|bond)",
    re.IGNORECASE,
)
_LIEN = re.compile(
    r"(?:\bsoit|\(|\bfait\b|représent\w+|\bconstitu\w+|\bform\w+|\bcouvr\w+|\bfinanc\w+"
    r"|\bpès\w+|\bcorrespond\w*|équiv\w+|\batteint|\bqui (?:fait|font)"
    r"|c'est-à-dire|=|\btaux\b[^\d,;.]* de)[^\d,;.]{0,30}$",
    re.I,
)
_D_UN_TOUT = re.compile(
    r"^ ?(?:de la population|du total|de l'ensemble|d'entre|de ces|de l'offre|de l'effectif)", re.IGNORECASE
)
_DES = re.compile(
    r"^ ?(?:de(?:s| ces| nos| leurs| ses| la| l')?|du|d'une?|d')\b ?"
    r"(?:\w+ |(?:(?!et\b|ou\b)[\w'-]+ ){1,4}(?:de |\())?$",
    re.IGNORECASE,
)
_DE_QUI = re.compile(r"^ ?(?:des?|du|de la|de l'|d')\b", re.IGNORECASE)
_TAUX = re.compile(
    r"\btaux|indice|rythme|\bremplis|occup|exécution|réalisation|fréquent|\bparts? d|\bproportion|particip|ouverture",
    re.IGNORECASE,
)
_AUTRE_BASE = re.compile(r"^ ?(?:par an|par mois|chaque année|en moyenne)\b", re.IGNORECASE)
_PARTAGE = re.compile(
    r"\bse (?:répart|partag|décompos|ventil|compos|divis)|\brépartition|\bréparti|\bventil|\bfinan[cç]"
    r"|\bpris\w* en charge"
    r"|\brestants?\b|\ble reste\b|\bles autres\b|\bcofinanc|\bcontribu|\bconsacr|\bassur|\bconcentr|\bsupport"
    r"|\bprovien|\baffect|\ballou|\brevien|\bpès|\babsorb|\bprend\w* à (?:sa|leur) charge|\bdépens|\brecett"
    r"|\bapport|\bimput|\bpaie|\bpaye|\borigine|\bclé\b|\bà la charge",
    re.IGNORECASE,
)
_ELLIPSE = re.compile(
    r"\breprésent|\bceux de\b|\bcelles de\b|\bsont accueilli|\bse disent\b|\bdéclarent\b", re.IGNORECASE
)
# Ce que plusieurs cochent à la fois : des réponses, des raisons, des usages.
_CUMULABLES = re.compile(
    r"\bplusieurs\b|\bcit[eé]|\bmotif|\braison|\binvoqu|\bévoqu|\bsouhait|\bdemand|\battend|\battent|\bconnai"
    r"|\bdifficult|\bfrein|\bbesoin|\butilis|\brépond|\bpréf",
    re.IGNORECASE,
)
_REPARTIT = re.compile(r"\bse (?:répart|partag|décompos|ventil|compos|divis)|\brépartition|\bfinan[cç]", re.IGNORECASE)
# « finance à 60 % le poste » : chaque part a son objet ; « 40 % des places sont en crèche » : chaque part a son lieu.
_A_SON_OBJET = re.compile(r" (?:le|la|les|l'|celui|celle)\b(?! ?reste)", re.IGNORECASE)
_SONT_QUELQUE_PART = re.compile(
    r" ?(?:des|de la|du|de l')[\w' -]+? (?:sont|est) (?:en|chez|dans|au|aux)\b", re.IGNORECASE
)
_REPETE = re.compile(r"\b(?:à|pour|aux?) $", re.IGNORECASE)
_JOURS = re.compile(r"\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|matin|en été|en hiver)\b", re.IGNORECASE)
_PARAGRAPHE = 8
_UNITES_MAX = 60
_PRESQUE_CENT = 91
_PEU_PLUS_DE_CENT = 120
_CENT = pourcent(100, 0)


def check_proportions(texte: Texte) -> Iterator[Alerte]:
    lues = phrases(texte)
    connus = _par_nom(lues)
    for phrase in lues:
        yield from _parts_fausses(phrase)
        yield from _au_dela_de_cent(phrase)
        yield from _ensemble(phrase)
        yield from _base_ailleurs(phrase, connus)
    yield from _listes_de_parts(lues)


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
    # « recule de 26 % à 24 % » : deux valeurs, et non un changement.
    if re.match(r" à \d", texte[part.fin :]) or re.search(r"\bde [\d,]+ ?% à $", texte[: part.debut]):
        return False
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
        if _AUTRE_BASE.match(phrase.texte[part.fin :]):
            continue
        lectures, justifiee = list(_lectures(phrase, part, comptes)), _is_justified(phrase, part)
        faux = closest_wrong(Operation(part, divide([n], [m]), "%", chiffres=part.chiffres) for n, m in lectures)
        if faux and not justifiee:
            yield _alerte(phrase, faux, _niveau(faux))
        elif not lectures:
            yield from () if justifiee else _unites(phrase, part, comptes)
            if haut := _haut(phrase, part):
                yield from _base_du_paragraphe(phrase, part, haut)


def _base_du_paragraphe(phrase: Phrase, part: NombreEcrit, haut: NombreEcrit) -> Iterator[Alerte]:
    """« 5 200 ménages. … 1 820 seuls (35 %). … 520 familles, soit 12 % » : le tout est écrit plus haut.

    Certain quand une autre part du paragraphe confirme ce tout, ou que la phrase le reprend (« en », « du total »).
    """
    paragraphe = [phrase, *_avant(phrase)]
    couples = [(n, autre) for p in paragraphe for n, autre in _chiffrees(p)]
    hauts = [n for n, _ in couples]
    dits = [x for p in paragraphe for x in _comptes(p) if p is not phrase or x.debut < part.debut]
    plus_grands = [x for x in dits if x != haut and _meme_unite(x, haut) and x.valeur > haut.valeur]
    # « dont 1 092 … (70 %). Parmi ceux-ci, 364, soit un tiers » : une partie peut être le tout de la suivante.
    if any(Operation(part, divide([haut], [m]), "%").juste for m in plus_grands):
        return
    bases = [x for x in plus_grands if x not in hauts]
    essais = [(m, Operation(part, divide([haut], [m]), "%", chiffres=part.chiffres)) for m in bases]
    if not essais:
        return
    preuves = {id(m): _preuves(m, couples, part) for m, _ in essais}
    base, faux = max(essais, key=lambda e: preuves[id(e[0])])
    seul = haut.genre == COMPTE and re.match(r" (?:sont|ont|l'ont|le sont|en)\b", phrase.texte[haut.fin :])
    reprise = seul or re.search(r"\ben\b", phrase.texte[: haut.debut]) or _D_UN_TOUT.match(phrase.texte[part.fin :])
    seule = len({m.valeur for m in bases}) == 1 and (preuves[id(base)] or (reprise and not _is_justified(phrase, part)))
    if preuves[id(base)] >= 2 or seule:
        yield _alerte(phrase, faux, _niveau(faux))


def _preuves(base: NombreEcrit, couples: Sequence[tuple[NombreEcrit, NombreEcrit]], sauf: NombreEcrit) -> int:
    memes = [(n, x) for n, x in couples if x is not sauf and _meme_unite(n, base) and n.valeur < base.valeur]
    justes = sum(Operation(x, divide([n], [base]), "%").juste for n, x in memes)
    return justes if justes > len(memes) / 2 else 0


def _avant(phrase: Phrase) -> Iterator[Phrase]:
    """Les phrases d'avant, dans le même paragraphe."""
    for _ in range(_PARAGRAPHE):
        if phrase.avant is None:
            return
        phrase = phrase.avant
        yield phrase


def _chiffrees(phrase: Phrase) -> Iterator[tuple[NombreEcrit, NombreEcrit]]:
    """Chaque « n (p %) », et « n … correspond à p % »."""
    for part in _parts(phrase):
        if haut := _haut(phrase, part):
            yield haut, part


def _haut(phrase: Phrase, part: NombreEcrit) -> NombreEcrit | None:
    """L'effectif que cette part répète : « n (p %) », « n, soit p % », « p % (n) »."""
    avant = [x for x in _comptes(phrase) if x.fin <= part.debut]
    apres = [x for x in _comptes(phrase) if x.debut >= part.fin]
    if avant and re.search(r"\($|\b(?:correspond\w* à|soit) $", phrase.entre(avant[-1], part)):
        return avant[-1]
    if apres and re.fullmatch(r"[^,;.:()\d]{0,40}(?:\(|, soit )", phrase.entre(part, apres[0])):
        return apres[0]
    return None


def _niveau(faux: Operation[NombreEcrit]) -> str:
    """Certaine quand tout est exact, et que des effectifs ronds ne suffisent pas à expliquer l'écart."""
    part, (haut, bas) = faux.annonce, tuple(faux.termes.values())
    ronds = [_arrondi_probable(x) for x in (haut, bas)]
    excuse = (ronds[0] * 100 / ronds[1]).touches(part.intervalle) if ronds[1].bas > 0 else True
    fraction = part.intervalle.haut - part.intervalle.bas > 1 and not part.exact
    return "E" if haut.exact and bas.exact and (part.exact or fraction) and not excuse else "D"


def _arrondi_probable(ecrit: NombreEcrit) -> Intervalle:
    """192 000 a sans doute été arrondi, 300 non : trois chiffres significatifs et deux zéros au moins."""
    if ecrit.valeur >= 10_000 and ecrit.valeur % 100 == 0:
        pas = 1000 if ecrit.valeur % 1000 == 0 and ecrit.valeur >= 100_000 else 100
        return Intervalle(ecrit.valeur - pas / 2, ecrit.valeur + pas / 2)
    return ecrit.intervalle


def _lectures(
    phrase: Phrase, part: NombreEcrit, comptes: Sequence[NombreEcrit]
) -> Iterator[tuple[NombreEcrit, NombreEcrit]]:
    """Les couples (partie, tout) que la phrase lie à cette part."""
    # Un point-virgule commence une autre phrase : ses nombres ne sont ni la partie, ni le tout.
    comptes = [x for x in comptes if ";" not in phrase.entre(*sorted((x, part), key=lambda y: y.debut))]
    avant = [x for x in comptes if x.fin <= part.debut]
    apres = [x for x in comptes if x.debut >= part.fin]
    if couple := _n_sur_m(phrase, part, avant, apres):
        yield couple
        return
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
        hauts = [x for x in comptes if re.search(r"%[^;.]*\bsoit (?:environ )?$", phrase.texte[: x.debut])]
        bases = [x for x in comptes if x not in hauts and x.valeur > apres[0].valeur and _meme_unite(x, apres[0])]
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


def _n_sur_m(
    phrase: Phrase, part: NombreEcrit, avant: Sequence[NombreEcrit], apres: Sequence[NombreEcrit]
) -> tuple[NombreEcrit, NombreEcrit] | None:
    """« n sur m », « n des m », « sur m, n », « n pour m », et la part qui les suit ou les annonce."""
    if len(avant) >= 2 and _est_dite_de(phrase, part, avant[-1]):
        un, deux = avant[-2:]
        lien = phrase.entre(un, deux)
        if re.fullmatch(r"[^,;:()]{0,40}\b(?:sur|des) (?:les |un \w+ de )?", lien) and un.valeur < deux.valeur:
            return un, deux
        pour = part.unite == "pour cent" or " sur " in phrase.texte[part.debut : part.fin] or _TAUX.search(phrase.texte)
        if pour and re.fullmatch(r"[^;:()]{0,60}\bpour (?:les )?", lien) and un.valeur < deux.valeur:
            return un, deux
        tete = re.search(r"\b[Ss]ur (?:les |un \w+ de )?$", phrase.texte[: un.debut])
        if tete and deux.valeur < un.valeur and re.match(r"[^;:()]*, ", lien):
            return deux, un
    annonce = len(apres) == 2 and apres[0].valeur < apres[1].valeur and re.search(r":|\(", phrase.entre(part, apres[0]))
    if annonce and re.fullmatch(r"[^,;:()]{0,40}\b(?:sur|pour|des) (?:les )?", phrase.entre(*apres)):
        return apres[0], apres[1]
    return None


def _est_dite_de(phrase: Phrase, part: NombreEcrit, dernier: NombreEcrit) -> bool:
    """Rien d'autre entre le dernier effectif et la part, et celle-ci n'a pas sa propre base."""
    propre = re.match(r" ?(?:des|de la|du|de l'|d')(?! ?entre)", phrase.texte[part.fin :])
    entre = phrase.entre(dernier, part)
    tout = _D_UN_TOUT.match(phrase.texte[part.fin :])
    lie = re.search(
        r"\bsoit\b|\bfait\b|[(:]|\bconstitu|\breprésent|\batteint|\ble taux|\best (?:donc )?de\b|\bcouverture", entre
    )
    return bool(
        lie
        and (not propre or tout)
        and not any(x.genre == PART for x in phrase.nombres if dernier.fin <= x.debut < part.debut)
    )


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
        ensemble = _TAUX.search(debut) or re.search(r"\bsomme|\btotal|\barrondi|\bcumul", phrase.texte, re.IGNORECASE)
        if part.intervalle.bas > 100 and _DE_QUI.match(phrase.texte[part.fin :]) and not ensemble:
            calcul = f"{part.texte} > {_CENT} : une part ne dépasse pas son tout"
            yield phrase.alerte("R1", "E", f"Une part de {part.texte}", calcul, part)


def _ensemble(phrase: Phrase) -> Iterator[Alerte]:
    """Des parts d'un même tout, qui se le partagent : ensemble, elles font 100 %."""
    for parts in _enumerees(phrase, _parts(phrase)):
        if len(parts) >= 2:
            yield from _au_total(phrase, parts, _se_partagent(phrase, parts))


def _se_partagent(phrase: Phrase, parts: Sequence[NombreEcrit]) -> str:
    """Le niveau d'une somme de parts au-dessus de 100 % ; vide quand elles peuvent se recouvrir, ou sont des taux."""
    tete, suite = phrase.texte[: parts[0].debut], phrase.texte[parts[0].fin :]
    partage = _PARTAGE.search(phrase.texte)
    if _CUMULABLES.search(phrase.texte) or _A_SON_OBJET.match(suite):
        return ""
    if _REPARTIT.search(phrase.texte):
        return "E"
    if _TAUX.search(tete) or _JOURS.search(phrase.texte) or _annees_apres(phrase, parts[0]):
        return ""
    if re.fullmatch(r"\W*(?:[^,]{0,40}, )?", tete):
        return "D" if partage or _SONT_QUELQUE_PART.match(suite) else ""
    return "E" if partage else _un_peu_plus_de_cent(phrase, parts)


def _un_peu_plus_de_cent(phrase: Phrase, parts: Sequence[NombreEcrit]) -> str:
    """Sans mot de partage, un peu plus de 100 % en trois parts ou plus ne peut guère être autre chose."""
    peu = len(parts) > 2 and sum(x.valeur for x in parts) <= _PEU_PLUS_DE_CENT
    if peu and all(_REPETE.search(phrase.texte[: x.debut]) for x in parts):
        return "E"
    cites = peu and all(phrase.texte[x.debut - 1] == "(" for x in parts)
    return "D" if cites or _ELLIPSE.search(phrase.texte) else ""


def _annees_apres(phrase: Phrase, part: NombreEcrit) -> bool:
    return any(x.genre == ANNEE and x.debut > part.debut for x in phrase.nombres)


def _au_total(phrase: Phrase, parts: Sequence[NombreEcrit], niveau: str) -> Iterator[Alerte]:
    somme = add(parts)
    calcul = f"{somme.ecrite} = {nombre(somme.milieu, max(x.chiffres for x in parts))}"
    if niveau and somme.resultat.bas > 100:
        niveau = niveau if all(x.exact for x in parts) else "D"
        titre = "Des parts qui dépassent ensemble 100 %"
        yield phrase.alerte("R1", niveau, titre, f"{calcul}, plus de {_CENT}", *parts)
    elif niveau == "E" and len(parts) > 2 and _PRESQUE_CENT <= somme.resultat.haut < 100:
        titre = "Des parts qui ne font pas ensemble 100 %"
        yield phrase.alerte("R1", "D", titre, f"{calcul}, et non {_CENT}", *parts)


def _listes_de_parts(lues: Sequence[Phrase]) -> Iterator[Alerte]:
    """« Répartition des dépenses : », puis une part par ligne."""
    rang = 0
    while rang < len(lues):
        suite = list(takewhile(_est_un_poste, lues[rang + 1 :]))
        if len(suite) >= 3 and _PARTAGE.search(lues[rang].texte) and not _CUMULABLES.search(lues[rang].texte):
            yield from _au_total(suite[0], [x for p in suite for x in p.nombres], "E")
        rang += len(suite) + 1


def _est_un_poste(phrase: Phrase) -> bool:
    seule = phrase.nombres[0] if len(phrase.nombres) == 1 else None
    return bool(seule and seule.genre == PART and re.search(r"[:\t(–-] ?$", phrase.texte[: seule.debut]))


def _enumerees(phrase: Phrase, parts: Sequence[NombreEcrit]) -> list[list[NombreEcrit]]:
    """Les parts qui se suivent dans une énumération ; une parenthèse et « contre » n'en sont pas."""
    suites: list[list[NombreEcrit]] = []
    for part in parts:
        entre = re.sub(r"\bsoit [^,;]*,?", "", phrase.entre(suites[-1][-1], part)) if suites else ""
        entre = re.sub(r"^\)([^()\d]*)\($", r"\1", entre)
        # « … ; pour l'autre, 60 % » : un point-virgule commence un autre tout, sauf s'il sépare chaque élément.
        deux = suites[-1][-2:] if suites else []
        autre = ";" in entre and len(deux) == 2 and ";" not in phrase.entre(*deux)
        suite = (
            suites
            and not autre
            and re.search(r",|;|\bet\b|\bou\b", entre)
            and not re.search(r"[()]|\bcontre\b|\bdont\b|[.!?] ", entre)
        )
        if suite:
            suites[-1].append(part)
        else:
            suites.append([part])
    return suites
