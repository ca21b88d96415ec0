"""Ce que la page dit d'une fiche sans qu'on l'ait saisi : besoins, argent, contrôles, histoire, mesures."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from ctgkit import droit
from ctgkit.formats import date_longue, nombre
from ctgkit.plan import Fiche, Plan, champ, follow, progress
from ctgkit.plan.champs import day
from ctgkit.plan.completude import Controle, check
from ctgkit.views.plan.frise import steps
from ctgkit.views.plan.histoire import told
from ctgkit.views.plan.simulation import picker

if TYPE_CHECKING:
    from ctgkit.views.plan.zones import Regard

HISTOIRE = 5
A_FIXER = {"valeur_initiale": "le départ", "cible": "la cible", "source": "la source"}


def read_fiche(r: "Regard") -> dict[str, Any]:
    fiche, territoire = r.fiche, r.store.territoire
    argent = r.voisins.financing(fiche)
    annees, pas = steps(fiche, r.jour, territoire.annees)
    trace = fiche.valeurs.get("tracabilite")
    trace = trace if isinstance(trace, Mapping) else {}
    return {
        "besoins": [r.voisins.finding(c) for c in fiche["constats"]],
        "argent": argent,
        "choix_simulation": picker(r),
        "territoire": territoire,
        "structures": r.voisins.structures,
        "dispositifs": droit.libelles_dispositifs(),
        "controles": (*_same_number(r.plan, fiche), *check(fiche, territoire, argent)),
        **_history(r, fiche),
        "cree": date_longue(day(trace.get("cree_le"))) if day(trace.get("cree_le")) else "",
        "role_origine": str(trace.get("role") or ""),
        "a_definir": [m.quoi for m in territoire.a_completer if "chef" in m.quoi.lower()],
        "annees": annees,
        "pas": pas,
        "indicateurs": [_indicator(r.plan, fiche, i, r.jour) for i in fiche.rows("indicateurs")],
        "a_fixer": _to_set(fiche),
        "signature": date_longue(day(r.plan.signature.get("jour"))) if r.plan.signature else "",
        "sollicites": sum(x.montant or 0 for x in argent.lignes if x.etat == "sollicite"),
        "suivi": follow(fiche, r.jour),
        "notes": _notes(fiche),
    }  # fmt: skip


def _same_number(plan: Plan, fiche: Fiche) -> list[Controle]:
    autres = [f.titre for f in plan.fiches if f.code == fiche.code and f.cle != fiche.cle]
    return [Controle(f"Une autre fiche porte le n° {fiche.code} : {titre[:120]}.", False) for titre in autres]


def _history(r: "Regard", fiche: Fiche) -> dict[str, Any]:
    dits = told(r.store.history(fiche.cle, 400))
    montres = dits if r.histoire else dits[:HISTOIRE]
    origine = bool(dits) and r.store.in_file(fiche.cle)
    return {"histoire": montres, "reste": len(dits) - len(montres), "origine": origine}


def _indicator(plan: Plan, fiche: Fiche, i: Mapping[str, Any], jour: date) -> dict[str, str]:
    lu, nature = progress(plan, fiche, i, jour), champ("indicateurs").column("nature")
    return {
        "libelle": str(i.get("libelle") or ""),
        "unite": lu.unite,
        "nature": nature.option(i.get("nature")),
        "depart": _written(lu.depart),
        "annee_depart": _year(i.get("date_initiale")),
        "cible": _written(lu.cible),
        "annee_cible": _year(i.get("echeance")),
        "mesure": _written(lu.mesure),
        "annee_mesure": str(lu.jour.year) if lu.jour else "",
        "source": str(i.get("source") or ""),
    }


def _written(valeur: Any) -> str:
    if not isinstance(valeur, int | float):
        return str(valeur) if valeur not in (None, "") else ""
    return nombre(valeur, 0 if float(valeur).is_integer() else 1)


def _year(jour: Any) -> str:
    lu = day(jour)
    return str(lu.year) if lu else ""


def _to_set(fiche: Fiche) -> list[str]:
    """Ce qu'il faut fixer pour pouvoir évaluer."""
    rendus = []
    for i in fiche.rows("indicateurs"):
        nom = i.get("libelle") or "Un indicateur sans nom"
        manques = [mot for cle, mot in A_FIXER.items() if i.get(cle) in (None, "")]
        rendus += [f"{nom} : {', '.join(manques)}."] if manques else []
    return rendus


def _notes(fiche: Fiche) -> list[dict[str, str]]:
    rangees = sorted(fiche.rows("notes_suivi"), key=lambda n: str(n.get("date") or ""), reverse=True)[:3]
    return [
        {
            "quand": date_longue(day(n.get("date"))) if day(n.get("date")) else "sans date",
            "note": str(n.get("note") or ""),
        }
        for n in rangees
    ]
