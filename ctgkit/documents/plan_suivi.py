"""Le tableau de suivi d'une revue, et le bilan d'une année : ce qui a été fait, mesuré, décidé."""

from datetime import date

from ctgkit.documents.gabarit import fill
from ctgkit.documents.modele import Bloc, Colonne, Document, Liste, Paragraphe, Tableau
from ctgkit.documents.plan_sections import FICTIF, period
from ctgkit.formats import date_longue, pluriel
from ctgkit.plan import Fiche, Plan, champ, count_states, follow, progress, state
from ctgkit.plan.etats import late_sentence
from ctgkit.plan.valeurs import day, write_value
from ctgkit.territoire import Territoire

COLONNES = (
    Colonne("Fiche", largeur=0.06),
    Colonne("Action", largeur=0.18),
    Colonne("Pilote", largeur=0.12),
    Colonne("Échéance", "date", largeur=0.1),
    Colonne("Avancement", largeur=0.1),
    Colonne("Étapes faites", "pourcent", largeur=0.07),
    Colonne("Dernière note", largeur=0.15),
    Colonne("Freins, décision attendue", largeur=0.14),
    Colonne("Prévu", "euros", largeur=0.08),
)


def follow_up_document(plan: Plan, territoire: Territoire, jour: date) -> Document:
    champs = _common(territoire, jour) | {
        "titre": f"Tableau de suivi, {territoire.nom}",
        "constat": _sentence(plan, jour),
    }
    blocs = {"tableau": [Tableau(COLONNES, tuple(_row(f, jour) for f in plan.fiches), "Suivi des fiches action")]}
    return fill("plan_suivi", champs, blocs, jour=jour, paysage=True, pied=champs["titre"], sujet=period(territoire))


def _row(fiche: Fiche, jour: date) -> tuple:
    lu = follow(fiche, jour)
    note = f"{date_longue(lu.jour_note)} : {lu.derniere_note}" if lu.jour_note else lu.derniere_note
    suite = " ; ".join(filter(None, (fiche["freins"], fiche["decision_attendue"])))
    etapes = lu.avancement if lu.etapes else "sans étape"
    pilote = fiche["pilote_structure"] or "à désigner"
    return fiche.code, fiche.titre, pilote, fiche.day("date_fin"), lu.etat, etapes, note, suite, lu.prevu


def annual_document(plan: Plan, territoire: Territoire, annee: int, jour: date) -> Document:
    """Le bilan d'une année : rien n'y est que ce que les fiches disent de cette année-là."""
    fin = min(jour, date(annee, 12, 31))
    champs = _common(territoire, fin) | {"titre": f"Bilan {annee}, {territoire.nom}", "constat": _sentence(plan, fin)}
    faites = [_done(f, e) for f in plan.fiches for e in f.rows("etapes") if e.get("fait") and _in(e.get("date"), annee)]
    notes = [f"{f.code}, {date_longue(day(n.get('date')))} : {n.get('note')}" for f in plan.fiches
             for n in f.rows("notes_suivi") if _in(n.get("date"), annee)]  # fmt: skip
    attendues = [f"{f.code} : {f['decision_attendue']}" for f in plan.fiches if f["decision_attendue"]]
    retards = [f"{f.code} {f.titre}, {late_sentence(f, fin)}" for f in plan.fiches if late_sentence(f, fin)]
    blocs: dict[str, list[Bloc]] = {
        "etapes": _list(faites, "Aucune étape datée de cette année n'est notée comme faite."),
        "mesures": _measures(plan, annee, fin),
        "notes": _list(notes, "Aucune note de suivi n'est datée de cette année."),
        "retards": _list(retards, "Aucune fiche n'est en retard."),
        "decisions": _list(attendues, "Aucune décision n'est notée comme attendue."),
        "evaluation": _answers(plan),
    }
    return fill("plan_bilan", champs, blocs, jour=jour, pied=champs["titre"], sujet=period(territoire))


def _common(territoire: Territoire, jour: date) -> dict[str, str]:
    fictif = FICTIF if territoire.est_fictif else ""
    return {"convention": period(territoire), "date": date_longue(jour), "fictif": fictif}


def _sentence(plan: Plan, jour: date) -> str:
    if not plan.fiches:
        return "Aucune fiche action n'est écrite."
    comptes = [f"{nom.lower()} : {n}" for nom, n in count_states(plan, jour).items() if n]
    return f"{pluriel(len(plan.fiches), 'fiche')} ; {', '.join(comptes)}."


def _done(fiche: Fiche, etape: dict) -> str:
    return f"{fiche.code}, {date_longue(day(etape.get('date')))} : {etape.get('libelle')}"


def _in(jour: object, annee: int) -> bool:
    lu = day(jour)
    return lu is not None and lu.year == annee


def _list(items: list[str], sinon: str) -> list[Bloc]:
    return [Liste(tuple(items))] if items else [Paragraphe(sinon)]


def _measures(plan: Plan, annee: int, jour: date) -> list[Bloc]:
    lus = [(f, i, progress(plan, f, i, jour)) for f in plan.fiches for i in f.rows("indicateurs")]
    mesures = [(f, i, p) for f, i, p in lus if p.jour and p.jour.year == annee]
    if not mesures:
        return [Paragraphe("Aucune mesure n'est datée de cette année.")]
    colonnes = (Colonne("Fiche"), Colonne("Indicateur"), Colonne("Départ"), Colonne("Cible"),
                Colonne("Mesuré"), Colonne("Chemin fait", "pourcent"), Colonne("Avancement"))  # fmt: skip
    nombre = champ("indicateurs").column("cible")
    corps = tuple(
        (
            f.code,
            p.libelle,
            write_value(nombre, p.depart),
            write_value(nombre, p.cible),
            p.phrase,
            "sans objet" if p.part is None else p.part,
            state(f, jour),
        )
        for f, _, p in mesures
    )
    return [Tableau(colonnes, corps, f"Mesures de {annee}")]


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
