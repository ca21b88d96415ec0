"""Mettre l'atelier en route, dire son adresse, et tout éteindre à la fin."""

import io
import os
import secrets
import socket
import threading
import webbrowser

from ctgkit.errors import CtgError
from ctgkit.server.application import LOCAL, AtelierVoila, configure
from ctgkit.server.atelier import Atelier
from ctgkit.storage import data_folder


def local_address() -> str:
    """L'adresse de ce poste sur le réseau local ; aucun paquet n'est envoyé, la table de routage suffit."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as prise:
        try:
            prise.connect(("192.0.2.1", 9))
            return prise.getsockname()[0]
        except OSError:
            return "127.0.0.1"


def qr_terminal(adresse: str) -> str:
    import segno

    dessin = io.StringIO()
    segno.make(adresse, error="m").terminal(out=dessin, compact=True)
    return dessin.getvalue()


def free_port(premier: int, adresse: str, essais: int = 50) -> int:
    """Le premier port libre à partir de celui demandé."""
    for port in range(premier, premier + essais):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as prise:
            prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                prise.bind((adresse, port))
            except OSError:
                continue
            return port
    return 0


def serve(port: int, atelier: Atelier, *, partage: bool = False, navigateur: bool = True) -> int:
    """Bloque jusqu'à Ctrl-C ; aucun noyau ne survit."""
    if not 0 < port < 65536:
        raise CtgError(
            "Ce port n'existe pas.", f"--port {port}", "Donner un nombre entre 1 et 65535, par exemple 8866."
        )
    # Les noyaux lisent les mêmes données que le serveur, d'où qu'on l'ait lancé.
    os.environ["CTG_DONNEES"] = str(data_folder())
    ecoute = "0.0.0.0" if partage else LOCAL
    libre = free_port(port, ecoute)
    if not libre:
        raise CtgError("Aucun port libre.", f"à partir de {port}", "Fermer un autre atelier, ou choisir --port.")
    token = secrets.token_urlsafe(24)
    application = configure(atelier, ecoute, libre, token)
    application.ready = lambda app: _announce(app, token, partage, navigateur)
    application.start()
    return 0


def _announce(application: AtelierVoila, token: str, partage: bool, navigateur: bool) -> None:
    hote = local_address() if partage else LOCAL
    adresse = f"http://{hote}:{application.port}/?token={token}"
    print(f"Adresse : {adresse}", flush=True)
    if partage:
        print(qr_terminal(adresse))
        print(
            "L'atelier est ouvert à tout appareil du réseau local qui a cette adresse avec sa clé : il lit et règle "
            "toutes les pages.\nLes échanges ne sont pas chiffrés : à réserver à un réseau de confiance."
        )
    print("Arrêter : Ctrl-C", flush=True)
    if navigateur:
        threading.Thread(target=webbrowser.open, args=(adresse,), daemon=True).start()
