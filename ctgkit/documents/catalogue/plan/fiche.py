"""Le document d'une fiche action : toutes ses sections, ce qui manque avant signature, l'argent suivi."""

from datetime import date

from ctgkit.documents.catalogue.plan.sections import (
    VoisinsDuPlan,
    funding,
    heading,
    indicators,
    rows_table,
    section_fields,
)
from ctgkit.documents.gabarit import fill
from ctgkit.documents.modele import Document
from ctgkit.documents.registre import Offre
from ctgkit.plan import Fiche, Plan, complete, state
from ctgkit.territoire import Territoire

TABLEAUX = {"ou_quand": ("etapes", "calendrier"), "moyens": ("budget",), "suivi": ("notes_suivi", "evaluation")}
SECTIONS = ("place", "pourquoi", "qui", "ou_quand", "moyens", "suivi", "liens")


def fiche_document(plan: Plan, fiche: Fiche, territoire: Territoire, jour: date, voisins: VoisinsDuPlan) -> Document:
    lu = complete(plan, fiche)
    manques = ", ".join(c.libelle.lower() for c in lu.manques)
    blocs = {
        nom: [
            *section_fields(plan, fiche, territoire, voisins, nom),
            *(b for cle in TABLEAUX.get(nom, ()) for b in rows_table(fiche, cle)),
        ]
        for nom in SECTIONS
    }
    blocs["moyens"] += funding(voisins.financing(fiche), voisins.structures)
    blocs["indicateurs"] = indicators(plan, fiche, jour)
    champs = heading(territoire, jour, fiche.titre) | {
        "code": fiche.code,
        "territoire": territoire.nom,
        "etat": state(fiche, jour),
        "complet": f"{lu.remplis} champs requis sur {lu.total}",
        "manques": manques,
    }
    pied = f"{territoire.nom}, fiche {fiche.code}"
    return fill(
        "plan/fiche", champs, blocs, jour=jour, pied=pied, sujet="Fiche action d'une convention territoriale globale"
    )


OFFRE = Offre(
    cle="fiche",
    titre="La fiche",
    aide="Une fiche action, toutes ses rubriques.",
    formats=("docx", "odt", "pdf"),
    document=fiche_document,
    rang=6,
)
