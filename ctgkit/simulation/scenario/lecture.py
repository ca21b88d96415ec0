"""Un scénario écrit à la main ou par un formulaire : lu, contrôlé, ramené à une seule écriture."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import liste, read_date, read_nombre
from ctgkit.territoire import REPARTITIONS, Scenario

VERBES: Mapping[str, tuple[set[str], set[str]]] = {
    "ouvrir": ({"structure", "date"}, set()),
    "fermer": ({"structure", "date"}, set()),
    "quantite": ({"structure", "quantite"}, {"date"}),
    "adherer": ({"code_insee", "date"}, {"effet"}),
    "credits": ({"competence", "annee", "credits_eur"}, set()),
    "parametre": ({"code", "valeur", "depuis"}, {"unite", "statut", "reference"}),
}
# Le code d'une erreur dont le seul conseil est de corriger le scénario : qui le montre déjà n'a pas à le dire.
A_CORRIGER = "scenario"
_CLES = ("nom", "base", "repartition", "poids", "mouvements")
_DATES, _NOMBRES = ("date", "effet", "depuis"), ("quantite", "credits_eur")


class ScenarioError(CtgError):
    """Un scénario que l'on ne peut pas rejouer tel qu'il est écrit."""


def read_scenario(contenu: Mapping[str, Any], scenarios: Mapping[str, Any] | None = None) -> Scenario:
    """Le scénario d'un bloc YAML ou JSON ; `scenarios` donne, par nom, ceux que « base » peut citer."""
    return _read(contenu, scenarios or {}, ())


def resolve(scenario: Scenario, scenarios: Mapping[str, Any] | None = None) -> Scenario:
    """Le même scénario, sans « base » : ses mouvements suivent ceux de sa base."""
    return _read(as_mapping(scenario), scenarios or {}, ())


def as_mapping(scenario: Scenario) -> dict[str, Any]:
    """Ce qui s'enregistre en YAML ou en JSON, et se relit à l'identique."""
    herite = bool(scenario.base) and scenario.repartition == REPARTITIONS[0]
    champs = {
        "nom": scenario.nom,
        "base": scenario.base,
        "repartition": "" if herite else scenario.repartition,
        "poids": dict(scenario.poids),
        "mouvements": [normalise(m, f"mouvement {i}") for i, m in enumerate(scenario.mouvements, 1)],
    }
    return {cle: valeur for cle, valeur in champs.items() if valeur or cle == "mouvements"}


def _read(contenu: Any, scenarios: Mapping[str, Any], chemin: tuple[str, ...]) -> Scenario:
    _check(isinstance(contenu, Mapping), "un scénario est un bloc de clés", "scénario")
    nom = str(contenu.get("nom") or Scenario().nom)
    for cle in contenu:
        _check(cle in _CLES, f"clé « {cle} » inconnue {did_you_mean(cle, _CLES)}".strip(), nom)
    base = _base(str(contenu.get("base") or ""), scenarios, chemin or (nom,))
    ecrits = contenu.get("mouvements") or []
    _check(isinstance(ecrits, list | tuple), "« mouvements » est une liste", nom)
    return Scenario(
        nom=nom,
        repartition=_repartition(contenu.get("repartition") or base.repartition, nom),
        poids=read_poids(contenu.get("poids") or base.poids, nom),
        mouvements=base.mouvements + tuple(normalise(m, f"{nom}, mouvement {i}") for i, m in enumerate(ecrits, 1)),
    )


def _base(nom: str, scenarios: Mapping[str, Any], chemin: tuple[str, ...]) -> Scenario:
    """La base d'un scénario ; `chemin` : les noms déjà suivis pour y arriver."""
    if not nom:
        return Scenario()
    ou = " → ".join((*chemin, nom))
    _check(nom not in chemin, "un scénario se retrouve dans sa propre base", ou, "Retirer « base » de l'un d'eux.")
    connus = f"{did_you_mean(nom, scenarios)} Connus : {liste(sorted(scenarios)) or 'aucun'}."
    _check(nom in scenarios, f"scénario de base inconnu : « {nom} »", ou, connus.strip())
    trouve = scenarios[nom]
    ecrit = as_mapping(trouve) if isinstance(trouve, Scenario) else trouve
    _check(isinstance(ecrit, Mapping), "un scénario est un bloc de clés", ou)
    return _read({"nom": nom, **ecrit}, scenarios, (*chemin, nom))


def _repartition(ecrit: Any, nom: str) -> str:
    possibles = f"Choisir entre {liste(list(REPARTITIONS))}."
    _check(ecrit in REPARTITIONS, f"répartition « {ecrit} » inconnue", nom, possibles)
    return ecrit


def read_poids(ecrits: Any, nom: str) -> dict[str, float]:
    """Des poids positifs ou nuls, pas tous nuls."""
    _check(isinstance(ecrits, Mapping), "« poids » associe une structure à un nombre", nom)
    poids = {str(s): read_number(p, f"{nom}, poids de « {s} »") for s, p in ecrits.items()}
    _check(
        not poids or any(poids.values()), "tous les poids sont nuls", nom, "Donner un poids à une structure au moins."
    )
    return poids


def normalise(mouvement: Any, ou: str) -> dict[str, dict[str, Any]]:
    """`{ouvrir: {structure, date}}` ou `{mouvement: ouvrir, structure, date}` : toujours la première écriture."""
    _check(isinstance(mouvement, Mapping), "un mouvement est un bloc de clés", ou)
    cle = next((c for c in ("mouvement", "action", "type") if str(mouvement.get(c)) in VERBES), "")
    if cle:
        verbe, corps = mouvement[cle], {c: v for c, v in mouvement.items() if c != cle}
    else:
        verbe = next(iter(mouvement), "")
        seul = len(mouvement) == 1 and verbe in VERBES
        _check(seul, f"mouvement « {verbe} » inconnu {did_you_mean(str(verbe), VERBES)}".strip(), ou,
               f"Écrire l'un de ceux-ci : {liste(list(VERBES))}.")  # fmt: skip
        corps = mouvement[verbe]
    _check(isinstance(corps, Mapping), f"« {verbe} » attend un bloc de clés", ou)
    return {verbe: _corps(verbe, corps, f"{ou}, {verbe}")}


def _corps(verbe: str, corps: Mapping[str, Any], ou: str) -> dict[str, Any]:
    voulues, permises = VERBES[verbe]
    corps = {c: v for c, v in corps.items() if v is not None}
    manquent = sorted(voulues - set(corps))
    _check(not manquent, f"il manque {liste([f'« {c} »' for c in manquent])}", ou)
    for cle in corps:
        _check(cle in voulues | permises, f"clé « {cle} » inconnue {did_you_mean(cle, voulues | permises)}".strip(), ou)
    return {cle: _valeur(cle, valeur, f"{ou}, {cle}") for cle, valeur in corps.items()}


def _valeur(cle: str, valeur: Any, ou: str) -> Any:
    if cle in _DATES:
        return read_day(valeur, ou).isoformat()
    if cle in _NOMBRES:
        return read_number(valeur, ou)
    if cle == "annee":
        annee = read_number(valeur, ou)
        _check(annee == int(annee), f"« {valeur} » n'est pas une année", ou)
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
    _check(math.isfinite(lu) and not isinstance(ecrit, bool), f"« {ecrit} » n'est pas un nombre", ou)
    _check(lu >= 0, f"« {ecrit} » est négatif", ou, "Écrire un nombre positif ou nul.")
    return lu


def _check(vrai: bool, constat: str, ou: str, que_faire: str = "") -> None:
    if not vrai:
        code = "" if que_faire else A_CORRIGER
        raise ScenarioError(f"{constat[0].upper()}{constat[1:]}.", ou, que_faire or "Corriger le scénario.", code=code)
