"""Du côté du serveur : lancer la mère, lui demander un noyau, suivre ce noyau jusqu'à sa fin."""

import asyncio
import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

DEMARRAGE_MAX = 60.0
REPONSE_MAX = 15.0
PAQUET = Path(__file__).resolve().parents[1]
MODULE_MERE = "ctgkit.noyaux.mere"


class MereError(Exception):
    """La mère ne peut pas donner de noyau : un noyau ordinaire prendra la place."""


class ForkedKernel:
    """Un noyau né de la mère, avec les gestes de `subprocess.Popen` que jupyter_client emploie.

    Le lien est une paire de prises : le noyau y écrit « P » (prêt) puis « F » (fini) ; sa fermeture dit sa mort.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, lien: socket.socket) -> None:
        self.pid, self.lien, self.returncode = pid, lien, None
        self._dernier = b""
        lien.setblocking(False)

    def fileno(self) -> int:
        return self.lien.fileno()

    def poll(self) -> int | None:
        while self.returncode is None:
            try:
                lu = self.lien.recv(16)
            except BlockingIOError:
                return None
            except OSError:
                lu = b""
            if not lu:
                self.returncode = 0 if self._dernier == b"F" else -signal.SIGKILL
                self.lien.close()
            self._dernier = lu[-1:]
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        fin = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if fin is not None and time.monotonic() > fin:
                raise subprocess.TimeoutExpired("noyau", timeout)
            select.select([self.lien], [], [], 0.5)
        return self.returncode

    def send_signal(self, numero: int) -> None:
        # Un numéro de processus se réutilise : on ne signale qu'un noyau encore vivant.
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, numero)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    async def readable(self) -> None:
        """Attend, sans interroger sans cesse, que le noyau dise quelque chose ou disparaisse."""
        boucle = asyncio.get_running_loop()
        signe = boucle.create_future()
        boucle.add_reader(self.lien, lambda: signe.done() or signe.set_result(None))
        try:
            await signe
        finally:
            boucle.remove_reader(self.lien)

    async def until_ready(self) -> None:
        await asyncio.wait_for(self.readable(), REPONSE_MAX)
        if self.poll() is not None:
            raise MereError("le noyau s'est arrêté en naissant")

    async def until_gone(self) -> int:
        while self.poll() is None:
            await self.readable()
        return self.returncode


class Mere:
    """Le processus mère vu du serveur : un seul pour tout le processus, refait si le code a changé ou s'il est mort."""

    _courante: "Mere | None" = None
    _verrou = threading.Lock()

    @classmethod
    def current(cls) -> "Mere":
        with cls._verrou:
            if cls._courante is None or not cls._courante.usable():
                if cls._courante is not None:
                    cls._courante.close()
                cls._courante = None
                cls._courante = cls()
            return cls._courante

    def __init__(self) -> None:
        self.proprietaire, self.code = os.getpid(), code_age()
        self.guichet, la_bas = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # OpenBLAS ouvrirait un fil par cœur : la mère n'en doit avoir qu'un.
        environnement = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        with la_bas:
            self.processus = subprocess.Popen(
                [sys.executable, "-m", MODULE_MERE, str(la_bas.fileno())],
                pass_fds=[la_bas.fileno()], env=environnement, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        atexit.register(self.close)
        self._demandes = threading.Lock()
        self.guichet.settimeout(DEMARRAGE_MAX)
        if not self._answer().get("pret"):
            self.close()
            raise MereError("le processus mère a plusieurs fils")

    def usable(self) -> bool:
        return self.processus.poll() is None and self.proprietaire == os.getpid() and self.code == code_age()

    def fork(self, connexion: str, environnement: dict[str, str], dossier: str) -> ForkedKernel:
        demande = {"connexion": connexion, "environnement": environnement, "dossier": dossier}
        ici, la_bas = socket.socketpair()
        with self._demandes, la_bas:
            self.guichet.settimeout(REPONSE_MAX)
            socket.send_fds(self.guichet, [json.dumps(demande).encode()], [la_bas.fileno()])
            return ForkedKernel(self._answer()["pid"], ici)

    def _answer(self) -> dict:
        try:
            message = self.guichet.recv(4096)
        except OSError as erreur:
            self.close()
            raise MereError("le processus mère ne répond pas") from erreur
        if not message:
            self.close()
            raise MereError("le processus mère s'est arrêté")
        return json.loads(message)

    def close(self) -> None:
        atexit.unregister(self.close)
        self.guichet.close()
        if self.proprietaire == os.getpid():
            self.processus.kill()
            self.processus.wait()


def code_age() -> int:
    """La date du dernier changement de notre code : une mère plus vieille donnerait des noyaux périmés."""
    return max(
        os.stat(os.path.join(dossier, nom)).st_mtime_ns
        for dossier, _, noms in os.walk(PAQUET)
        for nom in noms
        if nom.endswith((".py", ".yaml"))
    )
