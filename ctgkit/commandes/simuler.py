"""`ctg simuler` : le bonus territoire d'un territoire, scénario par scénario, à l'écran ou dans un fichier."""

import argparse
import re
import sys
from functools import partial
from pathlib import Path

from ctgkit.errors import CtgError

AIDE = "simuler le bonus territoire d'un territoire, avec ou sans scénarios"
FORMATS = ("tableau", "csv", "json", "xlsx")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("territoire", metavar="CODE_OU_DOSSIER", help="code d'un territoire, ou chemin de son dossier")
    aide = "scénario : un fichier, ou le code d'un scénario enregistré (répétable)"
    parser.add_argument("--scenario", action="append", default=[], metavar="F.yaml|CODE", help=aide)
    parser.add_argument("--annees", metavar="2025-2029", help="années : 2027, 2025-2029 ou 2025,2027")
    parser.add_argument("--format", choices=FORMATS, default="tableau", help="tableau (par défaut), csv, json, xlsx")
    parser.add_argument(
        "--table",
        choices=("montants", "argent"),
        default="montants",
        help="en CSV : les montants ligne à ligne, ou l'argent (notifié, perçu, acomptes, reste à charge)",
    )
    parser.add_argument("--sortie", metavar="F", help="fichier à écrire ; sans lui, le résultat s'affiche")


def executer(args: argparse.Namespace) -> int:
    # pandas est long à charger : « ctg --help » ne l'attend pas.
    from ctgkit.documents.classeur.bonus import simulation_workbook
    from ctgkit.documents.formats import write_whole
    from ctgkit.simulation import flat_csv, json_text, report, simulate
    from ctgkit.storage import load_territoire
    from ctgkit.storage.scenarios import open_scenario

    annees = read_years(args.annees)
    territoire = load_territoire(args.territoire)
    scenarios = [open_scenario(s, args.territoire) for s in args.scenario] or [None]
    resultats = [simulate(territoire, s, annees) for s in scenarios]
    if args.format == "xlsx":
        if not args.sortie:
            raise CtgError("Un classeur Excel s'écrit dans un fichier.", "--format xlsx", "Ajouter --sortie F.xlsx.")
        write_whole(Path(args.sortie), simulation_workbook(resultats))
        print(f"Écrit : {args.sortie}")
        return 0
    if args.format == "tableau" and args.scenario:
        resultats.insert(0, simulate(territoire, None, annees))
    sans = simulate(territoire, None, annees) if args.format == "json" and args.scenario else None
    ecrire = {
        "tableau": report,
        "csv": partial(flat_csv, table=args.table),
        "json": partial(json_text, reference=sans),
    }
    _write(ecrire[args.format](resultats), args)
    return 0


def read_years(ecrit: str | None) -> list[int] | None:
    """`2027`, `2025-2029` ou `2025,2027`."""
    if ecrit is None:
        return None
    annees: list[int] = []
    for morceau in ecrit.replace(" ", "").split(","):
        lu = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", morceau)
        if not lu or int(lu[2] or lu[1]) < int(lu[1]):
            raise CtgError(f"Années illisibles : « {ecrit} ».", "--annees", "Écrire 2027, 2025-2029 ou 2025,2027.")
        annees += range(int(lu[1]), int(lu[2] or lu[1]) + 1)
    return annees


def _write(texte: str, args: argparse.Namespace) -> None:
    """À l'écran, ou dans un fichier ; un CSV de fichier porte la marque que l'Excel français attend."""
    if not args.sortie:
        sys.stdout.write(texte.rstrip("\n") + "\n")
        return
    from ctgkit.storage import write_text

    write_text(args.sortie, ("\ufeff" if args.format == "csv" else "") + texte.rstrip("\n") + "\n")
    print(f"Écrit : {args.sortie}")
