"""La carte d'un indicateur : cinq classes dont une borne est le repère, les communes masquées à part, et ses mots."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from ctgkit.diagnostic.catalogue import Definition
from ctgkit.diagnostic.comparaison import shared_year
from ctgkit.diagnostic.formules import decimales
from ctgkit.diagnostic.mesures import MASQUE, Mesure, measure, write_valeur
from ctgkit.diagnostic.noms import short, the_place
from ctgkit.diagnostic.secret.publication import Publication
from ctgkit.formats import nombre
from ctgkit.texte import a, majuscule

MASQUEE, VIDE = "masque", "vide"
ORDINAIRES = ("AS05", "AS01", "CAD01")
_FAMILLES = {"besoin": "b", "offre": "o", "contexte": "n"}


@dataclass(frozen=True)
class CarteIndicateur:
    """Un indicateur commune par commune, ses classes de la plus claire à la plus foncée ; `repere` vide : aucun."""

    definition: Definition
    mesures: Mapping[str, Mesure]
    repere: Mesure | None
    bornes: tuple[float, ...]
    teintes: tuple[str, ...]
    chiffres: int = 0
    annee: int | None = None

    @property
    def connues(self) -> list[Mesure]:
        return sorted((m for m in self.mesures.values() if m.est_connue), key=lambda m: m.valeur)

    @property
    def masquees(self) -> int:
        return sum(m.statut == MASQUE for m in self.mesures.values())

    @property
    def rangees(self) -> list[Mesure]:
        """De la plus grande valeur à la plus petite ; les masquées et les inconnues ensuite, par nom."""
        return sorted(
            self.mesures.values(), key=lambda m: (not m.est_connue, -(m.valeur or 0), m.statut != MASQUE, m.nom_geo)
        )

    @property
    def annees(self) -> str:
        return ", ".join(sorted({str(m.annee) for m in self.mesures.values() if m.annee})) or "année non écrite"

    @property
    def lignes(self) -> list[dict[str, str]]:
        """Une commune par ligne, telle que `figures.territory_map` la peint."""
        return [{"cle": code, **self._paint(mesure)} for code, mesure in self.mesures.items()]

    def _paint(self, mesure: Mesure) -> dict[str, str]:
        if mesure.statut == MASQUE:
            return {"classe": MASQUEE, "texte": "", "dit": "valeur masquée (secret statistique)"}
        if not mesure.est_connue:
            quand = f" en {self.annee}" if self.annee else ""
            return {"classe": VIDE, "texte": "", "dit": f"{mesure.texte}{quand}"}
        classe = self.teintes[_class_of(mesure.valeur, self.bornes)]
        dit = f"{mesure.texte} ({mesure.quand}){self.facing(mesure)}"
        return {"classe": classe, "texte": nombre(mesure.valeur, self.chiffres), "dit": dit}

    def facing(self, mesure: Mesure) -> str:
        if self.repere is None or mesure.geo == self.repere.geo:
            return ""
        if mesure.valeur == self.repere.valeur:
            return ", comme le repère"
        cote = "au-dessus de" if mesure.valeur > self.repere.valeur else "au-dessous de"
        return f", {cote} {self.repere.texte} ({short(self.repere.nom_geo)})"

    @property
    def legende(self) -> list[dict[str, str | int]]:
        """Du plus fort au plus faible, le repère entre deux classes ; puis ce qui est masqué, ce qui n'est pas su."""
        compte = Counter(_class_of(m.valeur, self.bornes) for m in self.connues)
        lignes: list[dict[str, str | int]] = []
        for rang in range(len(self.bornes), -1, -1) if compte else ():
            texte = _interval(self.definition, self.bornes, rang)
            lignes.append({"teinte": self.teintes[rang], "texte": texte, "nombre": compte[rang]})
            if self.repere and rang and self.bornes[rang - 1] == self.repere.valeur:
                lignes.append({"repere": f"{short(self.repere.nom_geo)} : {self.repere.texte}"})
        inconnues = len(self.mesures) - len(self.connues) - self.masquees
        if self.masquees:
            lignes.append({"teinte": MASQUEE, "texte": "masquée (secret)", "nombre": self.masquees})
        if inconnues:
            lignes.append({"teinte": VIDE, "texte": "non renseignée", "nombre": inconnues})
        return lignes


def mapped(publication: Publication) -> dict[str, int]:
    """Les indicateurs qui ont au moins une valeur par commune, et combien."""
    communes = set(publication.territoire.communes["code_insee"].tolist())
    compte = Counter(x.code for x in publication.lignes if x.geo in communes and x.valeur is not None)
    return {code: compte[code] for code in publication.catalogue if compte[code]}


def chosen(publication: Publication, carte: str, theme: str) -> str:
    """Celui que l'on a choisi ; sinon le plus renseigné du thème, un taux d'abord ; sinon un indicateur de contexte."""
    possibles, catalogue = mapped(publication), publication.catalogue
    if carte in possibles:
        return carte
    du_theme = [c for c in possibles if catalogue[c].theme == theme]
    ordre = sorted(du_theme, key=lambda c: (possibles[c] < 3, catalogue[c].additif, c not in ORDINAIRES, -possibles[c]))
    return next(iter([*ordre, *(c for c in ORDINAIRES if c in possibles), *possibles]), "")


def read_map(publication: Publication, code: str, repere: str = "", annee: int | None = None) -> CarteIndicateur:
    """Chaque commune face au repère, à la même année ; un effectif ne se compare qu'à celui d'une autre commune."""
    definition = publication.catalogue[code]
    codes = publication.territoire.communes["code_insee"].tolist()
    annee = annee or shared_year(publication, code, codes, repere)
    mesures = {c: measure(publication, code, c, annee) for c in codes}
    face = measure(publication, code, repere, annee) if repere else None
    if face is None or not (face.est_connue and face.annee) or (definition.additif and face.niveau != "commune"):
        face = None
    valeurs = [m.valeur for m in mesures.values() if m.est_connue]
    bornes = bounds(valeurs, face.valeur if face else None)
    teintes = _shades(definition, bornes, face.valeur if face else None)
    chiffres = min(max(map(decimales, valeurs), default=0), max(definition.decimales, int(definition.additif)))
    return CarteIndicateur(definition, mesures, face, bornes, teintes, chiffres, annee)


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


def _shades(definition: Definition, bornes: Sequence[float], repere: float | None) -> tuple[str, ...]:
    """Une teinte par classe, de la plus claire à la plus foncée ; la troisième commence au repère."""
    famille, combien = _FAMILLES[definition.sens], len(bornes) + 1
    if repere in bornes:
        dessous = bornes.index(repere) + 1
        rangs = [*range(3 - dessous, 3), *range(3, 3 + combien - dessous)]
    else:
        rangs = list(range(1, combien + 1))
    return tuple(f"{famille}{r}" for r in rangs)


def _class_of(valeur: float, bornes: Sequence[float]) -> int:
    return sum(valeur >= b for b in bornes)


def _interval(definition: Definition, bornes: Sequence[float], rang: int) -> str:
    ecrites = [write_valeur(definition, b, unite=False) for b in bornes]
    if not bornes:
        return "toutes les valeurs"
    if rang == 0:
        return f"moins de {ecrites[0]}"
    if rang == len(bornes):
        return f"{ecrites[-1]} et plus"
    return f"de {ecrites[rang - 1]} à {ecrites[rang]}"


# Ce que la carte dit


def map_title(carte: CarteIndicateur) -> str:
    connues = len(carte.connues)
    masquees = f" ; {_hidden(carte.masquees)}" if carte.masquees else ""
    if not connues:
        return f"Aucune valeur publiée par commune{masquees}."
    if connues == 1:
        seule = carte.connues[0]
        return f"{seule.nom_geo} : {seule.texte}{carte.facing(seule)}{masquees}."
    if carte.repere:
        dessus = sum(m.valeur > carte.repere.valeur for m in carte.connues)
        verbe = {0: "ne dépasse", 1: "dépasse"}.get(dessus, "dépassent")
        combien = {0: "Aucune", 1: "Une"}.get(dessus, nombre(dessus))
        face = the_place(carte.repere.du_lieu)
        return f"{combien} des {nombre(connues)} communes publiées {verbe} {face}{masquees}."
    bas, haut = carte.connues[0], carte.connues[-1]
    return f"De {bas.texte} {a(bas.nom_geo)} jusqu'à {haut.texte} {a(haut.nom_geo)}{masquees}."


def _hidden(n: int) -> str:
    return "une est masquée, pas à zéro" if n == 1 else f"{nombre(n)} sont masquées, pas à zéro"


def map_reading(carte: CarteIndicateur) -> str:
    if not carte.connues:
        return "Le secret statistique couvre toutes les communes de cet indicateur."
    bas, haut = carte.connues[0], carte.connues[-1]
    bouts = f"De {_same_digits(bas, carte)} {a(bas.nom_geo)} à {_same_digits(haut, carte)} {a(haut.nom_geo)}."
    dit = bouts if len(carte.connues) > 1 else ""
    if carte.masquees:
        dit += f"{' ' if dit else ''}Une valeur masquée n'est ni nulle ni calculée par différence."
    return dit


def _same_digits(mesure: Mesure, carte: CarteIndicateur) -> str:
    """Toutes les valeurs d'une carte s'écrivent avec autant de décimales."""
    nu = write_valeur(mesure.definition, mesure.valeur, unite=False)
    return nombre(mesure.valeur, carte.chiffres) + mesure.texte.removeprefix(nu)


def spread_words(connues: Sequence[Mesure]) -> str:
    if len(connues) < 2:
        return "trop peu de communes publiées pour une distribution"
    milieu = median(m.valeur for m in connues)
    return f"la médiane des communes publiées est de {write_valeur(connues[0].definition, milieu)}"


def spread_title(carte: CarteIndicateur) -> str:
    """Vide quand une distribution ne dirait rien."""
    connues = [m for m in carte.connues if m.niveau in ("commune", "")]
    return f"{majuscule(carte.definition.libelle)} : {spread_words(connues)}" if len(connues) > 1 else ""
