"""Un formulaire décrit par des données : des groupes de champs, leurs aides et leurs erreurs, à côté du champ."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import anywidget
import traitlets

GENRES = ("texte", "nombre", "date", "choix", "radio")


@dataclass(frozen=True)
class Champ:
    """`options` : des paires (valeur, libellé) ; `cote` : le champ partage sa ligne avec son voisin."""

    nom: str
    libelle: str
    valeur: str = ""
    genre: str = "texte"
    options: tuple[tuple[str, str], ...] = ()
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
    blocs = traitlets.List().tag(sync=True)
    nom = traitlets.Unicode("").tag(sync=True)

    def __init__(self, recevoir: Callable[[str, str, str], None], **reglages: Any) -> None:
        super().__init__(**reglages)
        self._recevoir = recevoir
        self.on_msg(lambda _, contenu, __: self.receive(contenu))

    def show(self, blocs: Sequence[Bloc]) -> None:
        montres = [_written(b) for b in blocs]
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
    champs = [{k: v for k, v in asdict(c).items() if v or k == "valeur"} for c in bloc.champs]
    ecrits = [c | {"options": [list(o) for o in c["options"]]} if "options" in c else c for c in champs]
    return {k: v for k, v in asdict(bloc).items() if v} | {"champs": ecrits}
