"""`ctg exporter` : un document ou des données d'un territoire, dans le format voulu."""

import argparse
import importlib
import pkgutil
from types import ModuleType

AIDE = "exporter un document (le plan d'actions…) en Word, PDF, Excel et autres formats"
_GENRE = "export_"
_EXEMPLES = """exemples :
  ctg exporter plan exemple --format docx --sortie plan.docx
  ctg exporter plan exemple --format pdf --fiche PE-02 --sortie fiche.pdf
  ctg exporter plan exemple --format pptx --sortie comite.pptx        les diapositives du comité
  ctg exporter plan exemple --document bilan --annee 2026 --sortie bilan.odt
  ctg exporter plan exemple --document suivi --format xlsx --sortie suivi.xlsx"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EXEMPLES
    parser.add_argument("quoi", help=f"ce que l'on exporte ({', '.join(_genres())})")
    parser.add_argument("territoire", metavar="CODE", help="code ou dossier du territoire")
    parser.add_argument("--format", default="", help="docx, odt, pdf, html, pptx, xlsx, csv ou json")
    parser.add_argument("--sortie", required=True, metavar="FICHIER", help="le fichier à écrire")
    for genre in _genres().values():
        genre.arguments(parser)


def _genres() -> dict[str, ModuleType]:
    """Ce que l'on sait exporter : un module `ctgkit/documents/catalogue/export_<genre>.py`."""
    from ctgkit.documents import catalogue

    noms = sorted(m.name for m in pkgutil.iter_modules(catalogue.__path__) if m.name.startswith(_GENRE))
    return {n.removeprefix(_GENRE): importlib.import_module(f"{catalogue.__name__}.{n}") for n in noms}


def executer(args: argparse.Namespace) -> int:
    from pathlib import Path

    from ctgkit.documents.formats import write_whole
    from ctgkit.errors import CtgError, did_you_mean

    genres = _genres()
    if args.quoi not in genres:
        raise CtgError(
            f"On ne sait pas exporter « {args.quoi} ». {did_you_mean(args.quoi, genres)}".strip(),
            que_faire=f"Choisir parmi : {', '.join(genres)}.",
        )
    sortie = Path(args.sortie)
    args.format = (args.format or sortie.suffix).lower().lstrip(".")
    octets, messages = genres[args.quoi].export(args)
    print(f"Écrit : {write_whole(sortie, octets)}")
    for message in messages:
        print(message)
    return 0
