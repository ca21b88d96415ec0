"""Des gestionnaires de noyaux sans attente inutile, pour nbclient, papermill et le serveur."""

import time
from queue import Empty
from typing import Any

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.manager import AsyncKernelManager
from traitlets import DottedObjectName, Type

from ctgkit.noyaux.provisioner import ForkedKernel

_CLIENT = f"{__name__}.FastClient"


class AwakeChannel(AsyncZMQSocketChannel):
    """Une voie qui ne s'endort pas sur un message déjà arrivé.

    jupyter_client envoie par la prise nue de zmq, sous l'objet asyncio ; cet envoi peut consommer le réveil qui
    annonçait une réponse, et la lecture attend alors pour rien. On regarde donc la prise après chaque envoi.
    """

    def send(self, msg: dict[str, Any]) -> None:
        super().send(msg)
        if look_again := getattr(self.socket, "_schedule_remaining_events", None):
            look_again()


class FastClient(AsyncKernelClient):
    """Un client prêt dès que le noyau a répondu sur ses deux voies, sans les 0,2 s de vidange d'origine."""

    shell_channel_class = Type(AwakeChannel)
    control_channel_class = Type(AwakeChannel)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        fin = time.monotonic() + (timeout or 60)
        while time.monotonic() < fin:
            demande = self.kernel_info()
            try:
                reponse = await self.shell_channel.get_msg(timeout=1)
                await self._until_idle(demande)
                self._handle_kernel_info_reply(reponse)
                return
            except Empty:  # l'abonnement aux sorties n'était pas encore en place : on redemande
                if not await self.is_alive():
                    raise RuntimeError("Le noyau s'est arrêté avant de répondre.") from None
        raise RuntimeError("Le noyau ne répond pas.")

    async def _until_idle(self, demande: str) -> None:
        while True:
            message = await self.iopub_channel.get_msg(timeout=0.2)
            libre = message["content"].get("execution_state") == "idle"
            if libre and message["parent_header"].get("msg_id") == demande:
                return


class FastKernelManager(AsyncKernelManager):
    """Voit la fin d'un noyau par son lien, au lieu de regarder dix fois par seconde s'il vit encore."""

    client_class = DottedObjectName(_CLIENT, config=True)
    client_factory = Type(klass="jupyter_client.client.KernelClient", default_value=_CLIENT, config=True)

    async def _async_wait(self, pollinterval: float = 0.1) -> None:
        processus = getattr(self.provisioner, "process", None)
        if isinstance(processus, ForkedKernel):
            await processus.until_gone()
        else:
            await super()._async_wait(pollinterval)


def __getattr__(nom: str) -> type:
    """`FastServerKernelManager`, pour `MultiKernelManager.kernel_manager_class` : jupyter_server ne vient qu'alors."""
    if nom != "FastServerKernelManager":
        raise AttributeError(nom)
    from jupyter_server.services.kernels.kernelmanager import ServerKernelManager

    globals()[nom] = type(nom, (FastKernelManager, ServerKernelManager), {"__module__": __name__})
    return globals()[nom]
