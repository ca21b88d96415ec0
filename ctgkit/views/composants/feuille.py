"""Une page d'un seul tenant, écrite par un gabarit : des zones que Python refait, des champs qui s'enregistrent seuls.

Un champ tapé part une demi-seconde après la dernière frappe ; un brouillon le garde jusqu'à ce que Python l'accuse.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

# Le navigateur reçoit un seul module : les outils d'abord, la feuille qui s'en sert ensuite.
MORCEAUX = ("controles", "brouillons", "envoi", "feuille")


class Feuille(anywidget.AnyWidget):
    """`depart` remplit la page à l'ouverture ; ensuite tout passe par des messages."""

    _esm = "".join(Path(__file__).with_name(f"{n}.js").read_text(encoding="utf-8") for n in MORCEAUX)
    html = traitlets.Unicode("").tag(sync=True)
    depart = traitlets.Dict().tag(sync=True)

    def __init__(self, recevoir: Callable[[Mapping[str, Any], Sequence[Any]], None], **reglages: Any) -> None:
        super().__init__(**reglages)
        self.on_msg(lambda _, contenu, pieces: recevoir(contenu if isinstance(contenu, Mapping) else {}, pieces))

    def update(self, **contenu: Any) -> None:
        self.send({"t": "maj", **contenu})
