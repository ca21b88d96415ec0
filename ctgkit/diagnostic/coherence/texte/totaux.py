"""Les totaux d'un texte : « a, b et c, soit d », « d : a, b et c », « d, dont a et b », listes avec un total."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.operation import Operation, add
from ctgkit.diagnostic.coherence.texte import Texte
from ctgkit.diagnostic.coherence.texte.decoupage import Phrase, phrases
from ctgkit.diagnostic.coherence.texte.nombres import COMPTE, MONTANT, NombreEcrit, is_close
from ctgkit.formats import nombre
from ctgkit.texte import fold

_ANNONCE = re.compile(
    r"\b(?:soit|c'est-à-dire|totalisant|au total|en tout|ensemble|atteint|s'établit à|s'élève à"
    r"|ce qui (?:fait|porte|représente)"
    r"|(?:totalis|regroup|rassembl)(?:e|ent)"
    r"|pour un (?:total|montant|budget|coût)[^,;:]{0,25} de|un total de)\b(?P<entre>[^,;:.()]{0,30})$",
    re.IGNORECASE,
)
_TOTAL = re.compile(r"\b(?:total|totale|totalisant|en tout|ensemble)\b", re.IGNORECASE)
_MOYENNE = re.compile(r"\bmoyenne\b", re.IGNORECASE)
_AUTRE_CHOSE = re.compile(
    r"^\s*[^\s,;.]*(?: [^\s,;.]+){0,4}? ?(?:de plus|de moins|supplémentaires?|différente?s?|distincte?s?|nouve\w+"
    r"|restante?s?)\b|^[^,;.]{0,40}?\b(?:par (?!an\b|ans\b|mois\b|année)|pour \d|sur \d|au km|/)",
    re.IGNORECASE,
)
_SUITE = re.compile(r",|;|\bet\b|\bpuis\b|\bplus\b|\+|\bainsi que\b", re.IGNORECASE)
_RUPTURE = re.compile(
    r"\bdont\b|\bsur\b (?:les |un |une )?$|\bcontre\b|\bsoit\b|\bparmi\b|:|[.!?] |\bpour (?:les |un |une )?$"
    r"|\bà raison\b"
    r"|\bchacune?s?\b|\bà$|\bsur$",
    re.IGNORECASE,
)
_PARTAGE = re.compile(
    r"\bse (?:réparti(?:t|ssent)|(?:partage|compose|décompose|ventile)(?:nt)?)\b"
    r"|\b(?:réparti|composé|ventilé|partagé|constitué|formé)e?s?\b|\bcomprend|\bcomprenant|\bdistribué|\bà savoir\b"
    r"|\bs'établi(?:t|ssent)\b",
    re.IGNORECASE,
)
_EXEMPLES = re.compile(
    r"\b(?:notamment|en particulier|par exemple|entre autres|principalement|y compris|au moins)\b", re.I
)
_NEGATION = re.compile(r"\b(?:n'|ne |aucune? |sans )", re.IGNORECASE)
_CONTRAIRES = (
    "urbain/rural, femme/homme, fille/garcon, public/prive, municipal/associati, collecti/individuel, "
    "titulaire/suppleant, present/absent, present/excuse, titulaire/contractuel, temps plein/temps partiel, "
    "locataire/proprietaire, permanent/saisonnier, pour/contre, interieur/exterieur, matin/apres-midi, "
    "favorable/defavorable"
)
_OPPOSES = [tuple(paire.split("/")) for paire in _CONTRAIRES.split(", ")]
_PRES = 0.05
_RECOUVRENT = re.compile(
    r"\bles deux\b|\bl'un ni l'autre\b|\bà la fois\b|\bégalement\b|\baussi\b|\bcumul", re.IGNORECASE
)
_PARENTHESE = re.compile(r"\([^()]*\)")


def check_totaux(texte: Texte) -> Iterator[Alerte]:
    lues = phrases(texte)
    for phrase in lues:
        yield from _soit(phrase)
        yield from _annonces(phrase)
        yield from _votes(phrase)
        yield from _nommes(phrase)
        yield from _les_autres(phrase)
        yield from _ensemble(phrase)
        yield from _autre_unite(phrase)
    yield from _listes(lues)


def meme_nature(a: NombreEcrit, b: NombreEcrit) -> bool:
    return a.genre == b.genre and a.unite == b.unite


def _soit(phrase: Phrase) -> Iterator[Alerte]:
    """« a, b et c, soit d » : la somme, ou la moyenne quand elle est dite."""
    for rang, dit in enumerate(phrase.comptes):
        avant = phrase.comptes[rang - 1] if rang else None
        annonce = avant and (_ANNONCE.search(phrase.entre(avant, dit)) or _conclut(phrase, avant, dit))
        if not annonce or dit.article or _AUTRE_CHOSE.match(phrase.texte[dit.fin :]):
            continue
        parties = _enumeres(phrase, [x for x in phrase.comptes[:rang] if meme_nature(x, dit)], dit)
        if len(parties) < 2:
            continue
        if _MOYENNE.search(annonce.group()):
            yield from _moyenne(phrase, dit, parties)
        elif is_close(sum(x.valeur for x in parties), dit.valeur) or _TOTAL.search(annonce.group()):
            yield from _somme(phrase, dit, parties)


def _conclut(phrase: Phrase, avant: NombreEcrit, dit: NombreEcrit) -> re.Match[str] | None:
    """« … : 319 places en tout »."""
    lien = re.search(r"[:=]\s*$", phrase.entre(avant, dit))
    return lien and re.match(r"[^,;.:]{0,25}\b(?:en tout|au total)\b", phrase.texte[dit.fin :])


def _enumeres(phrase: Phrase, lus: Sequence[NombreEcrit], dit: NombreEcrit) -> list[NombreEcrit]:
    """Les derniers nombres qu'une énumération seule sépare ; une parenthèse détaille, elle n'ajoute pas."""
    detail = [(m.start(), m.end()) for m in _PARENTHESE.finditer(phrase.texte)]
    dehors = [
        x for x in lus if not any(a < x.debut < b for a, b in detail) or any(a < dit.debut < b for a, b in detail)
    ]
    if not dehors:
        return _entre_parentheses(phrase, lus)
    retenus: list[NombreEcrit] = []
    for x in reversed(dehors):
        entre = _PARENTHESE.sub("", phrase.entre(x, retenus[0])) if retenus else ""
        if re.search(r"\b(?:en|pendant|durant|après) $", phrase.texte[: x.debut]):
            break
        autre_chose = retenus and ";" in entre and retenus[0].tete != x.tete
        if retenus and (autre_chose or not _SUITE.search(entre) or _RUPTURE.search(entre)):
            break
        retenus.insert(0, x)
    return retenus


def _entre_parentheses(phrase: Phrase, lus: Sequence[NombreEcrit]) -> list[NombreEcrit]:
    """« la crèche (42 000 €), le relais (18 000 €) » : chaque parenthèse n'a que le nombre de ce qui la précède."""
    separes = [phrase.entre(a, b) for a, b in pairwise(lus)]
    seuls = all(phrase.texte[x.debut - 1] == "(" for x in lus)
    return [*lus] if seuls and all(re.fullmatch(r"[^()]{0,25}\)[^()\d;:]+\(", s) for s in separes) else []


def _somme(phrase: Phrase, dit: NombreEcrit, parties: Sequence[NombreEcrit]) -> Iterator[Alerte]:
    """Fausse quand ni l'énumération, ni ce qui la termine, ni un produit ne redonnent le total."""
    produit = parties[-1].intervalle * parties[-2].intervalle
    redonne = _a_une_lecture(dit, parties) or produit.touches(dit.intervalle)
    if redonne or any(x.valeur == dit.valeur for x in parties):
        return
    exacts = all(x.exact for x in (dit, *parties))
    yield _alerte(phrase, Operation(dit, add(parties)), "E" if exacts else "D")


def _a_une_lecture(dit: NombreEcrit, parties: Sequence[NombreEcrit]) -> bool:
    """Des nombres qui se suivent font ce total : les autres disent autre chose."""
    suites = (parties[i:j] for i in range(len(parties) - 1) for j in range(i + 2, len(parties) + 1))
    return any(Operation(dit, add(suite)).juste for suite in suites)


def _alerte(phrase: Phrase, somme: Operation[NombreEcrit], niveau: str) -> Alerte:
    dit = somme.annonce
    ecart = nombre(somme.manque, dit.chiffres, signe=True)
    return phrase.alerte(
        "R2",
        niveau,
        f"La somme ne fait pas {dit.texte} {dit.nom}".rstrip(),
        somme.contredit,
        *somme.lus,
        dit=f"écart de {ecart} : un élément oublié ou compté deux fois, ou un total ancien",
    )


def _moyenne(phrase: Phrase, dit: NombreEcrit, parties: Sequence[NombreEcrit]) -> Iterator[Alerte]:
    somme = sum(x.valeur for x in parties)
    moyenne = somme / len(parties)
    if abs(moyenne - dit.valeur) >= 0.5 * 10.0**-dit.chiffres + 1e-9 and dit.exact:
        calcul = (
            f"({' + '.join(x.nu for x in parties)}) / {len(parties)} = {nombre(moyenne, 1)}, le document dit {dit.nu}"
        )
        yield phrase.alerte("R2", "E", f"La moyenne n’est pas {dit.texte}", calcul, dit, *parties)


def _annonces(phrase: Phrase) -> Iterator[Alerte]:
    """« d : a, b et c », « d se répartissent en a et b », « d, dont a et b » : les parties suivent leur tout."""
    for rang, tout in enumerate(phrase.comptes[:-1]):
        suivants = [x for x in phrase.comptes[rang + 1 :] if meme_nature(x, tout)]
        if not suivants or tout.article or _EXEMPLES.search(phrase.texte[tout.fin :]):
            continue
        lien = phrase.entre(tout, suivants[0])
        parties = _parties(phrase, suivants)
        if re.search(r"\bdont (?:\w+ ){0,2}$|\bdont$", lien, re.IGNORECASE) and ";" not in lien:
            yield from _dont(phrase, tout, parties)
        elif len(parties) >= 2 and (exhaustif := _exhaustif(phrase, tout, lien, parties)):
            yield from _repartition(phrase, tout, parties, exhaustif)


def _les_autres(phrase: Phrase) -> Iterator[Alerte]:
    """« 7 des 28 communes …, les 21 autres » : ce qui reste du tout."""
    lus = [x for x in phrase.comptes if x.genre == COMPTE and not x.article]
    autres = [x for x in lus if re.match(r" (?:\w+ )?autres\b", phrase.texte[x.fin :])]
    reste = [x for x in lus if x not in autres]
    if len(autres) == 1 and len(reste) == 2 and autres[0].debut > reste[1].debut:
        somme = Operation(max(reste, key=lambda x: x.valeur), add([min(reste, key=lambda x: x.valeur), autres[0]]))
        if not somme.juste and is_close(somme.expression.milieu, somme.annonce.valeur):
            yield _alerte(phrase, somme, "E" if all(x.exact for x in somme.lus) else "D")


def _nommes(phrase: Phrase) -> Iterator[Alerte]:
    """« 45 enfants, en 4 groupes : Bourg (14), Plaine (12) et Côte (11) »."""
    tete, deux_points, _ = phrase.texte.partition(":")
    parties = [x for x in phrase.comptes if x.debut > len(tete) and x.genre == COMPTE]
    seuls = [x for x in parties if phrase.texte[x.debut - 1] == "(" and phrase.texte[x.fin : x.fin + 1] == ")"]
    if not deux_points or len(seuls) < 3 or seuls != parties or _EXEMPLES.search(phrase.texte):
        return
    touts = [x for x in phrase.comptes if x.fin <= len(tete) and x.genre == COMPTE and x.valeur > len(seuls)]
    sommes = [Operation(x, add(seuls)) for x in touts if is_close(sum(y.valeur for y in seuls), x.valeur)]
    if len(sommes) == 1 and not sommes[0].juste:
        yield _alerte(phrase, sommes[0], "E")


def _ensemble(phrase: Phrase) -> Iterator[Alerte]:
    """« … (24 places), … (20 places) et … (12 places). Ensemble, ils offrent 56 places. »"""
    dits = [x for x in phrase.comptes if not x.article]
    if (
        len(dits) != 1
        or not phrase.avant
        or not re.match(r"(?:ensemble|au total|en tout|(?:le|ce|soit un) total)\b", phrase.texte, re.IGNORECASE)
    ):
        return
    dit = dits[0]
    parties = [x for x in phrase.avant.comptes if meme_nature(x, dit) and x.tete == dit.tete and not x.article]
    if len(parties) >= 2 and (dit.tete or dit.unite) and is_close(sum(x.valeur for x in parties), dit.valeur):
        yield from _somme(phrase, dit, parties)


def _autre_unite(phrase: Phrase) -> Iterator[Alerte]:
    """« 9 354 milliers d'euros, soit 935 400 € » : une puissance de dix entre deux unités."""
    for avant, dit in pairwise(phrase.nombres):
        lien = re.fullmatch(r",? ?(?:\(|soit )(?:environ |près de )?", phrase.entre(avant, dit))
        petit, grand = sorted((avant.valeur, dit.valeur))
        if not lien or not meme_nature(avant, dit) or avant.echelle == dit.echelle or petit <= 0:
            continue
        rapport = grand / petit
        if any(abs(rapport / 10**puissance - 1) < _PRES for puissance in (1, 2, 3, 6)):
            calcul = f"{avant.nu} ≠ {dit.nu} : un rapport de {nombre(rapport)}"
            yield phrase.alerte("R2", "E", f"{dit.texte} : une autre unité ?", calcul, dit, avant)


def _votes(phrase: Phrase) -> Iterator[Alerte]:
    """« 43 voix pour, 4 contre et 3 abstentions sur 52 votants »."""
    for rang, tout in enumerate(phrase.comptes):
        votants = re.match(r"votants?|suffrages?|(?:membres )?présents", tout.nom, re.IGNORECASE)
        parties = [x for x in phrase.comptes[:rang] if meme_nature(x, tout)]
        if votants and len(parties) >= 2 and re.search(r"\babstention", phrase.texte, re.IGNORECASE):
            yield from _repartition(phrase, tout, parties, "E")


def _parties(phrase: Phrase, suivants: Sequence[NombreEcrit]) -> list[NombreEcrit]:
    """L'énumération qui commence là ; une parenthèse détaille, « soit » conclut."""
    retenus = [suivants[0]]
    ouvrante, fermante = phrase.texte.rfind("(", 0, suivants[0].debut), phrase.texte.find(")", suivants[0].fin)
    dedans = ouvrante > phrase.texte.rfind(")", 0, suivants[0].debut)
    for x in suivants[1:]:
        if dedans and x.debut > fermante:
            break
        entre = phrase.entre(retenus[-1], x)
        if "(" in entre and ")" not in entre.split("(")[-1]:
            continue
        net = _PARENTHESE.sub("", entre)
        if not _SUITE.search(net) or _RUPTURE.search(net):
            break
        retenus.append(x)
    return retenus


def _exhaustif(phrase: Phrase, tout: NombreEcrit, lien: str, parties: Sequence[NombreEcrit]) -> str:
    """Le niveau d'une répartition annoncée comme complète ; vide quand rien ne dit qu'elle l'est."""
    somme = sum(x.valeur for x in parties)
    if (
        re.search(r";|\bcontre\b|\bau lieu\b", lien)
        or not is_close(somme, tout.valeur)
        or max(x.valeur for x in parties) > tout.valeur
    ):
        return ""
    if re.search(r":\s*(?:[^\d:;,]{0,60})$", lien) or _PARTAGE.search(lien):
        return "E"
    if re.search(r"\bau total\b|\ben tout\b", phrase.texte[: tout.debut], re.IGNORECASE) and "," in lien:
        return "E"
    if re.search(r"\([^()]{0,20}$", lien) and all(x.fin < phrase.texte.find(")", tout.fin) for x in parties):
        return "E"
    sur_les = re.search(r"\b(?:sur|parmi) (?:les |ces |nos )?$", phrase.texte[: tout.debut], re.IGNORECASE)
    fin = phrase.texte[parties[-1].fin :]
    if sur_les and len(parties) == 2 and _NEGATION.search(fin[:25]):
        return "E"
    # Deux parties d'un tout peuvent se recouvrir : leur somme ne le dépasse pas sans question.
    recouvrent = not sur_les or _RECOUVRENT.search(phrase.texte)
    return "D" if not recouvrent and "," in lien and somme > tout.valeur else ""


def _repartition(phrase: Phrase, tout: NombreEcrit, parties: Sequence[NombreEcrit], niveau: str) -> Iterator[Alerte]:
    somme = Operation(tout, add(parties))
    if not _a_une_lecture(tout, parties):
        yield _alerte(phrase, somme, niveau if all(x.exact for x in somme.lus) else "D")


def _dont(phrase: Phrase, tout: NombreEcrit, parties: Sequence[NombreEcrit]) -> Iterator[Alerte]:
    """Une partie n'est pas plus grande que son tout ; deux parties qui s'excluent le font."""
    premiere = parties[0]
    if premiere.intervalle.bas > tout.intervalle.haut and premiere.valeur < 3 * tout.valeur:
        calcul = f"{premiere.nu} > {tout.nu} : la partie dépasse son tout"
        yield phrase.alerte("R2", "E", f"{tout.texte} {tout.nom}, dont {premiere.texte}", calcul, premiere, tout)
        return
    if len(parties) < 2 or _a_une_lecture(tout, parties):
        return
    somme = Operation(tout, add(parties))
    complets = _s_opposent(phrase, parties)
    if somme.depasse and is_close(tout.valeur, somme.expression.milieu):
        yield _alerte(phrase, somme, "E" if complets or all(_est_une_sorte(x) for x in parties) else "D")
    elif complets and not somme.juste and is_close(tout.valeur, somme.expression.milieu):
        yield _alerte(phrase, somme, "D")


def _s_opposent(phrase: Phrase, parties: Sequence[NombreEcrit]) -> bool:
    dits = [fold(phrase.texte[x.fin : x.fin + 40]) for x in parties]
    return len(parties) == 2 and any(
        (a in dits[0] and b in dits[1]) or (b in dits[0] and a in dits[1]) for a, b in _OPPOSES
    )


def _est_une_sorte(ecrit: NombreEcrit) -> bool:
    """« 14 crèches », « 9 urbaines » : une sorte ; « 9 de plus de 2 000 habitants » peut en recouvrir une autre."""
    return bool(ecrit.nom) and not re.match(r"(?:de|d'|à|ont|sont|qui|avec|ayant|disposant)\b", ecrit.nom.lower())


_SOUS = re.compile(r"^\W*(?:sous[- ]?total|dont)\b", re.IGNORECASE)
_LIGNE_TOTAL = re.compile(r"^\W*(?:(?:soit )?(?:un |le |au )?total|ensemble)\b", re.IGNORECASE)
_LISTE_MAX = 40


def _listes(lues: Sequence[Phrase]) -> Iterator[Alerte]:
    """Des lignes d'un nombre chacune, puis une ligne « Total »."""
    for rang, phrase in enumerate(lues):
        if _LIGNE_TOTAL.match(phrase.texte) and len(phrase.comptes) == 1:
            dit = phrase.comptes[0]
            parties: list[NombreEcrit] = []
            for avant in reversed(lues[max(0, rang - _LISTE_MAX) : rang]):
                lus = [x for x in avant.comptes if x.genre in (COMPTE, MONTANT)]
                if len(lus) != 1 or not meme_nature(lus[0], dit) or _SOUS.match(avant.texte) or len(avant.texte) > 120:
                    break
                parties.insert(0, lus[0])
            if len(parties) >= 2 and not _a_une_lecture(dit, parties):
                yield _alerte(phrase, Operation(dit, add(parties)), "E")
