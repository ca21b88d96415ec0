"""Recevoir un fichier de la page, morceau par morceau."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

MAXIMUM = 120_000_000


class Reception:
    """Assemble les morceaux ; `recevoir(nom, octets)` quand le fichier est entier, et rien s'il est trop lourd."""

    def __init__(self, recevoir: Callable[[str, bytes], None], maximum: int = MAXIMUM) -> None:
        self._recevoir, self._maximum, self._morceaux = recevoir, maximum, bytearray()

    def take(self, contenu: Any, pieces: Sequence[Any]) -> bool:
        """Vrai quand ce morceau est à accuser, pour que la page envoie le suivant."""
        if not isinstance(contenu, dict) or not isinstance(contenu.get("nom"), str) or len(pieces) != 1:
            return False
        if contenu.get("rang") == 0:
            self._morceaux = bytearray()
        self._morceaux += bytes(pieces[0])
        entier = contenu.get("fin") is True and len(self._morceaux) <= self._maximum
        if len(self._morceaux) > self._maximum:
            self._morceaux = bytearray()
        if entier:
            octets, self._morceaux = bytes(self._morceaux), bytearray()
            self._recevoir(Path(contenu["nom"].replace("\\", "/")).name[:200] or "fichier", octets)
        return True


class Depot(anywidget.AnyWidget):
    """Le contrôle qui envoie un fichier à une `Reception`."""

    _esm = "".join(Path(__file__).with_name(f"{n}.js").read_text(encoding="utf-8") for n in ("envoi", "depot"))
    libelle = traitlets.Unicode("Fichier").tag(sync=True)
    maximum = traitlets.Int(MAXIMUM).tag(sync=True)

    def __init__(self, recevoir: Callable[[str, bytes], None], **reglages: Any) -> None:
        super().__init__(**reglages)
        self._reception = Reception(recevoir)
        self.on_msg(lambda _, contenu, pieces: self.receive(contenu, pieces))

    def receive(self, contenu: Any, pieces: Sequence[Any]) -> None:
        """Chaque morceau est accusé, pour que la page envoie le suivant."""
        if self._reception.take(contenu, pieces):
            self.send({"recu": True})
