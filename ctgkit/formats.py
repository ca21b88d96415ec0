"""Nombres et dates à la française : le seul endroit où ils s'écrivent et se lisent."""

import math
import re
from calendar import monthrange
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

FINE = "\u202f"
INSECABLE = "\u00a0"
MOINS = "\u2212"
MOIS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]

_SANS_LIMITE = Context(prec=400)
_NOMBRE = re.compile(r"[+-]?\d+([.,]\d+)?")
_GROUPES = re.compile(r"(?<=\d)[ \u00a0\u202f\u2009](?=\d{3}(?!\d))")
_DATE_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_JOURS_ECRITS = re.compile(rf"(?<![\w-]){_DATE_ISO.pattern}(?![\w-])")
_DATE_FR = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


def nombre(valeur: float | None, decimales: int = 0, signe: bool = False) -> str:
    """`1 234,5`, avec le vrai signe moins ; « non renseigné » plutôt qu'un zéro quand on ne sait pas."""
    if valeur is None or math.isnan(valeur):
        return "non renseigné"
    if math.isinf(valeur):
        return "sans limite"
    ecrit = f"{abs(_rounded(valeur, decimales)):,.{decimales}f}".replace(",", FINE).replace(".", ",")
    est_nul = not re.search(r"[1-9]", ecrit)
    prefixe = "" if est_nul else MOINS if valeur < 0 else "+" if signe else ""
    return prefixe + ecrit


def _rounded(valeur: float, decimales: int) -> Decimal | float:
    """Au plus près, et la moitié vers le haut, comme à la main et dans un tableur : 62,5 s'écrit 63."""
    if not math.isfinite(valeur):
        return valeur
    return Decimal(repr(float(valeur))).quantize(Decimal(1).scaleb(-decimales), ROUND_HALF_UP, _SANS_LIMITE)


def euros(valeur: float | None, decimales: int = 0, signe: bool = False) -> str:
    """`1 234 €`, ou `1 234,50 €` avec deux décimales : les centimes ne s'écrivent que s'il y en a."""
    ecrit = nombre(valeur, decimales, signe).removesuffix("," + "0" * decimales)
    return f"{ecrit}{FINE}€" if ecrit[-1].isdigit() else ecrit


def pourcent(valeur: float | None, decimales: int = 1, signe: bool = False) -> str:
    ecrit = nombre(valeur, decimales, signe)
    return f"{ecrit}{FINE}%" if ecrit[-1].isdigit() else ecrit


def pluriel(quantite: float, mot: str, mots: str | None = None, decimales: int = 0, signe: bool = False) -> str:
    """`1 commune`, `35 communes` : en français le pluriel commence à 2."""
    forme = mot if abs(_rounded(quantite, decimales)) < 2 else (mots or f"{mot}s")
    return f"{nombre(quantite, decimales, signe)}{INSECABLE}{forme}"


def date_longue(jour: date | None) -> str:
    """`1er janvier 2026`."""
    if jour is None:
        return "non renseignée"
    return f"{'1er' if jour.day == 1 else jour.day} {MOIS[jour.month - 1]} {jour.year}"


def dates_longues(texte: str) -> str:
    """Les dates AAAA-MM-JJ d'un texte, en toutes lettres."""
    return _JOURS_ECRITS.sub(lambda lu: date_longue(date(*map(int, lu.groups()))) if _is_day(lu) else lu[0], texte)


def _is_day(lu: re.Match[str]) -> bool:
    annee, mois, jour = map(int, lu.groups())
    return annee > 0 and 1 <= mois <= 12 and 1 <= jour <= monthrange(annee, mois)[1]


def ordinal(rang: int) -> str:
    """Une année : `1ʳᵉ`, `2ᵉ`."""
    return f"{nombre(rang)}{'ʳᵉ' if rang == 1 else 'ᵉ'}"


def liste(mots: list[str], au_plus: int | None = None) -> str:
    """`a, b et c`, ou `a, b et 12 autres` quand on n'en nomme pas plus que `au_plus`."""
    if au_plus is not None and len(mots) > au_plus:
        mots = [*mots[:au_plus], pluriel(len(mots) - au_plus, "autre")]
    return " et ".join(filter(None, [", ".join(mots[:-1]), *mots[-1:]]))


def read_nombre(texte: str) -> float:
    """Lit `1 234,5`, `1234.5`, `−3` ; refuse tout le reste (`Entre 200 et 500`, `1e9`, `nan`)."""
    propre = _GROUPES.sub("", texte.strip().replace(MOINS, "-"))
    if not _NOMBRE.fullmatch(propre) or not propre.isascii():
        raise ValueError(texte)
    return float(propre.replace(",", "."))


def read_date(texte: str) -> date:
    """Lit `2025-06-11` et `11/06/2025`."""
    if trouve := _DATE_ISO.fullmatch(texte.strip()):
        annee, mois, jour = trouve.groups()
    elif trouve := _DATE_FR.fullmatch(texte.strip()):
        jour, mois, annee = trouve.groups()
    else:
        raise ValueError(texte)
    return date(int(annee), int(mois), int(jour))
