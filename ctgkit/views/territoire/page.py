"""La page « Le territoire » : qui il est, où en est sa convention, ce qui reste à compléter."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import ipywidgets as widgets
from IPython.display import HTML
from markupsafe import Markup

from ctgkit.storage import origines
from ctgkit.territoire import Territoire
from ctgkit.views.composants.carte import carte_svg, layout
from ctgkit.views.composants.habillage import dressed
from ctgkit.views.composants.html import render
from ctgkit.views.territoire.frise import frise_svg
from ctgkit.views.territoire.portrait import CARTES, Portrait, read_portrait, reading_day


@dataclass(frozen=True)
class EtatTerritoire:
    """Tout ce que l'on règle sur cette page."""

    carte: str = "adhesion"


def show_territoire(territoire: Territoire, annee: int = 0, aujourdhui: str = "") -> HTML:
    """La page sans contrôle : pour JupyterLab, un lot ou une impression."""
    portrait = read_portrait(territoire, reading_day(aujourdhui, annee))
    haut, bas, marge = _parties(portrait)
    return HTML(dressed((haut, *_carte(portrait, EtatTerritoire()), bas, marge), "00_territoire"))


def territoire_panel(territoire: Territoire, annee: int = 0, aujourdhui: str = "") -> widgets.Widget:
    """La page avec ses contrôles."""
    return TerritoirePanel(read_portrait(territoire, reading_day(aujourdhui, annee))).widget


def show_sources(territoire: Territoire) -> HTML:
    """Les documents et données publiques sur lesquels repose la page."""
    return HTML(render("composants/sources", documents=_documents(territoire)))


class TerritoirePanel:
    """Les contrôles de la page ; l'état est une valeur, la page se déduit de lui."""

    def __init__(self, portrait: Portrait, etat: EtatTerritoire | None = None) -> None:
        self.portrait, self.etat = portrait, etat or EtatTerritoire()
        self.carte, self.legende = widgets.HTML(), widgets.HTML()
        self.choix = widgets.Dropdown(
            options=[(nom, cle) for cle, (nom, _) in CARTES.items()],
            value=self.etat.carte,
            description="Ce que montre la carte",
            layout=widgets.Layout(width="auto"),
        )
        self.choix.observe(lambda _: self.update(replace(self.etat, carte=self.choix.value)), "value")
        self.update(self.etat)

    def update(self, etat: EtatTerritoire) -> None:
        self.etat = etat
        self.carte.value, self.legende.value = _carte(self.portrait, etat)

    @property
    def widget(self) -> widgets.Widget:
        haut, bas, marge = (widgets.HTML(partie) for partie in _parties(self.portrait))
        cote = widgets.VBox([self.choix, self.legende]).add_class("a-cote")
        carte = widgets.Box([self.carte, cote]).add_class("bloc-carte")
        colonne = widgets.VBox([haut, carte, bas]).add_class("page-carnet")
        return widgets.Box([colonne, marge]).add_class("avec-marge")


def _parties(portrait: Portrait) -> tuple[Markup, Markup, Markup]:
    """Ce qui ne bouge pas : au-dessus de la carte, au-dessous, et la marge."""
    territoire = portrait.territoire
    donnees = {"portrait": portrait, "territoire": territoire, "documents": _documents(territoire)}
    haut = render("territoire/haut", frise=frise_svg(portrait.horloge), **donnees)
    return haut, render("territoire/bas", **donnees), render("territoire/marge", **donnees)


def _carte(portrait: Portrait, etat: EtatTerritoire) -> tuple[Markup, Markup]:
    """La carte et sa légende."""
    titre, cases = CARTES[etat.carte]
    dessin = cases(portrait)
    compte = Counter(case.classe for case in dessin.values())
    svg = carte_svg(portrait.territoire, dessin, f"{titre}, commune par commune")
    legende = render("composants/carte_legende", etat=etat, compte=compte, origine=_origine(portrait.territoire))
    return render("composants/carte", titre=titre, svg=svg), legende


def _origine(territoire: Territoire) -> str:
    if layout(territoire).reel:
        return "Contours du fichier GeoJSON déposé dans le dossier du territoire."
    positions = "Positions inventées" if territoire.est_fictif else "Positions réelles des communes"
    return f"{positions} ; cases schématiques, surfaces sans signification."


def _documents(territoire: Territoire) -> dict[str, dict]:
    """Les sources citées par les faits et les manques, dans l'ordre où ils les citent."""
    registre = origines()
    cites = dict.fromkeys(x.document for x in (*territoire.faits, *territoire.a_completer) if x.document)
    return {cle: _document(cle, registre.get(cle, {})) for cle in cites}


def _document(cle: str, fiche: Mapping[str, Any]) -> dict[str, Any]:
    titre = str(fiche.get("titre", cle))
    court = str(fiche.get("court") or titre.split(",", maxsplit=1)[0])
    return {"titre": titre, "court": court, "emetteur": fiche.get("emetteur", ""), "statut": fiche.get("statut", "")}
