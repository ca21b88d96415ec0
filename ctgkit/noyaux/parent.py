"""Le processus mère : un seul fil, tout importé, qui se dédouble en un noyau à chaque demande.

Il ne fait rien d'autre : ce qu'un noyau change, il le change chez lui, et la mère n'en voit jamais rien.
"""

import gc
import importlib
import json
import os
import random
import signal
import socket
import sys
import threading
import time
import traceback
from contextlib import suppress

from ctgkit.noyaux import prepared
from ctgkit.noyaux.imports import import_jsonschema

# Ce qu'IPython n'importe qu'au premier usage : le démarrage d'une prise, la première erreur affichée.
PREMIERS_USAGES = (
    "psutil",
    "runpy",
    "IPython.core.debugger",
    "faulthandler",
    "stack_data",
    "pygments.formatters.html",
    "pygments.lexers.python",
    "tornado.platform.asyncio",
    "IPython.extensions.storemagic",
)
BIBLIOTHEQUES = ("numpy", "pandas", "plotly.graph_objects", "ipywidgets", "anywidget", "ctgkit", "ctgkit.views")
TAILLE_MAX = 1 << 20


def main(descripteur: int) -> None:
    guichet = socket.socket(fileno=descripteur)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Ignoré, le système enterre lui-même les noyaux finis : ni zombie, ni boucle d'attente.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    prepare()
    fils = threads()
    guichet.sendall(json.dumps({"pret": fils == 1, "fils": fils}).encode())
    serve(guichet)


def prepare() -> None:
    # L'interpréteur IPython d'abord : pandas et plotly s'y branchent s'ils le trouvent à leur import.
    prepared.build_shell()
    import_jsonschema()
    for nom in (*PREMIERS_USAGES, *BIBLIOTHEQUES):
        _import(nom)
    prepared.load_pieces()
    prepared.read_package_files()
    prepared.warm()
    prepared.build_application()
    gc.collect()
    gc.freeze()  # le ramasse-miettes ne touche plus ces pages : elles restent partagées entre tous les noyaux


def _import(nom: str) -> None:
    try:
        importlib.import_module(nom)
    except ModuleNotFoundError as erreur:
        if erreur.name is None or not nom.startswith(erreur.name):
            traceback.print_exc()
    except Exception:
        traceback.print_exc()  # le noyau qui en a besoin dira l'erreur à son utilisateur


def threads() -> int:
    """Un fork ne copie que le fil courant : avec un autre fil, un verrou pourrait rester pris pour toujours."""
    taches = "/proc/self/task"
    return len(os.listdir(taches)) if os.path.isdir(taches) else threading.active_count()


def serve(guichet: socket.socket) -> None:
    while True:
        message, descripteurs, _, _ = socket.recv_fds(guichet, TAILLE_MAX, 1)
        if not message:  # le serveur est mort, même tué net : son bout du guichet s'est fermé
            os._exit(0)
        (lien,) = descripteurs
        pid = os.fork()
        if pid == 0:
            guichet.close()
            become_kernel(json.loads(message), lien)
        os.close(lien)
        guichet.sendall(json.dumps({"pid": pid}).encode())


def become_kernel(demande: dict, lien: int) -> None:
    """Le processus enfant : il ne revient jamais dans le code de la mère."""
    code = 1
    try:
        isolate(demande)
        die_with_owner(lien)
        prepared.run(demande["connexion"], ready=lambda: tell_owner(lien, b"P"))
        tell_owner(lien, b"F")
        code = 0
    except SystemExit as fin:
        code = fin.code if isinstance(fin.code, int) else 1
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(code)


def tell_owner(lien: int, mot: bytes) -> None:
    with suppress(BrokenPipeError):  # il vient de partir : `die_with_owner` arrête ce noyau
        os.write(lien, mot)


def isolate(demande: dict) -> None:
    """Ce qu'un processus neuf aurait en propre : session, signaux, environnement, dossier, hasard."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(demande["environnement"])
    time.tzset()
    os.chdir(demande["dossier"])
    sys.argv = ["ipykernel_launcher", "-f", demande["connexion"]]
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def die_with_owner(lien: int) -> None:
    """Le propriétaire garde l'autre bout du lien : quand il disparaît, le noyau et ses propres enfants aussi."""
    os.set_inheritable(lien, False)
    # Un processus dédoublé par le carnet ne doit pas tenir le lien ouvert après la mort du noyau.
    os.register_at_fork(after_in_child=lambda: os.close(lien))

    def watch() -> None:
        try:
            while os.read(lien, 1):
                pass
        except OSError:
            pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True, name="proprietaire").start()


if __name__ == "__main__":
    # Comme ipykernel : le dossier courant n'a pas à être dans le chemin des imports.
    if sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    main(int(sys.argv[1]))
