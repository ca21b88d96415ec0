"""Les scénarios d'un territoire, gardés dans le journal : enregistrer, retrouver par code court, dupliquer, nommer."""

import contextlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.simulation import latest_edition
from ctgkit.storage.journal.coeur import EtatObjet, Journal
from ctgkit.storage.journal.entrees import Entree, as_kept
from ctgkit.territoire import Marque, Scenario

OBJET = "scenario"
# Les champs d'un scénario d'où vient son contenu ; le reste (le nom, le retrait) n'en change pas les chiffres.
CALCUL, CODE = "calcul", "code"


@dataclass(frozen=True)
class SavedScenario:
    """Un scénario enregistré. `id` le suit quand son contenu, donc son code, change."""

    id: str
    scenario: Scenario
    etat: EtatObjet
    role: str = ""
    quand: datetime | None = None

    @property
    def code(self) -> str:
        return self.scenario.code

    @property
    def nom(self) -> str:
        return self.scenario.nom


def save_scenario(journal: Journal, scenario: Scenario, role: str, vu: SavedScenario | None = None) -> SavedScenario:
    """Un nouveau scénario, ou la suite de `vu` ; `ConflictError` si quelqu'un l'a changé depuis.

    Sans marque, il est de l'édition de cet atelier ; ses chiffres ne sont gardés que si sa marque les dit.
    """
    etat = vu.etat if vu else EtatObjet(OBJET, uuid.uuid4().hex[:8])
    champs = _fields(scenario)
    nouveaux = [c for c in champs if not vu or etat.valeurs.get(c) != champs[c]]
    journal.record_all([etat.change(c, champs[c]) for c in nouveaux], role)
    return _by_id(journal, etat.cle)


def list_scenarios(journal: Journal) -> list[SavedScenario]:
    """Les scénarios en cours, le dernier modifié d'abord."""
    presents = [e for e in journal.states(OBJET).values() if not e.valeurs.get("retire")]
    histoires: dict[str, list[Entree]] = {}
    for entree in journal.history(OBJET, limite=None):
        histoires.setdefault(entree.cle, []).append(entree)
    return [_saved(e, histoires[e.cle]) for e in sorted(presents, key=lambda e: -e.version)]


def load_scenario(journal: Journal, code: str) -> Scenario:
    """Le scénario de ce code court, même si quelqu'un l'a changé depuis : même code, mêmes montants."""
    demande = code.strip().upper()
    for present in list_scenarios(journal):
        if present.code == demande:
            return present.scenario
    for entree in journal.history(OBJET, champ=CODE, limite=None):
        if entree.apres == demande:
            return _scenario(journal.state(OBJET, entree.cle, at=entree.id).valeurs, entree.quand)
    raise _unknown(journal, code)


def find_scenario(journal: Journal, code_ou_id: str) -> SavedScenario:
    """Le scénario enregistré que désigne ce code court, ou cet identifiant."""
    presents = list_scenarios(journal)
    trouves = [s for s in presents if s.id == code_ou_id] or [s for s in presents if s.code == code_ou_id.upper()]
    if not trouves:
        raise _unknown(journal, code_ou_id)
    return trouves[0]


def duplicate_scenario(journal: Journal, code_ou_id: str, role: str, nom: str = "") -> SavedScenario:
    """Une copie à modifier sans toucher à l'original ; son code reste le même tant que rien ne change."""
    origine = find_scenario(journal, code_ou_id)
    copie = replace(origine.scenario, nom=nom or _copy_name(origine.nom, list_scenarios(journal)))
    return save_scenario(journal, copie, role)


def _fields(scenario: Scenario) -> dict[str, Any]:
    """Ce qui est gardé, le code en dernier : à cette entrée, le contenu est complet."""
    marque = scenario.garde or Marque(scenario.code, latest_edition().numero)
    contenu = {
        "nom": scenario.nom,
        "repartition": scenario.repartition,
        "poids": dict(scenario.poids),
        "mouvements": [dict(m) for m in scenario.mouvements],
        "base": scenario.base,
        CALCUL: {"code": scenario.code, "edition": marque.edition, "bonus_eur": marque.bonus_eur},
    }
    if marque.jour:
        contenu[CALCUL]["jour"] = marque.jour
    return as_kept(contenu) | {CODE: scenario.code}


def _scenario(valeurs: Mapping[str, Any], quand: datetime) -> Scenario:
    mouvements = tuple(valeurs["mouvements"])
    lu = Scenario(valeurs["nom"], valeurs["repartition"], valeurs["poids"], mouvements, valeurs["base"])
    return replace(lu, marque=_mark(lu.code, valeurs.get(CALCUL), quand))


def _mark(code: str, calcul: Any, quand: datetime) -> Marque:
    """La marque gardée ; sans elle, ou si une version d'avant a changé le contenu depuis, la première édition."""
    lu = calcul if isinstance(calcul, Mapping) and calcul.get("code") == code else {}
    edition, jour = lu.get("edition"), quand.astimezone().date()
    with contextlib.suppress(TypeError, ValueError):
        jour = date.fromisoformat(lu["jour"]) if "jour" in lu else jour
    return Marque(code, edition if isinstance(edition, int) else 1, jour, _figures(lu.get("bonus_eur")))


def _figures(gardes: Any) -> dict[int, tuple[float, float | None, float]]:
    """Les chiffres d'alors ; ceux qu'une version plus récente écrit autrement ne se lisent pas ici."""
    try:
        return {int(a): (float(b), None if h is None else float(h), float(c)) for a, (b, h, c) in gardes.items()}
    except (AttributeError, TypeError, ValueError):
        return {}


def _saved(etat: EtatObjet, histoire: Sequence[Entree]) -> SavedScenario:
    """`histoire` : ses entrées, la dernière d'abord."""
    derniere = histoire[0]
    gardee = next(e for e in histoire if e.champ in (CALCUL, CODE))
    return SavedScenario(etat.cle, _scenario(etat.valeurs, gardee.quand), etat, derniere.role, derniere.quand)


def _by_id(journal: Journal, cle: str) -> SavedScenario:
    return _saved(journal.state(OBJET, cle), journal.history(OBJET, cle, limite=None))


def _copy_name(nom: str, presents: list[SavedScenario]) -> str:
    pris = {s.nom for s in presents}
    essais = [f"{nom} (copie)", *(f"{nom} (copie {n})" for n in range(2, len(pris) + 3))]
    return next(essai for essai in essais if essai not in pris)


def _unknown(journal: Journal, code: str) -> CtgError:
    codes = list(dict.fromkeys(s.code for s in list_scenarios(journal)))
    return CtgError(
        f"Aucun scénario n'a le code « {code[:40]} ».",
        "les scénarios enregistrés de ce territoire",
        f"Codes connus : {', '.join(codes)}." if codes else "Enregistrer d'abord un scénario.",
    )
