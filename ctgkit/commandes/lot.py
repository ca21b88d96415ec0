"""`ctg lot` : des centaines de rapports d'une commande, vérifiés d'abord, repris où l'on en était."""

import argparse
import os
import threading
from pathlib import Path

AIDE = "produire un rapport par commune, par année ou par scénario"
_MONTRES = 12


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lot", metavar="LOT.yaml", nargs="?", type=Path, help="le fichier qui décrit le lot")
    parser.add_argument("--exemple", action="store_true", help="écrire un lot à copier (dans LOT.yaml s'il est nommé)")
    parser.add_argument("--essai", action="store_true", help="dire ce qui serait fait, sans rien lancer")
    aide = "rapports faits en même temps (par défaut, le nombre de cœurs)"
    parser.add_argument("--ouvriers", type=int, metavar="N", default=os.cpu_count() or 1, help=aide)
    parser.add_argument("--dask", metavar="tcp://…", default="", help="ordonnanceur Dask d'une grappe déjà lancée")


def executer(args: argparse.Namespace) -> int:
    from ctgkit.errors import CtgError

    if args.exemple:
        return _example(args.lot)
    if args.lot is None:
        raise CtgError("Il manque le fichier du lot.", que_faire="ctg lot LOT.yaml, ou ctg lot --exemple LOT.yaml.")
    if not 1 <= args.ouvriers <= 256:
        raise CtgError("« --ouvriers » attend un nombre entre 1 et 256.", que_faire="Par exemple --ouvriers 4.")

    from ctgkit.noyaux import preheat
    from ctgkit.noyaux.imports import import_jsonschema

    if not (args.essai or args.dask):
        # La mère des noyaux se prépare pendant que le lot se vérifie.
        threading.Thread(target=preheat, daemon=True).start()
    import_jsonschema()
    from ctgkit.batch.execution import SuiviLot, run_lot, workers
    from ctgkit.batch.lot import read_lot

    lot = read_lot(args.lot)
    if args.essai:
        return _rehearse(lot, args.ouvriers)
    return run_lot(lot, workers(args.ouvriers, args.dask), SuiviLot())


def _rehearse(lot: object, ouvriers: int) -> int:
    from ctgkit.batch.execution import duration, estimate
    from ctgkit.formats import pluriel

    a_faire, inchanges, secondes, mesuree = estimate(lot, ouvriers)
    print(f"Carnet : {lot.carnet}\nSortie : {lot.sortie} ({', '.join(lot.formats)})")
    for tache in a_faire[:_MONTRES]:
        parametres = ", ".join(f"{nom} = {valeur}" for nom, valeur in tache.parametres.items())
        print(f"  {tache.nom}  {parametres}")
    if len(a_faire) > _MONTRES:
        print(f"  et {pluriel(len(a_faire) - _MONTRES, 'autre')}")
    source = "d'après les rapports déjà faits" if mesuree else "sans mesure encore, à une seconde par rapport"
    duree = f", environ {duration(secondes)} ({source})" if a_faire else ""
    print(
        f"{pluriel(len(a_faire), 'rapport')} à faire, {pluriel(len(inchanges), 'inchangé')}{duree}. Rien n'a été lancé."
    )
    return 0


def _example(chemin: Path | None) -> int:
    from ctgkit.batch.lot import example_lot
    from ctgkit.errors import CtgError
    from ctgkit.storage import write_text

    if chemin is None:
        print(example_lot(), end="")
        return 0
    if chemin.exists():
        raise CtgError("Ce fichier existe déjà, rien n'est remplacé.", str(chemin), "Donner un autre nom.")
    write_text(chemin, example_lot())
    print(f"Lot d'exemple écrit dans {chemin}. À l'essai : ctg lot {chemin} --essai")
    return 0
