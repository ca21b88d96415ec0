"""`ctg importer` : un fichier public ou local dans les indicateurs d'un territoire."""

import argparse
import importlib
import pkgutil
import re
import sys
from types import ModuleType

AIDE = "importer un fichier (Insee, Caf, tableur, contours) dans un territoire"
_GENRE = "importer_"
_ANNEE = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_EXEMPLES = """exemples :
  ctg importer FILO2019_DISP_COM.csv --territoire cambrai --essai    montre sans écrire
  ctg importer FILO2019_DISP_COM.csv --territoire cambrai            écrit dans indicateurs.csv
  ctg importer tableau.ods --territoire cambrai --lieu "Commune" --colonne "Nb de familles=PA01" \\
      --annee 2024 --source observatoire-local-2024                  retient cette correspondance
  ctg importer criteres_2026.csv --territoire cambrai --essai        critères du bonus (DGCL, Insee, QPV, FRR)
  ctg importer --annuler --territoire cambrai                        défait le dernier import
  ctg importer france EPCI_au_01-01-2027.xlsx                        liste nationale : communes, EPCI, populations"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EXEMPLES
    genres = ", ".join(_genres())
    aide = "le fichier à importer" + (f", précédé au besoin de ce qu'il contient ({genres})" if genres else "")
    parser.add_argument("fichiers", nargs="*", metavar="FICHIER", help=aide)
    parser.add_argument("--territoire", default="", help="code ou dossier du territoire (sauf pour « france »)")
    parser.add_argument("--essai", action="store_true", help="montrer ce qui serait écrit, sans écrire")
    parser.add_argument(
        "--remplacer", action="store_true", help="remplacer aussi les critères de communes.csv tapés à la main"
    )
    parser.add_argument("--annuler", action="store_true", help="annuler le dernier import du territoire")
    parser.add_argument("--format", default="", help="format imposé (reconnu tout seul sinon)")
    parser.add_argument("--annee", type=int, help="année des données quand le fichier ne l'écrit pas")
    parser.add_argument("--feuille", default="", help="feuille du classeur (toutes celles qui sont reconnues sinon)")
    tableur = parser.add_argument_group("tableur quelconque")
    tableur.add_argument("--lieu", default="", metavar="TITRE", help="colonne du code ou du nom de commune")
    tableur.add_argument("--colonne", action="append", default=[], metavar="TITRE=CODE", help="colonne et indicateur")
    tableur.add_argument("--annee-colonne", default="", metavar="TITRE", help="colonne de l'année")
    tableur.add_argument("--source", default="", help="d'où viennent ces chiffres")
    tableur.add_argument("--niveau", default="auto", help="commune, epci, departement… (deviné sinon)")
    tableur.add_argument("--vide", default="a_completer", help="sens d'une cellule vide : a_completer ou masque")
    for genre in _genres().values():
        if hasattr(genre, "arguments"):
            genre.arguments(parser)


def _genres() -> dict[str, ModuleType]:
    """Ce que l'on importe d'autre que des indicateurs : un module `ctgkit/echanges/importer_<genre>.py`."""
    from ctgkit import echanges

    noms = sorted(m.name for m in pkgutil.iter_modules(echanges.__path__) if m.name.startswith(_GENRE))
    return {n.removeprefix(_GENRE): importlib.import_module(f"ctgkit.echanges.{n}") for n in noms}


def executer(args: argparse.Namespace) -> int:
    from ctgkit.errors import CtgError

    genre = _genres().get(args.fichiers[0]) if args.fichiers else None
    national = getattr(genre, "SANS_TERRITOIRE", False)
    if not args.territoire and not national:
        raise CtgError("Le territoire manque.", que_faire="Ajouter --territoire CODE.")
    if args.annuler:
        return _undo(args, national)
    if len(args.fichiers) <= national:
        raise CtgError("Aucun fichier à importer.", que_faire="Donner au moins un fichier, ou --annuler.")
    if genre and len(args.fichiers) > 1:
        args.fichiers = args.fichiers[1:]
        return genre.executer(args)
    if len(args.fichiers) > 1 and (args.lieu or args.colonne):
        raise CtgError("Une correspondance se choisit fichier par fichier.", que_faire="Ne donner qu'un fichier.")
    return max(_import(fichier, args) for fichier in args.fichiers)


def _undo(args: argparse.Namespace, national: bool) -> int:
    from ctgkit.echanges import undo
    from ctgkit.errors import CtgError
    from ctgkit.formats import liste
    from ctgkit.storage.territoire.commun import france_folder

    if len(args.fichiers) > national:
        raise CtgError("Annuler ne prend pas de fichier.", que_faire="ctg importer --annuler --territoire CODE")
    nom, rendus = undo(france_folder() if national else args.territoire)
    print(f"Import de {nom} annulé : {liste(list(rendus))} comme avant.")
    return 0


def _import(fichier: str, args: argparse.Namespace) -> int:
    from ctgkit.echanges import ChoixImport, apply, preview

    choix = ChoixImport(args.format, args.annee, args.feuille, _mapping(args), args.remplacer)
    apercu = preview(fichier, args.territoire, choix=choix)
    print(apercu)
    if not apercu.est_reconnu:
        print(_guide(apercu, fichier, args), file=sys.stderr)
        return 2
    if apercu.gardees:
        print("Pour remplacer aussi ce qui était déjà là : la même commande avec --remplacer.")
    if not apercu.a_ecrire:
        print(f"Rien à écrire : aucune valeur de ce fichier n'entre dans ce territoire ({apercu.rien}).")
        return 1
    if args.essai:
        print("Essai : rien n'a été écrit.")
        return 0
    for bilan in apply(apercu, args.territoire):
        print(f"Écrit : {bilan.fichier}" if bilan.change else f"Déjà à jour : {bilan.fichier}")
    return 0


def _mapping(args: argparse.Namespace) -> object:
    from ctgkit.echanges import Correspondance
    from ctgkit.echanges.tableau.correspondances import read_pairs, read_target

    if not args.lieu and not args.colonne:
        return None
    colonnes = {titre: read_target(code) for titre, code in read_pairs(args.colonne, "Titre=CODE").items()}
    return Correspondance(args.lieu, colonnes, args.source, args.niveau, args.annee, args.annee_colonne, args.vide)


def _guide(apercu: object, fichier: str, args: argparse.Namespace) -> str:
    """La commande à compléter, avec ce que l'on a cru reconnaître."""
    lignes = ["Ce fichier n'est pas d'un format connu. Ses colonnes :"]
    for p in apercu.propositions:
        role = f" → {p.code} {p.libelle} ?" if p.code else f" → {p.role} ?" if p.role in ("lieu", "annee") else ""
        lignes.append(f"  « {p.colonne} » : {', '.join(p.exemples) or 'vide'}{role}")
    lieu = next((p.colonne for p in apercu.propositions if p.role == "lieu"), "TITRE")
    dite = next((f'--annee-colonne "{p.colonne}"' for p in apercu.propositions if p.role == "annee"), "")
    debut = f'  ctg importer "{fichier}" --territoire {args.territoire} --lieu "{lieu}"'
    que_faire = "Que faire : choisir les colonnes ; la correspondance sera retenue pour la prochaine fois."
    commandes = [
        " ".join([debut, *colonnes, dite or f"--annee {annee}", "--source SOURCE"])
        for annee, colonnes in _choices(apercu).items()
    ]
    return "\n".join([*lignes, que_faire, *commandes])


def _choices(apercu: object) -> dict[str, list[str]]:
    """Les colonnes reconnues, par année lue dans leur titre : deux années ne vont pas sous une même option."""
    choix: dict[str, list[str]] = {}
    for p in apercu.propositions:
        if p.code:
            annees = set(_ANNEE.findall(p.colonne))
            choix.setdefault(annees.pop() if len(annees) == 1 else "AAAA", []).append(
                f'--colonne "{p.colonne}={p.code}"'
            )
    return choix or {"AAAA": ['--colonne "TITRE=CODE"']}
