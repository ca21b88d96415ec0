"""Un formulaire décrit par des données : des groupes de champs, leurs aides et leurs erreurs, à côté du champ."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from ctgkit.views.composants.curseur import Curseur, Echelle

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Champ:
    """`genre` : texte, nombre, date, choix, radio, ou curseur (alors `echelle` dit ses bornes).

    `options` : des paires (valeur, libellé), ou `liste`, le nom d'une liste partagée par plusieurs champs.
    `cote` : le champ partage sa ligne avec son voisin.
    """

    nom: str
    libelle: str
    valeur: str = ""
    genre: str = "texte"
    options: Options = ()
    liste: str = ""
    aide: str = ""
    erreur: str = ""
    facultatif: bool = False
    cote: bool = False
    echelle: Echelle | None = None


@dataclass(frozen=True)
class Bloc:
    """Un groupe de champs. `html` vient d'un gabarit, jamais d'un fichier sans échappement."""

    cle: str
    legende: str = ""
    champs: tuple[Champ, ...] = ()
    html: str = ""
    bas: str = ""
    retirer: str = ""


class Formulaire(anywidget.AnyWidget):
    """`recevoir(bloc, champ, texte)` à chaque champ changé ; seuls les champs montrés sont reçus."""

    _esm = Path(__file__).with_name("formulaire.js").read_text(encoding="utf-8")
    listes = traitlets.Dict().tag(sync=True)
    blocs = traitlets.List().tag(sync=True)
    curseurs = traitlets.Dict().tag(sync=True, **widgets.widget_serialization)
    nom = traitlets.Unicode("").tag(sync=True)

    def __init__(self, recevoir: Callable[[str, str, str], None], **reglages: Any) -> None:
        super().__init__(**reglages)
        self._recevoir = recevoir
        self._curseurs: dict[str, Curseur] = {}
        self.on_msg(lambda _, contenu, __: self.receive(contenu))

    def show(self, blocs: Sequence[Bloc], listes: Mapping[str, Options] | None = None) -> None:
        """Une liste qui n'a pas changé ne voyage pas une seconde fois."""
        montres, longues = [_written(b) for b in blocs], {n: [list(o) for o in x] for n, x in (listes or {}).items()}
        self._slide(blocs)
        with self.hold_sync():
            if longues != self.listes:
                self.listes = longues
            if montres != self.blocs:
                self.blocs = montres

    def _slide(self, blocs: Sequence[Bloc]) -> None:
        """Un curseur pour chaque champ qui en veut un ; ceux des blocs retirés se ferment."""
        voulus = {f"{b.cle}-{c.nom}": (b.cle, c) for b in blocs for c in b.champs if c.echelle}
        for cle, (bloc, champ) in voulus.items():
            if cle not in self._curseurs:
                suite = partial(self._recevoir, bloc, champ.nom)
                self._curseurs[cle] = Curseur(
                    champ.libelle, champ.echelle.bas, champ.echelle, suite=suite, cle=cle, libre=True
                )
            self._curseurs[cle].show(
                champ.valeur, nom=champ.libelle, erreur=champ.erreur, aide=champ.aide, echelle=champ.echelle
            )
        partis = [self._curseurs.pop(cle) for cle in list(self._curseurs) if cle not in voulus]
        if set(self.curseurs) != set(voulus):
            self.curseurs = {cle: c.widget for cle, c in self._curseurs.items()}
        for curseur in partis:
            curseur.close()

    def receive(self, contenu: Any) -> None:
        if not isinstance(contenu, dict):
            return
        bloc, champ, valeur = (contenu.get(c) for c in ("bloc", "champ", "valeur"))
        montres = {(b["cle"], c["nom"]) for b in self.blocs for c in b["champs"]}
        if isinstance(valeur, str) and (bloc, champ) in montres:
            self._recevoir(bloc, champ, valeur[:500])


def _written(bloc: Bloc) -> dict[str, Any]:
    """Sans ce qui est vide : c'est ce texte qui voyage à chaque changement."""
    ecrit = {k: v for k, v in vars(bloc).items() if v}
    return ecrit | {"champs": [_field(c) for c in bloc.champs]}


def _field(champ: Champ) -> dict[str, Any]:
    genre = {"genre": "curseur"} if champ.echelle else {}
    return {k: v for k, v in vars(champ).items() if (v or k == "valeur") and k != "echelle"} | genre
