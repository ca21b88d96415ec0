"""Les rapports d'une commune et d'un territoire, quand c'est la commande qui les écrit."""

import argparse
from datetime import date
from typing import Any

from ctgkit.storage import load_territoire


def arguments(parser: argparse.ArgumentParser) -> None:
    groupe = parser.add_argument_group("rapport")
    groupe.add_argument("--commune", default="", metavar="C", help="code Insee ou nom d'une commune")


def sources(args: argparse.Namespace, jour: date) -> dict[str, Any]:
    return {
        "territoire": load_territoire(args.territoire),
        "commune": args.commune,
        "annee": args.annee or jour.year,
    }


def default(args: argparse.Namespace) -> str:
    return "commune" if args.commune else "territoire"
