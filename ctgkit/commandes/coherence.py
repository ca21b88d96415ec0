"""`ctg coherence` : ce qui ne tombe pas juste dans une convention, une délibération, un rapport."""

import argparse
from pathlib import Path

AIDE = "contrôler l'arithmétique et les dates d'un document (txt, docx, odt, pdf), avec ou sans territoire"


def arguments(parser: argparse.ArgumentParser) -> None:
    from ctgkit.commandes.diagnostic import FORMATS

    parser.add_argument("fichiers", metavar="FICHIER", nargs="+", help="un document : .txt, .md, .docx, .odt ou .pdf")
    parser.add_argument(
        "--territoire", default="", metavar="CODE", help="contrôler aussi les chiffres de ce territoire"
    )
    parser.add_argument("--format", choices=FORMATS, default="tableau", help="tableau (par défaut), csv, json ou xlsx")
    parser.add_argument("--sortie", metavar="FICHIER", help="écrire dans ce fichier (obligatoire pour xlsx)")


def executer(args: argparse.Namespace) -> int:
    from ctgkit.commandes.diagnostic import alertes, check_sortie, open_publication, write
    from ctgkit.diagnostic import publish
    from ctgkit.territoire import Territoire

    check_sortie(args)
    nom = ", ".join(Path(f).name for f in args.fichiers)
    publication = open_publication(args.territoire) if args.territoire else publish(Territoire("document", nom))
    write(args, *alertes(publication, args.fichiers, args.territoire, citees=True))
    return 0
