"""Ce que les cartes d'un territoire montrent de chaque commune, et leur légende."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import plotly.graph_objects as go

from ctgkit import figures
from ctgkit.diagnostic.carte import CarteIndicateur, spread_title
from ctgkit.documents.catalogue.rapport.portrait import Portrait
from ctgkit.figures.cartographie import layout, with_contours
from ctgkit.formats import nombre, pluriel
from ctgkit.territoire import Territoire


@dataclass(frozen=True)
class CommunePeinte:
    """Une commune sur la carte : ce qui est écrit dedans, sa teinte, et la phrase que l'on lit."""

    texte: str
    classe: str
    dit: str


CASES_ADHESION = {
    "en vigueur": CommunePeinte("✓", "adhere", "adhésion en vigueur"),
    "à venir": CommunePeinte("→", "a-venir", "adhésion à venir"),
    "à confirmer": CommunePeinte("~", "a-confirmer", "délibération lue ailleurs, adhésion à confirmer"),
    "pas délibéré": CommunePeinte("non", "hors-zone", "n'a pas délibéré"),
    "non renseignée": CommunePeinte("?", "inconnu", "adhésion non renseignée"),
}


def adhesion_cases(portrait: Portrait) -> dict[str, CommunePeinte]:
    return {x.commune.code_insee: CASES_ADHESION[x.etat] for x in portrait.communes}


SEUILS_POPULATION = (1_000, 3_000, 10_000, 20_000)


def population_cases(portrait: Portrait) -> dict[str, CommunePeinte]:
    return {x.commune.code_insee: _population_case(x.commune.population) for x in portrait.communes}


def _population_case(population: int | None) -> CommunePeinte:
    if population is None:
        return CommunePeinte("?", "inconnu", "population non renseignée")
    classe = 1 + sum(population >= seuil for seuil in SEUILS_POPULATION)
    return CommunePeinte(nombre(population), f"p{classe}", pluriel(population, "habitant"))


ZONES = {
    True: CommunePeinte("oui", "adhere", "en zone prioritaire"),
    False: CommunePeinte("non", "hors-zone", "hors zone prioritaire"),
    None: CommunePeinte("?", "inconnu", "zone prioritaire non renseignée"),
}


def zone_cases(portrait: Portrait) -> dict[str, CommunePeinte]:
    return {x.commune.code_insee: ZONES[x.commune.zone_prioritaire] for x in portrait.communes}


@dataclass(frozen=True)
class Fond:
    """`mots` : la légende, de haut en bas."""

    titre: str
    cases: Callable[[Portrait], dict[str, CommunePeinte]]
    mots: Mapping[str, str]

    def legend(self, portrait: Portrait) -> list[dict[str, Any]]:
        """Les classes présentes, et combien de communes y sont."""
        compte = Counter(case.classe for case in self.cases(portrait).values())
        return [{"teinte": c, "texte": mot, "nombre": compte[c]} for c, mot in self.mots.items() if compte[c]]


CARTES = {
    "adhesion": Fond(
        "Adhésion à la convention",
        adhesion_cases,
        {
            "adhere": "✓ en vigueur",
            "a-venir": "→ à venir",
            "a-confirmer": "~ à confirmer",
            "hors-zone": "non : pas délibéré",
            "inconnu": "? non renseignée",
        },
    ),
    "population": Fond(
        "Population",
        population_cases,
        {
            "p1": "moins de 1 000 habitants",
            "p2": "de 1 000 à 2 999",
            "p3": "de 3 000 à 9 999",
            "p4": "de 10 000 à 19 999",
            "p5": "20 000 et plus",
            "inconnu": "non renseignée",
        },
    ),
    "zone": Fond("Zone prioritaire", zone_cases, {"adhere": "oui", "hors-zone": "non", "inconnu": "? non renseigné"}),
}


def draw_map(portrait: Portrait, carte: str, legende: bool = True, **reglages: Any) -> go.Figure:
    fond = CARTES[carte]
    lignes = [{"cle": code, **asdict(case)} for code, case in fond.cases(portrait).items()]
    classes, phrase = fond.legend(portrait), f"{fond.titre}, commune par commune"
    dessinees = with_contours(portrait.territoire, lignes)
    return figures.territory_map(dessinees, classes, phrase=phrase, legende=legende, **reglages)


def map_origin(territoire: Territoire) -> str:
    if layout(territoire).reel:
        return "Contours du fichier GeoJSON déposé dans le dossier du territoire."
    positions = "Positions inventées" if territoire.est_fictif else "Positions réelles des communes"
    return f"{positions} ; cases schématiques, surfaces sans signification."


def draw_indicator(
    territoire: Territoire, carte: CarteIndicateur, choisies: Collection[str] = (), phrase: str = "", **reglages: Any
) -> go.Figure:
    """La carte d'un indicateur, du plus fort au plus faible, le repère entre deux classes."""
    phrase = phrase or f"{carte.definition.libelle} : carte des communes"
    return figures.territory_map(
        with_contours(territoire, carte.lignes), carte.legende, choisies, phrase=phrase, **reglages
    )


def draw_spread(carte: CarteIndicateur, choisies: Collection[str] = (), **reglages: Any) -> go.Figure:
    """Une marque par commune, et le repère."""
    lignes = [{"cle": m.geo, "nom": m.nom_geo, "valeur": m.valeur, "texte": m.texte} for m in carte.mesures.values()]
    face = (carte.repere.valeur, carte.repere.nom_geo, carte.repere.texte) if carte.repere else (None, "", "")
    mots = {"phrase": spread_title(carte), "role": carte.definition.sens, "texte_repere": face[2]}
    return figures.spread(lignes, face[0], face[1], choisies, **mots, **reglages)
