"""La synthèse d'une simulation, en deux pages : ce que cela donne, ce qui est promis, ce qui reste à demander."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from ctgkit import figures
from ctgkit.documents.catalogue.bonus.sujet import foot
from ctgkit.documents.gabarit import fill
from ctgkit.documents.modele import Bloc, Colonne, DessinDecrit, Document, Liste, Paragraphe, Tableau
from ctgkit.documents.registre import Offre
from ctgkit.formats import liste, pluriel
from ctgkit.fourchette import Fourchette
from ctgkit.simulation import (
    AVERTISSEMENT,
    PARTS,
    VERDICTS,
    Resultat,
    aggregate,
    alertes,
    compare_scenarios,
    engagements,
    name_competence,
    questions,
    reread,
    tell_year,
)

RIEN = (0.0, 0.0, 0.0)
STRUCTURES_MAX, PHRASES_MAX, ENGAGEMENTS_MAX, ALERTES_MAX = 4, 4, 6, 2


def summary(resultat: Resultat, reference: Resultat | None = None, jour: date | None = None) -> Document:
    """`reference` : le scénario auquel celui-ci est comparé."""
    r = resultat
    champs = {
        "titre": f"{r.territoire.nom} : bonus territoire {r.annees[0]}-{r.annees[-1]}",
        "sous_titre": f"Scénario « {r.scenario.nom} », code {r.scenario.code}",
        "constat": " ".join([_finding(r, reference), *reread(r).phrases[:1]]),
        "avertissement": AVERTISSEMENT,
    }
    blocs: dict[str, Sequence[Bloc]] = {
        "annees": _chart(r),
        "engagements": [_promises(r)],
        "changements": _changes(r, reference),
        "structures": [_structures(r)],
        "questions": _list([q.question for q in questions(r)]),
        "alertes": _list([a.message for a in alertes(r) if a.niveau != "avis"], ALERTES_MAX),
    }
    sujet = f"Simulation du bonus territoire, scénario {r.scenario.nom}"
    return fill("bonus/synthese", champs, blocs, pied=foot(r), jour=jour, sujet=sujet)


def _finding(resultat: Resultat, reference: Resultat | None) -> str:
    """Le montant de la dernière année, ce que le scénario y change, et l'engagement qui n'est pas tenu."""
    totaux = aggregate(resultat, "annee")
    if not len(totaux):
        return "Aucune structure connue : il n’y a pas encore de montant à simuler."
    annee, montant = int(totaux.iloc[-1].annee), Fourchette(*_bounds(totaux.iloc[-1]))
    phrase = f"En {annee}, le bonus territoire serait {'de ' * montant.certain}{montant.write()}."
    if montant.inconnu:
        phrase = f"Le bonus territoire de {annee} ne peut pas encore être chiffré."
    if reference is not None and (ecart := compare_scenarios(reference, resultat).ecarts[0]).change:
        phrase += f" {tell_year(ecart, annee)}"
    perdus = sorted(
        {name_competence(resultat, e.competence) for e in engagements(resultat).itertuples() if e.maintien == "perdu"}
    )
    if perdus:
        phrase += f" Le maintien du financement de la Caf n’est pas assuré pour {liste(perdus, 4)}."
    return phrase


def _bounds(t: Any) -> tuple[float, float | None, float]:
    """Les deux bornes d'un total, et la haute sans ce qui n'est pas publié."""
    return float(t.bas), _top(t.haut), float(t.haut_connu)


def _chart(resultat: Resultat) -> list[Bloc]:
    """Le graphique et son tableau ; une phrase à la place du graphique quand rien ne se dessine."""
    par = {(int(t.annee), t.part): _bounds(t) for t in aggregate(resultat, "annee", "part").itertuples()}
    ensemble = {int(t.annee): _bounds(t) for t in aggregate(resultat, "annee").itertuples()}
    if not any(haut != 0 for _, haut, _ in ensemble.values()):
        return [Paragraphe(figures.SANS_BONUS)]
    noms = ("Offre existante", "Offre nouvelle", "Bonus trajectoire", "Ensemble")
    colonnes = (Colonne("Année"), *(Colonne(nom, "fourchette") for nom in noms))
    totaux = {a: ensemble.get(a, RIEN) for a in resultat.annees}
    lignes = tuple((str(a), *(par.get((a, p), RIEN) for p in PARTS), totaux[a]) for a in resultat.annees)
    ecrits = {a: Fourchette(*bornes).tell() for a, bornes in totaux.items()}
    dessinees = [
        {"annee": a, "bas": bas, "haut": haut, "connu": connu, "dite": ecrits[a]}
        for a, (bas, haut, connu) in totaux.items()
    ]
    titre = "Bonus territoire par année"
    tableau = Tableau(colonnes, lignes)
    if all(Fourchette(*bornes).inconnu for bornes in totaux.values()):
        return [Paragraphe(figures.TOUT_INCONNU), tableau]
    svg = figures.draw(figures.bonus_by_year(dessinees, phrase=titre, hauteur=240), fond="#fff")
    phrase = " ; ".join(f"{a} : {dit}" for a, dit in ecrits.items())
    return [DessinDecrit(svg, f"{titre}. {phrase}.", titre, tableau=tableau)]


def _promises(resultat: Resultat) -> Tableau:
    """La dernière année de chaque territoire de compétence ; les engagements en danger d'abord."""
    tableau, annee = engagements(resultat), resultat.annees[-1]
    rangs = {"perdu": 0, "rompu": 0, "a_verifier": 1, "inconnu": 2, "tenu": 3}
    dernieres = tableau[tableau["annee"] == annee].itertuples()
    triees = sorted(dernieres, key=lambda e: min(rangs[e.maintien], rangs[e.engagement]))
    colonnes = (
        Colonne("Territoire de compétence"),
        Colonne("Référence", "fourchette"),
        Colonne(f"Bonus {annee}", "fourchette"),
        Colonne("Caf"),
        Colonne("Collectivité"),
    )
    reste = len(triees) - ENGAGEMENTS_MAX
    suite = f" ({pluriel(reste, 'autre')} dans le classeur)" if reste > 0 else ""
    lignes = tuple(_promise(resultat, e) for e in triees[:ENGAGEMENTS_MAX])
    return Tableau(colonnes, lignes, f"Les deux engagements en {annee}{suite}")


def _promise(resultat: Resultat, e: Any) -> tuple[Any, ...]:
    montants = _reference(e), (float(e.bas), _top(e.haut))
    return (name_competence(resultat, e.competence), *montants, VERDICTS[e.maintien], VERDICTS[e.engagement])


def _structures(resultat: Resultat) -> Tableau:
    totaux = aggregate(resultat, "structure", "annee")
    derniers = totaux[totaux["annee"] == resultat.annees[-1]].sort_values("bas", ascending=False, kind="stable")
    s = resultat.territoire.structures
    noms = dict(zip(s["id"], s["nom"], strict=True))
    colonnes = (Colonne("Structure"), Colonne(f"Bonus {resultat.annees[-1]}", "fourchette"))
    lignes = tuple((noms[t.structure], _bounds(t)) for t in derniers.head(STRUCTURES_MAX).itertuples())
    return Tableau(colonnes, lignes)


def _changes(resultat: Resultat, reference: Resultat | None) -> list[Bloc]:
    return _list(compare_scenarios(reference, resultat).phrases) if reference is not None else []


def _list(phrases: Sequence[str], combien: int = PHRASES_MAX) -> list[Bloc]:
    montrees = list(phrases[:combien])
    if len(phrases) > combien:
        montrees.append(f"… et {pluriel(len(phrases) - combien, 'autre')}, à lire dans l’atelier ou le classeur.")
    return [Liste(tuple(montrees))] if montrees else []


def _top(haut: Any) -> float | None:
    return Fourchette(0.0, haut).plafond


def _reference(e: Any) -> tuple[float, float | None] | None:
    return None if np.isnan(e.reference_bas) else (float(e.reference_bas), _top(e.reference_haut))


OFFRE = Offre(
    cle="synthese",
    titre="La synthèse",
    aide="Deux pages : ce que cela donne, ce qui est promis, ce qui reste à demander.",
    formats=("docx", "odt", "pdf", "html"),
    document=summary,
    rang=2,
    defaut_pour=("docx", "odt", "pdf", "html", "pptx"),
)
