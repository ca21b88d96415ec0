"""Un formulaire décrit par des données : des groupes de champs, leurs aides et leurs erreurs, à côté du champ."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anywidget
import traitlets

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Champ:
    """`genre` : texte, nombre, date, choix ou radio.

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
    nom = traitlets.Unicode("").tag(sync=True)

    def __init__(self, recevoir: Callable[[str, str, str], None], **reglages: Any) -> None:
        super().__init__(**reglages)
        self._recevoir = recevoir
        self.on_msg(lambda _, contenu, __: self.receive(contenu))

    def show(self, blocs: Sequence[Bloc], listes: Mapping[str, Options] | None = None) -> None:
        """Une liste qui n'a pas changé ne voyage pas une seconde fois."""
        montres, longues = [_written(b) for b in blocs], {n: [list(o) for o in x] for n, x in (listes or {}).items()}
        with self.hold_sync():
            if longues != self.listes:
                self.listes = longues
            if montres != self.blocs:
                self.blocs = montres

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
    return ecrit | {"champs": [{k: v for k, v in vars(c).items() if v or k == "valeur"} for c in bloc.champs]}
