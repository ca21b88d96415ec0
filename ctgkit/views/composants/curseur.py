"""Une quantité que l'on fait varier : la glissière d'ipywidgets et un champ en français, liés, nommés, bornés.

    Curseur("Places", 10, Echelle(0, 60, unite="places", paliers=(10, 20, 40)), suite=lambda texte: print(texte)).widget

Flèches d'un pas, Page de cinq, Début et Fin aux bornes ; le champ lit « 1 234,5 ».
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from ctgkit.formats import nombre, read_nombre
from ctgkit.texte import typography


@dataclass(frozen=True)
class Echelle:
    """Ce qu'un curseur parcourt : ses bornes, son pas, son unité, les paliers de la règle.

    `ouverte` : la règle ne fixe pas de maximum ; le champ accepte plus que la glissière. `millesime` : des années, sans
    espace au millier. `vide` : ce que dit la poignée tant que rien n'est choisi.
    """

    bas: float
    haut: float
    pas: float = 1
    unite: str = ""
    paliers: tuple[float, ...] = ()
    ouverte: bool = False
    millesime: bool = False
    vide: str = "à fixer"

    def place(self, valeur: float) -> float:
        """Sur la grille des pas : la glissière rend 10,000000000000002 pour 10 quand le pas est 0,5."""
        return round(self.bas + round((valeur - self.bas) / self.pas) * self.pas, 9)

    def contains(self, valeur: float) -> bool:
        return self.bas <= valeur and (self.ouverte or valeur <= self.haut)

    @property
    def bornes(self) -> str:
        """`de 0 à 60`, `à partir de 0` quand rien ne borne."""
        bas, haut = (str(x) if self.millesime else nombre(x, _decimals(x)) for x in (self.bas, self.haut))
        return f"à partir de {bas}" if self.ouverte else f"de {bas} à {haut}"


class Habit(anywidget.AnyWidget):
    """Le champ du curseur ; il nomme la poignée, dit la valeur en français, trace les paliers, montre aide et erreur.

    `rang` compte ce que l'on y a tapé : un texte plus vieux que la dernière frappe n'y est pas posé.
    """

    _esm = Path(__file__).with_name("curseur.js").read_text(encoding="utf-8")
    _css = Path(__file__).with_name("curseur.css").read_text(encoding="utf-8")
    nom, aide, erreur, cle, texte = (traitlets.Unicode().tag(sync=True) for _ in range(5))
    echelle = traitlets.Dict().tag(sync=True)
    rang = traitlets.Int().tag(sync=True)


class Curseur:
    """`widget` se pose sur la page ; `suite(texte)` à chaque valeur choisie ou tapée ; `valeur` est à la glissière.

    `au_fil` : la page suit pendant que l'on glisse ; sinon, quand on lâche la poignée. `libre` : un texte faux ou hors
    des bornes est donné aussi, et c'est la page qui en dit l'erreur ; sinon le curseur la dit, et rien ne change.
    """

    def __init__(  # noqa: PLR0913 - une valeur et son échelle, puis ce qui se nomme
        self,
        nom: str,
        valeur: float,
        echelle: Echelle,
        suite: Callable[[str], object] | None = None,
        *,
        cle: str = "",
        au_fil: bool = False,
        libre: bool = False,
    ) -> None:
        self._suite, self._libre, self._muet, self.echelle = suite, libre, False, echelle
        self._depassee: float | None = None
        self._glissiere = widgets.FloatSlider(
            min(valeur, echelle.haut),
            min=echelle.bas,
            max=echelle.haut,
            step=echelle.pas,
            readout=False,
            continuous_update=au_fil,
        )
        self._habit = Habit(nom=typography(nom), echelle=vars(echelle), cle=cle, texte=typed(valeur))
        self._habit.add_class("curseur-habit")
        self._glissiere.observe(lambda _: self._slide(), "value")
        self._habit.on_msg(lambda _, contenu, __: self.receive(contenu))
        self.widget = widgets.Box([self._glissiere, self._habit]).add_class("curseur")

    def close(self) -> None:
        for piece in (*self.widget.children, self.widget):
            piece.close()

    @property
    def valeur(self) -> float:
        return self.echelle.place(self._glissiere.value)

    @property
    def texte(self) -> str:
        return self._habit.texte

    @property
    def erreur(self) -> str:
        return self._habit.erreur

    def show(
        self, texte: str, echelle: Echelle | None = None, *, nom: str = "", erreur: str = "", aide: str = ""
    ) -> None:
        """Met le curseur d'accord avec la page, sans que ce soit pris pour un choix."""
        self._muet = True
        self.echelle = echelle or self.echelle
        bas, haut = self.echelle.bas, self.echelle.haut
        try:
            with self._glissiere.hold_trait_notifications():
                self._glissiere.min, self._glissiere.max, self._glissiere.step = bas, haut, self.echelle.pas
            lue = _read(texte) if texte else bas
            if lue is not None and not erreur:
                self._glissiere.value = min(max(lue, bas), haut)
            with self._habit.hold_sync():
                self._habit.nom = typography(nom) or self._habit.nom
                self._habit.erreur, self._habit.aide, self._habit.texte = typography(erreur), typography(aide), texte
                self._habit.echelle = vars(self.echelle)
        finally:
            self._muet = False

    def _is_at(self, place: float) -> bool:
        return abs(self._glissiere.value - place) < self.echelle.pas / 2

    def _slide(self) -> None:
        if self._muet:
            return
        if self._depassee is not None and self._is_at(self._depassee):
            self._depassee = None
            self.show(self.texte, erreur=self.erreur, aide=self._habit.aide)
            return
        self._tell(typed(self.valeur))

    def receive(self, contenu: Any) -> None:
        """Un texte tapé : son rang repart avec ce que la page en fait.

        Le navigateur retient la glissière tant que le noyau travaille, et n'envoie qu'ensuite sa dernière place : le
        texte la dépasse. Il dit donc où elle était quand on a tapé ; cette place-là, venue après, ne compte plus.
        """
        if isinstance(contenu, Mapping) and isinstance(contenu.get("texte"), str):
            place = contenu.get("place")
            self._depassee = place if isinstance(place, int | float) and not self._is_at(place) else None
            with self._habit.hold_sync():
                self._habit.rang = int(contenu.get("rang") or 0)
                self._tell(contenu["texte"].strip()[:80])

    def _tell(self, texte: str) -> None:
        """Le champ et la glissière disent la même chose ; ce qui ne se lit pas reste dans le champ, avec la raison."""
        lue = _read(texte)
        if not self._libre and (lue is None or not self.echelle.contains(lue)):
            quoi = "n'est pas un nombre" if lue is None else "est hors des bornes"
            self.show(texte, erreur=f"« {texte} » {quoi}. Écrire un nombre {self.echelle.bornes}.")
            return
        self.show(texte, aide=self._habit.aide)
        if self._suite:
            self._suite(texte)


def typed(valeur: float) -> str:
    """Un nombre comme on le tape : `35`, `12,5`."""
    return f"{valeur:.10g}".replace(".", ",") if abs(valeur) < 1e9 else f"{valeur:.2f}".replace(".", ",")


def _decimals(valeur: float) -> int:
    return 0 if valeur == int(valeur) else 2


def _read(texte: str) -> float | None:
    try:
        return read_nombre(texte.replace("€", "").strip())
    except ValueError:
        return None
