"""`ctg nouveau-territoire` : le dossier d'un EPCI ou d'une commune, prêt à remplir."""

import argparse

AIDE = "créer le dossier d'un territoire, prêt à remplir"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--siren", default="", metavar="SIREN", help="Siren d'un EPCI, par exemple 200068500")
    parser.add_argument("--commune", default="", metavar="CODE", help="ou code Insee d'une commune, par exemple 59017")
    parser.add_argument("--dans", metavar="DOSSIER", help="où créer le dossier (par défaut : data/territoires)")


def executer(args: argparse.Namespace) -> int:
    from ctgkit import storage
    from ctgkit.formats import pluriel

    dossier = storage.new_territoire(siren=args.siren, commune=args.commune, destination=args.dans)
    communes = len(storage.load_territoire(dossier).communes)
    designation = dossier if args.dans else dossier.name
    print(f"Dossier créé : {dossier} ({pluriel(communes, 'commune')}).\n")
    print("Ensuite :")
    print("  1. compléter territoire.yaml : la Caf, les dates de la convention ;")
    print("  2. compléter communes.csv : adhésion et date d'effet de chaque commune ;")
    print("  3. remplir structures.csv puis references.csv (dans un tableur, en gardant CSV UTF-8 et « ; ») ;")
    print(f"  4. vérifier : ctg verifier {designation}")
    return 0
