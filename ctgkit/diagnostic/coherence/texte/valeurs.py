"""Une même chose dite deux fois : deux nombres pour une notion, deux dates pour un acte, lettres et chiffres."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from ctgkit.diagnostic.coherence.alerte import Alerte, Chiffre
from ctgkit.diagnostic.coherence.texte import Texte
from ctgkit.diagnostic.coherence.texte.nombres import ANNEE, COMPTE, MONTANT, PART, NombreEcrit, Phrase, phrases
from ctgkit.diagnostic.coherence.texte.periodes import dates_de
from ctgkit.formats import date_longue
from ctgkit.texte import fold

_ENTIER = re.compile(
    r"\b(?:compte|sommes|regroup\w+|rassembl\w+|compren\w+|réunit|totalis\w+"
    r"|(?:compos|constitu|form|fort)\w* de)(?: (?:actuellement|aujourd'hui|au total|désormais))? $",
    re.IGNORECASE,
)
_TOUS = re.compile(r"\b(?:les|ses|nos|des|aux) $", re.IGNORECASE)
_LIEU = (
    r"(?:du|de la|de l'|de notre|de ce|de cette|de son|de sa) ?(?:territoire|agglomération|intercommunalité"
    r"|collectivité|communauté(?: de communes| d'agglomération)?|pays|ville|commune|epci|métropole)"
)
_APRES_TOUS = re.compile(
    rf"^ ?(?:{_LIEU}|membres)?(?: ?[,.;)]|$| (?:ont|sont|se|seront|auront|peuvent|doivent|en|\w+(?:ent|ront|it|e))\b)"
)
_PARTICIPE = r"[\w'-]+(?:ée?s|ies|ues)\b"
# Le nom s'arrête au premier mot qui n'en est pas : un lieu, un participe, un verbe, une ponctuation.
_NOM_ENTIER = re.compile(
    rf" (?P<nom>[^\W\d][\w'-]+[sx](?: (?!{_PARTICIPE})(?:de |d')?[^\W\d][\w'-]+[sx])?)(?= {_LIEU}|[ ,.;)]|$)"
    rf"(?! (?!{_PARTICIPE})(?:de |d')?(?!{_LIEU})[\w'-]+[sx]\b)",
    re.IGNORECASE,
)
_SUJET = re.compile(
    r"^(?P<cadre>[^,]{0,40}, )?(?:le|la|l'|les|cette|ce|son|sa|une?) ?(?P<sujet>[^\W\d][^\d,;:.()]{2,70}?),? ?"
    r"(?:s'élèv\w+ à|s'élevait à|est de|est fixée? à|est porté\w* à|atteint|s'établit à|se monte à|est égale? à"
    r"|d'un montant de|:|de)"
    r"(?: (?:un montant de|environ))? $",
    re.IGNORECASE,
)
_VIDES = frozenset(
    """le la les l un une de des du d a au aux et en sur pour par total totale montant annuel annuelle""".split()  # noqa: SIM905
)
_ACTE = re.compile(
    r"\b(?P<acte>délibération|décision|arrêté|avenant)\b(?: n ?° ?(?P<numero>[\w./-]*\w))?"
    r"(?: (?:du|de la|de l') ?"
    r"(?P<corps>(?:conseil|bureau|comité|commission|assemblée|président|maire)[^,;.\d]{0,40}?))?"
    r"(?:,? ?(?:en date|prise|adoptée|votée))? ?du $",
    re.IGNORECASE,
)
_VERBES = {
    "signature": re.compile(r"\bsignée?s?[^,;.]{0,15} le $", re.IGNORECASE),
    "adoption": re.compile(r"\b(?:adopté|approuvé|voté|validé)e?s?[^,;.]{0,30} (?:le|du) $", re.IGNORECASE),
    "prise d’effet": re.compile(
        r"\b(?:(?:prend|prendra|prenant) effet|entre(?:ra)? en vigueur)[^,;.]{0,20} (?:le|du|au) $", re.IGNORECASE
    ),
    "fin": re.compile(
        r"(?:\b(?:prend|prendra) fin|s'achèv\w+|arrive à échéance|\bexpire)[^,;.]{0,20} le $", re.IGNORECASE
    ),
}
_OBJET = re.compile(
    r"\b(?:(?:la|cette) (?:présente )?(?:convention|ctg|charte)|l'avenant"
    r"|le (?:contrat|protocole|diagnostic|plan d'actions?))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Dite:
    """Une valeur rangée sous ce dont elle est dite ; `annee` : 0 quand elle n'est pas écrite."""

    notion: str
    phrase: Phrase
    lu: NombreEcrit
    annee: int
    entiere: bool = True


def check_valeurs(texte: Texte) -> Iterator[Alerte]:
    lues = phrases(texte)
    for phrase in lues:
        yield from _lettres_et_chiffres(phrase)
    par_notion: dict[str, list[Dite]] = defaultdict(list)
    for phrase in lues:
        for dite in _dites(phrase):
            par_notion[dite.notion].append(dite)
    for dites in par_notion.values():
        yield from _rivales(dites)
    yield from _actes(lues)


def _lettres_et_chiffres(phrase: Phrase) -> Iterator[Alerte]:
    """« vingt-trois (24) communes »."""
    for a, b in zip(phrase.nombres, phrase.nombres[1:], strict=False):
        en_lettres = phrase.texte[a.debut].isalpha() != phrase.texte[b.debut].isalpha()
        ferme = phrase.texte[b.fin :].lstrip().startswith(")")
        meme = a.genre == b.genre or COMPTE in (a.genre, b.genre)
        if (
            en_lettres
            and meme
            and phrase.entre(a, b).strip() == "("
            and ferme
            and not a.intervalle.touches(b.intervalle)
        ):
            calcul = f"{a.nu} ≠ {b.nu} : « {phrase.texte[a.debut : b.fin]}) »"
            yield phrase.alerte("R3", "E", "Un nombre en lettres, un autre en chiffres", calcul, a, b)


def _dites(phrase: Phrase) -> Iterator[Dite]:
    annees = {int(x.valeur) for x in phrase.nombres if x.genre == ANNEE}
    if len(annees) > 1:
        return
    annee = next(iter(annees), 0)
    entiers = set(_entiers(phrase))
    for x in phrase.nombres:
        avant = phrase.texte[: x.debut]
        if x.genre == COMPTE and not x.unite and not x.article and x.exact:
            nom = _NOM_ENTIER.match(phrase.texte[x.fin :])
            if nom and (x in entiers or (_TOUS.search(avant) and _APRES_TOUS.match(phrase.texte[x.fin + nom.end() :]))):
                yield Dite(f"n {fold(nom['nom']).rstrip('sx')}", phrase, x, annee, x in entiers)
        elif x.genre in (MONTANT, PART) and x.exact and (sujet := _SUJET.match(avant)):
            cadre = fold(sujet["cadre"] or "")
            mots = [m for m in re.findall(r"[a-z]+", fold(sujet["sujet"])) if m not in _VIDES]
            if len(mots) >= 2 and not re.search(r"\bcompar|\bcontre\b", fold(avant)):
                ailleurs = re.sub(r"en \d{4}|\W", "", cadre)
                yield Dite(f"{x.genre} {ailleurs} {' '.join(mots)}", phrase, x, annee)


def _entiers(phrase: Phrase) -> Iterator[NombreEcrit]:
    """« le territoire compte 8 centres sociaux, 12 crèches et 3 relais » : ce que le lieu compte en tout."""
    dernier: NombreEcrit | None = None
    for x in phrase.comptes:
        suit = dernier and re.fullmatch(r"[^,;:.()]*(?:,| et) ", phrase.entre(dernier, x))
        if _ENTIER.search(phrase.texte[: x.debut]) or suit:
            dernier = x
            yield x


def _rivales(dites: Sequence[Dite]) -> Iterator[Alerte]:
    """Deux valeurs, et deux seulement, que rien ne distingue ; trois valeurs sont une série."""
    paires = [(a, b) for a, b in combinations(dites, 2) if a.annee == b.annee or not a.annee or not b.annee]
    paires = [(a, b) for a, b in paires if not a.lu.intervalle.touches(b.lu.intervalle)]
    if not paires or len({d.lu.valeur for d in dites}) != 2 or not any(d.entiere for d in dites):
        return
    a, b = paires[0]
    niveau = "E" if a.annee and a.annee == b.annee else "D"
    quoi = f" {a.lu.nom}" if a.lu.nom else ""
    lieux = f"{a.phrase.ou(a.lu.debut)} et {b.phrase.ou(b.lu.debut)}"
    yield Alerte(
        "R3",
        niveau,
        f"Deux valeurs pour une même chose : {a.lu.texte} et {b.lu.texte}{quoi}",
        f"{a.lu.nu} ≠ {b.lu.nu} ({lieux})",
        (a.phrase.chiffre(a.lu), b.phrase.chiffre(b.lu)),
        () if a.annee else ("des années ou des périmètres différents : les écrire",),
    )


def _actes(lues: Sequence[Phrase]) -> Iterator[Alerte]:
    """Un acte, deux dates : certain quand il porte le même numéro."""
    par_acte: dict[tuple[str, str], dict[str, Phrase]] = defaultdict(dict)
    for phrase in lues:
        for acte, niveau, ecrite in _dates_d_actes(phrase):
            par_acte[acte, niveau].setdefault(ecrite, phrase)
    for (acte, niveau), dates in par_acte.items():
        if len(dates) == 2:
            (une, p), (autre, q) = dates.items()
            chiffres = tuple(Chiffre(d, x.ou(), x.texte[:90]) for d, x in dates.items())
            calcul = f"{une} ≠ {autre} ({p.ou()} et {q.ou()})"
            yield Alerte(
                "dates", niveau, f"Deux dates pour un même acte : {acte}", calcul, chiffres, ("deux actes distincts",)
            )


def _dates_d_actes(phrase: Phrase) -> Iterator[tuple[str, str, str]]:
    lues = [(e, d) for e, d in dates_de(phrase.texte) if d]
    for ecrite, lue in lues:
        avant = phrase.texte[: phrase.texte.find(ecrite)]
        if (acte := _ACTE.search(avant)) and (acte["numero"] or acte["corps"]):
            nom = (
                f"{acte['acte'].lower()} n° {acte['numero']}"
                if acte["numero"]
                else f"{acte['acte']} {acte['corps']}".lower()
            )
            yield nom.strip(), "E" if acte["numero"] else "D", date_longue(lue)
        elif objet := _OBJET.search(avant):
            for nom, verbe in _VERBES.items():
                if verbe.search(avant):
                    yield f"{nom}, {fold(objet.group()).replace('presente ', '')}", "D", date_longue(lue)
