"""Le résultat hors de Python : JSON au format publié, et table à plat pour un tableur."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctgkit.simulation.lectures.engagement import engagements
from ctgkit.simulation.lectures.explication import steps
from ctgkit.simulation.lignes import PARTS

if TYPE_CHECKING:
    from ctgkit.simulation.resultat import Resultat


def as_json(r: "Resultat", etapes: bool = True) -> dict[str, Any]:
    """Le format JSON publié ; `haut` vaut null quand rien ne borne le montant."""
    return {
        "territoire": r.territoire.code,
        "scenario": {"nom": r.scenario.nom, "code": r.scenario.code},
        "annees": list(r.annees),
        "lignes": _lines(r, etapes),
        "communes": _municipalities(r),
        "competences": _competences(r),
        "questions": [q.as_dict() for q in r.questions],
        "alertes": [a.as_dict() for a in r.alertes],
    }


def number(valeur: float) -> float | None:
    """Un nombre JSON ; ni NaN, ni infini, qui n'existent pas en JSON."""
    return float(valeur) if np.isfinite(valeur) else None


def _pair(bas: float, haut: float, decimales: int = 2) -> list[float | None]:
    return [number(round(float(bas), decimales)), number(round(float(haut), decimales))]


def _lines(r: "Resultat", etapes: bool) -> list[dict[str, Any]]:
    t = r.table()
    noms = ("structure", "annee", "dispositif", "part", "unite", "statut")
    colonnes = zip(*(t[c].tolist() for c in noms), strict=True)
    n = r.lignes
    return [
        {
            "structure": structure,
            "annee": annee,
            "dispositif": dispositif,
            "part": part,
            "quantite": number(round(float(n["quantite"][i]), 6)),
            "unite": unite,
            "unitaire_eur": _pair(n["unitaire_bas"][i], n["unitaire_haut"][i], 6),
            "montant_eur": _pair(n["bas"][i], n["haut"][i]),
            "statut": statut,
            "etapes": [e.as_dict() for e in steps(r, i)] if etapes else [],
        }
        for i, (structure, annee, dispositif, part, unite, statut) in enumerate(colonnes)
    ]


def _municipalities(r: "Resultat") -> list[dict[str, Any]]:
    """Chaque commune, même sans structure ; le code vide est celui des structures intercommunales."""
    codes = r.territoire.communes["code_insee"].tolist()
    totaux = r.aggregate("commune", "annee")
    connus = {(c, a): _pair(b, h) for c, a, b, h, _ in totaux.itertuples(index=False, name=None)}
    codes += [""] * any(c == "" for c, _ in connus)
    return [{"code_insee": c, "annee": a, "bonus_eur": connus.get((c, a), [0.0, 0.0])} for c in codes for a in r.annees]


def _competences(r: "Resultat") -> list[dict[str, Any]]:
    return [
        {
            "competence": e.competence,
            "annee": int(e.annee),
            "bonus_eur": _pair(e.bas, e.haut),
            "reference_eur": number(e.reference_eur),
            "maintien": str(e.maintien),
            "credits_eur": number(e.credits_eur),
            "engagement": str(e.engagement),
        }
        for e in engagements(r).itertuples(index=False)
    ]


def flat_table(r: "Resultat") -> pd.DataFrame:
    """La table à plat d'un scénario : une cellule vide là où rien ne borne le montant, ou n'est pas connu."""
    t = r.table()
    t["part"] = pd.Categorical(t["part"], PARTS, ordered=True)
    t = t.sort_values(["annee", "structure", "dispositif", "part"], ignore_index=True).drop(columns="haut_connu")
    t.insert(0, "code_scenario", r.scenario.code)
    t.insert(0, "scenario", r.scenario.nom)
    return t.replace([np.inf, -np.inf], np.nan)
