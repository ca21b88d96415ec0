"""Le tableau de suivi d'une revue : une ligne par fiche."""

from datetime import date

from ctgkit.documents.catalogue.plan.sections import FICTIF, period
from ctgkit.documents.gabarit import fill
from ctgkit.documents.modele import Colonne, Document, Tableau
from ctgkit.documents.registre import Offre
from ctgkit.formats import date_longue, pluriel
from ctgkit.plan import Fiche, Plan, count_states, follow
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
    champs = common(territoire, jour) | {
        "titre": f"Tableau de suivi, {territoire.nom}",
        "constat": sentence(plan, jour),
    }
    blocs = {"tableau": [Tableau(COLONNES, tuple(_row(f, jour) for f in plan.fiches), "Suivi des fiches action")]}
    return fill("plan/suivi", champs, blocs, jour=jour, paysage=True, pied=champs["titre"], sujet=period(territoire))


def _row(fiche: Fiche, jour: date) -> tuple:
    lu = follow(fiche, jour)
    note = f"{date_longue(lu.jour_note)} : {lu.derniere_note}" if lu.jour_note else lu.derniere_note
    suite = " ; ".join(filter(None, (fiche["freins"], fiche["decision_attendue"])))
    etapes = lu.avancement if lu.etapes else "sans étape"
    pilote = fiche["pilote_structure"] or "à désigner"
    return fiche.code, fiche.titre, pilote, fiche.day("date_fin"), lu.etat, etapes, note, suite, lu.prevu


def common(territoire: Territoire, jour: date) -> dict[str, str]:
    fictif = FICTIF if territoire.est_fictif else ""
    return {"convention": period(territoire), "date": date_longue(jour), "fictif": fictif}


def sentence(plan: Plan, jour: date) -> str:
    if not plan.fiches:
        return "Aucune fiche action n'est écrite."
    comptes = [f"{nom.lower()} : {n}" for nom, n in count_states(plan, jour).items() if n]
    return f"{pluriel(len(plan.fiches), 'fiche')} ; {', '.join(comptes)}."


OFFRE = Offre(
    cle="suivi",
    titre="Le tableau de suivi",
    aide="Une ligne par fiche, pour la revue.",
    formats=("docx", "odt", "pdf", "xlsx"),
    document=follow_up_document,
    rang=2,
)
