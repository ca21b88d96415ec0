"""Le bonus territoire : le scénario, et ce à quoi on le compare, quand c'est la commande qui écrit."""

import argparse
from datetime import date
from typing import Any

from ctgkit.simulation import simulate
from ctgkit.storage import load_territoire
from ctgkit.storage.scenarios import read_scenario_file


def arguments(parser: argparse.ArgumentParser) -> None:
    groupe = parser.add_argument_group("bonus territoire")
    groupe.add_argument(
        "--scenario", default="", metavar="F.yaml", help="un scénario, comparé à la situation sans changement"
    )


def sources(args: argparse.Namespace, jour: date) -> dict[str, Any]:
    territoire = load_territoire(args.territoire)
    annees = [args.annee] if args.annee else None
    sans = simulate(territoire, None, annees)
    avec = simulate(territoire, read_scenario_file(args.scenario), annees) if args.scenario else None
    return {"resultat": avec or sans, "reference": sans if avec else None, "jour": jour}


def default(_: argparse.Namespace) -> str:
    return ""
