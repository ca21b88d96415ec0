"""Le fournisseur de noyaux « ctg-fourche » de jupyter_client ; sans mère possible, un noyau ordinaire."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from ctgkit.noyaux.fourche import ForkedKernel, Mere, MereError

NOM = "ctg-fourche"


class FourcheProvisioner(LocalProvisioner):
    """Un noyau dédoublé de la mère quand c'est le même Python et la même demande, un noyau ordinaire sinon."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        environnement = {**(kwargs.get("env") or os.environ)}
        connexion = connection_file(cmd)
        if connexion and forkable() and same_python(environnement):
            try:
                return await self._fork(connexion, environnement, kwargs.get("cwd"))
            except (OSError, MereError, TimeoutError) as erreur:
                self.log.warning("Noyaux instantanés indisponibles (%s) : un noyau ordinaire prend la place.", erreur)
                self.process = None
        return await super().launch_kernel(cmd, **kwargs)

    async def _fork(self, connexion: str, environnement: dict[str, str], cwd: object) -> KernelConnectionInfo:
        environnement.pop("JPY_PARENT_PID", None)
        self.cwd = str(cwd or Path.cwd())
        # Dans un fil à part : la boucle du serveur continue de servir les autres visiteurs pendant ce temps.
        self.process = await asyncio.to_thread(lambda: Mere.current().fork(connexion, environnement, self.cwd))
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
        return forkable() and Mere.current() is not None
    except (OSError, MereError):
        return False


def use_instant_kernels() -> None:
    """Tous les noyaux que ce processus lancera passeront par la mère."""
    os.environ[KernelProvisionerFactory.default_provisioner_name_env] = NOM
    if KernelProvisionerFactory.initialized():
        KernelProvisionerFactory.instance().default_provisioner_name = NOM
