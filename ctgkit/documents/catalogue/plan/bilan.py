"""Le bilan d'une année : ce qui a été fait, mesuré, dépensé, noté ; où en est le plan, ce qui attend une décision."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ctgkit.documents.catalogue.plan.figures import issues_figure, states_figure
from ctgkit.documents.catalogue.plan.sections import Voisins, bound_rows, period
from ctgkit.documents.catalogue.plan.suivi import common, sentence
from ctgkit.documents.gabarit import fill
from ctgkit.documents.modele import Bloc, Colonne, Document, Liste, Paragraphe, Tableau
from ctgkit.documents.registre import Offre
from ctgkit.formats import date_longue, euros
from ctgkit.plan import Fiche, Plan, champ, progress, state
from ctgkit.plan.argent import sum_money
from ctgkit.plan.champs import day, tell_number
from ctgkit.plan.suivi import late_sentence
from ctgkit.territoire import Territoire


def annual_document(plan: Plan, territoire: Territoire, annee: int, jour: date, voisins: Voisins) -> Document:
    """Rien n'y est de l'année que ce que les fiches en datent ; l'avancement est celui du jour où on le lit."""
    fin = min(jour, date(annee, 12, 31))
    champs = common(territoire, jour) | {"titre": f"Bilan {annee}, {territoire.nom}", "constat": sentence(plan, jour)}
    faites = [_done(f, e) for f in plan.fiches for e in f.rows("etapes") if e.get("fait") and _in(e.get("date"), annee)]
    notes = [f"{f.code}, {date_longue(day(n.get('date')))} : {n.get('note')}" for f in plan.fiches
             for n in f.rows("notes_suivi") if _in(n.get("date"), annee)]  # fmt: skip
    attendues = [f"{f.code} : {f['decision_attendue']}" for f in plan.fiches if f["decision_attendue"]]
    retards = [f"{f.code} {f.titre}, {late_sentence(f, jour)}" for f in plan.fiches if late_sentence(f, jour)]
    blocs: dict[str, list[Bloc]] = {
        "avancement": [states_figure(plan, jour)] if plan.fiches else [],
        "enjeux": [issues_figure(plan, jour)] if plan.fiches and plan.enjeux else [],
        "etapes": _list(faites, "Aucune étape datée de cette année n'est notée comme faite."),
        "mesures": measured(plan, annee, fin),
        "budget": _spent(plan, annee),
        "caf": _paid(plan, voisins),
        "notes": _list(notes, "Aucune note de suivi n'est datée de cette année."),
        "retards": _list(retards, "Aucune fiche n'est en retard."),
        "decisions": _list(attendues, "Aucune décision n'est notée comme attendue."),
        "evaluation": _answers(plan),
    }
    return fill("plan/bilan", champs, blocs, jour=jour, pied=champs["titre"], sujet=period(territoire))


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
    if not mesures:
        return [Paragraphe(f"Aucune mesure n'est datée de {annee}." if annee else "Aucun indicateur n'est mesuré.")]
    noms = ("Fiche", "Indicateur", "Départ", "Cible", "Mesuré")
    colonnes = (*(Colonne(n) for n in noms), Colonne("Chemin fait", "pourcent"), Colonne("Avancement"))
    corps = tuple(
        (
            f.code, p.libelle, tell_number(p.depart, "à fixer"), tell_number(p.cible, "à fixer"), p.phrase,
            "sans objet" if p.part is None else p.part, state(f, jour),
        )
        for f, p in mesures
    )  # fmt: skip
    return [Tableau(colonnes, corps, f"Mesures de {annee}" if annee else "Dernières mesures")]


def _spent(plan: Plan, annee: int) -> list[Bloc]:
    """Les lignes de budget de l'année, en euros ; ce qui n'est pas saisi n'entre pas dans le total, et se dit."""
    lignes = [(f, x) for f in plan.fiches for x in f.rows("budget")
              if x.get("annee") == annee and x.get("unite", "eur") == "eur"]  # fmt: skip
    if not lignes:
        return [Paragraphe("Aucune ligne de budget n'est saisie pour cette année.")]
    nature = champ("budget").column("nature")
    colonnes = (Colonne("Fiche"), Colonne("Intitulé"), Colonne("Nature"), Colonne("Prévu", "euros"),
                Colonne("Réalisé", "euros"))  # fmt: skip
    corps = tuple(
        (f.code, f.titre, nature.option(x.get("nature")), x.get("prevu"), x.get("realise")) for f, x in lignes
    )
    total = ("", "Total saisi", "", _total(lignes, "prevu"), _total(lignes, "realise"))
    return [Tableau(colonnes, corps, f"Budget de {annee}", total)]


def _total(lignes: list[tuple[Fiche, Mapping[str, Any]]], colonne: str) -> str:
    saisis = [x[colonne] for _, x in lignes if isinstance(x.get(colonne), int | float)]
    if not saisis:
        return "non renseigné"
    manque = "" if len(saisis) == len(lignes) else f" ({len(saisis)} lignes sur {len(lignes)})"
    return euros(sum(saisis)) + manque


def _paid(plan: Plan, voisins: Voisins) -> list[Bloc]:
    """Ce que la Caf a notifié et versé pour les structures liées à une fiche."""
    tableau = bound_rows(sum_money(plan, voisins.financing).liees, voisins.structures)
    return [tableau] if tableau else [Paragraphe("Aucune ligne de financement n'est liée à une structure.")]


def _answers(plan: Plan) -> list[Bloc]:
    critere, suite = (champ("evaluation").column(c) for c in ("critere", "suite"))
    lignes = tuple(
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
    if not lignes:
        return [Paragraphe("Aucune question d'évaluation n'est encore posée.")]
    noms = ("Fiche", "Question", "Critère", "Appréciation", "Suite donnée")
    return [Tableau(tuple(Colonne(n) for n in noms), lignes, "Évaluation")]


OFFRE = Offre(
    cle="bilan",
    titre="Le bilan annuel",
    aide="Ce qui est fait, mesuré, en retard, cette année.",
    formats=("docx", "odt", "pdf"),
    document=annual_document,
    rang=3,
)
