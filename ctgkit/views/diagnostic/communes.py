"""Les communes : la carte d'un indicateur (cinq classes dont une borne est le repère), sa distribution, côte à côte."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from ctgkit.diagnostic import MASQUE as MOT_MASQUE
from ctgkit.diagnostic import Mesure, Publiable, Publication, find_jumelles, measure, write_valeur
from ctgkit.diagnostic.catalogue import Definition
from ctgkit.diagnostic.formules import decimales
from ctgkit.diagnostic.mesures import MASQUE
from ctgkit.diagnostic.tableaux import valeur_ou_mot
from ctgkit.figures.cartographie import Case, layout
from ctgkit.formats import liste, nombre, pluriel
from ctgkit.territoire import Territoire
from ctgkit.views.diagnostic.phrases import of_mesure, the_place

MASQUEE, VIDE = "masque", "vide"
TEINTES = {"besoin": "b", "offre": "o", "contexte": "n"}
ORDINAIRES = ("AS05", "AS01", "CAD01")
JUMELLES = 4


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
    def rangees(self) -> list[Mesure]:
        """De la plus grande valeur à la plus petite ; les masquées et les inconnues ensuite, par nom."""
        return sorted(
            self.mesures.values(), key=lambda m: (not m.est_connue, -(m.valeur or 0), m.statut != MASQUE, m.nom_geo)
        )

    @property
    def annees(self) -> str:
        return ", ".join(sorted({str(m.annee) for m in self.mesures.values() if m.annee})) or "année non écrite"


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


def read_map(publication: Publication, code: str, repere: str, annee: int | None) -> CarteDiagnostic | None:
    """Rien quand aucun indicateur n'est connu par commune, ou quand il n'y a qu'une commune."""
    if not code or len(publication.territoire.communes) < 2:
        return None
    definition = publication.catalogue[code]
    codes = publication.territoire.communes["code_insee"].tolist()
    mesures = {c: measure(publication, code, c, annee) for c in codes}
    face = measure(publication, code, repere, annee) if repere else None
    if face is None or not face.est_connue or (definition.additif and face.niveau != "commune"):
        face = None
    valeurs = [m.valeur for m in mesures.values() if m.est_connue]
    bornes = bounds(valeurs, face.valeur if face else None)
    teintes = _shades(definition, bornes, face.valeur if face else None)
    chiffres = min(max(map(decimales, valeurs), default=0), max(definition.decimales, int(definition.additif)))
    cases = {c: _case(m, bornes, teintes, face, chiffres) for c, m in mesures.items()}
    return CarteDiagnostic(definition, mesures, face, cases, _legend(mesures, bornes, teintes, face), chiffres)


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


# Ce que la carte dit


def map_title(carte: CarteDiagnostic) -> str:
    connues = len(carte.connues)
    masquees = f" ; {_hidden(carte.masquees)}" if carte.masquees else ""
    if not connues:
        return f"Aucune valeur publiée par commune{masquees}."
    if carte.repere:
        dessus = sum(m.valeur > carte.repere.valeur for m in carte.connues)
        verbe = "dépasse" if dessus < 2 else "dépassent"
        combien = {0: "Aucune", 1: "Une"}.get(dessus, nombre(dessus))
        face = the_place(of_mesure(carte.repere))
        return f"{combien} des {pluriel(connues, 'commune publiée', 'communes publiées')} {verbe} {face}{masquees}."
    bas, haut = carte.connues[0], carte.connues[-1]
    if connues == 1:
        return f"{bas.nom_geo} : {bas.texte}{masquees}."
    return f"De {bas.texte} à {bas.nom_geo} jusqu'à {haut.texte} à {haut.nom_geo}{masquees}."


def _hidden(n: int) -> str:
    return "une est masquée, pas à zéro" if n == 1 else f"{nombre(n)} sont masquées, pas à zéro"


def map_reading(carte: CarteDiagnostic) -> str:
    if not carte.connues:
        return "Le secret statistique couvre toutes les communes de cet indicateur."
    bas, haut = carte.connues[0], carte.connues[-1]
    bouts = f"De {_same_digits(bas, carte)} à {bas.nom_geo} à {_same_digits(haut, carte)} à {haut.nom_geo}."
    dit = bouts if len(carte.connues) > 1 else ""
    if carte.masquees:
        dit += f"{' ' if dit else ''}Une valeur masquée n'est ni nulle ni calculée par différence."
    return dit


def _same_digits(mesure: Mesure, carte: CarteDiagnostic) -> str:
    """Toutes les valeurs d'une carte s'écrivent avec autant de décimales."""
    nu = write_valeur(mesure.definition, mesure.valeur, unite=False)
    return nombre(mesure.valeur, carte.chiffres) + mesure.texte.removeprefix(nu)


def map_origin(territoire: Territoire) -> str:
    if layout(territoire).reel:
        return "Contours du fichier GeoJSON du dossier."
    ou = " à des positions inventées" if territoire.est_fictif else ""
    return f"Carte schématique : une case par commune{ou}, surfaces sans signification."


def spread_words(connues: Sequence[Mesure]) -> str:
    if len(connues) < 2:
        return "trop peu de communes publiées pour une distribution"
    milieu = median(m.valeur for m in connues)
    return f"la médiane des communes publiées est de {write_valeur(connues[0].definition, milieu)}"


# Des communes côte à côte


@dataclass(frozen=True)
class Comparees:
    """Une ligne par indicateur, une colonne par lieu ; `textes` : ce que l'on lit, le tableau : ce que l'on exporte."""

    lieux: tuple[tuple[str, str], ...]
    lignes: tuple[tuple[str, tuple[Mesure, ...]], ...]
    tableau: Publiable
    proches: tuple[tuple[str, tuple], ...]


def read_communes(
    publication: Publication, communes: Sequence[str], larges: Sequence[tuple[str, str]], theme: str, annee: int | None
) -> Comparees:
    """Les communes choisies, puis les lieux plus larges (code, nom), sur les indicateurs du thème."""
    territoire = publication.territoire
    noms = dict(zip(territoire.communes["code_insee"].tolist(), territoire.communes["nom"].tolist(), strict=True))
    lieux = {c: noms[c] for c in communes}
    lieux |= {geo: nom for geo, nom in larges if geo and geo not in lieux}
    lignes = tuple(
        (publication.catalogue[code].libelle, tuple(measure(publication, code, g, annee) for g in lieux))
        for code in _codes(publication, theme)
    )
    proches = tuple((noms[c], find_jumelles(publication, c, JUMELLES)) for c in communes[-1:])
    return Comparees(tuple(lieux.items()), lignes, _table(publication, lieux, lignes), proches)


def _codes(publication: Publication, theme: str) -> list[str]:
    """Ceux du thème qui existent par commune ; à défaut tous : le cadrage et le contexte situent une commune."""
    possibles = list(mapped(publication))
    return [c for c in possibles if publication.catalogue[c].theme == theme] or possibles


def _table(publication: Publication, lieux: Mapping[str, str], lignes: tuple) -> Publiable:
    colonnes = {"indicateur": "Indicateur", **lieux, "annees": "Années"}
    contenu = [
        {
            "indicateur": libelle,
            **{m.geo: valeur_ou_mot(m) for m in mesures},
            "annees": liste(sorted({str(m.annee) for m in mesures if m.annee})),
        }
        for libelle, mesures in lignes
    ]
    notes = (f"« {MOT_MASQUE} » : secret statistique, ce n’est pas un zéro",)
    return publication.tableau("Communes comparées", colonnes, contenu, notes)
