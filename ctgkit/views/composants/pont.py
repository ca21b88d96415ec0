"""Le pont entre la page et Python : un bouton écrit en HTML dit son geste, Python répond ou donne un fichier.

Un bouton `<button data-geste="annee" data-valeur="2027">` envoie `{"geste": "annee", "valeur": "2027"}`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets


class Pont(anywidget.AnyWidget):
    """Il ne montre rien : il écoute les gestes de la zone où il est posé, et télécharge ce que Python lui donne."""

    _esm = Path(__file__).with_name("pont.js").read_text(encoding="utf-8")
    annonce = traitlets.Unicode("").tag(sync=True)
    adresse = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self, recevoir: Callable[[Mapping[str, str]], None], habiller: Callable[[], str] = str, **reglages: Any
    ) -> None:
        super().__init__(**reglages)
        self.recevoir, self.habiller = recevoir, habiller
        self.on_msg(lambda _, contenu, __: self._hear(contenu))

    def _hear(self, contenu: Any) -> None:
        """Hors de l'atelier, la page demande sa feuille de style ; tout le reste est un geste."""
        if contenu == {"demande": "habillage"}:
            self.send({"habillage": self.habiller()})
        else:
            self.recevoir(_only_text(contenu))

    def download(self, nom: str, contenu: bytes, genre: str) -> None:
        self.send({"fichier": nom, "genre": genre}, [contenu])

    def saved(self) -> None:
        """Ce qui était saisi est sur le disque : la page n'a plus à le rendre si la session s'arrête."""
        self.send({"enregistre": True})


def _only_text(contenu: Any) -> dict[str, str]:
    """Un geste ne porte que des textes courts ; le reste n'est pas lu."""
    if not isinstance(contenu, Mapping):
        return {}
    return {str(c)[:40]: v[:2000] for c, v in contenu.items() if isinstance(v, str)}
