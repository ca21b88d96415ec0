"""Le plan entier, court : la Caf du Nord demande dix pages au plus. Le nombre de pages se compte et se dit."""

import re
from collections.abc import Iterable
from datetime import date

from ctgkit.documents.gabarit import fill
from ctgkit.documents.modele import Bloc, Champs, Colonne, Document, Morceau, Paragraphe, Section, Tableau
from ctgkit.documents.plan_sections import A_COMPLETER, FICTIF, period
from ctgkit.formats import date_longue, euros, pluriel
from ctgkit.plan import Element, Fiche, Plan, complete_plan, state
from ctgkit.territoire import Territoire

PAGES_CAF_DU_NORD = 10


def plan_document(plan: Plan, territoire: Territoire, jour: date) -> Document:
    lu = complete_plan(plan)
    fiches = pluriel(lu.fiches, "fiche action", "fiches action") if lu.fiches else "aucune fiche action"
    constat = f"{pluriel(len(plan.enjeux), 'enjeu', 'enjeux')}, {pluriel(len(plan.objectifs), 'objectif')}, {fiches}."
    pretes = f"{lu.pretes} sur {lu.fiches} prêtes à signer." if lu.fiches else ""
    champs = {
        "titre": f"Plan d'actions, {territoire.nom}",
        "convention": period(territoire),
        "constat": f"{constat} {pretes}".strip(),
        "fictif": FICTIF if territoire.est_fictif else "",
        "date": date_longue(jour),
    }
    blocs: dict[str, list[Bloc]] = {
        "enjeux": [_issue(plan, e, territoire, jour) for e in plan.enjeux],
        "libres": [_short(f, territoire, jour) for f in plan.fiches if not plan.enjeux_of(f)],
        "tableau": [_summary(plan, jour)] if plan.fiches else [],
    }
    return fill(
        "plan_entier", champs, blocs, jour=jour, pied=f"Plan d'actions, {territoire.nom}", sujet=period(territoire)
    )


def _issue(plan: Plan, enjeu: Element, territoire: Territoire, jour: date) -> Section:
    """Un enjeu, ses objectifs, et sous chacun ses fiches ; une fiche n'est écrite qu'une fois."""
    siens = [o for o in plan.objectifs if o.codes("enjeux")[:1] == (enjeu.cle,)]
    return Section(f"{enjeu.cle} {enjeu.titre}", tuple(_goal(plan, o, territoire, jour) for o in siens))


def _goal(plan: Plan, objectif: Element, territoire: Territoire, jour: date) -> Section:
    siennes = [f for f in plan.fiches if f["objectifs"][:1] == [objectif.cle]]
    aussi = [f.code for f in plan.fiches if objectif.cle in f["objectifs"][1:]]
    blocs: list[Bloc] = [_short(f, territoire, jour) for f in siennes]
    if aussi:
        blocs.append(Paragraphe(f"Servi aussi par : {', '.join(aussi)}.", "note"))
    return Section(
        f"{objectif.cle} {objectif.titre}", blocs or (Paragraphe("Aucune fiche n'est écrite pour cet objectif."),)
    )


def _short(fiche: Fiche, territoire: Territoire, jour: date) -> Champs:
    """L'essentiel d'une fiche, en quelques lignes."""
    communes = fiche["territoire"]
    lieu = "tout le territoire" if len(communes) == len(territoire.communes) else pluriel(len(communes), "commune")
    fin = fiche.day("date_fin")
    indicateurs = " ; ".join(_target(i) for i in fiche.rows("indicateurs"))
    action = fiche["descriptif"] or A_COMPLETER
    return Champs((
        (f"{fiche.code}", (Morceau(fiche.titre, gras=True), Morceau(f" ({state(fiche, jour)})"))),
        ("Action", action),
        ("Pilote", f"{fiche['pilote_structure'] or A_COMPLETER}, {lieu if communes else 'communes à préciser'}"),
        ("Échéance", f"{date_longue(fin)}{_cost(fiche)}" if fin else A_COMPLETER),
        ("Indicateurs", indicateurs or A_COMPLETER),
    ))  # fmt: skip


def _target(indicateur: dict) -> str:
    depart, cible = (indicateur.get(c, "à fixer") for c in ("valeur_initiale", "cible"))
    return f"{indicateur.get('libelle') or 'à nommer'}, de {depart} à {cible}"


def _cost(fiche: Fiche) -> str:
    return f" ; budget {euros(fiche['budget_total'])}" if isinstance(fiche["budget_total"], int | float) else ""


def _summary(plan: Plan, jour: date) -> Tableau:
    colonnes = tuple(Colonne(c) for c in ("Fiche", "Intitulé", "Pilote", "Échéance", "Avancement"))
    lignes = tuple(
        (f.code, f.titre, f["pilote_structure"] or A_COMPLETER, date_longue(f.day("date_fin")), state(f, jour))
        for f in plan.fiches
    )
    return Tableau(colonnes, lignes, "Les fiches en une page")


def count_pages(pdf: bytes) -> int:
    """Le nombre de pages d'un PDF, lu dans son arbre de pages."""
    comptes: Iterable[bytes] = re.findall(rb"/Type\s*/Pages\b.{0,400}?/Count\s+(\d+)", pdf, re.S)
    return max(map(int, comptes), default=0)


def pages_sentence(pages: int) -> str:
    """« 8 pages : la Caf du Nord en demande 10 au plus. »"""
    suite = f"la Caf du Nord en demande {PAGES_CAF_DU_NORD} au plus"
    trop = pages - PAGES_CAF_DU_NORD
    return f"{pluriel(pages, 'page')} : {suite}{f', il y en a {trop} de trop' if trop > 0 else ''}."
