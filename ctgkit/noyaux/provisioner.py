"""Du côté du serveur : lancer le processus parent, lui demander un noyau, suivre ce noyau jusqu'à sa fin."""

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
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner
from jupyter_client.provisioning.factory import KernelProvisionerFactory

NOM = "ctg-fourche"
DEMARRAGE_MAX = 60.0
REPONSE_MAX = 15.0
PAQUET = Path(find_spec("ctgkit").origin).parent
PARENT_MODULE = "ctgkit.noyaux.parent"


class ParentError(Exception):
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
            raise ParentError("le noyau s'est arrêté en naissant")

    async def until_gone(self) -> int:
        while self.poll() is None:
            await self.readable()
        return self.returncode


class ParentProcess:
    """Le processus mère vu du serveur : un seul pour tout le processus, refait si le code a changé ou s'il est mort."""

    _courante: "ParentProcess | None" = None
    _verrou = threading.Lock()

    @classmethod
    def current(cls) -> "ParentProcess":
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
                [sys.executable, "-m", PARENT_MODULE, str(la_bas.fileno())],
                pass_fds=[la_bas.fileno()],
                env=environnement,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        atexit.register(self.close)
        self._demandes = threading.Lock()
        self.guichet.settimeout(DEMARRAGE_MAX)
        if not self._answer().get("pret"):
            self.close()
            raise ParentError("le processus mère a plusieurs fils")

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
            raise ParentError("le processus mère ne répond pas") from erreur
        if not message:
            self.close()
            raise ParentError("le processus mère s'est arrêté")
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


class FourcheProvisioner(LocalProvisioner):
    """Un noyau dédoublé de la mère quand c'est le même Python et la même demande, un noyau ordinaire sinon."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        environnement = {**(kwargs.get("env") or os.environ)}
        connexion = connection_file(cmd)
        if connexion and forkable() and same_python(environnement):
            try:
                return await self._fork(connexion, environnement, kwargs.get("cwd"))
            except (OSError, ParentError, TimeoutError) as erreur:
                self.log.warning("Noyaux instantanés indisponibles (%s) : un noyau ordinaire prend la place.", erreur)
                self.process = None
        return await super().launch_kernel(cmd, **kwargs)

    async def _fork(self, connexion: str, environnement: dict[str, str], cwd: object) -> KernelConnectionInfo:
        environnement.pop("JPY_PARENT_PID", None)
        self.cwd = str(cwd or Path.cwd())
        # Dans un fil à part : la boucle du serveur continue de servir les autres visiteurs pendant ce temps.
        self.process = await asyncio.to_thread(lambda: ParentProcess.current().fork(connexion, environnement, self.cwd))
        self.pid = self.pgid = self.process.pid
        await self.process.until_ready()
        return self.connection_info

    async def wait(self) -> int | None:
        if not isinstance(self.process, ForkedKernel):
            return await super().wait()
        code = await self.process.until_gone()
        self.process = None
        return code

    async def send_signal(self, signum: int) -> None:
        if not isinstance(self.process, ForkedKernel):
            return await super().send_signal(signum)
        return self.process.send_signal(signum)


def forkable() -> bool:
    """macOS sait se dédoubler mais ses bibliothèques ne le supportent pas ; Windows ne le sait pas."""
    return sys.platform == "linux"


def connection_file(cmd: list[str]) -> str | None:
    """Le fichier de connexion, si la mère sait servir la demande : ipykernel, notre Python, aucun réglage de plus."""
    executable, *reste = cmd
    arguments = [a for a in reste if not a.startswith(("--HistoryManager.", "-Xfrozen_modules"))]
    if arguments[:-1] != ["-m", "ipykernel_launcher", "-f"] or not _is_ours(executable):
        return None
    return arguments[-1]


def _is_ours(executable: str) -> bool:
    # Deux environnements partagent souvent le même binaire par des liens : c'est leur dossier qui les distingue.
    ici = Path(sys.executable)
    return Path(executable).parent.absolute() == ici.parent.absolute() and os.path.samefile(executable, ici)


def same_python(environnement: dict[str, str]) -> bool:
    """Les variables PYTHON… ne se lisent qu'au démarrage : si elles diffèrent, seul un processus neuf les suivra."""
    noms = {nom for nom in (*environnement, *os.environ) if nom.startswith("PYTHON")}
    return all(environnement.get(nom) == os.environ.get(nom) for nom in noms)


def preheat() -> bool:
    """Lance la mère tout de suite (deux secondes) ; faux quand les noyaux seront ordinaires."""
    try:
        return forkable() and ParentProcess.current() is not None
    except (OSError, ParentError):
        return False


def use_instant_kernels() -> None:
    """Tous les noyaux que ce processus lancera passeront par la mère."""
    os.environ[KernelProvisionerFactory.default_provisioner_name_env] = NOM
    if KernelProvisionerFactory.initialized():
        KernelProvisionerFactory.instance().default_provisioner_name = NOM
