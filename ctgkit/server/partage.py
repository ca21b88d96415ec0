"""Partager l'atelier dans une salle : l'adresse du réseau local et son QR code dans le terminal."""

import io
import socket


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
