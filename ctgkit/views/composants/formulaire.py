"""Le contrôle de saisie : des champs écrits par un gabarit, un seul protocole entre le navigateur et Python.

Un champ changé envoie `{"t": "champ", "champ", "valeur", "version", "requete"}` ; Python répond « recu », « refus » ou
« conflit ». Tant que la réponse n'est pas là, ou que l'on tape, aucune valeur de Python n'entre dans le champ.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from ctgkit.texte import typography
from ctgkit.views.composants.curseur import Curseur, Echelle
from ctgkit.views.composants.html import render

Options = tuple[tuple[str, str], ...]
Recevoir = Callable[[Mapping[str, Any]], None]
Ecrit = tuple[dict[str, str], dict[str, dict[str, str]]]
# Le navigateur reçoit un seul module : les outils d'abord, le formulaire qui s'en sert ensuite.
MORCEAUX = ("controles", "brouillons", "formulaire")


class FeuilleSaisie(anywidget.AnyWidget):
    """Une page entière de champs et de zones. `depart` : ce que la page trouve en s'ouvrant ; ensuite, des messages.

    `brouillons` : sous ce nom, le navigateur garde ce que l'on tape jusqu'à l'accusé, et l'envoie sans qu'on valide.
    """

    _esm = "".join(Path(__file__).with_name(f"{n}.js").read_text(encoding="utf-8") for n in MORCEAUX)
    html = traitlets.Unicode("").tag(sync=True)
    brouillons = traitlets.Unicode("").tag(sync=True)
    depart = traitlets.Dict().tag(sync=True)
    curseurs = traitlets.Dict().tag(sync=True, **widgets.widget_serialization)

    def __init__(self, recevoir: Recevoir, **reglages: Any) -> None:
        super().__init__(**reglages)
        self.on_msg(lambda _, contenu, __: recevoir(contenu if isinstance(contenu, Mapping) else {}))

    def update(self, **contenu: Any) -> None:
        self.send({"t": "maj", **contenu})


@dataclass(frozen=True)
class ChampSaisi:
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
    champs: tuple[ChampSaisi, ...] = ()
    html: str = ""
    bas: str = ""
    retirer: str = ""


class Formulaire(FeuilleSaisie):
    """Un formulaire décrit par des données. `recevoir(bloc, champ, texte)` à chaque champ changé et montré."""

    def __init__(self, recevoir: Callable[[str, str, str], None], nom: str = "") -> None:
        super().__init__(self.receive, html=render("composants/formulaire", nom=nom))
        self._recevoir = recevoir
        self._curseurs: dict[str, Curseur] = {}
        self._ecrits: dict[str, Ecrit] = {}
        self.blocs: tuple[Bloc, ...] = ()

    def show(self, blocs: Sequence[Bloc], listes: Mapping[str, Options] | None = None) -> None:
        """Seul ce qui a changé voyage ; `depart`, tenu à jour sur place, sert à qui ouvre la page ensuite."""
        self.blocs = tuple(blocs)
        self._slide()
        avant, self._ecrits = self._ecrits, {b.cle: _write(b) for b in blocs}
        dites = {nom: [[v, typography(dit)] for v, dit in paires] for nom, paires in (listes or {}).items()}
        neuves = {nom: x for nom, x in dites.items() if x != self.depart.get("listes", {}).get(nom)}
        changes = [x for cle, x in self._ecrits.items() if x != avant.get(cle)]
        self.depart.update(self._together([*self._ecrits.values()], dites))
        if changes or neuves or list(avant) != list(self._ecrits):
            self.update(**self._together(changes, neuves))

    def _together(self, ecrits: Sequence[Ecrit], listes: Mapping[str, Any]) -> dict[str, Any]:
        zones, champs = ({k: v for x in ecrits for k, v in x[rang].items()} for rang in (0, 1))
        return {"blocs": list(self._ecrits), "zones": zones, "champs": champs, "listes": listes}

    def _slide(self) -> None:
        """Un curseur pour chaque champ qui en veut un ; ceux des blocs retirés se ferment."""
        voulus = {_cle(b, c): (b.cle, c) for b in self.blocs for c in b.champs if c.echelle}
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

    def receive(self, contenu: Mapping[str, Any]) -> None:
        """Un champ changé, accusé même quand la page n'en a pas voulu ; ou une page qui vient de s'ouvrir."""
        if contenu.get("t") == "pret":
            self.update(**self.depart)
            return
        connus = {_cle(b, c): (b, c) for b in self.blocs for c in b.champs}
        cle, valeur = contenu.get("champ"), contenu.get("valeur")
        if not isinstance(cle, str) or cle not in connus or not isinstance(valeur, str):
            return
        bloc, champ = connus[cle]
        try:
            self._recevoir(bloc.cle, champ.nom, valeur[:500])
        finally:
            montre = self.depart["champs"].get(cle, {"v": valeur})
            self.send({"t": "recu", "champ": cle, "requete": contenu.get("requete"), "v": montre["v"]})


def _cle(bloc: Bloc, champ: ChampSaisi) -> str:
    return f"{bloc.cle}-{champ.nom}"


def _write(bloc: Bloc) -> Ecrit:
    """Le groupe sans ses valeurs, ce qui change au-dessus et au-dessous de ses champs ; puis les valeurs."""
    zones = {
        bloc.cle: str(render("composants/bloc", b=bloc)),
        f"{bloc.cle}.html": str(bloc.html),
        f"{bloc.cle}.bas": str(bloc.bas),
    }
    simples = (c for c in bloc.champs if not c.echelle)
    return zones, {
        _cle(bloc, c): {"v": c.valeur, "aide": typography(c.aide), "erreur": typography(c.erreur)} for c in simples
    }
