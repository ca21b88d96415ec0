"""Les dates d'un document : impossibles, dans le désordre, ou deux périodes pour une même convention."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ctgkit.diagnostic.coherence.alerte import Alerte, Chiffre
from ctgkit.diagnostic.coherence.documents import is_duree_exacte, is_duree_possible
from ctgkit.diagnostic.coherence.texte import NOMBRES, Ligne, Texte
from ctgkit.formats import MOIS, date_longue

_MOIS = "|".join([*MOIS, "fevrier", "aout", "decembre"])
_DATE = re.compile(rf"\b(\d{{1,2}})(?:er)?\s*(?:/|\s)\s*(\d{{1,2}}|{_MOIS})\s*(?:/|\s)\s*(\d{{4}})\b", re.IGNORECASE)
_PERIODE = re.compile(r"(?<![\d/-])((?:19|20)\d{2})\s?[-–—/]\s?((?:19|20)\d{2})(?![\d/-])")
_CTG = re.compile(r"\bctg\b|convention territoriale globale", re.IGNORECASE)
_DUREE = re.compile(rf"\b({'|'.join(NOMBRES)}|\d{{1,2}})\s+(?:ans|années)\b", re.IGNORECASE)
_DU_AU = re.compile(r"\b(?:du|à compter du|depuis le|à partir du)\b.{0,40}?\b(?:au|jusqu'au)\b", re.IGNORECASE)
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
    for trouve in _DATE.finditer(phrase):
        jour, mois, annee = trouve.groups()
        try:
            yield trouve.group(), date(int(annee), _mois(mois), int(jour))
        except ValueError:
            yield trouve.group(), None


def _mois(ecrit: str) -> int:
    if ecrit.isdigit():
        return int(ecrit)
    nu = ecrit.lower().replace("é", "e").replace("û", "u")
    return [m.replace("é", "e").replace("û", "u") for m in MOIS].index(nu) + 1


def _impossibles(texte: Texte) -> Iterator[Alerte]:
    for ligne in texte.pleines():
        for ecrit, lue in dates_de(ligne.net):
            if lue is None:
                chiffre = Chiffre(ecrit, texte.ou(ligne.numero), ligne.net[:80])
                yield Alerte("dates", "E", f"« {ecrit} » n’existe pas", f"{ecrit} n’est pas une date", (chiffre,))


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
    for ligne in texte.pleines():
        for phrase in re.split(r"(?<=[.;])\s", ligne.net):
            durees = _DUREE.findall(phrase)
            if len(durees) == 1:
                annees = int(durees[0]) if durees[0].isdigit() else NOMBRES[durees[0].lower()]
                yield from (_alerte_duree(texte, ligne, p, annees) for p in _contredites(phrase, annees))


def _contredites(phrase: str, annees: int) -> Iterator[str]:
    """La période de la phrase, en années ou de date à date, quand elle ne dure pas ce qui est dit."""
    periodes, jours = _PERIODE.findall(phrase), [d for _, d in dates_de(phrase) if d]
    if len(periodes) == 1:
        debut, fin = map(int, periodes[0])
        if fin > debut and not is_duree_possible(debut, fin, annees):
            yield f"{debut}-{fin}"
    elif len(jours) == 2 and _DU_AU.search(phrase) and jours[0] < jours[1] and not is_duree_exacte(*jours, annees):
        yield f"{date_longue(jours[0])} au {date_longue(jours[1])}"


def _alerte_duree(texte: Texte, ligne: Ligne, periode: str, annees: int) -> Alerte:
    lieu = texte.ou(ligne.numero)
    return Alerte(
        "dates",
        "D",
        f"{annees} ans, ou la période {periode} ?",
        f"le texte dit {annees} ans pour {periode}",
        (Chiffre(f"{annees} ans", lieu, ligne.net[:80]), Chiffre(periode, lieu)),
    )


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
