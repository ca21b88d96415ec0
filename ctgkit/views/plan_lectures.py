"""Ce que la page dit d'une fiche sans qu'on l'ait saisi : besoins, argent, contrôles, histoire, mesures."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from ctgkit.formats import date_longue, nombre
from ctgkit.plan import Fiche, Plan, champ, follow, labels, progress
from ctgkit.plan.controles import check
from ctgkit.plan.valeurs import day
from ctgkit.storage.journal import Entree, phrase
from ctgkit.storage.journal_phrases import actor
from ctgkit.views.plan_frise import steps

if TYPE_CHECKING:
    from ctgkit.views.plan_zones import Regard

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
        "territoire": territoire,
        "structures": r.voisins.structures,
        "controles": check(fiche, territoire, argent),
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


def _history(r: "Regard", fiche: Fiche) -> dict[str, Any]:
    gestes: dict[str, list[Entree]] = {}
    for entree in r.store.history(fiche.cle, 200):
        gestes.setdefault(entree.lot, []).append(entree)
    dits = [_told(e) for lot in gestes.values() for e in ([lot[-1]] if _creates(lot[-1]) else lot)]
    return {
        "histoire": dits if r.histoire else dits[:HISTOIRE],
        "reste": 0 if r.histoire else max(len(dits) - HISTOIRE, 0),
    }


def _creates(entree: Entree) -> bool:
    """Le premier champ d'une fiche qui n'était pas dans le fichier : toute la fiche naît de ce coup."""
    return entree.champ == "code" and entree.avant is None and entree.version == 0


def _told(entree: Entree) -> dict[str, Any]:
    ici = entree.quand.astimezone()
    dite = phrase(entree, labels()).replace(f" (fiche {entree.cle})", "")
    _, _, suite = dite.partition(", ")
    suite = f"{actor(entree.role)} a créé la fiche." if _creates(entree) else suite
    quand = f"{date_longue(ici.date())}, {ici.hour} h {ici.minute:02d}"
    return {
        "id": entree.id,
        "iso": ici.isoformat(timespec="minutes"),
        "quand": quand,
        "phrase": suite[:1].upper() + suite[1:],
    }


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
