"""Une grille que l'on remplit au clavier, comme un tableur : flèches, Entrée, collage d'un bloc, erreurs dans la case.

Le navigateur propose des textes ; Python les lit, garde la vérité, et renvoie ce qui doit se voir.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import anywidget
import traitlets

COLLAGE_MAX = 20_000
Cases = list[tuple[str, str, str]]


@dataclass(frozen=True)
class ColonneSaisie:
    """`genre` : texte, nombre ou date pour une colonne à remplir ; vide pour une colonne à lire."""

    nom: str
    libelle: str
    genre: str = ""
    options: tuple[str, ...] = ()


class Grille(anywidget.AnyWidget):
    """`recevoir([(ligne, colonne, texte), …])` : une case, ou un bloc collé d'un coup."""

    _esm = Path(__file__).with_name("grille.js").read_text(encoding="utf-8")
    _css = Path(__file__).with_name("grille.css").read_text(encoding="utf-8")
    titre = traitlets.Unicode("").tag(sync=True)
    colonnes = traitlets.List().tag(sync=True)
    lignes = traitlets.List().tag(sync=True)
    erreurs = traitlets.Dict().tag(sync=True)

    def __init__(self, recevoir: Callable[[Cases], None], titre: str, colonnes: Sequence[ColonneSaisie]) -> None:
        super().__init__(titre=titre, colonnes=[{**asdict(c), "options": list(c.options)} for c in colonnes])
        self._recevoir = recevoir
        self.on_msg(lambda _, contenu, __: self.receive(contenu))

    def show(self, lignes: Mapping[str, Sequence[str]], erreurs: Mapping[tuple[str, str], str] | None = None) -> None:
        """`lignes` : les textes de chaque ligne, par identifiant ; `erreurs` : par ligne et colonne."""
        with self.hold_sync():
            self.lignes = [[cle, *cases] for cle, cases in lignes.items()]
            self.erreurs = {f"{ligne}|{colonne}": dit for (ligne, colonne), dit in (erreurs or {}).items()}

    def receive(self, contenu: Any) -> None:
        if not isinstance(contenu, dict) or not isinstance(contenu.get("cases"), list):
            return
        lignes = {x[0] for x in self.lignes}
        colonnes = {c["nom"] for c in self.colonnes if c["genre"]}
        lues = [tuple(x) for x in contenu["cases"][:COLLAGE_MAX] if isinstance(x, list) and len(x) == 3]
        bonnes = [(ligne, col, str(t)[:500]) for ligne, col, t in lues if ligne in lignes and col in colonnes]
        if bonnes:
            self._recevoir(bonnes)
