"""Le bilan d'une année : ce qui a été fait, mesuré, dépensé, noté ; où en est le plan, ce qui attend une décision."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ctgkit.documents.catalogue.plan.figures import issues_figure, states_figure
from ctgkit.documents.catalogue.plan.sections import VoisinsDuPlan, bound_rows, heading, table_or
from ctgkit.documents.catalogue.plan.suivi import sentence
from ctgkit.documents.gabarit import fill
from ctgkit.documents.modele import Bloc, Colonne, Document, Liste, Paragraphe
from ctgkit.documents.registre import Offre
from ctgkit.formats import date_longue, euros
from ctgkit.plan import Fiche, Plan, champ, progress, state
from ctgkit.plan.argent import sum_money
from ctgkit.plan.champs import day, tell_number
from ctgkit.plan.suivi import late_sentence
from ctgkit.territoire import Territoire


def annual_document(plan: Plan, territoire: Territoire, annee: int, jour: date, voisins: VoisinsDuPlan) -> Document:
    """Rien n'y est de l'année que ce que les fiches en datent ; l'avancement est celui du jour où on le lit."""
    fin = min(jour, date(annee, 12, 31))
    champs = heading(territoire, jour, f"Bilan {annee}, {territoire.nom}") | {"constat": sentence(plan, jour)}
    faites = [_done(f, e) for f in plan.fiches for e in f.rows("etapes") if e.get("fait") and _in(e.get("date"), annee)]
    notees = [(f, n) for f in plan.fiches for n in f.rows("notes_suivi") if _in(n.get("date"), annee)]
    notes = [f"{f.code}, {date_longue(day(n.get('date')))} : {n.get('note')}" for f, n in notees]
    attendues = [f"{f.code} : {f['decision_attendue']}" for f in plan.fiches if f["decision_attendue"]]
    retards = [f"{f.nom}, {late_sentence(f, jour)}" for f in plan.fiches if late_sentence(f, jour)]
    blocs: dict[str, list[Bloc]] = {
        "avancement": [states_figure(plan, jour)] if plan.fiches else [],
        "enjeux": [issues_figure(plan, jour)] if plan.fiches and plan.enjeux else [],
        "etapes": _list(faites, "Aucune étape datée de cette année n'est notée comme faite."),
        "mesures": measured(plan, annee, fin),
        "budget": _spent(plan, annee),
        "caf": bound_rows(sum_money(plan, voisins.financing).liees, voisins.structures),
        "notes": _list(notes, "Aucune note de suivi n'est datée de cette année."),
        "retards": _list(retards, "Aucune fiche n'est en retard."),
        "decisions": _list(attendues, "Aucune décision n'est notée comme attendue."),
        "evaluation": _answers(plan),
    }
    return fill("plan/bilan", champs, blocs, jour=jour, pied=champs["titre"], sujet=champs["convention"])


def _done(fiche: Fiche, etape: dict) -> str:
    return f"{fiche.code}, {date_longue(day(etape.get('date')))} : {etape.get('libelle')}"


def _in(jour: object, annee: int) -> bool:
    lu = day(jour)
    return lu is not None and lu.year == annee


def _list(items: list[str], sinon: str) -> list[Bloc]:
    return [Liste(tuple(items))] if items else [Paragraphe(sinon)]


def measured(plan: Plan, annee: int | None, jour: date) -> list[Bloc]:
    """La dernière mesure de chaque indicateur à ce jour ; d'une année seulement, si elle est donnée."""
    lus = [(f, progress(plan, f, i, jour)) for f in plan.fiches for i in f.rows("indicateurs")]
    mesures = [(f, p) for f, p in lus if p.jour and annee in (None, p.jour.year)]
    lignes = (
        (
            f.code,
            p.libelle,
            tell_number(p.depart, "à fixer"),
            tell_number(p.cible, "à fixer"),
            p.phrase,
            "sans objet" if p.part is None else p.part,
            state(f, jour),
        )
        for f, p in mesures
    )
    sinon = f"Aucune mesure n'est datée de {annee}." if annee else "Aucun indicateur n'est mesuré."
    colonnes = (*_MESURES, Colonne("Chemin fait", "pourcent"), "Avancement")
    return table_or(colonnes, lignes, sinon, f"Mesures de {annee}" if annee else "Dernières mesures")


_MESURES = ("Fiche", "Indicateur", "Départ", "Cible", "Mesuré")


def _spent(plan: Plan, annee: int) -> list[Bloc]:
    """Les lignes de budget de l'année, en euros ; ce qui n'est pas saisi n'entre pas dans le total, et se dit."""
    toutes = [(f, x) for f in plan.fiches for x in f.rows("budget")]
    siennes = [(f, x) for f, x in toutes if x.get("annee") == annee and x.get("unite", "eur") == "eur"]
    nature = champ("budget").column("nature")
    lignes = ((f.code, f.titre, nature.option(x.get("nature")), x.get("prevu"), x.get("realise")) for f, x in siennes)
    total = ("", "Total saisi", "", _total(siennes, "prevu"), _total(siennes, "realise"))
    colonnes = ("Fiche", "Intitulé", "Nature", Colonne("Prévu", "euros"), Colonne("Réalisé", "euros"))
    return table_or(
        colonnes, lignes, "Aucune ligne de budget n'est saisie pour cette année.", f"Budget de {annee}", total
    )


def _total(lignes: list[tuple[Fiche, Mapping[str, Any]]], colonne: str) -> str:
    saisis = [x[colonne] for _, x in lignes if isinstance(x.get(colonne), int | float)]
    if not saisis:
        return "non renseigné"
    manque = "" if len(saisis) == len(lignes) else f" ({len(saisis)} lignes sur {len(lignes)})"
    return euros(sum(saisis)) + manque


def _answers(plan: Plan) -> list[Bloc]:
    critere, suite = (champ("evaluation").column(c) for c in ("critere", "suite"))
    lignes = (
        (
            f.code,
            q.get("question"),
            critere.option(q.get("critere")),
            q.get("appreciation"),
            suite.option(q.get("suite")),
        )
        for f in plan.fiches
        for q in f.rows("evaluation")
    )
    colonnes = ("Fiche", "Question", "Critère", "Appréciation", "Suite donnée")
    return table_or(colonnes, lignes, "Aucune question d'évaluation n'est encore posée.", "Évaluation")


OFFRE = Offre(
    cle="bilan",
    titre="Le bilan annuel",
    aide="Ce qui est fait, mesuré, en retard, cette année.",
    formats=("docx", "odt", "pdf"),
    document=annual_document,
    rang=3,
)
