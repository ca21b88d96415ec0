"""Le suivi et l'évaluation : une ligne par action, des mesures datées, un point de départ gelé à la signature."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.formats import date_longue
from ctgkit.plan.etats import next_step, state, steps_done
from ctgkit.plan.modele import Fiche, Plan
from ctgkit.plan.valeurs import day, tell_number

GELES = ("valeur_initiale", "date_initiale")


@dataclass(frozen=True)
class Suivi:
    """Une fiche à une revue."""

    fiche: Fiche
    etat: str
    faites: int
    etapes: int
    prochaine: str
    derniere_note: str
    jour_note: date | None
    prevu: float | None
    realise: float | None

    @property
    def avancement(self) -> float | None:
        """La part des étapes faites, en %."""
        return 100 * self.faites / self.etapes if self.etapes else None


def follow(fiche: Fiche, jour: date) -> Suivi:
    faites, etapes = steps_done(fiche)
    notes = sorted((n for n in fiche.rows("notes_suivi") if _before(n, jour)), key=lambda n: str(n.get("date") or ""))
    derniere: Mapping[str, Any] = notes[-1] if notes else {}
    return Suivi(
        fiche, state(fiche, jour), faites, etapes, next_step(fiche), str(derniere.get("note") or ""),
        day(derniere.get("date")), _budget(fiche, "prevu", fiche["budget_total"]), _budget(fiche, "realise", None),
    )  # fmt: skip


def _before(note: Mapping[str, Any], jour: date) -> bool:
    ecrite = day(note.get("date"))
    return ecrite is None or ecrite <= jour


def _budget(fiche: Fiche, colonne: str, sinon: float | None) -> float | None:
    lignes = [x for x in fiche.rows("budget") if x.get("unite", "eur") == "eur" and x.get(colonne) is not None]
    return sum(x[colonne] for x in lignes) if lignes else sinon


@dataclass(frozen=True)
class Progres:
    """Un indicateur : d'où il part, où il doit arriver, où il en est."""

    libelle: str
    unite: str
    depart: float | None
    cible: float | None
    mesure: float | None
    jour: date | None
    gele: bool = False

    @property
    def part(self) -> float | None:
        """Le chemin fait du départ à la cible, en % ; sans départ, sans cible ou sans mesure, on ne sait pas."""
        if None in (self.depart, self.cible, self.mesure) or self.cible == self.depart:
            return None
        return 100 * (self.mesure - self.depart) / (self.cible - self.depart)

    @property
    def phrase(self) -> str:
        if self.mesure is None:
            return "pas encore mesuré"
        quand = f" ({date_longue(self.jour)})" if self.jour else ""
        return f"{tell_number(self.mesure)}{quand}"


def progress(plan: Plan, fiche: Fiche, indicateur: Mapping[str, Any], jour: date | None = None) -> Progres:
    """La dernière mesure connue à ce jour, et le départ gelé s'il l'a été."""
    base = frozen_base(plan, fiche.cle, str(indicateur.get("libelle") or ""))
    mesures = [(j, m.get("valeur")) for m in indicateur.get("mesures") or () if (j := day(m.get("date")))]
    connues = sorted((x for x in mesures if x[1] is not None and (jour is None or x[0] <= jour)), key=lambda x: x[0])
    quand, valeur = connues[-1] if connues else (None, None)
    depart = (base or indicateur).get("valeur_initiale")
    return Progres(
        str(indicateur.get("libelle") or ""), str(indicateur.get("unite") or ""), depart, indicateur.get("cible"),
        valeur, quand, base is not None,
    )  # fmt: skip


def freeze(plan: Plan, jour: date) -> dict[str, Any]:
    """Les départs de tous les indicateurs, gelés ce jour-là."""
    bases = {
        f.cle: {str(i.get("libelle")): {c: i.get(c) for c in (*GELES, "cible")} for i in f.rows("indicateurs")}
        for f in plan.fiches
    }
    return {"jour": jour.isoformat(), "bases": {cle: b for cle, b in bases.items() if b}}


def frozen_base(plan: Plan, fiche: str, libelle: str) -> Mapping[str, Any] | None:
    return plan.signature.get("bases", {}).get(fiche, {}).get(libelle)


def check_frozen(plan: Plan, fiche: str, apres: list[Mapping[str, Any]]) -> None:
    """Un départ gelé ne se réécrit pas : on ajoute une mesure."""
    gardes = {str(i.get("libelle")): i for i in apres}
    for libelle, base in plan.signature.get("bases", {}).get(fiche, {}).items():
        touche = libelle not in gardes or any(gardes[libelle].get(c) != base.get(c) for c in GELES)
        if touche:
            quand = date_longue(day(plan.signature.get("jour")))
            raise CtgError(
                f"Le départ de « {libelle} » est gelé depuis la signature, le {quand}.", "Indicateurs",
                "Ajouter une mesure datée plutôt que de changer le départ ou le nom de l'indicateur.",
            )  # fmt: skip
