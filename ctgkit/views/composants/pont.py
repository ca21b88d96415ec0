"""Le pont entre la page et Python : un contrôle écrit en HTML dit son geste, Python répond ou donne un fichier.

Un bouton `<button data-geste="annee" data-valeur="2027">` envoie `{"geste": "annee", "valeur": "2027"}` ; un menu ou
une case qui porte `data-geste` l'envoie quand on le change ; `data-touche="Alt+n"` donne un raccourci. Un fichier
choisi dans `<input type="file" data-depot="plan">` arrive à la `Reception` de ce nom.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

MAXIMUM = 120_000_000


class Reception:
    """Assemble les morceaux d'un fichier ; `recevoir(nom, octets)` quand il est entier, et rien s'il est trop lourd."""

    def __init__(self, recevoir: Callable[[str, bytes], None], maximum: int = MAXIMUM) -> None:
        self._recevoir, self._maximum, self._morceaux = recevoir, maximum, bytearray()

    def take(self, contenu: Mapping[str, Any], pieces: Sequence[Any]) -> None:
        if not isinstance(contenu.get("nom"), str) or len(pieces) != 1:
            return
        if contenu.get("rang") == 0:
            self._morceaux = bytearray()
        self._morceaux += bytes(pieces[0])
        entier = contenu.get("fin") is True and len(self._morceaux) <= self._maximum
        if len(self._morceaux) > self._maximum:
            self._morceaux = bytearray()
        if entier:
            octets, self._morceaux = bytes(self._morceaux), bytearray()
            self._recevoir(Path(contenu["nom"].replace("\\", "/")).name[:200] or "fichier", octets)


class Pont(anywidget.AnyWidget):
    """Il ne montre rien : il écoute les gestes de la zone où il est posé, et télécharge ce que Python lui donne."""

    _esm = Path(__file__).with_name("pont.js").read_text(encoding="utf-8")
    annonce = traitlets.Unicode("").tag(sync=True)
    adresse = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        recevoir: Callable[[Mapping[str, str]], None],
        habiller: Callable[[], str] = str,
        depots: Mapping[str, Reception] | None = None,
    ) -> None:
        super().__init__()
        self._recevoir, self.habiller, self._depots = recevoir, habiller, depots or {}
        self.on_msg(lambda _, contenu, pieces: self.receive(contenu, pieces))

    def receive(self, contenu: Any, pieces: Sequence[Any] = ()) -> None:
        """Un geste, un morceau de fichier, ou, hors de l'atelier, la feuille de style que la page demande."""
        if not isinstance(contenu, Mapping):
            return
        if "depot" in contenu:
            self._assemble(contenu, pieces)
        elif contenu == {"demande": "habillage"}:
            self.send({"habillage": self.habiller()})
        else:
            self._recevoir(_only_text(contenu))

    def _assemble(self, contenu: Mapping[str, Any], pieces: Sequence[Any]) -> None:
        """Chaque morceau est accusé, même celui d'un fichier refusé, pour que la page envoie le suivant."""
        try:
            if reception := self._depots.get(str(contenu["depot"])):
                reception.take(contenu, pieces)
        finally:
            self.send({"recu": True})

    def download(self, nom: str, contenu: bytes, genre: str) -> None:
        self.send({"fichier": nom, "genre": genre}, [contenu])

    def saved(self) -> None:
        """Ce qui était saisi est sur le disque : la page n'a plus à le rendre si la session s'arrête."""
        self.send({"enregistre": True})


def _only_text(contenu: Mapping[Any, Any]) -> dict[str, str]:
    """Un geste ne porte que des textes courts ; le reste n'est pas lu."""
    return {str(c)[:40]: v[:2000] for c, v in contenu.items() if isinstance(v, str)}
