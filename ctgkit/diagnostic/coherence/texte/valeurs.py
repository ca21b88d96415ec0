"""Une même chose dite deux fois : deux nombres pour une notion, deux dates pour un acte, lettres et chiffres."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
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
_MOIS_A_MOIS = re.compile(
    rf"\b(?:(?<=de )|(?<=d')|(?<=entre ))({_MOIS})(?: (\d{{4}}))? (?:à|au|et) ({_MOIS}) (\d{{4}})\b", re.IGNORECASE
)
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
_ANNIVERSAIRE = re.compile(r"\b(?:fêt|anniversaire|plus tard\b|au bout de\b)", re.IGNORECASE)
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
        elif len(dates) == 2 and len(durees) == 1 and _ANNIVERSAIRE.search(phrase.texte):
            yield from _anniversaire(phrase, dates[0][2], dates[1][2], durees[0])
        elif len(durees) == 1 and durees[0].unite == "an":
            yield from _annee_a_annee(phrase, durees[0])
        yield from _horaires(phrase, durees)


def _anniversaire(phrase: Phrase, debut: date, fin: date, duree: NombreEcrit) -> Iterator[Alerte]:
    """« ouvert le 2 mai 2013, il a fêté ses dix ans le 2 mai 2023 » : d'un jour à l'autre, le dernier exclu."""
    if fin > debut and duree.exact and not is_duree(debut, fin, duree):
        periode = f"{date_longue(debut)} au {date_longue(fin)}"
        yield _alerte_duree(phrase, duree, periode, _write_duree(debut, fin, duree.unite), "E")


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
    return (trouve.start(), trouve.start(), date(int(annee or annee_fin), _mois(mois), 1)), (
        trouve.end(),
        trouve.end(),
        fin,
    )


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
        or heures[0].valeur > _UN_JOUR
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
    r"(?:^|[,;:(] ?)(?P<sujet>[^,;:()]{2,60}?) "
    r"(?:compt(?:e|ent)|dénombr\w+|sommes|regroupe|rassemble|compren\w+|réunit|totalise|offr\w+|propos\w+"
    r"|accueill(?:e|ent)|prévo\w+|dispos\w+ de|emplo\w+|gèr\w+|accompagn\w+|est fixée? à|est de|s'élève à"
    r"|(?:est|sont|se) ?(?:compos|constitu|form|fort)\w* (?:de|d'))"
    r"(?: (?:actuellement|aujourd'hui|au total|désormais))? $",
    re.IGNORECASE,
)
_D_UN_SUJET = re.compile(r"\b(?:le|la|l') ?(?P<sujet>[^\W\d][\w'-]+) (?:de|d') ?$", re.IGNORECASE)
# Un sujet qui renvoie plus haut, ou qui n'est qu'une partie : on ne sait pas de quoi ce nombre est le tout.
_SUJET_INCONNU = re.compile(
    r"^(?:elles?|ils?|on|qui|y|ce|cela|nous|ne|en|dont)\b|\bautres?\b|\d|\b(?:deux|trois|quatre|cinq|six|sept|huit|dix|douze)\b"
    r"|\b(?:chacune?|chaque|certain\w*|plusieurs|leurs?)\b",
    re.IGNORECASE,
)
_TOUS = re.compile(r"(?:(?P<cadre>^[^,]{2,40}), )?\b(?:les|ses|nos|des|aux|ces) $", re.IGNORECASE)
_LIEUX = frozenset(
    """syndicat groupement arrondissement secteur bassin territoire agglomeration intercommunalite collectivite
    communaute commune pays ville epci metropole ensemble notre membre total departement ctg convention offre
    capacite nombre effectif""".split()  # noqa: SIM905
)
_LIENS = frozenset("de du des d la le les l en a au aux chez dans".split())  # noqa: SIM905
_FIN_DE_GROUPE = re.compile(
    r"(?:et|ou|dont|soit|qui|que|sont|est|ont|se|sur|par|pour|avec|contre|ne|n|y|selon|entre|sans|lors)$"
    r"|(?:recens|exist|prevu|annonc|actuel|constat|mentionn|evoqu|dispos)\w*$|\w+(?:ront|erent|aient|ait|era)$"
    r"|(?:19|20)\d\d$"
)
_SUJET = re.compile(
    r"^(?P<cadre>[^,]{0,40}, )?(?:le|la|l'|les|cette|ce|son|sa|une?) ?(?P<sujet>[^\W\d][^\d,;:.()]{2,70}?),? ?"
    r"(?:s'élèv\w+ à|s'élevait à|est de|est fixée? à|est porté\w* à|atteint|s'établit à|se monte à|est égale? à"
    r"|d'un montant de|:|de|\()"
    r"(?: ?(?:un montant de|environ))? ?$",
    re.IGNORECASE,
)
_VIDES = frozenset(
    """le la les l un une de des du d a au aux et en sur pour par total totale montant memoire""".split()  # noqa: SIM905
)
# Ce qui fait une date d'acte : les premières lettres du mot qui le dit.
_ACTES = tuple(
    """delib arret decis avena signe signa valid adopt appro autor courr notif agrem lance effet vigue seanc semin inaug
    publi expir verse depos remis rendu""".split()  # noqa: SIM905
)
_REUNIONS = ("seanc", "semin")
_RACINE = 5
_MOTS_BANALS = frozenset(
    """avec dans pour cette sont elle leur plus tout tous prese avoir fait ainsi chaqu entre sous porta porte relat
    leque compt parti depui jusqu avant apres memoi""".split()  # noqa: SIM905
)
_NUMERO = re.compile(r"\bn ?(?:°|o ) ?([\w./-]*\w)", re.IGNORECASE)
_ORDINAL = re.compile(r"\b(premi|second|deuxi|troisi|précéd|nouve|prochain|dernier)", re.IGNORECASE)
_AUTOUR = 130
_GROUPE_MAX = 12
_TROIS_CHIFFRES = 100
_UN_JOUR = 24
_MOIS_NUS = frozenset(fold(m)[:_RACINE] for m in MOIS)
_BORNES_D_ANNEE = {(1, 1), (31, 12), (1, 9), (31, 8)}


@dataclass(frozen=True)
class Dite:
    """Une valeur rangée sous ce dont elle est dite ; `annee` : 0 quand elle n'est pas écrite."""

    notion: frozenset[str]
    phrase: Phrase
    lu: NombreEcrit
    annee: int
    entiere: bool = True
    total: bool = False


def check_valeurs(texte: Texte) -> Iterator[Alerte]:
    lues = phrases(texte)
    for phrase in lues:
        yield from _lettres_et_chiffres(phrase)
    par_notion: dict[frozenset[str], list[Dite]] = defaultdict(list)
    for phrase in lues:
        for dite in _dites(phrase):
            par_notion[dite.notion].append(dite)
    for notion, dites in par_notion.items():
        yield from list(_rivales(dites)) or _seul_tout(notion, par_notion)
    yield from _permutees(lues)
    yield from _actes(lues)


def _lettres_et_chiffres(phrase: Phrase) -> Iterator[Alerte]:
    """« vingt-trois (24) communes »."""
    for a, b in zip(phrase.nombres, phrase.nombres[1:], strict=False):
        en_lettres = phrase.texte[a.debut].isalpha() != phrase.texte[b.debut].isalpha()
        ferme = phrase.texte[b.fin :].lstrip().startswith(")")
        meme = a.genre == b.genre or (COMPTE in (a.genre, b.genre) and PART not in (a.genre, b.genre))
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
    sujets = _sujets(phrase)
    for x in phrase.nombres:
        avant = phrase.texte[: x.debut]
        if x.genre == COMPTE and not x.unite and not x.article and x.exact and x.valeur > 1:
            yield from _comptee(phrase, x, annee, sujets.get(x))
        elif x.genre in (MONTANT, PART) and x.exact and (sujet := _SUJET.match(avant)):
            cadre = fold(sujet["cadre"] or "")
            mots = _mots_de(sujet["sujet"]) - _VIDES
            if len(mots) >= 2 and not re.search(r"\bcompar|\bcontre\b", fold(avant)):
                ailleurs = re.sub(r"en \d{4}|pour memoire|\W", "", cadre)
                yield Dite(frozenset({x.genre, ailleurs, *mots}), phrase, x, annee)


def _comptee(phrase: Phrase, ecrit: NombreEcrit, annee: int, sujet: str | None) -> Iterator[Dite]:
    """Ce qu'un nombre compte, sous le même nom dans « le relais suit n … » et dans « les n … du relais »."""
    groupe = _groupe(phrase.texte[ecrit.fin :])
    if not groupe or _autre_chose(phrase, ecrit):
        return
    avant = phrase.texte[: ecrit.debut]
    defini = _TOUS.search(avant)
    tete, complement = groupe[0], set(groupe[1:]) - _LIEUX
    if sujet is not None:
        notion = {tete, *complement, *(_mots_de(sujet) - _LIEUX - _VIDES)}
        yield Dite(frozenset(notion), phrase, ecrit, annee, total=True)
    elif defini:
        cadre = _mots_de(defini["cadre"] or "") - _LIEUX - _VIDES
        yield Dite(frozenset({tete, *complement, *cadre}), phrase, ecrit, annee)
        if cadre:
            yield Dite(frozenset({tete, *complement}), phrase, ecrit, annee)
    elif complement and re.search(r"[\w'] $", avant) and not re.search(r"\bet $", avant):
        # Sans article, ce n'est le tout que du lieu que la phrase nomme.
        noms = {fold(m).rstrip("sx") for m in re.findall(r"(?<=[\w,] )(?:[ld]')?[A-ZÉÈ][\w'-]+", avant)}
        yield Dite(frozenset({tete, *complement, *noms}), phrase, ecrit, annee, entiere=False)


def _autre_chose(phrase: Phrase, ecrit: NombreEcrit) -> bool:
    """Une partie (« 12 autres », « 6 nouvelles »), une autre époque (« comptait »), un rapport (« pour 12 »)."""
    avant, apres = phrase.texte[max(0, ecrit.debut - 30) : ecrit.debut], phrase.texte[ecrit.fin : ecrit.fin + 40]
    return bool(
        re.match(
            r" (?:autres|premi\w+|derni\w+)|[^,;.]{0,30}\b(?:(?:par|chacune?|qu[ei]|dont|où)\b|supplémentaire|nouve)",
            apres,
        )
        or re.search(
            r"\b(?:dont|parmi|où|plus de|moins de|autres|\w+ait|\w+aient|ouvr\w+|cré\w+)\b[^,;.]{0,12}$", avant
        )
    )


def _groupe(suite: str) -> tuple[str, ...]:
    """Le nom compté et ce qui le précise, un mot après l'autre, jusqu'à un verbe ou une ponctuation."""
    retenus: list[str] = []
    lie = True
    for mot in re.findall(r"[^\W_]+(?:-[^\W_]+)*|[^\w\s'’-]", suite)[:_GROUPE_MAX]:
        nu = fold(mot)
        accord = nu[-1:] in "sx" and len(nu) > 3
        if nu in _LIENS:
            lie = True
        elif not nu[0].isalnum() or _FIN_DE_GROUPE.match(nu) or not (accord or (lie and retenus)):
            break
        else:
            retenus.append(nu.rstrip("sx"))
            lie = False
    return tuple(retenus)


def _mots_de(sujet: str) -> set[str]:
    mots = re.findall(r"[^\W_]+(?:-[^\W_]+)*", fold(sujet))
    return {m.rstrip("sx") for m in mots if m not in _LIENS and len(m) > 1}


def _sujets(phrase: Phrase) -> dict[NombreEcrit, str]:
    """« le territoire compte 8 centres sociaux, 12 crèches et 3 relais » : ce que le sujet compte en tout."""
    sujets: dict[NombreEcrit, str] = {}
    dernier: NombreEcrit | None = None
    for x in phrase.comptes:
        avant = phrase.texte[: x.debut]
        trouve = _ENTIER.search(avant) or _D_UN_SUJET.search(avant)
        suit = dernier and re.fullmatch(r"[^,;:.()]*(?:,| et) ", phrase.entre(dernier, x))
        if trouve and re.fullmatch(r"\W*on", trouve["sujet"], re.IGNORECASE):
            sujets[x] = ""
        elif trouve and not _SUJET_INCONNU.search(trouve["sujet"].split(". ")[-1].strip()):
            sujets[x] = re.sub(
                r"^\W*(?:cette|ce|cet|notre|la présente) ", "", trouve["sujet"].strip(), flags=re.IGNORECASE
            )
        elif suit and dernier in sujets:
            sujets[x] = sujets[dernier]
        elif re.search(r"\brépart\w+ (?:dans|entre|sur|en) $", avant):
            sujets[x] = ""
        dernier = x
    return sujets


def _rivales(dites: Sequence[Dite]) -> Iterator[Alerte]:
    """Deux valeurs, et deux seulement, que rien ne distingue ; trois valeurs sont une série."""
    paires = [(a, b) for a, b in combinations(dites, 2) if a.annee == b.annee or not a.annee or not b.annee]
    paires = [(a, b) for a, b in paires if a.phrase is not b.phrase and not a.lu.intervalle.touches(b.lu.intervalle)]
    if not paires or len({d.lu.valeur for d in dites}) != 2 or not any(d.entiere for d in dites):
        return
    yield _alerte_deux_valeurs(*paires[0])


def _seul_tout(notion: frozenset[str], par_notion: Mapping[frozenset[str], Sequence[Dite]]) -> Iterator[Alerte]:
    """« le plan prévoit 18 actions », puis « les 16 actions » : le texte n'en compte qu'ici, avec ou sans son sujet."""
    memes = [autre for autre in par_notion if len(autre) > 1 and notion < autre] if len(notion) == 1 else []
    if len(memes) == 1 and not any(d.total for d in par_notion[notion]):
        yield from _rivales([*(d for d in par_notion[memes[0]] if d.total), *par_notion[notion]])


def _permutees(lues: Sequence[Phrase]) -> Iterator[Alerte]:
    """« 352 places », puis « les 325 places » : les mêmes chiffres dans un autre ordre, pour un même nom."""
    par_nom: dict[tuple[str, str], list[Dite]] = defaultdict(list)
    for phrase in lues:
        for x in phrase.comptes:
            if x.genre == COMPTE and not x.unite and x.exact and x.valeur >= _TROIS_CHIFFRES:
                groupe = _groupe(phrase.texte[x.fin :])
                defini = bool(_TOUS.search(phrase.texte[: x.debut]))
                if groupe:
                    chiffres = "".join(sorted(re.sub(r"\D", "", x.nu)))
                    par_nom[groupe[0], chiffres].append(Dite(frozenset(groupe), phrase, x, 0, defini))
    for dites in par_nom.values():
        if len(dites) == 2 and any(d.entiere for d in dites) and dites[0].phrase.lignes != dites[1].phrase.lignes:
            un, autre = dites
            if un.lu.valeur != autre.lu.valeur:
                yield _alerte_deux_valeurs(un, autre)


def _alerte_deux_valeurs(un: Dite, autre: Dite) -> Alerte:
    niveau = "E" if un.annee and un.annee == autre.annee else "D"
    quoi = f" {un.lu.nom}" if un.lu.nom else ""
    lieux = f"{un.phrase.ou(un.lu.debut)} et {autre.phrase.ou(autre.lu.debut)}"
    return Alerte(
        "R3",
        niveau,
        f"Deux valeurs pour une même chose : {un.lu.texte} et {autre.lu.texte}{quoi}",
        f"{un.lu.nu} ≠ {autre.lu.nu} ({lieux})",
        (un.phrase.chiffre(un.lu), autre.phrase.chiffre(autre.lu)),
        () if un.annee else ("des années ou des périmètres différents : les écrire",),
    )


@dataclass(frozen=True)
class DateDActe:
    """Une date et les mots de l'acte qu'elle date."""

    lue: date
    phrase: Phrase
    debut: int
    mots: frozenset[str]
    noms: frozenset[str]
    numeros: frozenset[str]

    def same_act(self, autre: "DateDActe") -> str:
        """Le niveau auquel deux dates différentes disent le même acte ; vide quand ce sont deux actes."""
        if not _proches(self.lue, autre.lue) or self.phrase is autre.phrase:
            return ""
        communs = self.mots & autre.mots
        actes = {m for m in communs if m.startswith(_ACTES)}
        if not actes:
            return ""
        if self.numeros and autre.numeros:
            return ("E" if max(map(len, self.numeros)) > 2 else "D") if self.numeros & autre.numeros else ""
        if self.noms - autre.noms and autre.noms - self.noms:
            return ""
        petit = min(len(self.mots), len(autre.mots))
        reunion = all(m.startswith(_REUNIONS) for m in actes)
        assez, part = (4 if reunion else 3), (0.5 if self.noms & autre.noms else 0.6)
        tous = len(communs) == petit >= 2 and not reunion
        return "D" if tous or (len(communs) >= assez and len(communs) >= part * petit) else ""


def _proches(une: date, autre: date) -> bool:
    """Une faute change le jour, le mois ou l'année, et un seul des trois ; le 1er janvier revient chaque année."""
    differents = sum((une.day != autre.day, une.month != autre.month, une.year != autre.year))
    return differents == 1 and not (une.year != autre.year and (une.day, une.month) in _BORNES_D_ANNEE)


def _actes(lues: Sequence[Phrase]) -> Iterator[Alerte]:
    """Un acte, deux dates : certain quand il porte le même numéro."""
    lues_une_fois = {(d.lue, d.mots, d.numeros): d for phrase in lues for d in _dates_d_actes(phrase)}
    memes = [(a, b, niveau) for a, b in combinations(lues_une_fois.values(), 2) if (niveau := a.same_act(b))]
    voisines: dict[int, set[date]] = defaultdict(set)
    for a, b, _ in memes:
        voisines[id(a)].add(b.lue)
        voisines[id(b)].add(a.lue)
    vus: set[frozenset[date]] = set()
    for a, b, niveau in memes:
        deux = frozenset({a.lue, b.lue})
        # Trois dates sont une série : des séances, des versements.
        if voisines[id(a)] | voisines[id(b)] == deux and deux not in vus:
            vus.add(deux)
            une, autre = date_longue(a.lue), date_longue(b.lue)
            calcul = f"{une} ≠ {autre} ({a.phrase.ou(a.debut)} et {b.phrase.ou(b.debut)})"
            chiffres = tuple(
                Chiffre(date_longue(d.lue), d.phrase.ou(d.debut), shorten(d.phrase.texte, 90)) for d in (a, b)
            )
            yield Alerte(
                "dates",
                niveau,
                f"Deux dates pour un même acte : {une} et {autre}",
                calcul,
                chiffres,
                ("deux actes distincts",),
            )


def _dates_d_actes(phrase: Phrase) -> Iterator[DateDActe]:
    reperees = list(_reperees(phrase.texte))
    for rang, (debut, fin, lue) in enumerate(reperees):
        avant = phrase.texte[reperees[rang - 1][1] if rang else 0 : debut].rsplit(";", 1)[-1]
        apres = phrase.texte[fin : reperees[rang + 1][0] if rang + 1 < len(reperees) else None].split(";")[0]
        apres = apres.split(",")[0] if rang + 1 < len(reperees) else apres
        contexte = f"{avant[-_AUTOUR:]} {apres[:_AUTOUR]}"
        mots = frozenset(m[:_RACINE] for m in re.findall(r"[a-z]{4,}", fold(contexte))) - _MOTS_BANALS - _MOIS_NUS
        if any(m.startswith(_ACTES) for m in mots):
            noms = re.findall(r"(?<=[\w,] )[A-ZÉÈ][\w'-]{2,}", contexte)
            ordinaux = _ORDINAL.findall(contexte)
            numeros = frozenset(n.lower() for n in _NUMERO.findall(contexte))
            yield DateDActe(lue, phrase, debut, mots, frozenset(map(fold, [*noms, *ordinaux])), numeros)
