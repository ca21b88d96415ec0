"""ctg sauvegarder : un territoire et tout ce que l'on y a fait, en un seul fichier vérifié."""

import argparse
from pathlib import Path

AIDE = "sauvegarder un territoire et son journal en un seul fichier, vérifié"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("territoire", metavar="CODE", help="code du territoire, ou chemin de son dossier")
    parser.add_argument("--sortie", metavar="F", type=Path, help="fichier à écrire (défaut : CODE_date_heure.zip ici)")


def executer(args: argparse.Namespace) -> int:
    from ctgkit.formats import nombre, pluriel
    from ctgkit.storage.journal.sauvegarde import save_backup

    faite = save_backup(args.territoire, args.sortie)
    contenu = f"{pluriel(faite.fichiers, 'fichier')}, {pluriel(faite.entrees, 'changement')} au journal"
    print(f"Sauvegarde écrite et vérifiée : {faite.fichier} ({contenu}, {nombre(faite.octets / 1000)} ko).")
    print(f"Pour la reprendre : ctg restaurer {faite.fichier}")
    return 0
