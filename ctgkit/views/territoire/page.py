"""La page « Le territoire » : qui il est, où en est sa convention, ce qui reste à compléter."""

from dataclasses import dataclass
from typing import ClassVar

import ipywidgets as widgets
import plotly.graph_objects as go
from markupsafe import Markup

from ctgkit import figures
from ctgkit.carnet.cartes import CARTES, draw_map, map_origin
from ctgkit.carnet.lieu import Lieu, read_day, read_lieu
from ctgkit.documents.catalogue.rapport.portrait import Portrait, read_portrait
from ctgkit.territoire import Territoire
from ctgkit.views.composants.graphique import ZoneGraphique, graphique_html
from ctgkit.views.composants.html import render
from ctgkit.views.composants.panneau import Panneau, Zone, box


@dataclass(frozen=True)
class EtatTerritoire:
    """Tout ce que l'on règle sur cette page."""

    carte: str = "adhesion"


def opening_state(portrait: Portrait) -> EtatTerritoire:
    """La carte des adhésions ne s'ouvre que si l'on en connaît une ; sinon elle ne montrerait que des inconnues."""
    return EtatTerritoire("adhesion" if portrait.inconnues < len(portrait.communes) else "population")


def territoire_panel(territoire: Lieu | Territoire) -> widgets.Widget:
    """La page avec ses contrôles, au jour où le lieu se lit.

    >>> territoire_panel(load_territoire("exemple")).comm is not None
    True
    """
    return TerritoirePanel(read_portrait(read_lieu(territoire), read_day(territoire))).widget


class TerritoirePanel(Panneau[EtatTerritoire, tuple[Portrait, EtatTerritoire]]):
    """On n'y choisit que ce que montre la carte."""

    zones: ClassVar = {
        "haut": Zone(lambda lu: _part("haut", lu[0]), selon=lambda _: "fixe"),
        "carte": ZoneGraphique(lambda lu: map_zone(*lu)),
        "legende": Zone(lambda lu: legend_zone(*lu)),
        "bas": Zone(lambda lu: _part("bas", lu[0]), selon=lambda _: "fixe"),
        "marge": Zone(lambda lu: _part("marge", lu[0]), selon=lambda _: "fixe"),
    }

    def __init__(self, portrait: Portrait, etat: EtatTerritoire | None = None) -> None:
        self.portrait = portrait
        self.choix = self.menu("Ce que montre la carte", "carte", [(fond.titre, cle) for cle, fond in CARTES.items()])
        super().__init__(etat or opening_state(portrait))

    def read(self, etat: EtatTerritoire) -> tuple[Portrait, EtatTerritoire]:
        return self.portrait, etat

    def draw_controls(self) -> None:
        self.pose(self.choix, self.etat.carte)

    def layout(self) -> list[widgets.Widget]:
        z = self.html
        carte = box("bloc-carte", z["carte"], box("a-cote", self.choix, z["legende"]))
        # Une commune seule n'a ni voisine ni place à comparer : ses chiffres sont au tableau.
        cartes = [carte] if len(self.portrait.communes) > 1 else []
        return [z["message"], box("avec-marge", box("page-carnet", z["haut"], *cartes, z["bas"]), z["marge"])]


def _part(nom: str, portrait: Portrait) -> Markup:
    """Ce qui ne bouge pas : au-dessus de la carte, au-dessous, ou la marge."""
    donnees = {"portrait": portrait, "territoire": portrait.territoire, "documents": portrait.documents}
    plus = {"frise": _timeline(portrait)} if nom == "haut" else {}
    return render(f"territoire/{nom}", **donnees, **plus)


def _timeline(portrait: Portrait) -> Markup:
    horloge = portrait.horloge
    debut, fin = horloge.convention.debut, horloge.convention.fin
    if not debut or not fin:
        return Markup("")
    dates = [{"jour": e.jour, "nom": e.libelle} for e in horloge.echeances]
    formes = [figures.convention(debut, fin, horloge.jour, dates, compacte=etroite) for etroite in (False, True)]
    return graphique_html(*formes, titre=False, tableau=False)


def map_zone(portrait: Portrait, etat: EtatTerritoire) -> tuple[go.Figure, go.Figure]:
    reglages = {"legende": False, "largeur": 560}
    return tuple(draw_map(portrait, etat.carte, compacte=etroite, **reglages) for etroite in (False, True))


def legend_zone(portrait: Portrait, etat: EtatTerritoire) -> Markup:
    legende, origine = CARTES[etat.carte].legend(portrait), map_origin(portrait.territoire)
    return render("territoire/legende", legende=legende, origine=origine)
