"""Les éditions du calcul : avec laquelle un scénario a été gardé, et ce qui a changé pour lui depuis."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from ctgkit.formats import date_longue
from ctgkit.fourchette import Fourchette
from ctgkit.simulation.calcul.conditions import Raison
from ctgkit.simulation.lectures.constat import lists_structures, totals
from ctgkit.simulation.lectures.engagement import uncounted
from ctgkit.simulation.resultat import Resultat
from ctgkit.territoire import Marque
from ctgkit.texte import que

BONUS, CENTIMES, ARGENT = "bonus", "centimes", "argent"
ANTERIEURE = "une édition antérieure du calcul"
_FICHIER = Path(__file__).parent.parent / "editions.yaml"
_SENSIBLE = 1.0  # en euros : en dessous, personne n'a lu un autre chiffre


@dataclass(frozen=True)
class Correction:
    """Ce qui a changé dans les chiffres, et pourquoi. `sur` : le bonus, l'argent autour, un rapport, les centimes.

    `touche` nomme la lecture qui dit si un résultat est concerné ; `chiffres`, le début du nom de ceux d'un rapport.
    """

    change: str
    pourquoi: str
    sur: str
    touche: str = ""
    chiffres: str = ""

    def touches(self, resultat: Resultat) -> bool:
        return bool(self.touche) and bool(_TOUCHE[self.touche](resultat))


@dataclass(frozen=True)
class Edition:
    numero: int
    depuis: date
    corrections: tuple[Correction, ...] = ()


@cache
def editions() -> tuple[Edition, ...]:
    """La plus ancienne d'abord."""
    lues = yaml.safe_load(_FICHIER.read_text(encoding="utf-8"))
    return tuple(
        Edition(e["numero"], e["depuis"], tuple(Correction(**c) for c in e.get("corrections", ()))) for e in lues
    )


def latest_edition() -> Edition:
    """Celle de cet atelier."""
    return editions()[-1]


def corrections_since(numero: int) -> list[Correction]:
    return [c for e in editions() if e.numero > numero for c in e.corrections]


def tell_corrections(corrections: Iterable[Correction]) -> str:
    """`… (…) ; … (…)`, après deux points ou « parce que »."""
    return " ; ".join(f"{c.change} ({c.pourquoi})" for c in corrections)


def tell_moved_figures(numero: int, chiffres: Iterable[str], resultat: Resultat | None) -> str:
    """Les corrections depuis cette édition qui touchent des chiffres d'un rapport ; sans résultat, toutes celles-là."""
    noms = tuple(chiffres)
    causes = [c for c in corrections_since(numero) if c.chiffres and any(n.startswith(c.chiffres) for n in noms)]
    return tell_corrections(c for c in causes if resultat is None or not c.touche or c.touches(resultat))


def mark(resultat: Resultat, jour: date | None = None) -> Marque:
    """Ce qu'un scénario gardé porte avec lui : l'édition de cet atelier, et le bonus de chaque année."""
    gardes = {a: (round(t.bas, 2), t.plafond, round(t.connu, 2)) for a, t in totals(resultat).items()}
    return Marque(resultat.scenario.code, latest_edition().numero, jour, gardes)


@dataclass(frozen=True)
class Relecture:
    """Ce qui a changé pour un scénario depuis qu'il est gardé : son bonus, et, plus discret, l'argent autour."""

    bonus: str = ""
    autour: str = ""

    @property
    def phrases(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.bonus, self.autour)))


def reread(resultat: Resultat, marque: Marque | None = None) -> Relecture:
    """Rien quand l'édition est la même, ou quand aucune correction n'a touché ce scénario.

    `marque` : celle qu'un autre tient pour lui, à défaut la sienne.
    """
    marque, ici = marque or resultat.scenario.garde, latest_edition()
    if marque is None or marque.edition == ici.numero:
        return Relecture()
    bouge = _moved(marque, resultat)
    if marque.edition > ici.numero:
        return _newer(marque, bouge)
    touchent = [c for c in corrections_since(marque.edition) if c.touches(resultat)]
    du_bonus, autour = _about(touchent, BONUS), _about(touchent, ARGENT)
    suite = f"Autour du bonus, le calcul a été corrigé depuis : {tell_corrections(autour)}." if autour else ""
    if marque.bonus_eur:
        return Relecture(_changed(marque, bouge, du_bonus or _about(touchent, CENTIMES)) if bouge else "", suite)
    return Relecture(_unkept(marque, du_bonus) if du_bonus else "", suite)


def _about(corrections: Iterable[Correction], sur: str) -> list[Correction]:
    return [c for c in corrections if c.sur == sur]


@dataclass(frozen=True)
class _Ecart:
    """Le bonus d'alors et celui d'aujourd'hui, sur les années communes ou sur celle qui a le plus bougé."""

    quand: str
    alors: Fourchette
    aujourdhui: Fourchette


def _moved(marque: Marque, resultat: Resultat) -> _Ecart | None:
    """Ce qui a bougé d'un euro au moins ; rien quand les chiffres d'alors n'ont pas été gardés."""
    presents = totals(resultat)
    annees = [a for a in resultat.annees if a in marque.bonus_eur]
    alors = {a: Fourchette(*marque.bonus_eur[a]) for a in annees}
    ecarts = {a: _gap(alors[a], presents[a]) for a in annees}
    if max(ecarts.values(), default=0.0) < _SENSIBLE:
        return None
    zero = Fourchette(0.0, 0.0)
    sommes = sum(alors.values(), zero), sum((presents[a] for a in annees), zero)
    if _gap(*sommes) >= _SENSIBLE and len(annees) > 1:
        return _Ecart(f"de {annees[0]} à {annees[-1]}", *sommes)
    pire = max(annees, key=ecarts.get)
    return _Ecart(f"de {pire}", alors[pire], presents[pire])


def _gap(une: Fourchette, autre: Fourchette) -> float:
    paires = ((une.bas, autre.bas), (une.haut, autre.haut), (une.connu, autre.connu))
    return max(0.0 if x == y else abs(x - y) for x, y in paires)


def _said(montant: Fourchette) -> str:
    return "inconnu" if montant.inconnu else montant.complement()


def _kept(marque: Marque, edition: str) -> str:
    quand = f" le {date_longue(marque.jour)}" if marque.jour else ""
    return f"Ce scénario a été enregistré{quand} avec {edition}"


def _changed(marque: Marque, ecart: _Ecart, causes: list[Correction]) -> str:
    debut = f"{_kept(marque, ANTERIEURE)} : son bonus {ecart.quand} était alors {_said(ecart.alors)}"
    phrase = f"{debut} ; il serait aujourd'hui {_said(ecart.aujourdhui)}"
    if not causes:
        return f"{phrase}. Aucune correction du calcul ne le concerne : le territoire a changé depuis."
    return f"{phrase}, parce {que(tell_corrections(causes))}. Ce qui a changé dans le territoire depuis compte aussi."


def _unkept(marque: Marque, causes: list[Correction]) -> str:
    raison = f"ont pu changer, parce {que(tell_corrections(causes))}."
    if marque.jour:
        return f"{_kept(marque, ANTERIEURE)}, qui n'en gardait pas les chiffres : ils {raison}"
    return f"Des chiffres tirés de ce scénario avant le {date_longue(latest_edition().depuis)} {raison}"


def _newer(marque: Marque, ecart: _Ecart | None) -> Relecture:
    sienne = f"l'édition {marque.edition} du calcul, plus récente que celle de cet atelier ({latest_edition().numero})"
    debut, suite = _kept(marque, sienne), "Mettre l'atelier à jour pour lire les mêmes chiffres."
    if ecart:
        dit = f"son bonus {ecart.quand} y était {_said(ecart.alors)}, il est ici {_said(ecart.aujourdhui)}"
        return Relecture(f"{debut} : {dit}. {suite}")
    lesquels = "les chiffres autour de son bonus" if marque.bonus_eur else "ses chiffres"
    return Relecture(autour=f"{debut} : {lesquels} peuvent y être différents. {suite}")


def _partial(resultat: Resultat) -> np.ndarray:
    """Les structures qui ne sont pas ouvertes tous les mois de toutes les années."""
    mois = resultat.cadre.fenetres.per_year(resultat.cadre.quantites.mois_ouverts)
    return (mois < 12).any(axis=1)


def _has_reason(resultat: Resultat, raison: Raison) -> bool:
    return bool(((resultat.lignes["raisons"] & raison) > 0).any())


def _reference_period(resultat: Resultat) -> bool:
    lignes = resultat.cadre.groupes.ligne
    return not np.isin(resultat.territoire.references["periode"][lignes[lignes >= 0]], ("", "an")).all()


def _charges(resultat: Resultat) -> bool:
    s = resultat.territoire.structures
    return bool((_partial(resultat) & ~(np.isnan(s["charges_eur"]) & np.isnan(s["participations_eur"]))).any())


def _left_to_pay(resultat: Resultat) -> bool:
    """Un reste à charge se lisait entre deux bornes, alors qu'un financement n'était pas compté."""
    structures = resultat.territoire.structures
    lu = ~np.isnan(structures["charges_eur"]) & ~np.isnan(structures["participations_eur"])
    return bool(uncounted(resultat)[lu].any())


def _beside(dispositif: str, depuis: int) -> Callable[[Resultat], bool]:
    """Un financement à côté du bonus, compté à partir d'une année."""

    def touche(resultat: Resultat) -> bool:
        if dispositif not in resultat.dispositifs:
            return False
        siennes = resultat.lignes["dispositif"] == resultat.dispositifs.index(dispositif)
        return bool((siennes & (resultat.lignes["annee"] >= depuis) & (resultat.lignes["haut"] > 0)).any())

    return touche


_TOUCHE: Mapping[str, Callable[[Resultat], bool]] = {
    "periode": _reference_period,
    "adhesion_inconnue": lambda r: _has_reason(r, Raison.ADHESION_INCONNUE),
    "reference_inconnue": lambda r: _has_reason(r, Raison.REFERENCE_INCONNUE),
    "sans_structure": lambda r: not lists_structures(r),
    "annee_partielle": lambda r: bool(_partial(r).any()),
    "charges_partielles": _charges,
    "competence_inconnue": lambda r: _has_reason(r, Raison.COMPETENCE_INCONNUE),
    "financement_non_compte": _left_to_pay,
    "psu_2025": _beside("psu", 2025),
    "mixite_2025": _beside("bonus_mixite", 2025),
}
