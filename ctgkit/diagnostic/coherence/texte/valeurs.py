"""Une même chose dite deux fois : deux nombres pour une notion, deux dates pour un acte, lettres et chiffres."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from ctgkit.diagnostic.coherence.alerte import Alerte, Chiffre
from ctgkit.diagnostic.coherence.documents import is_duree_exacte, is_duree_possible
from ctgkit.diagnostic.coherence.texte import Ligne, Texte
from ctgkit.diagnostic.coherence.texte.decoupage import Phrase, phrases
from ctgkit.diagnostic.coherence.texte.nombres import ANNEE, COMPTE, DUREE, MONTANT, PART, NombreEcrit
from ctgkit.formats import MOIS, date_longue, nombre, pluriel
from ctgkit.texte import fold, shorten

_MOIS = "|".join([*MOIS, "fevrier", "aout", "decembre"])
_DATE = re.compile(rf"\b(\d{{1,2}})(?:er)?\s*(?:/|\s)\s*(\d{{1,2}}|{_MOIS})\s*(?:/|\s)\s*(\d{{4}})\b", re.IGNORECASE)
_PERIODE = re.compile(r"(?<![\d/-])((?:19|20)\d{2})\s?[-–—/]\s?((?:19|20)\d{2})(?![\d/-])")
_CTG = re.compile(r"\bctg\b|convention territoriale globale", re.IGNORECASE)
_JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_JOUR_DATE = re.compile(
    rf"\b(?P<jour>{'|'.join(_JOURS)}) (?P<numero>\d{{1,2}})(?:er)? (?P<mois>{_MOIS}) (?P<annee>\d{{4}})\b",
    re.IGNORECASE,
)
_JOUR_ET_MOIS = re.compile(rf"(?<![\d,.])\b(\d{{1,2}})(?:er)? ({_MOIS})\b(?! \d{{4}})", re.IGNORECASE)
_ENTRE_ANNEES = re.compile(
    r"\b(?:entre|de|années?) ((?:19|20)\d{2}) (?:et|à) ((?:19|20)\d{2})(?=,? soit\b|\)?\.?$)", re.IGNORECASE
)
_MOIS_A_MOIS = re.compile(rf"\b({_MOIS}) (\d{{4}}) (?:à|au) ({_MOIS}) (\d{{4}})\b", re.IGNORECASE)
# « du 10 au 21 juin 2024 », « du 3 mars au 28 mars 2025 » : le mois et l'année ne sont écrits qu'à la fin.
_SEMAINE = f"(?:{'|'.join(_JOURS)})"
_JOUR_A_JOUR = re.compile(
    rf"\bdu (?:{_SEMAINE} )?(\d{{1,2}})(?:er)?(?: ({_MOIS}))?"
    rf" au (?:{_SEMAINE} )?(\d{{1,2}})(?:er)? ({_MOIS}) (\d{{4}})\b",
    re.IGNORECASE,
)
_JUSQU_A_LA_PERIODE = re.compile(
    r",? ?(?:(?:s'étend\w*|cour\w+|all\w+|sign\w+|conclu\w*|couvr\w+|début\w+|commenc\w+|port\w+) ?)?"
    r"(?:de|du|le|entre|à (?:compter|partir) du)? ?",
    re.IGNORECASE,
)
_AUTRE_DUREE = re.compile(
    r"\b(?:ouvr|préavis|délai|terme|renouvel|plus tard|après|avant|depuis|reconduc|prolong|âge)", re.IGNORECASE
)
_AVANT_PERIODE = re.compile(
    r"^[ ,(:]*(?:allant |courant |qui court |à compter |à partir |soit )?(?:du|le)? ?$", re.IGNORECASE
)
_APRES_PERIODE = re.compile(
    r"^[ ,(:]*(?:soit|pour|pendant|d'une durée|c'est-à-dire|\()?[^,;.]{0,25}$"
    r"|\bsoit\b[^,;.]{0,25}$|\bdurée\b[^;.]{0,25}$",
    re.I,
)
_CONCLUE = re.compile(r"\b(?:conclue|signée|durée|valable)\b", re.IGNORECASE)
_PLAGE = re.compile(r"\bde (\d{1,2}) ?h ?(\d{2})? à (\d{1,2}) ?h ?(\d{2})?(?!\w)", re.IGNORECASE)
_DU_AU = re.compile(
    r"\b(?:du|à compter du|depuis le|à partir du)\b.{0,40}?\b(?:au|jusqu'au)\b"
    r"|\b(?:délivré|accordé|ouvert|signé|conclu)\w*,? le\b.{0,60}?\b(?:expire|échéance|achev|achèv|termine|fin)"
    r"|\d{4} ?[-–—] ?\d{1,2}(?:er)? ?(?:/|[a-zéû]+ )"
    r"|\b(?:effet|vigueur|débute|commence|à compter du)\b.{0,60}?\b(?:fin|achève|termine|échéance|expire|jusqu'au)\b",
    re.IGNORECASE,
)
_SEANCE = re.compile(r"(?i)^\W*(?:séance|seance)\s*(?:du|:)|délibération du conseil\b.{0,40}\bdu\b")
_RECU = re.compile(r"(?i)\b(?:reçu|envoyé|transmis)\s+(?:en|à la)\s+(?:préfecture|sous-préfecture)")


@dataclass(frozen=True)
class Periode:
    debut: int
    fin: int
    ligne: int
    ecrit: str


def check_periodes(texte: Texte) -> Iterator[Alerte]:
    yield from _impossibles(texte)
    periodes = list(_periodes(texte))
    yield from _periodes_rivales(texte, periodes)
    yield from _durees(texte)
    yield from _transmise_avant(texte)


def dates_de(phrase: str) -> Iterator[tuple[str, date | None]]:
    """Chaque date écrite, et None quand elle n'existe pas au calendrier."""
    yield from ((trouve.group(), _date(trouve)) for trouve in _DATE.finditer(phrase))


def _date(trouve: re.Match[str]) -> date | None:
    jour, mois, annee = trouve.groups()
    try:
        return date(int(annee), _mois(mois), int(jour))
    except ValueError:
        return None


def _mois(ecrit: str) -> int:
    if ecrit.isdigit():
        return int(ecrit)
    nu = ecrit.lower().replace("é", "e").replace("û", "u")
    return [m.replace("é", "e").replace("û", "u") for m in MOIS].index(nu) + 1


def _impossibles(texte: Texte) -> Iterator[Alerte]:
    for ligne in texte.pleines():
        for ecrit, lue in [*dates_de(ligne.net), *_sans_annee(ligne.net)]:
            if lue is None:
                yield _alerte_date(texte, ligne, ecrit, "n’existe pas", f"{ecrit} n’est pas une date")
        for trouve in _JOUR_DATE.finditer(ligne.net):
            lue = _date_du_jour(trouve)
            if lue and _JOURS[lue.weekday()] != trouve["jour"].lower():
                dit = f"le {date_longue(lue)} est un {_JOURS[lue.weekday()]}, le document dit {trouve['jour'].lower()}"
                yield _alerte_date(texte, ligne, trouve.group(), ": ce jour n’est pas le bon", dit)


def _alerte_date(texte: Texte, ligne: Ligne, ecrit: str, quoi: str, dit: str) -> Alerte:
    """La phrase citée commence peu avant la date : une ligne peut être un long paragraphe."""
    debut = ligne.net.rfind(". ", 0, ligne.net.find(ecrit)) + 1
    chiffre = Chiffre(ecrit, texte.ou(ligne.numero), shorten(ligne.net[debut:], 90))
    return Alerte("dates", "E", f"« {ecrit} » {quoi}", dit, (chiffre,))


def _sans_annee(phrase: str) -> Iterator[tuple[str, date | None]]:
    """« avant le 31 avril » : un jour que le mois n'a jamais."""
    for trouve in _JOUR_ET_MOIS.finditer(phrase):
        try:
            yield trouve.group(), date(2024, _mois(trouve.group(2)), int(trouve.group(1)))
        except ValueError:
            yield trouve.group(), None


def _date_du_jour(trouve: re.Match[str]) -> date | None:
    try:
        return date(int(trouve["annee"]), _mois(trouve["mois"]), int(trouve["numero"]))
    except ValueError:
        return None


def _periodes(texte: Texte) -> Iterator[Periode]:
    """Les périodes de la convention elle-même : au titre, ou à l'article de la durée."""
    for rang, ligne in enumerate(texte.lignes):
        voisines = " ".join(x.net for x in texte.lignes[max(0, rang - 3) : rang + 1])
        dates = [d for _, d in dates_de(ligne.net) if d]
        if _DU_AU.search(ligne.net) and len(dates) == 2 and re.search(r"(?i)convention|ctg", voisines):
            yield Periode(dates[0].year, dates[1].year, ligne.numero, ligne.net[:100])
        elif (
            len(trouvees := _PERIODE.findall(ligne.net)) == 1
            and _CTG.search(voisines)
            and "cog" not in ligne.net.lower()
        ):
            yield Periode(int(trouvees[0][0]), int(trouvees[0][1]), ligne.numero, ligne.net[:100])


def _periodes_rivales(texte: Texte, periodes: list[Periode]) -> Iterator[Alerte]:
    """Deux périodes qui se chevauchent sans être égales ; celle d'une convention précédente ne se chevauche pas."""
    distinctes = list({(p.debut, p.fin): p for p in reversed(periodes)}.values())
    for i, a in enumerate(distinctes):
        for b in distinctes[i + 1 :]:
            if a.debut <= b.fin and b.debut <= a.fin and (a.debut == b.debut or a.fin == b.fin):
                dit = f"{a.debut}-{a.fin} ({texte.ou(a.ligne)}) et {b.debut}-{b.fin} ({texte.ou(b.ligne)})"
                chiffres = tuple(Chiffre(f"{p.debut}-{p.fin}", texte.ou(p.ligne), p.ecrit) for p in (a, b))
                yield Alerte("dates", "D", "Deux périodes pour la convention", dit, chiffres, ("une prolongation",))


def _durees(texte: Texte) -> Iterator[Alerte]:
    """« les 4 années de la Ctg (2023/2026) » : quatre années civiles, ou trois de date à date."""
    for phrase in phrases(texte):
        durees = [x for x in phrase.nombres if x.genre == DUREE and not x.article]
        dates = list(_reperees(phrase.texte))
        if len(dates) == 2 and _DU_AU.search(phrase.texte):
            yield from _date_a_date(phrase, dates[0], dates[1], durees)
        elif len(dates) < 2 and (plage := _plage_de_jours(phrase.texte) or _plage_de_mois(phrase.texte)):
            yield from _date_a_date(phrase, *plage, durees)
        elif len(durees) == 1 and durees[0].unite == "an":
            yield from _annee_a_annee(phrase, durees[0])
        yield from _horaires(phrase, durees)


Repere = tuple[int, int, date]


def _plage_de_jours(phrase: str) -> tuple[Repere, Repere] | None:
    for trouve in _JOUR_A_JOUR.finditer(phrase):
        jour, mois, fin, mois_fin, annee = trouve.groups()
        try:
            dates = [date(int(annee), _mois(m), int(j)) for j, m in ((jour, mois or mois_fin), (fin, mois_fin))]
        except ValueError:
            return None
        return (trouve.start(), trouve.start(), dates[0]), (trouve.end(), trouve.end(), dates[1])
    return None


def _plage_de_mois(phrase: str) -> tuple[Repere, Repere] | None:
    """« de janvier 2024 à décembre 2027 » : du premier jour de l'un au dernier de l'autre."""
    if not (trouve := _MOIS_A_MOIS.search(phrase)):
        return None
    mois, annee, mois_fin, annee_fin = trouve.groups()
    suivant = int(annee_fin) * 12 + _mois(mois_fin)
    fin = date(suivant // 12, suivant % 12 + 1, 1) - timedelta(days=1)
    return (trouve.start(), trouve.start(), date(int(annee), _mois(mois), 1)), (trouve.end(), trouve.end(), fin)


def _reperees(phrase: str) -> Iterator[tuple[int, int, date]]:
    """Chaque date possible, et où elle commence et finit."""
    for trouve in _DATE.finditer(phrase):
        if (lue := _date(trouve)) is not None:
            yield trouve.start(), trouve.end(), lue


def _date_a_date(phrase: Phrase, debut: Repere, fin: Repere, durees: list[NombreEcrit]) -> Iterator[Alerte]:
    periode = f"{date_longue(debut[2])} au {date_longue(fin[2])}"
    if fin[2] < debut[2]:
        chiffre = Chiffre(periode, phrase.ou(debut[0]), shorten(phrase.texte, 90))
        dit = f"du {periode} : la période finit avant de commencer"
        yield Alerte(
            "dates", "E", "Une période qui finit avant de commencer", dit, (chiffre,), ("deux dates échangées",)
        )
        return
    liees = [x for x in durees if _est_liee(phrase, x, debut[0], fin[1])]
    if (
        not liees
        and phrase.avant
        and not list(_reperees(phrase.avant.texte))
        and re.search(r"(?i)convention|elle", phrase.texte)
    ):
        liees = [x for x in phrase.avant.nombres if x.genre == DUREE and _CONCLUE.search(phrase.avant.texte[: x.debut])]
    if len(liees) == 1 and liees[0].exact and not is_duree(debut[2], fin[2], liees[0]):
        yield _alerte_duree(phrase, liees[0], periode, _write_duree(debut[2], fin[2], liees[0].unite), "E")


def _est_liee(phrase: Phrase, duree: NombreEcrit, debut: int, fin: int) -> bool:
    """« pour quatre ans, du… au… », « du… au…, soit quatre ans » : la durée de cette période, et non d'autre chose."""
    autour = phrase.texte[max(0, duree.debut - 25) : duree.debut] + phrase.texte[duree.fin : duree.fin + 15]
    if _AUTRE_DUREE.search(autour):
        return False
    if duree.fin <= debut:
        avant = re.search(
            r"\b(?:pour|durée|prévu\w*|bail|dur\w+|pendant|contrat)\b[^,;.]{0,20}$", phrase.texte[: duree.debut]
        )
        suite = phrase.texte[duree.fin : debut]
        return bool(_AVANT_PERIODE.match(suite) or (avant and _JUSQU_A_LA_PERIODE.fullmatch(suite)))
    if duree.debut < fin:
        return bool(re.search(r"\bpour (?:une durée de )?$", phrase.texte[debut : duree.debut]))
    return bool(_APRES_PERIODE.search(phrase.entre(fin, duree)))


def is_duree(debut: date, fin: date, duree: NombreEcrit) -> bool:
    """Date à date, au jour, à la quinzaine ou au mois près selon l'unité ; le dernier jour compris ou non."""
    jours = (fin - debut).days + 1
    if duree.unite == "an":
        return is_duree_exacte(debut, fin, duree.valeur)
    par_unite = {
        "mois": (30.44, 16),
        "semaine": (7, 3),
        "jour": (1, 1),
        "semestre": (182.6, 16),
        "trimestre": (91.3, 16),
    }
    if duree.unite not in par_unite:
        return True
    un, jeu = par_unite[duree.unite]
    return abs(jours - duree.valeur * un) <= jeu


def _write_duree(debut: date, fin: date, unite: str) -> str:
    """Ce que dure la période, dans l'unité annoncée : « 4 ans », « 6 mois »."""
    jours = (fin - debut).days + 1
    if unite in ("jour", "semaine"):
        return pluriel(jours, "jour")
    mois = round(jours / 30.44)
    ans, reste = divmod(mois, 12)
    if unite != "an" or not ans:
        return pluriel(mois, "mois", "mois")
    return f"{pluriel(ans, 'an')} et {reste} mois" if reste else pluriel(ans, "an")


def _annee_a_annee(phrase: Phrase, duree: NombreEcrit) -> Iterator[Alerte]:
    """Une période d'années civiles : n ou n + 1, selon que l'on compte de date à date ou non."""
    periodes = _PERIODE.findall(phrase.texte) or _ENTRE_ANNEES.findall(phrase.texte)
    if len(periodes) != 1 or not duree.exact:
        return
    debut, fin = map(int, periodes[0])
    if fin > debut and not is_duree_possible(debut, fin, duree.valeur):
        liee = re.search(r"\bsoit\b[^,;.]{0,25}$", phrase.texte[: duree.debut], re.IGNORECASE)
        yield _alerte_duree(phrase, duree, f"{debut}-{fin}", pluriel(fin - debut + 1, "an"), "E" if liee else "D")


def _alerte_duree(phrase: Phrase, duree: NombreEcrit, periode: str, calcul: str, niveau: str) -> Alerte:
    lieu = phrase.source.ou(duree.ligne)
    dit = f"{duree.nu} {duree.unite}{'s' if duree.valeur >= 2 and duree.unite != 'mois' else ''}"
    return Alerte(
        "dates",
        niveau,
        f"{dit}, ou la période {periode} ?",
        f"{periode} : {calcul}, le document dit {dit}",
        (Chiffre(dit, lieu, shorten(phrase.texte, 90)), Chiffre(periode, phrase.ou())),
    )


def _horaires(phrase: Phrase, durees: list[NombreEcrit]) -> Iterator[Alerte]:
    """« de 7 h 30 à 18 h 30, soit onze heures » : le seul intervalle, ou la somme de ceux d'une journée."""
    heures = [x for x in durees if x.unite == "heure" and re.search(r"\bsoit\b[^,;.]{0,20}$", phrase.texte[: x.debut])]
    plages = [_plage(t) for t in _PLAGE.finditer(phrase.texte)]
    if (
        len(heures) != 1
        or not plages
        or re.match(r"[^,;.]{0,25}\b(?:semaine|hebdo|mois|an)\b", phrase.texte[heures[0].fin :])
    ):
        return
    dit = heures[0]
    if dit.exact and not any(abs(x - dit.valeur) < 0.01 for x in (sum(plages), *plages)):
        ouvert = nombre(sum(plages), 0 if float(sum(plages)).is_integer() else 2)
        calcul = (
            f"{' + '.join(t.group() for t in _PLAGE.finditer(phrase.texte))} : {ouvert} h, le document dit {dit.nu}"
        )
        yield phrase.alerte("dates", "E", f"{dit.nu} heures, ou {ouvert} ?", calcul, dit)


def _plage(trouve: re.Match[str]) -> float:
    h1, m1, h2, m2 = (int(x or 0) for x in trouve.groups())
    return h2 - h1 + (m2 - m1) / 60


def _transmise_avant(texte: Texte) -> Iterator[Alerte]:
    """Un acte reçu en préfecture avant la séance qui l'adopte."""
    seance = next(((x, d) for x in texte.pleines() if _SEANCE.search(x.net) for _, d in dates_de(x.net) if d), None)
    recu = next(((x, d) for x in texte.pleines() if _RECU.search(x.net) for _, d in dates_de(x.net) if d), None)
    if seance and recu and recu[1] < seance[1]:
        yield Alerte(
            "dates",
            "E",
            "Reçu en préfecture avant la séance",
            f"séance du {date_longue(seance[1])}, reçu le {date_longue(recu[1])}",
            (
                Chiffre(date_longue(seance[1]), texte.ou(seance[0].numero)),
                Chiffre(date_longue(recu[1]), texte.ou(recu[0].numero)),
            ),
        )


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
        meme = PART not in (a.genre, b.genre) and (a.genre == b.genre or COMPTE in (a.genre, b.genre))
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
