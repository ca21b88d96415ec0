"""Le résultat hors de Python : JSON au format publié, table à plat pour un tableur, texte pour un terminal."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ctgkit.formats import euros, pluriel
from ctgkit.fourchette import Fourchette
from ctgkit.simulation.calcul.lignes import PARTS
from ctgkit.simulation.lectures.agregats import aggregate, table
from ctgkit.simulation.lectures.alertes import alertes
from ctgkit.simulation.lectures.argent import money
from ctgkit.simulation.lectures.comparaison import Ecart, compare_scenarios
from ctgkit.simulation.lectures.editions import latest_edition, reread
from ctgkit.simulation.lectures.engagement import engagements, tell_reference
from ctgkit.simulation.lectures.explication import steps
from ctgkit.simulation.lectures.noms import name_competence
from ctgkit.simulation.lectures.questions import questions
from ctgkit.simulation.resultat import AVERTISSEMENT, Resultat
from ctgkit.texte import guard


def as_json(resultat: Resultat, reference: Resultat | None = None) -> dict[str, Any]:
    """Le format JSON publié ; `haut` vaut null quand rien ne borne le montant."""
    contenu = {
        "territoire": resultat.territoire.code,
        "edition": latest_edition().numero,
        "scenario": {
            "nom": resultat.scenario.nom,
            "code": resultat.scenario.code,
            "relecture": list(reread(resultat).phrases),
        },
        "annees": list(resultat.annees),
        "totaux": _totals(resultat),
        "lignes": _lines(resultat),
        "communes": _municipalities(resultat),
        "competences": _competences(resultat),
        "argent": _records(money(resultat)),
        "questions": [q.as_dict() for q in questions(resultat)],
        "alertes": [a.as_dict() for a in alertes(resultat)],
    }
    if reference is not None:
        contenu["ecart"] = gap_json(compare_scenarios(reference, resultat).ecarts[0])
    return contenu


def json_text(resultats: Sequence[Resultat], reference: Resultat | None = None) -> str:
    """Un objet pour un scénario, une liste pour plusieurs ; `reference` : ce à quoi chacun est comparé."""
    contenus = [as_json(r, reference) for r in resultats]
    return json.dumps(contenus[0] if len(contenus) == 1 else contenus, ensure_ascii=False, indent=2, allow_nan=False)


def gap_json(ecart: Ecart) -> dict[str, Any]:
    """L'écart à un autre scénario, en tout et par année ; une borne vaut null quand rien ne borne."""
    return {
        "reference": ecart.reference.scenario.code,
        "total_eur": _pair(*ecart.total()),
        "annees": [{"annee": a, "ecart_eur": _pair(*ecart.total(a))} for a in ecart.reference.annees],
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Les lignes d'une table ; ce qui n'est pas connu vaut null."""
    lignes = table.astype(object).where(table.notna(), None)
    return lignes.to_dict("records")


def number(valeur: float) -> float | None:
    """Un nombre JSON ; ni NaN, ni infini, qui n'existent pas en JSON."""
    return float(valeur) if np.isfinite(valeur) else None


def _pair(bas: float, haut: float, decimales: int = 2) -> list[float | None]:
    return [number(round(float(bas), decimales)), number(round(float(haut), decimales))]


def _lines(resultat: Resultat) -> list[dict[str, Any]]:
    t = table(resultat)
    noms = ("structure", "annee", "dispositif", "part", "unite", "statut")
    colonnes = zip(*(t[c].tolist() for c in noms), strict=True)
    n = resultat.lignes
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
            "etapes": [e.as_dict() for e in steps(resultat, i)],
        }
        for i, (structure, annee, dispositif, part, unite, statut) in enumerate(colonnes)
    ]


def _totals(resultat: Resultat) -> list[dict[str, Any]]:
    """Le territoire, chaque année ; `connu_eur` : la borne haute sans ce qui n'est pas publié.

    Tant qu'aucune structure n'est renseignée, rien n'est connu.
    """
    lus = {
        int(t.annee): Fourchette(t.bas, t.haut, t.haut_connu)
        for t in aggregate(resultat, "annee").itertuples(index=False)
    }
    sinon = Fourchette(0.0, 0.0 if len(resultat.territoire.structures) else np.inf)
    totaux = [(a, lus.get(a, sinon)) for a in resultat.annees]
    return [
        {"annee": a, "bonus_eur": _pair(t.bas, t.haut), "connu_eur": number(t.connu), "ecrit": t.tell()}
        for a, t in totaux
    ]


def _municipalities(resultat: Resultat) -> list[dict[str, Any]]:
    """Chaque commune, même sans structure ; le code vide est celui des structures intercommunales.

    Tant qu'aucune structure n'est renseignée dans le territoire, rien n'est connu.
    """
    codes = resultat.territoire.communes["code_insee"].tolist()
    totaux = aggregate(resultat, "commune", "annee")
    connus = {(c, a): _pair(b, h) for c, a, b, h, _ in totaux.itertuples(index=False, name=None)}
    codes += [""] * any(c == "" for c, _ in connus)
    sinon = [0.0, 0.0] if len(resultat.territoire.structures) else [0.0, None]
    return [
        {"code_insee": c, "annee": a, "bonus_eur": connus.get((c, a), sinon)} for c in codes for a in resultat.annees
    ]


def _competences(resultat: Resultat) -> list[dict[str, Any]]:
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
        for e in engagements(resultat).itertuples(index=False)
    ]


def flat_csv(resultats: Iterable[Resultat], fin: str = "\n", table: str = "montants") -> str:
    """Une table en CSV pour un tableur français ; aucun nom n'y devient une formule."""
    plate = pd.concat([TABLES[table](r) for r in resultats]).map(lambda v: guard(v) if isinstance(v, str) else v)
    return plate.to_csv(sep=";", decimal=",", index=False, lineterminator=fin)


def flat_table(resultat: Resultat) -> pd.DataFrame:
    """La table à plat d'un scénario : une cellule vide là où rien ne borne le montant, ou n'est pas connu."""
    t = table(resultat)
    t["part"] = pd.Categorical(t["part"], PARTS, ordered=True)
    t = t.sort_values(["annee", "structure", "dispositif", "part"], ignore_index=True).drop(columns="haut_connu")
    return _named(resultat, t.replace([np.inf, -np.inf], np.nan))


def money_table(resultat: Resultat) -> pd.DataFrame:
    """Simulé, notifié, perçu, acomptes et reste à charge d'un scénario."""
    return _named(resultat, money(resultat))


def _named(resultat: Resultat, table: pd.DataFrame) -> pd.DataFrame:
    table.insert(0, "code_scenario", resultat.scenario.code)
    table.insert(0, "scenario", resultat.scenario.nom)
    return table


TABLES: dict[str, Callable[[Resultat], pd.DataFrame]] = {"montants": flat_table, "argent": money_table}


_LIGNES_MAX = 60
VERDICTS = {"tenu": "tenu", "perdu": "perdu", "rompu": "rompu", "a_verifier": "à vérifier", "inconnu": "inconnu"}


def report(resultats: Sequence[Resultat]) -> str:
    reference, *autres = resultats
    blocs = ["\n".join(_one(r)) for r in resultats]
    if autres:
        blocs.append("\n".join(["Comparaison", *(f"- {p}" for p in compare_scenarios(reference, *autres).phrases)]))
    return "\n\n".join([*blocs, AVERTISSEMENT])


def _one(resultat: Resultat) -> Iterator[str]:
    yield f"{resultat.territoire.nom} : {resultat.scenario.nom} ({resultat.scenario.code})"
    yield from reread(resultat).phrases
    yield ""
    totaux = [[str(t["annee"]), t["ecrit"]] for t in _totals(resultat)]
    yield from grid(["Année", "Bonus du territoire"], totaux)
    yield ""
    titres = ["Compétence", "Année", "Bonus", "Référence", "Maintien", "Crédits", "Engagement"]
    yield from grid(titres, (_engagement(resultat, e) for e in engagements(resultat).itertuples()))
    yield from _money(resultat)
    for titre, phrases in (
        ("Alertes", [a.message for a in alertes(resultat)]),
        ("À demander à la Caf", [q.question for q in questions(resultat)]),
    ):
        if phrases:
            yield from ["", titre, *(f"- {p}" for p in phrases)]


def _money(resultat: Resultat) -> Iterator[str]:
    """Ce que la Caf a notifié et versé, puis ce qui reste à charge la dernière année."""
    t = money(resultat)
    notifies = t[t["notifie_eur"].notna() | t["percu_eur"].notna()]
    if len(notifies):
        yield from ["", "Simulé, notifié, perçu"]
        titres = ["Structure", "Année", "Dispositif", "Simulé", "Notifié", "Perçu", "État"]
        yield from grid(titres, (_notified(x) for x in notifies.itertuples()))
    restes = t[(t["annee"] == resultat.annees[-1]) & t["charges_eur"].notna()]
    if len(restes):
        yield from ["", f"Acomptes et reste à charge en {resultat.annees[-1]}"]
        acomptes = t[t["annee"] == resultat.annees[-1]].groupby("structure")["acompte_max"].sum(min_count=1)
        titres = ["Structure", "Acomptes au plus", "Charges", "Financements", "Reste à charge"]
        yield from grid(titres, (_left(x, float(acomptes.get(x.structure, np.nan))) for x in restes.itertuples()))


def _notified(x: Any) -> list[str]:
    simule = "rien" if np.isnan(x.simule_bas) else Fourchette(x.simule_bas, x.simule_haut).tell()
    return [x.nom, str(x.annee), x.quoi, simule, euros(x.notifie_eur), euros(x.percu_eur), x.etat]


def _left(x: Any, acompte: float) -> list[str]:
    financements = Fourchette(x.financements_bas, x.financements_haut).tell()
    dit = "inconnu" if np.isnan(acompte) else euros(acompte)
    return [x.nom, dit, euros(x.charges_eur), financements, tell_left(x.reste_bas, x.reste_haut)]


def tell_left(bas: float, haut: float) -> str:
    """`de 3 € à 5 €`, « au plus 5 € » quand un financement n'est pas borné, « non renseigné » sans charges."""
    if np.isnan(haut):
        return euros(haut)
    return f"au plus {euros(haut)}" if np.isnan(bas) else Fourchette(bas, haut).write()


def _engagement(resultat: Resultat, e: Any) -> list[str]:
    bonus, reference = Fourchette(e.bas, e.haut).tell(), tell_reference(e.reference_bas, e.reference_haut)
    verdicts = VERDICTS[str(e.maintien)], euros(e.credits_eur), VERDICTS[str(e.engagement)]
    return [name_competence(resultat, e.competence), str(e.annee), bonus, reference, *verdicts]


def grid(titres: list[str], lignes: Iterable[list[str]]) -> Iterator[str]:
    """Des colonnes alignées ; au-delà de quelques dizaines de lignes, la suite est pour les autres formats."""
    corps = [list(map(str, ligne)) for ligne in lignes]
    montrees = corps[:_LIGNES_MAX]
    largeurs = [max(len(ligne[i]) for ligne in [titres, *montrees]) for i in range(len(titres))]
    for ligne in [titres, ["-" * n for n in largeurs], *montrees]:
        yield "  ".join(mot.ljust(n) for mot, n in zip(ligne, largeurs, strict=True)).rstrip()
    if len(corps) > _LIGNES_MAX:
        reste = pluriel(len(corps) - _LIGNES_MAX, "autre ligne", "autres lignes")
        yield f"… et {reste} : --format csv ou json les donne toutes."
