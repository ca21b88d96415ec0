"""`ctg servir` : ouvrir l'atelier dans un navigateur."""

import argparse
import threading

AIDE = "ouvrir l'atelier dans le navigateur"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8866, metavar="N", help="port (le suivant s'il est pris)")
    parser.add_argument("--territoire", metavar="CODE_OU_DOSSIER", help="territoire ouvert d'abord")
    parser.add_argument("--partage", action="store_true", help="ouvrir aussi au réseau local, avec la clé")
    parser.add_argument("--sans-navigateur", action="store_true", help="ne pas lancer de navigateur")


def executer(args: argparse.Namespace) -> int:
    from ctgkit.server.atelier import open_atelier

    atelier = open_atelier(args.territoire)  # un territoire inconnu se dit avant de rien mettre en route
    from ctgkit.noyaux import preheat, use_instant_kernels
    from ctgkit.noyaux.imports import import_jsonschema

    # La mère des noyaux se prépare pendant que le serveur se charge : deux cœurs, deux attentes à la fois.
    use_instant_kernels()
    threading.Thread(target=preheat, daemon=True).start()
    import_jsonschema()
    from ctgkit.server.service import serve

    return serve(args.port, atelier, partage=args.partage, navigateur=not args.sans_navigateur)
