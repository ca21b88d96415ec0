"""La commande `ctg` : elle ne fait qu'appeler ce que les carnets appellent aussi."""

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence

from ctgkit import commandes
from ctgkit.errors import CtgError, InvalidFilesError, did_you_mean


class _Parser(argparse.ArgumentParser):
    """Aide et messages d'erreur en français."""

    def __init__(self, **reglages: str) -> None:
        super().__init__(add_help=False, allow_abbrev=False, **reglages)
        self._positionals.title, self._optionals.title = "À donner", "Réglages"
        self.add_argument("-h", "--help", action="help", help="montrer cette aide")

    def format_help(self) -> str:
        return super().format_help().replace("usage:", "Usage :", 1)

    def error(self, message: str) -> None:
        self.exit(2, f"{_en_francais(message)}\nVoir : {self.prog} --help\n")


_MESSAGES = {
    "the following arguments are required:": "Il manque :",
    "unrecognized arguments:": "Options inconnues :",
    "expected one argument": "une valeur est attendue",
    "expected at least one argument": "au moins une valeur est attendue",
    "invalid choice:": "choix inconnu :",
    "choose from": "possibles :",
    "invalid int value:": "nombre entier attendu, lu :",
    "argument ": "option ",
}


def _en_francais(message: str) -> str:
    for anglais, francais in _MESSAGES.items():
        message = message.replace(anglais, francais)
    return message


def names() -> list[str]:
    return sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(commandes.__path__))


def _help() -> str:
    lignes = [f"  {nom:<20} {_module(nom).AIDE}" for nom in names()]
    titre = "Atelier CTG : préparer et piloter une Convention territoriale globale.\n\nCommandes :"
    return "\n".join([titre, *lignes, "", "Aide d'une commande : ctg COMMANDE --help"])


def _module(nom: str) -> object:
    return importlib.import_module(f"ctgkit.commandes.{nom.replace('-', '_')}")


def main(argv: Sequence[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help", "aide"):
        print(_help())
        return 0
    nom, *reste = arguments
    if nom not in names():
        print(f"Commande inconnue : « {nom} » {did_you_mean(nom, names())}\n\n{_help()}", file=sys.stderr)
        return 2
    module = _module(nom)
    parser = _Parser(prog=f"ctg {nom}", description=module.AIDE)
    module.arguments(parser)
    return _run(module, parser.parse_args(reste))


def _run(module: object, args: argparse.Namespace) -> int:
    try:
        return module.executer(args) or 0
    except CtgError as erreur:
        print(erreur, file=sys.stderr)
        return 1 if isinstance(erreur, InvalidFilesError) else 2
    except KeyboardInterrupt:
        print("\nArrêté à votre demande.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as erreur:
        if os.environ.get("CTG_DEBUG"):
            raise
        print(f"Erreur imprévue ({type(erreur).__name__}) : {erreur}", file=sys.stderr)
        print("Que faire : relancer avec CTG_DEBUG=1 devant la commande, et transmettre le détail.", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
