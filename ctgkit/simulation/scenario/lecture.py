"""Un scénario écrit à la main, par un formulaire ou dans un fichier : lu, contrôlé, récrit."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ctgkit.errors import did_you_mean
from ctgkit.formats import liste
from ctgkit.mouvements import check, check_known, normalise, read_number
from ctgkit.territoire import REPARTITIONS, Marque, Scenario

_CLES = ("nom", "base", "repartition", "poids", "mouvements", "edition")


def read_scenario(contenu: Mapping[str, Any], scenarios: Mapping[str, Any] | None = None) -> Scenario:
    """Le scénario d'un bloc YAML ou JSON ; `scenarios` donne, par nom, ceux que « base » peut citer."""
    return _read(contenu, scenarios or {}, ())


def resolve(scenario: Scenario, scenarios: Mapping[str, Any] | None = None) -> Scenario:
    """Le même scénario, sans « base » : ses mouvements suivent ceux de sa base."""
    lu = _read(as_mapping(scenario), scenarios or {}, ())
    return replace(lu, marque=scenario.garde and replace(scenario.garde, code=lu.code))


def as_mapping(scenario: Scenario) -> dict[str, Any]:
    """Ce qui s'enregistre en YAML ou en JSON, et se relit à l'identique."""
    herite = bool(scenario.base) and scenario.repartition == REPARTITIONS[0]
    champs = {
        "nom": scenario.nom,
        "base": scenario.base,
        "repartition": "" if herite else scenario.repartition,
        "poids": dict(scenario.poids),
        "mouvements": [dict(normalise(m, f"mouvement {i}")) for i, m in enumerate(scenario.mouvements, 1)],
        "edition": scenario.garde and scenario.garde.edition,
    }
    return {cle: valeur for cle, valeur in champs.items() if valeur or cle == "mouvements"}


def _read(contenu: Any, scenarios: Mapping[str, Any], chemin: tuple[str, ...]) -> Scenario:
    check(isinstance(contenu, Mapping), "un scénario est un bloc de clés", "scénario")
    nom = str(contenu.get("nom") or Scenario().nom)
    for cle in contenu:
        check_known(cle, _CLES, "clé", nom)
    base = _base(str(contenu.get("base") or ""), scenarios, chemin or (nom,))
    ecrits = contenu.get("mouvements") or []
    check(isinstance(ecrits, list | tuple), "« mouvements » est une liste", nom)
    edition = contenu.get("edition")
    lu = Scenario(
        nom=nom,
        repartition=read_repartition(contenu.get("repartition") or base.repartition, nom),
        poids=read_poids(contenu.get("poids") or base.poids, nom),
        mouvements=base.mouvements + tuple(normalise(m, f"{nom}, mouvement {i}") for i, m in enumerate(ecrits, 1)),
    )
    return lu if edition is None else replace(lu, marque=Marque(lu.code, read_edition(edition, nom)))


def _base(nom: str, scenarios: Mapping[str, Any], chemin: tuple[str, ...]) -> Scenario:
    """La base d'un scénario ; `chemin` : les noms déjà suivis pour y arriver."""
    if not nom:
        return Scenario()
    ou = " → ".join((*chemin, nom))
    check(nom not in chemin, "un scénario se retrouve dans sa propre base", ou, "Retirer « base » de l'un d'eux.")
    connus = f"{did_you_mean(nom, scenarios)} Connus : {liste(sorted(scenarios)) or 'aucun'}."
    check(nom in scenarios, f"scénario de base inconnu : « {nom} »", ou, connus.strip())
    trouve = scenarios[nom]
    ecrit = as_mapping(trouve) if isinstance(trouve, Scenario) else trouve
    check(isinstance(ecrit, Mapping), "un scénario est un bloc de clés", ou)
    return _read({"nom": nom, **ecrit}, scenarios, (*chemin, nom))


def read_repartition(ecrite: Any, nom: str) -> str:
    possibles = f"Choisir entre {liste(list(REPARTITIONS))}."
    check(ecrite in REPARTITIONS, f"répartition « {ecrite} » inconnue", nom, possibles)
    return ecrite


def read_edition(ecrite: Any, nom: str) -> int:
    """Le numéro de l'édition du calcul ; une édition plus récente que la nôtre se lit aussi."""
    entiere = isinstance(ecrite, int) and not isinstance(ecrite, bool) and ecrite >= 1
    suite = "Écrire son numéro, par exemple « edition: 1 », ou retirer cette ligne."
    check(entiere, f"l'édition du calcul « {ecrite} » n'est pas un numéro", f"{nom}, edition", suite)
    return ecrite


def read_poids(ecrits: Any, nom: str) -> dict[str, float]:
    """Des poids positifs ou nuls, pas tous nuls."""
    check(isinstance(ecrits, Mapping), "« poids » associe une structure à un nombre", nom)
    poids = {str(s): read_number(p, f"{nom}, poids de « {s} »") for s, p in ecrits.items()}
    suite = "Donner un poids à une structure au moins."
    check(not poids or any(poids.values()), "tous les poids sont nuls", nom, suite)
    return poids
