"""`ctg importer france FICHIER` : la liste nationale des communes, depuis un fichier téléchargé par l'utilisateur."""

import argparse

SANS_TERRITOIRE = True


def executer(args: argparse.Namespace) -> int:
    return max(_import(fichier, args) for fichier in args.fichiers)


def _import(fichier: str, args: argparse.Namespace) -> int:
    from ctgkit.echanges.france import apply_france, preview_france

    apercu = preview_france(fichier, args.annee)
    print(apercu)
    if args.essai:
        print("Essai : rien n'a été écrit.")
        return 0
    if apply_france(apercu):
        print("Écrit : data/france. Les territoires déjà créés ne changent pas ; pour revenir : --annuler.")
    else:
        print("Déjà à jour : la liste nationale dit la même chose.")
    return 0
