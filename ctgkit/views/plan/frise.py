"""Le calendrier des actions : une barre par fiche, du début à l'échéance, et le jour où l'on lit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ctgkit.formats import MOIS, date_longue
from ctgkit.plan import Fiche, state

FAITS = {"Réalisé": "fait", "En retard": "retard", "En cours": "cours", "Abandonné": "abandon"}


@dataclass(frozen=True)
class Barre:
    """`gauche` et `largeur` en % du cadre."""

    fiche: Fiche
    etat: str
    classe: str
    gauche: float
    largeur: float
    periode: str


@dataclass(frozen=True)
class Calendrier:
    annees: tuple[int, ...]
    barres: tuple[Barre, ...]
    sans_dates: tuple[Fiche, ...]
    aujourdhui: float | None


def schedule(fiches: Sequence[Fiche], annees: Sequence[int], jour: date) -> Calendrier:
    datees = [f for f in fiches if f.day("date_fin")]
    toutes = sorted({*annees, *(d.year for f in datees for d in (f.day("date_debut"), f.day("date_fin")) if d)})
    annees = tuple(range(toutes[0], toutes[-1] + 1))[:25] if toutes else ()
    barres = tuple(_bar(f, annees, jour) for f in sorted(datees, key=lambda f: (f.day("date_fin"), f.code)))
    ici = _place(jour, annees) if annees and annees[0] <= jour.year <= annees[-1] else None
    return Calendrier(annees, barres, tuple(f for f in fiches if not f.day("date_fin")), ici)


def _bar(fiche: Fiche, annees: tuple[int, ...], jour: date) -> Barre:
    fin = fiche.day("date_fin")
    debut = min(fiche.day("date_debut") or fin, fin)
    gauche, droite = _place(debut, annees), _place(fin, annees)
    etat = state(fiche, jour)
    periode = f"du {date_longue(debut)} au {date_longue(fin)}" if debut != fin else f"le {date_longue(fin)}"
    return Barre(fiche, etat, FAITS.get(etat, "prevu"), gauche, max(droite - gauche, 0.8), periode)


def _place(jour: date, annees: tuple[int, ...]) -> float:
    total = (date(annees[-1] + 1, 1, 1) - date(annees[0], 1, 1)).days
    return round(min(max((jour - date(annees[0], 1, 1)).days / total, 0.0), 1.0) * 100, 2)


@dataclass(frozen=True)
class Pas:
    """Une étape sur la grille des années : sa colonne, et le mot écrit dans la barre."""

    libelle: str
    annee: int
    classe: str
    mot: str


def steps(fiche: Fiche, jour: date, annees: Sequence[int]) -> tuple[tuple[int, ...], tuple[Pas, ...]]:
    """Les étapes de la fiche, une par ligne, sur les années de la convention."""
    pas = tuple(_step(e, jour) for e in fiche.rows("etapes"))
    colonnes = sorted({*annees, *(p.annee for p in pas if p.annee)})
    en_cours = next((i for i, p in enumerate(pas) if p.classe == "prevu"), None)
    if en_cours is not None and any(p.classe == "fait" for p in pas):
        premier = pas[en_cours]
        suite = Pas(premier.libelle, premier.annee, "cours", premier.mot.replace("prévu", "en cours"))
        pas = (*pas[:en_cours], suite, *pas[en_cours + 1 :])
    return tuple(colonnes[:8]), pas


def _step(etape: dict, jour: date) -> Pas:
    libelle = str(etape.get("libelle") or "Étape sans nom")
    try:
        quand = date.fromisoformat(str(etape.get("date")))
    except ValueError:
        return Pas(libelle, 0, "prevu", "sans date")
    mois = f"{MOIS[quand.month - 1]} {quand.year}"
    if etape.get("fait"):
        return Pas(libelle, quand.year, "fait", "fait")
    return Pas(
        libelle, quand.year, *(("retard", f"en retard : {mois}") if quand < jour else ("prevu", f"prévu : {mois}"))
    )
