"""`ctg verifier` : tous les défauts d'un dossier d'un coup."""

import argparse
import json

AIDE = "relever tous les défauts des fichiers d'un territoire"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("territoire", metavar="CHEMIN_OU_CODE", help="code d'un territoire, ou chemin de son dossier")
    parser.add_argument("--format", choices=("texte", "json"), default="texte", help="texte (par défaut) ou json")


def executer(args: argparse.Namespace) -> int:
    from ctgkit import storage

    dossier = storage.find_folder(args.territoire)
    defauts = storage.verify(dossier)
    erreurs = sum(d.niveau == "erreur" for d in defauts)
    avis = len(defauts) - erreurs
    if args.format == "json":
        contenu = {
            "territoire": dossier.resolve().name,
            "defauts": [d.as_dict() for d in defauts],
            "erreurs": erreurs,
            "avis": avis,
        }
        print(json.dumps(contenu, ensure_ascii=False, indent=2))
    else:
        print("\n".join([*(_phrase(d.niveau, str(d)) for d in defauts), _bilan(erreurs, avis)]))
    return 1 if erreurs else 0


def _phrase(niveau: str, defaut: str) -> str:
    return f"{'Erreur' if niveau == 'erreur' else 'Avis'} : {defaut}"


def _bilan(erreurs: int, avis: int) -> str:
    from ctgkit.formats import liste, pluriel

    comptes = [pluriel(erreurs, "erreur")] * bool(erreurs) + [f"{avis} avis"] * bool(avis)
    if not comptes:
        return "Aucun défaut."
    suite = "Rien n'est lu tant qu'une erreur reste." if erreurs else "Rien n'empêche la lecture."
    return f"{liste(comptes)}. {suite}"
