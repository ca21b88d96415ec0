"""`ctg aide-python` : les noms publics de `ctgkit`, ce qu'ils font, leurs exemples."""

import argparse

AIDE = "dire ce qu'un carnet peut demander à ctgkit, avec des exemples"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("nom", nargs="?", default="", metavar="NOM", help="un seul nom, par exemple simulate")


def executer(args: argparse.Namespace) -> int:
    from ctgkit.carnet.reference import as_text, read_reference
    from ctgkit.errors import CtgError, did_you_mean

    entrees = read_reference()
    if args.nom:
        connus = [entree.nom for entree in entrees]
        entrees = tuple(entree for entree in entrees if entree.nom == args.nom.removeprefix("ctg."))
        if not entrees:
            conseil = did_you_mean(args.nom, connus)
            raise CtgError(
                f"Nom inconnu : « {args.nom} » {conseil}".strip(), "aide-python", f"Noms : {', '.join(connus)}."
            )
    print(as_text(entrees))
    return 0
