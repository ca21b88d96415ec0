"""Les mouvements d'un scénario, dans les mots de leur YAML : lus, contrôlés, ramenés à une seule écriture."""

import math
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import liste, read_date, read_nombre

VERBES: Mapping[str, tuple[set[str], set[str]]] = {
    "ouvrir": ({"structure", "date"}, set()),
    "fermer": ({"structure", "date"}, set()),
    "quantite": ({"structure", "quantite"}, {"date"}),
    "adherer": ({"code_insee", "date"}, {"effet"}),
    "credits": ({"competence", "annee", "credits_eur"}, set()),
    "parametre": ({"code", "valeur", "depuis"}, {"unite", "statut", "reference"}),
}
CORRIGER, CORRIGER_MOUVEMENT = "Corriger le scénario.", "Corriger ce mouvement du scénario."
# Le code d'une erreur dont le seul conseil est de corriger le scénario : qui le montre déjà n'a pas à le dire.
A_CORRIGER = "scenario"
_DATES, _NOMBRES = ("date", "effet", "depuis"), ("quantite", "credits_eur")


class ScenarioError(CtgError):
    """Un scénario que l'on ne peut pas rejouer tel qu'il est écrit."""


class Mouvement(dict[str, dict[str, Any]]):
    """Un mouvement déjà ramené à son écriture : `{verbe: {clés}}`."""


def normalise(mouvement: Any, ou: str) -> Mouvement:
    """`{ouvrir: {structure, date}}` ou `{mouvement: ouvrir, structure, date}` : toujours la première écriture."""
    if isinstance(mouvement, Mouvement):
        return mouvement
    check(isinstance(mouvement, Mapping), "un mouvement est un bloc de clés", ou)
    cle = next((c for c in ("mouvement", "action", "type") if str(mouvement.get(c)) in VERBES), "")
    if cle:
        verbe, corps = mouvement[cle], {c: v for c, v in mouvement.items() if c != cle}
    else:
        verbe = next(iter(mouvement), "")
        ceux_ci = f"Écrire l'un de ceux-ci : {liste(list(VERBES))}."
        check_known(verbe, VERBES, "mouvement", ou, ceux_ci)
        check(len(mouvement) == 1, "un mouvement n'a qu'un verbe", ou, ceux_ci)
        corps = mouvement[verbe]
    check(isinstance(corps, Mapping), f"« {verbe} » attend un bloc de clés", ou)
    return Mouvement({verbe: _corps(verbe, corps, f"{ou}, {verbe}")})


def _corps(verbe: str, corps: Mapping[str, Any], ou: str) -> dict[str, Any]:
    voulues, permises = VERBES[verbe]
    corps = {c: v for c, v in corps.items() if v is not None}
    manquent = [f"« {cle} »" for cle in sorted(voulues - set(corps))]
    check(not manquent, f"il manque {liste(manquent)}", ou)
    for cle in corps:
        check_known(cle, voulues | permises, "clé", ou)
    return {cle: _valeur(cle, valeur, f"{ou}, {cle}") for cle, valeur in corps.items()}


def _valeur(cle: str, valeur: Any, ou: str) -> Any:
    if cle in _DATES:
        return read_day(valeur, ou).isoformat()
    if cle in _NOMBRES:
        return read_number(valeur, ou)
    if cle == "annee":
        annee = read_number(valeur, ou)
        check(annee == int(annee), f"« {valeur} » n'est pas une année", ou)
        return int(annee)
    if isinstance(valeur, Mapping):
        return {str(c): v.isoformat() if isinstance(v, date) else v for c, v in valeur.items()}
    return valeur if cle == "valeur" else str(valeur)


def read_day(ecrit: Any, ou: str) -> date:
    if isinstance(ecrit, date):
        return ecrit.date() if isinstance(ecrit, datetime) else ecrit
    try:
        return read_date(str(ecrit))
    except ValueError:
        raise ScenarioError(f"« {ecrit} » n'est pas une date.", ou, "Écrire une date AAAA-MM-JJ qui existe.") from None


def read_number(ecrit: Any, ou: str) -> float:
    try:
        lu = read_nombre(ecrit) if isinstance(ecrit, str) else float(ecrit)
    except (TypeError, ValueError):
        lu = math.nan
    check(math.isfinite(lu) and not isinstance(ecrit, bool), f"« {ecrit} » n'est pas un nombre", ou)
    check(lu >= 0, f"« {ecrit} » est négatif", ou, "Écrire un nombre positif ou nul.")
    return lu


def check(vrai: bool, constat: str, ou: str, que_faire: str = CORRIGER) -> None:
    if not vrai:
        code = A_CORRIGER if que_faire in (CORRIGER, CORRIGER_MOUVEMENT) else ""
        raise ScenarioError(f"{constat[0].upper()}{constat[1:]}.", ou, que_faire, code=code)


def check_known(mot: Any, connus: Collection[str], quoi: str, ou: str, que_faire: str = CORRIGER) -> None:
    """« Clé « x » inconnue », avec le mot connu le plus proche."""
    if mot not in connus:
        inconnu = "inconnue" if quoi in ("clé", "répartition") else "inconnu"
        check(False, f"{quoi} « {mot} » {inconnu} {did_you_mean(str(mot), connus)}".strip(), ou, que_faire)
