"""Les trames du websocket, vérifiées avant d'être lues : la trame d'un seul ne coûte rien aux autres."""

import time
from typing import Any

from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

V1 = "v1.kernel.websocket.jupyter.org"
# Une page envoie son message en quatre parties, et un fichier par morceaux d'un seul tenant.
PARTIES_MAX = 32
# Un curseur que l'on glisse fait une centaine de messages par seconde ; une ouverture, quelques centaines d'un coup.
PAR_SECONDE, RESERVE = 200, 1000
REFUS = 1008
MALFORMEE, TROP = "Une trame malformée a fermé cette connexion.", "Trop de messages à la fois sur cette connexion."


def well_formed(trame: str | bytes, v1: bool) -> bool:
    """Les positions annoncées ne sont pas trop nombreuses, tiennent dans la trame et se suivent."""
    if isinstance(trame, str):
        return not v1
    taille, ordre, minimum = (8, "little", 6) if v1 else (4, "big", 1)
    nombre = int.from_bytes(trame[:taille], ordre)
    entete = taille * (nombre + 1)
    if not minimum <= nombre <= PARTIES_MAX or len(trame) < entete:
        return False
    positions = [int.from_bytes(trame[debut : debut + taille], ordre) for debut in range(taille, entete, taille)]
    return positions == sorted(positions) and positions[0] >= entete and positions[-1] <= len(trame)


class Debit:
    """Tant de messages par seconde, avec une réserve pour les rafales."""

    def __init__(self) -> None:
        self.reste, self.vu = float(RESERVE), time.monotonic()

    def accepts(self) -> bool:
        ici = time.monotonic()
        self.reste = min(RESERVE, self.reste + (ici - self.vu) * PAR_SECONDE) - 1
        self.vu = ici
        return self.reste >= 0


class Prise(VoilaKernelWebsocketHandler):
    """Une trame fausse ou de trop ferme la connexion qui l'envoie, et elle seule."""

    def initialize(self, **reglages: Any) -> None:
        super().initialize(**reglages)
        self.debit = Debit()

    def on_message(self, ws_message: str | bytes) -> None:
        if self.connection is None or self.ws_connection is None or self.ws_connection.is_closing():
            return
        if not self.debit.accepts():
            self.close(REFUS, TROP)
        elif not self._pass(ws_message):
            self.close(REFUS, MALFORMEE)

    def write_error(self, status_code: int, **_: Any) -> None:
        """Personne ne lit la page d'erreur d'une prise refusée : le statut suffit."""
        self.set_status(status_code)
        self.finish()

    def _pass(self, trame: str | bytes) -> bool:
        if not well_formed(trame, self.connection.subprotocol == V1):
            return False
        try:
            super().on_message(trame)
        except (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
            return False
        return True
