"""Un graphique sur la page : sa phrase et son dessin aussitôt, la figure plotly vivante au premier survol, son tableau.

Le dessin et la figure sont les mêmes ; sans la bibliothèque, ou sur le papier, le dessin reste.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anywidget
import plotly.graph_objects as go
import traitlets
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from ctgkit.figures import config, draw
from ctgkit.figures.gabarit import ETROITE
from ctgkit.formats import nombre
from ctgkit.views.composants.html import render
from ctgkit.views.composants.panneau import Demande, Zone

OnSelect = Callable[[Mapping[str, Any]], None]


def graphique_html(
    figure: go.Figure,
    compacte: go.Figure | None = None,
    *,
    titre: bool = True,
    tableau: bool = True,
) -> Markup:
    """Le graphique au premier affichage : phrase, dessin, tableau.

    `compacte` : la même figure pour une page étroite ; la feuille de style n'en montre qu'une.
    """
    recit = figure.layout.meta
    return render(
        "composants/graphique",
        recit=recit,
        titre=titre,
        ample=Markup(draw(figure)),
        compact=Markup(draw(compacte, ETROITE)) if compacte else "",
        lignes=[[_cell(v) for v in ligne] for ligne in recit["table"]["lignes"]] if tableau else [],
    )


def _cell(valeur: Any) -> tuple[str, bool]:
    """Le texte d'une case, et s'il se lit comme un nombre."""
    if isinstance(valeur, int | float) and not isinstance(valeur, bool):
        annee = isinstance(valeur, int) and 1900 <= valeur <= 2200
        return str(valeur) if annee else nombre(valeur, 0 if float(valeur).is_integer() else 1), not annee
    return "non renseigné" if valeur is None else str(valeur), False


class Graphique(anywidget.AnyWidget):
    """`on_select({"annee": 2027})` quand on clique un point, ou qu'Entrée le choisit au clavier.

    `place` : il se montre dans l'élément `data-place` de ce nom, quand une feuille de la page en écrit un.
    """

    _esm = Path(__file__).with_name("graphique.js").read_text(encoding="utf-8")
    _css = Path(__file__).with_name("graphique.css").read_text(encoding="utf-8")
    html = traitlets.Unicode("").tag(sync=True)
    figures = traitlets.Unicode("[]").tag(sync=True)
    reglages = traitlets.Unicode("{}").tag(sync=True)
    place = traitlets.Unicode("").tag(sync=True)

    def __init__(  # noqa: PLR0913
        self,
        figure: go.Figure | None = None,
        compacte: go.Figure | None = None,
        on_select: OnSelect | None = None,
        *,
        titre: bool = True,
        tableau: bool = True,
        place: str = "",
    ) -> None:
        super().__init__(place=place)
        self.titre, self.tableau, self._on_select = titre, tableau, on_select
        self._choix = ""
        self.on_msg(lambda _, contenu, __: self.receive(contenu))
        if figure is not None:
            self.show(figure, compacte)

    def show(self, figure: go.Figure | None, compacte: go.Figure | None = None) -> None:
        """Une autre figure à la même place ; ce qui n'a pas changé ne voyage pas. Sans figure, plus rien."""
        if figure is None:
            self.html, self.figures = "", "[]"
            return
        recit = figure.layout.meta
        self._choix = recit["choix"]
        html = graphique_html(figure, compacte, titre=self.titre, tableau=self.tableau)
        with self.hold_sync():
            self.html, self.figures = html, _written([figure, *([compacte] if compacte else [])])
            self.reglages = json.dumps(config(recit["nom"], recit["loupe"]))

    def receive(self, contenu: Any) -> None:
        """Un point désigné, ou la bibliothèque demandée là où aucun serveur de l'atelier ne la donne (JupyterLab)."""
        if not isinstance(contenu, dict):
            return
        if contenu.get("demande") == "plotly":
            self.send({"plotly": True}, [get_plotlyjs().encode()])
        valeur = contenu.get("valeur")
        if self._on_select and self._choix and isinstance(valeur, str | int) and self._knows(valeur):
            self._on_select({self._choix: valeur})

    def _knows(self, valeur: str | int) -> bool:
        """Seul ce que la figure montre peut être désigné."""
        traces = (t for f in json.loads(self.figures) for t in f["data"])
        return any(valeur == t.get("meta") or valeur in _many(t.get("customdata")) for t in traces)


def _many(brut: Any) -> Sequence[Any]:
    return brut if isinstance(brut, list) else ()


def _written(figures: Sequence[go.Figure]) -> str:
    return f"[{','.join(f.to_json() for f in figures)}]"


@dataclass(frozen=True)
class ZoneGraphique(Zone):
    """Une zone de page qui est un graphique : `draw(lecture)` rend la figure et sa forme compacte, ou rien.

    `geste` : le geste de la page qu'appelle un clic, avec ce qu'il désigne pour valeur.
    """

    geste: str = ""
    titre: bool = True
    tableau: bool = True
    place: str = ""

    def make(self, act: Callable[[Demande], None]) -> Graphique:
        def select(choisi: Mapping[str, Any]) -> None:
            act({"geste": self.geste, "valeur": str(next(iter(choisi.values())))})

        suite = select if self.geste else None
        return Graphique(on_select=suite, titre=self.titre, tableau=self.tableau, place=self.place)

    def put(self, porteur: Graphique, rendu: Any) -> None:
        porteur.show(*(rendu or (None,)))
