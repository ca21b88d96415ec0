"""Une quantité que l'on fait varier : la glissière d'ipywidgets et un champ en français, liés, nommés, bornés.

    Curseur("Places", 10, 0, 60, unite="places", paliers=(10, 20, 40), suite=lambda texte: print(texte)).widget

Flèches d'un pas, Page de cinq, Début et Fin aux bornes ; le champ lit « 1 234,5 ».
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import anywidget
import ipywidgets as widgets
import traitlets

from ctgkit.formats import nombre, read_nombre


class Habit(anywidget.AnyWidget):
    """Nomme la poignée et le champ, dit la valeur en français, trace les paliers, montre l'aide et l'erreur."""

    _esm = Path(__file__).with_name("curseur.js").read_text(encoding="utf-8")
    _css = Path(__file__).with_name("curseur.css").read_text(encoding="utf-8")
    nom, unite, aide, erreur, cle = (traitlets.Unicode().tag(sync=True) for _ in range(5))
    bas, haut = (traitlets.Float().tag(sync=True) for _ in range(2))
    paliers = traitlets.List(traitlets.Float()).tag(sync=True)
    valeurs = traitlets.Dict().tag(sync=True)


class Curseur:
    """`widget` se pose sur la page ; `suite(texte)` à chaque valeur choisie ou tapée, `valeur` est la dernière lue.

    `au_fil` : la page suit pendant que l'on glisse ; sinon, quand on lâche la poignée. `libre` : un texte faux ou hors
    des bornes est donné aussi, et c'est la page qui en dit l'erreur ; sinon le curseur la dit, et rien ne change.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - une valeur, ses bornes, puis ce qui se nomme
        self, nom: str, valeur: float, bas: float, haut: float, pas: float = 1, unite: str = "",
        paliers: Sequence[float] = (), suite: Callable[[str], object] | None = None, cle: str = "",
        au_fil: bool = False, libre: bool = False,
    ) -> None:  # fmt: skip
        self._suite, self._libre, self._muet = suite, libre, False
        # Une disposition pour les deux : un message de moins à l'ouverture.
        commune = widgets.Layout()
        self._glissiere = widgets.FloatSlider(
            valeur, min=bas, max=haut, step=pas, readout=False, continuous_update=au_fil, layout=commune
        )
        self._champ = widgets.Text(typed(valeur), continuous_update=False, layout=commune)
        self._habit = Habit(nom=nom, unite=unite, bas=bas, haut=haut, paliers=list(paliers), cle=cle)
        self._habit.add_class("curseur-habit")
        self._glissiere.observe(lambda _: self._slide(), "value")
        self._champ.observe(lambda change: self._type(change["new"]), "value")
        self.widget = widgets.Box([self._glissiere, self._champ, self._habit]).add_class("curseur")

    def close(self) -> None:
        for piece in (*self.widget.children, self.widget):
            piece.close()

    @property
    def valeur(self) -> float:
        """Sur la grille des pas : la glissière rend 10,000000000000002 pour 10 quand le pas est 0,5."""
        bas, pas = self._glissiere.min, self._glissiere.step
        return round(bas + round((self._glissiere.value - bas) / pas) * pas, 9)

    @property
    def texte(self) -> str:
        return self._champ.value

    @property
    def erreur(self) -> str:
        return self._habit.erreur

    def show(  # noqa: PLR0913 - ce qui peut changer d'un curseur, un mot chacun
        self, texte: str, *, erreur: str = "", aide: str = "", bornes: tuple[float, float] | None = None,
        paliers: Sequence[float] | None = None, unite: str | None = None, pas: float | None = None,
    ) -> None:  # fmt: skip
        """Met le curseur d'accord avec la page, sans que ce soit pris pour un choix."""
        self._muet = True
        try:
            if bornes and bornes != (self._glissiere.min, self._glissiere.max):
                with self._glissiere.hold_trait_notifications():
                    self._glissiere.min, self._glissiere.max = bornes
                self._habit.bas, self._habit.haut = bornes
            if pas:
                self._glissiere.step = pas
            self._champ.value = texte
            if (lue := _read(texte)) is not None:
                self._glissiere.value = min(max(lue, self._glissiere.min), self._glissiere.max)
            habit: Mapping[str, object] = {"erreur": erreur, "aide": aide, "paliers": paliers, "unite": unite}
            with self._habit.hold_sync():
                for nom, dit in habit.items():
                    if dit is not None:
                        setattr(self._habit, nom, list(dit) if nom == "paliers" else dit)
        finally:
            self._muet = False

    def _slide(self) -> None:
        if not self._muet:
            self._tell(typed(self.valeur))

    def _type(self, texte: str) -> None:
        if not self._muet:
            self._tell(texte.strip())

    def _tell(self, texte: str) -> None:
        """Le champ et la glissière disent la même chose ; ce qui ne se lit pas reste dans le champ, avec la raison."""
        lue, bas, haut = _read(texte), self._glissiere.min, self._glissiere.max
        if not self._libre and (lue is None or not bas <= lue <= haut):
            quoi = "n'est pas un nombre" if lue is None else "est hors des bornes"
            self.show(texte, erreur=f"« {texte} » {quoi}. Écrire un nombre de {nombre(bas)} à {nombre(haut)}.")
            return
        self.show(texte)
        if self._suite:
            self._suite(texte)


def typed(valeur: float) -> str:
    """Un nombre comme on le tape : `35`, `12,5`."""
    return f"{valeur:.10g}".replace(".", ",") if abs(valeur) < 1e9 else f"{valeur:.2f}".replace(".", ",")


def _read(texte: str) -> float | None:
    try:
        return read_nombre(texte.replace("€", "").strip())
    except ValueError:
        return None
