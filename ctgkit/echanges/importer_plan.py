"""`ctg importer plan F --territoire CODE` : un tableur de fiches action dans le plan d'un territoire."""

import argparse


def executer(args: argparse.Namespace) -> int:
    return max(_import(fichier, args) for fichier in args.fichiers)


def _import(fichier: str, args: argparse.Namespace) -> int:
    from ctgkit.echanges.plan_import import apply_plan, preview_plan
    from ctgkit.errors import CtgError
    from ctgkit.storage.plans import open_plan

    paires = [c.rpartition("=") for c in args.colonne]
    if fautive := next((c for c, p in zip(args.colonne, paires, strict=True) if not p[0].strip()), ""):
        raise CtgError(f"Choix de colonne illisible : « {fautive} ».", que_faire='L\'écrire --colonne "Titre=champ".')
    store = open_plan(args.territoire)
    apercu = preview_plan(fichier, store, {t.strip(): c.strip() for t, _, c in paires})
    print(apercu)
    if not apercu.a_ecrire:
        print("Rien à écrire.")
        return 1 if apercu.rejets else 0
    if args.essai:
        print("Essai : rien n'a été écrit.")
        return 0
    print(f"Écrit au journal : {apply_plan(apercu, store)} champs.")
    return 0
