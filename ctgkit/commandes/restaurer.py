"""ctg restaurer : reprendre une sauvegarde, ou récupérer un journal abîmé."""

import argparse
from pathlib import Path

AIDE = "restaurer une sauvegarde, ou récupérer ce qui se lit encore d'un journal abîmé"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("fichier", metavar="F", type=Path, nargs="?", help="fichier fait par « ctg sauvegarder »")
    parser.add_argument("--dans", metavar="DOSSIER", type=Path, help="dossier où remettre le territoire")
    parser.add_argument("--remplacer", action="store_true", help="remplacer le dossier présent (il est gardé à côté)")
    parser.add_argument("--recuperer", metavar="DOSSIER", type=Path, help="refaire le journal abîmé de ce dossier")


def executer(args: argparse.Namespace) -> int:
    from ctgkit.errors import CtgError

    if bool(args.fichier) == bool(args.recuperer):
        raise CtgError("Il manque le fichier à restaurer.", que_faire="Voir : ctg restaurer --help")
    return _salvage(args.recuperer) if args.recuperer else _restore(args)


def _restore(args: argparse.Namespace) -> int:
    from ctgkit.formats import pluriel
    from ctgkit.storage.journal import moment
    from ctgkit.storage.journal.sauvegarde import restore_backup

    faite = restore_backup(args.fichier, args.dans, args.remplacer)
    print(f"Territoire restauré : {faite.dossier} (sauvegarde faite {moment(faite.contenu.quand)}).")
    print(
        f"{pluriel(len(faite.contenu.chemins), 'fichier')} et {pluriel(faite.contenu.entrees, 'changement')} vérifiés."
    )
    if faite.ancien:
        print(f"L'ancien dossier est gardé : {faite.ancien}. Rouvrir les pages de ce territoire.")
    if faite.ajoutees is not None:
        print(f"Ajout au journal partagé : {pluriel(faite.ajoutees, 'changement')}.")
    return 0


def _salvage(dossier: Path) -> int:
    from ctgkit.formats import pluriel
    from ctgkit.storage.journal.sauvegarde import salvage
    from ctgkit.storage.territoire.folders import find_folder

    nombre, garde = salvage(find_folder(dossier))
    print(f"Journal refait avec ce qui se lit encore : {pluriel(nombre, 'changement')}.")
    print(f"Le fichier abîmé est gardé : {garde}")
    return 0
