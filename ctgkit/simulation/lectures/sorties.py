"""Le résultat hors de Python : JSON au format publié, table à plat pour un tableur, texte pour un terminal."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ctgkit.formats import euros
from ctgkit.fourchette import Fourchette
from ctgkit.simulation.calcul.lignes import PARTS
from ctgkit.simulation.lectures.agregats import aggregate, table
from ctgkit.simulation.lectures.alertes import alertes
from ctgkit.simulation.lectures.comparaison import compare_scenarios
from ctgkit.simulation.lectures.engagement import engagements, tell_reference
from ctgkit.simulation.lectures.explication import steps
from ctgkit.simulation.lectures.questions import questions
from ctgkit.simulation.resultat import AVERTISSEMENT, Resultat
from ctgkit.texte import guard


def as_json(r: Resultat, etapes: bool = True) -> dict[str, Any]:
    """Le format JSON publié ; `haut` vaut null quand rien ne borne le montant."""
    return {
        "territoire": r.territoire.code,
        "scenario": {"nom": r.scenario.nom, "code": r.scenario.code},
        "annees": list(r.annees),
        "lignes": _lines(r, etapes),
        "communes": _municipalities(r),
        "competences": _competences(r),
        "questions": [q.as_dict() for q in questions(r)],
        "alertes": [a.as_dict() for a in alertes(r)],
    }


def json_text(resultats: Sequence[Resultat]) -> str:
    """Un objet pour un scénario, une liste pour plusieurs."""
    contenus = [as_json(r) for r in resultats]
    return json.dumps(contenus[0] if len(contenus) == 1 else contenus, ensure_ascii=False, indent=2, allow_nan=False)


def number(valeur: float) -> float | None:
    """Un nombre JSON ; ni NaN, ni infini, qui n'existent pas en JSON."""
    return float(valeur) if np.isfinite(valeur) else None


def _pair(bas: float, haut: float, decimales: int = 2) -> list[float | None]:
    return [number(round(float(bas), decimales)), number(round(float(haut), decimales))]


def _lines(r: Resultat, etapes: bool) -> list[dict[str, Any]]:
    t = table(r)
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


def _municipalities(r: Resultat) -> list[dict[str, Any]]:
    """Chaque commune, même sans structure ; le code vide est celui des structures intercommunales."""
    codes = r.territoire.communes["code_insee"].tolist()
    totaux = aggregate(r, "commune", "annee")
    connus = {(c, a): _pair(b, h) for c, a, b, h, _ in totaux.itertuples(index=False, name=None)}
    codes += [""] * any(c == "" for c, _ in connus)
    return [{"code_insee": c, "annee": a, "bonus_eur": connus.get((c, a), [0.0, 0.0])} for c in codes for a in r.annees]


def _competences(r: Resultat) -> list[dict[str, Any]]:
    return [
        {
            "competence": e.competence,
            "annee": int(e.annee),
            "bonus_eur": _pair(e.bas, e.haut),
            "reference_eur": number(e.reference_eur),
            "reference_bornes_eur": _pair(e.reference_bas, e.reference_haut),
            "maintien": str(e.maintien),
            "credits_eur": number(e.credits_eur),
            "engagement": str(e.engagement),
        }
        for e in engagements(r).itertuples(index=False)
    ]


def flat_csv(resultats: Iterable[Resultat], fin: str = "\n") -> str:
    """La table à plat en CSV pour un tableur français ; aucun nom n'y devient une formule."""
    plate = pd.concat([flat_table(r) for r in resultats]).map(lambda v: guard(v) if isinstance(v, str) else v)
    return plate.to_csv(sep=";", decimal=",", index=False, lineterminator=fin)


def flat_table(r: Resultat) -> pd.DataFrame:
    """La table à plat d'un scénario : une cellule vide là où rien ne borne le montant, ou n'est pas connu."""
    t = table(r)
    t["part"] = pd.Categorical(t["part"], PARTS, ordered=True)
    t = t.sort_values(["annee", "structure", "dispositif", "part"], ignore_index=True).drop(columns="haut_connu")
    t.insert(0, "code_scenario", r.scenario.code)
    t.insert(0, "scenario", r.scenario.nom)
    return t.replace([np.inf, -np.inf], np.nan)


_LIGNES_MAX = 60


def report(resultats: Sequence[Resultat]) -> str:
    reference, *autres = resultats
    blocs = ["\n".join(_one(r)) for r in resultats]
    if autres:
        blocs.append("\n".join(["Comparaison", *(f"- {p}" for p in compare_scenarios(reference, *autres).phrases)]))
    return "\n\n".join([*blocs, AVERTISSEMENT])


def _one(r: Resultat) -> Iterator[str]:
    yield f"{r.territoire.nom} : {r.scenario.nom} ({r.scenario.code})"
    yield ""
    totaux = aggregate(r, "annee").itertuples()
    yield from grid(
        ["Année", "Bonus du territoire"], ([str(t.annee), Fourchette(t.bas, t.haut).tell()] for t in totaux)
    )
    yield ""
    titres = ["Compétence", "Année", "Bonus", "Référence", "Maintien", "Crédits", "Engagement"]
    yield from grid(titres, (_engagement(e) for e in engagements(r).itertuples()))
    for titre, phrases in (
        ("Alertes", [a.message for a in alertes(r)]),
        ("À demander à la Caf", [q.question for q in questions(r)]),
    ):
        if phrases:
            yield from ["", titre, *(f"- {p}" for p in phrases)]


def _engagement(e: Any) -> list[str]:
    bonus, reference = Fourchette(e.bas, e.haut).tell(), tell_reference(e.reference_bas, e.reference_haut)
    return [e.competence, str(e.annee), bonus, reference, e.maintien, euros(e.credits_eur), e.engagement]


def grid(titres: list[str], lignes: Iterable[list[str]]) -> Iterator[str]:
    """Des colonnes alignées ; au-delà de quelques dizaines de lignes, la suite est pour les autres formats."""
    corps = [list(map(str, ligne)) for ligne in lignes]
    montrees = corps[:_LIGNES_MAX]
    largeurs = [max(len(ligne[i]) for ligne in [titres, *montrees]) for i in range(len(titres))]
    for ligne in [titres, ["-" * n for n in largeurs], *montrees]:
        yield "  ".join(mot.ljust(n) for mot, n in zip(ligne, largeurs, strict=True)).rstrip()
    if len(corps) > _LIGNES_MAX:
        yield f"… et {len(corps) - _LIGNES_MAX} autres lignes : --format csv ou json les donne toutes."
