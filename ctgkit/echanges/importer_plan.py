"""`ctg importer plan F --territoire CODE` : un tableur de fiches action dans le plan d'un territoire."""

import argparse
import sys


def executer(args: argparse.Namespace) -> int:
    return max(_import(fichier, args) for fichier in args.fichiers)


def _import(fichier: str, args: argparse.Namespace) -> int:
    from ctgkit.echanges.plan.importation import UnknownHeadersError, apply_plan, preview_plan
    from ctgkit.echanges.tableau.correspondances import read_pairs
    from ctgkit.formats import pluriel
    from ctgkit.storage.journal.plan import open_plan

    colonnes = read_pairs(args.colonne, "Titre=champ")
    store = open_plan(args.territoire)
    try:
        apercu = preview_plan(fichier, store, colonnes)
    except UnknownHeadersError as refus:
        print(refus, _guide(fichier, args.territoire), sep="\n", file=sys.stderr)
        return 2
    print(apercu)
    if not apercu.a_ecrire:
        print("Rien à écrire.")
        return 1 if apercu.rejets else 0
    if args.essai:
        print("Essai : rien n'a été écrit.")
        return 0
    print(f"Écrit au journal : {pluriel(apply_plan(apercu, store), 'champ')}.")
    return 0


def _guide(fichier: str, territoire: str) -> str:
    """Ce que chaque colonne semble être, et la commande à compléter."""
    from ctgkit.echanges.lecteurs.fichier import load_file
    from ctgkit.echanges.plan.colonnes import propose_columns
    from ctgkit.plan import champ

    proposees = propose_columns(fichier, load_file(fichier))
    lignes = ["Les colonnes de ce fichier :"] if proposees else []
    for p in proposees:
        role = f" → {p.code} ({champ(p.code).libelle}) ?" if p.code else ""
        lignes.append(f"  « {p.colonne} » : {', '.join(p.exemples) or 'vide'}{role}")
    choix = [f'--colonne "{p.colonne}={p.code}"' for p in proposees if p.code] or ['--colonne "TITRE=titre"']
    return "\n".join([*lignes, f'  ctg importer plan "{fichier}" --territoire {territoire} {" ".join(choix)} --essai'])
