"""La feuille : le contrôle qui porte la page du plan, ses zones et ses champs qui s'enregistrent seuls."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ctgkit.plan import Champ, Fiche, champs, write_value
from ctgkit.storage.journal.plan import PlanStore

# Le navigateur reçoit un seul module : les outils d'abord, la feuille qui s'en sert ensuite.
MORCEAUX = ("controles", "brouillons", "depot", "feuille")


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


def shown(champ: Champ, valeur: Any) -> Any:
    """La valeur telle que le contrôle la montre : un texte, des codes, ou des lignes de textes."""
    if champ.type == "codes":
        return [str(v) for v in valeur or ()]
    if champ.type == "tableau":
        lignes = [ligne for ligne in valeur or () if isinstance(ligne, Mapping)]
        return [{c.cle: write_value(c, ligne.get(c.cle)) for c in champ.colonnes} for ligne in lignes]
    return write_value(champ, valeur)


def fields(store: PlanStore, fiche: Fiche) -> dict[str, dict[str, Any]]:
    """Chaque champ de la fiche : ce que l'on voit, et l'entrée du journal dont il vient."""
    return {cle: {"v": shown(c, fiche[cle]), "n": store.version(fiche.cle, cle)} for cle, c in champs().items()}
