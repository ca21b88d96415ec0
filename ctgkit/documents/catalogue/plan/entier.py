"""Le plan entier, court. Le nombre de pages se compte et se dit, face à ce que la Caf du territoire demande."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ctgkit.documents.catalogue.plan.sections import A_COMPLETER, heading, table_or
from ctgkit.documents.gabarit import fill
from ctgkit.documents.modele import Bloc, Champs, Document, Liste, Morceau, Paragraphe, Section
from ctgkit.documents.registre import Offre
from ctgkit.formats import date_longue, euros, liste, pluriel
from ctgkit.plan import Element, Fiche, Plan, complete_plan, state
from ctgkit.plan.champs import tell_number
from ctgkit.plan.phrases import ready_words
from ctgkit.plan.rangement import Famille, families, goal_of, unplaced
from ctgkit.storage import caf_rule
from ctgkit.territoire import Territoire

SANS_FICHE = "Aucune fiche n'est écrite pour cet objectif."


def plan_document(plan: Plan, territoire: Territoire, jour: date) -> Document:
    lu = complete_plan(plan)
    fiches = pluriel(len(plan.fiches), "fiche action", "fiches action") if plan.fiches else "aucune fiche action"
    plans = len({e.plan for e in plan.enjeux if e.plan})
    parties = [pluriel(plans, "plan")] if plans else []
    parties += [pluriel(len(plan.enjeux), "enjeu", "enjeux"), pluriel(len(plan.objectifs), "objectif"), fiches]
    constat = f"{', '.join(parties)}."
    pretes = f"{ready_words(lu)}." if lu.a_signer else ""
    champs = heading(territoire, jour, f"Plan d'actions, {territoire.nom}")
    champs |= {"constat": f"{constat} {pretes}".strip()}
    blocs: dict[str, list[Bloc]] = {
        "enjeux": [_family(plan, f, territoire, jour) for f in families(plan)],
        "libres": [_short(f, territoire, jour) for f in unplaced(plan)],
        "tableau": _summary(plan, jour) if plan.fiches else [],
    }
    return fill("plan/entier", champs, blocs, jour=jour, pied=champs["titre"], sujet=champs["convention"])


def _family(plan: Plan, famille: Famille, territoire: Territoire, jour: date) -> Section:
    """Une partie du plan : ses enjeux, ses objectifs, et sous chacun ses fiches, écrites une seule fois."""
    enjeux = [e.nom for e in famille.enjeux if famille.titre != e.nom]
    aussi = liste([o.nom for o in famille.partages])
    blocs: list[Bloc] = (
        [Paragraphe(pluriel(len(enjeux), "enjeu", "enjeux") + " :"), Liste(tuple(enjeux))] if enjeux else []
    )
    blocs += [_goal(plan, o, territoire, jour) for o in famille.objectifs]
    blocs += [_short(f, territoire, jour) for f in famille.seules]
    blocs += [Paragraphe(f"Objectif partagé, écrit ailleurs dans ce plan : {aussi}.", "note")] if aussi else []
    return Section(famille.titre, blocs or (Paragraphe("Aucun objectif n'est écrit."),))


def _goal(plan: Plan, objectif: Element, territoire: Territoire, jour: date) -> Section:
    siennes = [f for f in plan.fiches if goal_of(plan, f) == objectif.cle]
    aussi = [f.code for f in plan.fiches if objectif.cle in f["objectifs"] and f not in siennes]
    blocs: list[Bloc] = [_short(f, territoire, jour) for f in siennes]
    if aussi:
        blocs.append(Paragraphe(f"Servi aussi par : {', '.join(aussi)}.", "note"))
    return Section(objectif.nom, blocs or (Paragraphe(SANS_FICHE, "note"),))


def _short(fiche: Fiche, territoire: Territoire, jour: date) -> Champs:
    """L'essentiel d'une fiche, en quelques lignes."""
    fin, cout = fiche.day("date_fin"), fiche["budget_total"]
    budget = f"budget {euros(cout)}" if isinstance(cout, int | float) else ""
    echeance = " ; ".join(filter(None, (date_longue(fin) if fin else A_COMPLETER, budget)))
    couples = (
        (fiche.code, (Morceau(fiche.titre, gras=True), Morceau(f" ({state(fiche, jour)})"))),
        ("Action", fiche["descriptif"] or A_COMPLETER),
        ("Pilote", f"{fiche['pilote_structure'] or A_COMPLETER}, {_places(fiche, territoire)}"),
        ("Échéance", echeance),
        ("Indicateurs", " ; ".join(_target(i) for i in fiche.rows("indicateurs")) or A_COMPLETER),
    )
    return Champs(couples, solidaire=True)


def _places(fiche: Fiche, territoire: Territoire) -> str:
    nombre, toutes = len(fiche["territoire"]), len(territoire.communes)
    if not nombre:
        return "communes à préciser"
    return "tout le territoire" if nombre == toutes else pluriel(nombre, "commune")


def _target(indicateur: Mapping[str, Any]) -> str:
    depart, cible = (tell_number(indicateur.get(c), "à fixer") for c in ("valeur_initiale", "cible"))
    return f"{indicateur.get('libelle') or 'à nommer'}, de {depart} à {cible}"


def _summary(plan: Plan, jour: date) -> list[Bloc]:
    lignes = (
        (f.code, f.titre, f["pilote_structure"] or A_COMPLETER, date_longue(f.day("date_fin")), state(f, jour))
        for f in plan.fiches
    )
    colonnes = ("Fiche", "Intitulé", "Pilote", "Échéance", "Avancement")
    return table_or(colonnes, lignes, "", "Les fiches en une page")


def pages_sentence(pages: int, territoire: Territoire) -> str:
    """« 8 pages : la Caf d'ici en demande 10 au plus. » ; le nombre seul quand elle n'en dit rien."""
    maximum = caf_rule(territoire.caf, "plan_pages_max")
    if maximum is None:
        return f"{pluriel(pages, 'page')}."
    suite = f"la {territoire.caf} en demande {maximum} au plus"
    trop = pages - maximum
    suite += f", il y en a {trop} de trop" if trop > 0 else ""
    return f"{pluriel(pages, 'page')} : {suite}."


OFFRE = Offre(
    cle="plan",
    titre="Le plan entier",
    aide="Enjeux, objectifs et fiches. Le nombre de pages est dit, et celui que la Caf demande.",
    formats=("docx", "odt", "pdf", "html"),
    document=plan_document,
    rang=1,
    defaut_pour=("docx", "odt", "pdf", "html"),
    dire_pages=pages_sentence,
)
