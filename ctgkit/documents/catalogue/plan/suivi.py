"""Le tableau de suivi d'une revue : une ligne par fiche."""

from datetime import date

from ctgkit.documents.catalogue.plan.sections import A_DESIGNER, heading
from ctgkit.documents.gabarit import fill
from ctgkit.documents.modele import Colonne, Document, Tableau
from ctgkit.documents.registre import Offre
from ctgkit.formats import pluriel
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
    champs = heading(territoire, jour, f"Tableau de suivi, {territoire.nom}") | {"constat": sentence(plan, jour)}
    blocs = {"tableau": [Tableau(COLONNES, tuple(_row(f, jour) for f in plan.fiches), "Suivi des fiches action")]}
    return fill("plan/suivi", champs, blocs, jour=jour, paysage=True, pied=champs["titre"], sujet=champs["convention"])


def _row(fiche: Fiche, jour: date) -> tuple:
    lu = follow(fiche, jour)
    suite = " ; ".join(filter(None, (fiche["freins"], fiche["decision_attendue"])))
    etapes = lu.avancement if lu.etapes else "sans étape"
    pilote = fiche["pilote_structure"] or A_DESIGNER
    return fiche.code, fiche.titre, pilote, fiche.day("date_fin"), lu.etat, etapes, lu.note, suite, lu.prevu


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
