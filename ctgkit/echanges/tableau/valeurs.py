"""Lire une cellule : un nombre, un masque, une année ; jamais un zéro à la place d'un silence."""

import re
from dataclasses import dataclass

from ctgkit.echanges.lecteurs.feuille import FaultyCell
from ctgkit.echanges.tableau.codes import simplify
from ctgkit.echanges.tableau.entete import Donnee
from ctgkit.formats import MOINS, nombre, read_nombre
from ctgkit.territoire import Indicateur

PUBLIE, MASQUE, ESTIME, A_COMPLETER = "publie", "masque", "estime", "a_completer"
STATUTS = (PUBLIE, MASQUE, ESTIME, A_COMPLETER)
_MASQUES = frozenset(
    {"s", "nd", "n.d.", "n.d", "ns", "n.s.", "n.s", "c", "nc", "n.c.", "secret", "masque", "masqué", "*"}
)
_SANS_OBJET = frozenset({"so", "s.o.", "///", "…", "..."})
_UNITES = re.compile(r"[\s\u00a0\u202f]*(%|€|euros?)$", re.IGNORECASE)
_ANNEE = re.compile(r"(?<!\d)(19[6-9]\d|20\d\d)(?!\d)")
_MOIS = re.compile(r"(\d{4})(?:-(\d{2})(?:-\d{2})?(?:[T ].*)?)?|(?:\d{2}/)?(\d{2})/(\d{4})")


@dataclass(frozen=True)
class ValeurLue(Indicateur):
    """Une valeur d'indicateur, avec ce qu'il faut pour dire d'où elle vient et suivre les fusions de communes.

    `texte` garde les décimales publiées : 17,20 ne devient pas 17,2.
    """

    ligne: int = 0
    colonne: str = ""
    mois: int | None = None
    donnee: Donnee | None = None
    texte: str = ""
    detail: str = ""

    @property
    def cle(self) -> tuple[str, str, str, int | None, str]:
        return (self.code, self.geo, self.niveau, self.annee, self.source)


CRITERES = {
    "population": "Population municipale",
    "potentiel_financier_hab": "Potentiel financier par habitant DGF, en euros",
    "revenu_fiscal_hab": "Revenu fiscal de référence par habitant, en euros",
    "population_3_16": "Habitants de 3 à 16 ans",
    "population_qpv": "Habitants en quartier prioritaire",
    "qpv": "Quartier prioritaire dans la commune",
    "frr": "France ruralités revitalisation",
}
_OUI = {"oui", "o", "1", "x", "vrai", "true"}
_NON = {"non", "n", "0", "faux", "false"}


def read_yes_no(texte: str) -> bool | None:
    """Un oui, un non ; rien quand la case ne dit ni l'un ni l'autre."""
    mot = simplify(texte)
    return True if mot in _OUI else False if mot in _NON else None


@dataclass(frozen=True)
class CritereLu:
    """Un critère du bonus lu pour une commune : la colonne de communes.csv qu'il remplit."""

    code_insee: str
    colonne: str
    valeur: float | bool
    annee: int
    source: str


def read_cell(texte: str, donnee: Donnee, vide: str) -> tuple[float | None, str]:
    """La valeur et son statut, ou ValueError avec la raison du rejet."""
    if isinstance(texte, FaultyCell):
        raise ValueError(texte.raison)
    propre = texte.strip()
    if not propre:
        return None, vide
    if propre.lower() in _MASQUES:
        return None, MASQUE
    if propre.lower() in _SANS_OBJET:
        return None, A_COMPLETER
    return _read_number(propre, donnee), PUBLIE


def _read_number(texte: str, donnee: Donnee) -> float:
    if texte[0] in "=@":
        raise ValueError("formule : elle n'est pas exécutée")
    try:
        valeur = read_nombre(_UNITES.sub("", texte))
    except ValueError:
        raise ValueError("nombre illisible") from None
    check_bounds(valeur, donnee)
    return valeur


def plain_text(texte: str) -> str:
    """Le nombre tel que publié, virgule décimale et décimales gardées, sans espace ni unité."""
    propre = _UNITES.sub("", texte.strip()).replace(".", ",").replace(MOINS, "-").lstrip("+")
    return re.sub(r"\s", "", propre)


def check_bounds(valeur: float, donnee: Donnee) -> None:
    if abs(valeur) > 1e15:
        raise ValueError("nombre démesuré")
    if donnee.minimum is not None and valeur < donnee.minimum:
        raise ValueError(f"valeur inférieure à {nombre(donnee.minimum)}, impossible pour cet indicateur")
    if donnee.maximum is not None and valeur > donnee.maximum:
        raise ValueError(f"valeur supérieure à {nombre(donnee.maximum)}, impossible pour cet indicateur")


def read_period(texte: str) -> tuple[int, int | None]:
    """L'année et le mois de `2024`, `2024-12`, `2024-12-31`, `31/12/2024` ou `12/2024`."""
    trouve = _MOIS.fullmatch(texte.strip().removesuffix(".0"))
    if not trouve:
        raise ValueError("date ou année illisible")
    annee, mois = (trouve[1], trouve[2]) if trouve[1] else (trouve[4], trouve[3])
    if not 1960 <= int(annee) <= 2100 or (mois and not 1 <= int(mois) <= 12):
        raise ValueError("date ou année impossible")
    return int(annee), int(mois) if mois else None


def year_in_name(nom: str) -> int | None:
    """L'année écrite dans le nom du fichier, quand il n'y en a qu'une."""
    annees = set(_ANNEE.findall(nom))
    return int(annees.pop()) if len(annees) == 1 else None
