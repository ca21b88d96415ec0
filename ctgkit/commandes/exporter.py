"""`ctg exporter` : un document ou des données d'un territoire, dans le format voulu."""

import argparse

AIDE = "exporter un document (le plan d'actions, le bonus…) en Word, PDF, Excel et autres formats"
_EXEMPLES = """exemples :
  ctg exporter plan exemple --format docx --sortie plan.docx
  ctg exporter plan exemple --format pdf --fiche PE-02 --sortie fiche.pdf
  ctg exporter plan exemple --format pptx --sortie comite.pptx        les diapositives du comité
  ctg exporter plan exemple --document bilan --annee 2026 --sortie bilan.odt
  ctg exporter plan exemple --document suivi --format xlsx --sortie suivi.xlsx
  ctg exporter bonus exemple --scenario projet.yaml --sortie bonus.xlsx   le classeur aux formules vivantes
  ctg exporter bonus exemple --sortie synthese.pdf"""


def arguments(parser: argparse.ArgumentParser) -> None:
    from ctgkit.documents.registre import sujets

    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EXEMPLES
    connus = sujets()
    parser.add_argument("quoi", help=f"ce dont on parle ({', '.join(connus)})")
    parser.add_argument("territoire", metavar="CODE", help="code ou dossier du territoire")
    parser.add_argument("--document", default="", metavar="D", help="lequel ; sinon, celui que le format demande")
    parser.add_argument("--format", default="", help="docx, odt, pdf, html, pptx, xlsx, csv ou json")
    parser.add_argument("--sortie", required=True, metavar="FICHIER", help="le fichier à écrire")
    parser.add_argument("--annee", type=int, default=0, help="une année (l'année en cours, ou toutes, sinon)")
    parser.add_argument("--jour", default="", metavar="AAAA-MM-JJ", help="jour de lecture (aujourd'hui sinon)")
    parser.add_argument(
        "--logo", action="append", default=[], metavar="FICHIER", help="logo d'une partie (PNG, JPEG, SVG)"
    )
    for sujet in connus.values():
        sujet.arguments(parser)


def executer(args: argparse.Namespace) -> int:
    from datetime import date
    from pathlib import Path

    from ctgkit.documents.formats import write_whole
    from ctgkit.documents.images import load_logo
    from ctgkit.documents.registre import find_offre, sujets
    from ctgkit.errors import CtgError, did_you_mean
    from ctgkit.formats import read_date

    connus = sujets()
    if args.quoi not in connus:
        raise CtgError(
            f"On ne sait pas exporter « {args.quoi} ». {did_you_mean(args.quoi, connus)}".strip(),
            que_faire=f"Choisir parmi : {', '.join(connus)}.",
        )
    sujet, sortie = connus[args.quoi], Path(args.sortie)
    extension = (args.format or sortie.suffix).lower().lstrip(".")
    offre = find_offre(args.quoi, args.document or sujet.default(args), extension)
    sources = sujet.sources(args, read_date(args.jour) if args.jour else date.today())
    ecrit = offre.write(extension, sources, [load_logo(Path(chemin)) for chemin in args.logo])
    print(f"Écrit : {write_whole(sortie, ecrit.octets)}")
    if ecrit.dit:
        print(ecrit.dit)
    return 0
