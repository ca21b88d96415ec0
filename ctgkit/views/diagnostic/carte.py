"""La carte d'un indicateur : cinq classes dont une borne est le repère, masquées hachurées, effectifs en légende."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ctgkit.diagnostic import Mesure, Publication, measure, write_valeur
from ctgkit.diagnostic.catalogue import Definition
from ctgkit.diagnostic.formules import decimales
from ctgkit.diagnostic.mesures import MASQUE
from ctgkit.figures.cartographie import Case
from ctgkit.formats import nombre
from ctgkit.views.diagnostic.lecture import Lecture

MASQUEE, VIDE = "masque", "vide"
TEINTES = {"besoin": "b", "offre": "o", "contexte": "n"}
ORDINAIRES = ("AS05", "AS01", "CAD01")


@dataclass(frozen=True)
class Classe:
    """Un intervalle de valeurs, sa teinte et combien de communes y sont."""

    teinte: str
    texte: str
    nombre: int
    seuil_dessous: bool = False


@dataclass(frozen=True)
class CarteDiagnostic:
    definition: Definition
    mesures: Mapping[str, Mesure]
    repere: Mesure | None
    bornes: tuple[float, ...]
    cases: Mapping[str, Case]
    classes: tuple[Classe, ...]
    chiffres: int = 0

    @property
    def connues(self) -> list[Mesure]:
        return sorted((m for m in self.mesures.values() if m.est_connue), key=lambda m: m.valeur)

    @property
    def masquees(self) -> int:
        return sum(m.statut == MASQUE for m in self.mesures.values())

    @property
    def annees(self) -> str:
        return ", ".join(sorted({str(m.annee) for m in self.mesures.values() if m.annee})) or "année non écrite"


def mapped(publication: Publication) -> dict[str, int]:
    """Les indicateurs qui ont au moins une valeur par commune, et combien."""
    communes = set(publication.territoire.communes["code_insee"].tolist())
    compte = Counter(x.code for x in publication.lignes if x.geo in communes and x.valeur is not None)
    return {code: compte[code] for code in publication.catalogue if compte[code]}


def chosen(lecture: Lecture) -> str:
    """Celui que l'on a choisi ; sinon le plus renseigné du thème, un taux d'abord ; sinon un indicateur de contexte."""
    possibles = mapped(lecture.publication)
    if lecture.etat.carte in possibles:
        return lecture.etat.carte
    catalogue = lecture.publication.catalogue
    du_theme = [c for c in possibles if catalogue[c].theme == lecture.etat.theme]
    ordre = sorted(du_theme, key=lambda c: (possibles[c] < 3, catalogue[c].additif, c not in ORDINAIRES, -possibles[c]))
    return next(iter([*ordre, *(c for c in ORDINAIRES if c in possibles), *possibles]), "")


def read_map(lecture: Lecture) -> CarteDiagnostic | None:
    """Rien quand aucun indicateur n'est connu par commune, ou quand il n'y a qu'une commune."""
    code = chosen(lecture)
    if not code or len(lecture.publication.territoire.communes) < 2:
        return None
    publication, annee = lecture.publication, lecture.etat.annee or None
    definition = publication.catalogue[code]
    codes = publication.territoire.communes["code_insee"].tolist()
    mesures = {c: measure(publication, code, c, annee) for c in codes}
    repere = measure(publication, code, lecture.repere, annee) if lecture.repere else None
    if repere is None or not repere.est_connue or (definition.additif and repere.niveau != "commune"):
        repere = None
    valeurs = [m.valeur for m in mesures.values() if m.est_connue]
    bornes = bounds(valeurs, repere.valeur if repere else None)
    teintes = _shades(definition, bornes, repere.valeur if repere else None)
    chiffres = min(max(map(decimales, valeurs), default=0), max(definition.decimales, int(definition.additif)))
    cases = {c: _case(m, bornes, teintes, repere, chiffres) for c, m in mesures.items()}
    return CarteDiagnostic(
        definition, mesures, repere, bornes, cases, _legend(mesures, bornes, teintes, repere), chiffres
    )


def bounds(valeurs: Sequence[float], repere: float | None) -> tuple[float, ...]:
    """Quatre bornes au plus, rondes ; le repère en est une quand il partage les communes."""
    if not valeurs:
        return ()
    bas, haut = min(valeurs), max(valeurs)
    if repere is None or not bas < repere < haut:
        return _round_cuts(valeurs, (0.2, 0.4, 0.6, 0.8))
    dessous = _round_cuts([v for v in valeurs if v < repere], (0.5,))
    dessus = _round_cuts([v for v in valeurs if v >= repere], (1 / 3, 2 / 3))
    return (*(b for b in dessous if b < repere), repere, *(b for b in dessus if b > repere))


def _round_cuts(valeurs: Sequence[float], parts: Sequence[float]) -> tuple[float, ...]:
    """Des quantiles arrondis à un pas lisible, strictement entre la plus petite et la plus grande valeur."""
    if len(valeurs) < 2 or max(valeurs) == min(valeurs):
        return ()
    quantiles = (float(np.quantile(valeurs, p)) for p in parts)
    rondes = {_rounded(q, min((max(valeurs) - min(valeurs)) / 12, abs(q) / 10)) for q in quantiles}
    return tuple(sorted(b for b in rondes if min(valeurs) < b < max(valeurs)))


def _rounded(valeur: float, pas: float) -> float:
    """Au pas lisible (1, 2 ou 5 fois une puissance de dix) juste au-dessus de celui que l'on demande."""
    if pas <= 0:
        return valeur
    ordre = 10.0 ** math.floor(math.log10(pas))
    lisible = next(k * ordre for k in (1, 2, 5, 10) if k * ordre >= pas * 0.999)
    return round(round(valeur / lisible) * lisible, 6)


def _shades(definition: Definition, bornes: Sequence[float], repere: float | None) -> list[str]:
    """Une teinte par classe, de la plus claire à la plus foncée ; la troisième commence au repère."""
    famille, combien = TEINTES[definition.sens], len(bornes) + 1
    if repere in bornes:
        dessous = bornes.index(repere) + 1
        rangs = [*range(3 - dessous, 3), *range(3, 3 + combien - dessous)]
    else:
        rangs = list(range(1, combien + 1))
    return [f"{famille}{r}" for r in rangs]


def _case(
    mesure: Mesure, bornes: Sequence[float], teintes: Sequence[str], repere: Mesure | None, chiffres: int
) -> Case:
    if mesure.statut == MASQUE:
        return Case("", MASQUEE, "valeur masquée (secret statistique)")
    if not mesure.est_connue:
        return Case("", VIDE, mesure.texte)
    face = ""
    if repere is not None and mesure.geo != repere.geo:
        cote = "au-dessus de" if mesure.valeur > repere.valeur else "au-dessous de"
        face = ", comme le repère" if mesure.valeur == repere.valeur else f", {cote} {repere.texte} ({repere.nom_geo})"
    return Case(
        nombre(mesure.valeur, chiffres),
        teintes[_class_of(mesure.valeur, bornes)],
        f"{mesure.texte} ({mesure.quand}){face}",
    )


def _class_of(valeur: float, bornes: Sequence[float]) -> int:
    return sum(valeur >= b for b in bornes)


def _legend(
    mesures: Mapping[str, Mesure], bornes: Sequence[float], teintes: Sequence[str], repere: Mesure | None
) -> tuple[Classe, ...]:
    """Du plus fort au plus faible ; la ligne du repère tombe entre deux classes."""
    definition = next(iter(mesures.values())).definition
    compte = Counter(_class_of(m.valeur, bornes) for m in mesures.values() if m.est_connue)
    rangs = range(len(bornes), -1, -1) if compte else ()
    seuil = bornes.index(repere.valeur) + 1 if repere and repere.valeur in bornes else -1
    return tuple(Classe(teintes[r], _interval(definition, bornes, r), compte[r], r == seuil) for r in rangs)


def _interval(definition: Definition, bornes: Sequence[float], rang: int) -> str:
    ecrites = [write_valeur(definition, b, unite=False) for b in bornes]
    if not bornes:
        return "toutes les valeurs"
    if rang == 0:
        return f"moins de {ecrites[0]}"
    if rang == len(bornes):
        return f"{ecrites[-1]} et plus"
    return f"de {ecrites[rang - 1]} à {ecrites[rang]}"
