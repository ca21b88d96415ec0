"""La page « Le territoire » : qui il est, où en est sa convention, ce qui reste à compléter."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import ipywidgets as widgets
import plotly.graph_objects as go
from IPython.display import HTML
from markupsafe import Markup

from ctgkit import figures
from ctgkit.carnet.lieu import Lieu, read_lieu
from ctgkit.documents.catalogue.rapport.portrait import Portrait, read_portrait
from ctgkit.documents.modele import Document, Liste, Morceau, Paragraphe, Texte
from ctgkit.figures.cartographie import layout, with_contours
from ctgkit.storage import origines
from ctgkit.territoire import Territoire
from ctgkit.views.composants.graphique import ZoneGraphique, graphique_html
from ctgkit.views.composants.habillage import dressed
from ctgkit.views.composants.html import render
from ctgkit.views.composants.montre import Montre
from ctgkit.views.composants.panneau import Panneau, Zone, box
from ctgkit.views.territoire.portrait import CARTES, map_lines, reading_day

STATUTS = {"officiel": "Officiel", "fictif": "Fictif", "secondaire": "Secondaire"}


@dataclass(frozen=True)
class EtatTerritoire:
    """Tout ce que l'on règle sur cette page."""

    carte: str = "adhesion"


def show_territoire(territoire: Lieu | Territoire, annee: int = 0, aujourdhui: str = "") -> HTML:
    """La page sans contrôle : pour JupyterLab, un lot ou une impression."""
    portrait = read_portrait(read_lieu(territoire), reading_day(aujourdhui, annee))
    zones = [zone.still((portrait, EtatTerritoire())) for zone in TerritoirePanel.zones.values()]
    return HTML(dressed(zones, "territoire"))


def territoire_panel(territoire: Lieu | Territoire, annee: int = 0, aujourdhui: str = "") -> widgets.Widget:
    """La page avec ses contrôles."""
    return TerritoirePanel(read_portrait(read_lieu(territoire), reading_day(aujourdhui, annee))).widget


def show_sources(territoire: Lieu | Territoire) -> Montre:
    """Les documents et données publiques sur lesquels repose la page."""
    documents = _documents(read_lieu(territoire))
    items = tuple(_source(document) for document in documents.values())
    blocs = (Liste(items),) if items else (Paragraphe("Aucun document n'est cité par territoire.yaml.", "note"),)
    return Montre(Document("", blocs), render("composants/sources", documents=documents))


def _source(document: Mapping[str, Any]) -> Texte:
    emetteur = f" ({document['emetteur']})" if document["emetteur"] else ""
    ton = document["statut"] if document["statut"] in STATUTS else "confirmer"
    mot = STATUTS.get(ton, "À confirmer")
    return Morceau(document["court"], gras=True), Morceau(f" {document['titre']}{emetteur} "), Morceau(mot, ton=ton)


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
        self.choix = self.menu("Ce que montre la carte", "carte", [(nom, cle) for cle, (nom, _) in CARTES.items()])
        super().__init__(etat or EtatTerritoire())

    def read(self, etat: EtatTerritoire) -> tuple[Portrait, EtatTerritoire]:
        return self.portrait, etat

    def draw_controls(self) -> None:
        self.pose(self.choix, self.etat.carte)

    def layout(self) -> list[widgets.Widget]:
        z = self.html
        carte = box("bloc-carte", z["carte"], box("a-cote", self.choix, z["legende"]))
        return [z["message"], box("avec-marge", box("page-carnet", z["haut"], carte, z["bas"]), z["marge"])]


def _part(nom: str, portrait: Portrait) -> Markup:
    """Ce qui ne bouge pas : au-dessus de la carte, au-dessous, ou la marge."""
    donnees = {"portrait": portrait, "territoire": portrait.territoire, "documents": _documents(portrait.territoire)}
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
    titre, cases = CARTES[etat.carte]
    lignes, phrase = with_contours(portrait.territoire, map_lines(cases(portrait))), f"{titre}, commune par commune"
    reglages = {"phrase": phrase, "largeur": 560, "legende": False}
    return tuple(figures.territory_map(lignes, compacte=etroite, **reglages) for etroite in (False, True))


def legend_zone(portrait: Portrait, etat: EtatTerritoire) -> Markup:
    compte = Counter(case.classe for case in CARTES[etat.carte][1](portrait).values())
    return render("composants/carte_legende", etat=etat, compte=compte, origine=_origine(portrait.territoire))


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
