"""Le bonus territoire : le scénario, et ce à quoi on le compare, quand c'est la commande qui écrit."""

import argparse
from datetime import date
from typing import Any

from ctgkit.simulation import AVERTISSEMENT, Resultat, latest_edition, simulate
from ctgkit.storage import load_territoire
from ctgkit.storage.scenarios import open_scenario


def arguments(parser: argparse.ArgumentParser) -> None:
    groupe = parser.add_argument_group("bonus territoire")
    groupe.add_argument(
        "--scenario",
        default="",
        metavar="F.yaml|CODE",
        help="un scénario (fichier, ou code enregistré), comparé à la situation sans changement",
    )


def sources(args: argparse.Namespace, jour: date) -> dict[str, Any]:
    territoire = load_territoire(args.territoire)
    annees = [args.annee] if args.annee else None
    sans = simulate(territoire, None, annees)
    avec = simulate(territoire, open_scenario(args.scenario, args.territoire), annees) if args.scenario else None
    return {"resultat": avec or sans, "reference": sans if avec else None, "jour": jour}


def foot(resultat: Resultat) -> str:
    """Le pied d'un document : de quelle simulation il vient, et de quelle édition du calcul."""
    calcul = f"simulation {resultat.scenario.code}, calcul édition {latest_edition().numero}"
    return f"{resultat.territoire.nom} — {calcul} — {AVERTISSEMENT}"


def default(_: argparse.Namespace) -> str:
    return ""
