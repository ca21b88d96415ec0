"""Une séance : personne n'est à la fois présent et excusé, et les deux listes font le nombre en exercice.

Les noms servent à compter et à comparer ; aucun n'est montré.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ctgkit.diagnostic.coherence.alerte import Alerte, Chiffre
from ctgkit.diagnostic.coherence.texte.lecture import Ligne, Texte
from ctgkit.formats import pluriel

_QUI = r"(?:conseillers|membres|élus)\s+"
_EXERCICE = re.compile(rf"(?i)^\W*{_QUI}en\s+exercice\s*:\s*(\d{{1,3}})\b")
_LISTE = re.compile(rf"(?i)^\W*(?:{_QUI})?(pr[ée]sents|absents|excus[ée]s)\b([^:]{{0,40}}):(?!\s*\d)\s*(.*)$")
_AUTRE_TITRE = re.compile(r"^\W*[A-ZÉÈ][A-ZÉÈ' ]{5,}(?::|$)|(?i:^\W*(?:secr[ée]taire|mesdames|messieurs|objet)\b)")
_POUVOIR = re.compile(
    r"(?i)\b(?:qui\s+a|ont|ayant|a)\s+(?:donn[ée]|d[ée]l[ée]gu[ée]).*$|\b(?:procuration|pouvoir)\b.*$"
)
_FONCTION = re.compile(r"(?i)\b(?:maires?|adjoint|pr[ée]sident|conseill).*$|^(?:mm?|mmes?|mlle|madame|monsieur)\.?\s+")
_VIDES_MAX = 2


@dataclass(frozen=True)
class Liste:
    ligne: Ligne
    noms: tuple[str, ...]


def alertes(texte: Texte) -> Iterator[Alerte]:
    listes = dict(_listes(texte))
    presents, absents = listes.get("presents"), listes.get("absents")
    if not presents or not absents:
        return
    doubles = set(presents.noms) & set(absents.noms)
    if doubles:
        yield _alerte_double(texte, presents, absents, len(doubles))
    for ligne in texte.pleines():
        exercice = _EXERCICE.match(ligne.net)
        if exercice and not doubles:
            yield from _compte(texte, ligne, int(exercice.group(1)), presents, absents)


def _listes(texte: Texte) -> Iterator[tuple[str, Liste]]:
    for rang, ligne in enumerate(texte.lignes):
        if trouve := _LISTE.match(ligne.net):
            genre = "presents" if trouve.group(1).lower().startswith("pr") else "absents"
            noms = _noms([trouve.group(3), *_suite(texte, rang + 1)])
            if noms:
                yield genre, Liste(ligne, noms)


def _suite(texte: Texte, rang: int) -> Iterator[str]:
    """Les lignes de la liste, jusqu'au titre suivant ou à un blanc après des noms."""
    lus = vides = 0
    for ligne in texte.lignes[rang:]:
        vides = 0 if ligne.net else vides + 1
        if _LISTE.match(ligne.net) or _AUTRE_TITRE.match(ligne.net) or vides > _VIDES_MAX or (vides and lus):
            return
        lus += bool(ligne.net)
        yield ligne.net


def _noms(lignes: list[str]) -> tuple[str, ...]:
    """Un nom par virgule, point-virgule ou ligne, sans civilité, fonction ni pouvoir donné."""
    morceaux = [m for ligne in lignes for m in re.split(r"[,;]", _POUVOIR.sub("", ligne))]
    propres = (" ".join(_FONCTION.sub("", m.strip(" .*")).split()).strip(" .").lower() for m in morceaux)
    return tuple(nom for nom in propres if len(nom) > 1 and not re.search(r"\d", nom))


def _alerte_double(texte: Texte, presents: Liste, absents: Liste, combien: int) -> Alerte:
    lieux = texte.ou(presents.ligne.numero), texte.ou(absents.ligne.numero)
    cites = f"{len(presents.noms)} présents", f"{len(absents.noms)} excusés"
    return Alerte(
        "presences",
        "D",
        "Séance : un même nom parmi les présents et parmi les excusés",
        f"{pluriel(combien, 'nom')} dans les deux listes : {cites[0]} et {cites[1]} cités",
        tuple(Chiffre(dit, lieu) for dit, lieu in zip(cites, lieux, strict=True)),
        ("une personne arrivée en cours de séance", "un nom pour un autre dans une des deux listes"),
    )


def _compte(texte: Texte, ligne: Ligne, exercice: int, presents: Liste, absents: Liste) -> Iterator[Alerte]:
    """Le président de séance n'est pas toujours dans la liste des présents : à un près, rien à dire."""
    p, a = len(presents.noms), len(absents.noms)
    if p + a not in (exercice, exercice - 1):
        yield Alerte(
            "presences",
            "D",
            f"Séance : présents et excusés ne font pas {exercice}",
            f"{p} + {a} = {p + a}, le document dit {exercice} en exercice",
            (
                Chiffre(f"{exercice} en exercice", texte.ou(ligne.numero)),
                Chiffre(f"{p} présents", texte.ou(presents.ligne.numero)),
                Chiffre(f"{a} excusés", texte.ou(absents.ligne.numero)),
            ),
            ("un nom oublié, ou un siège vacant",),
        )
