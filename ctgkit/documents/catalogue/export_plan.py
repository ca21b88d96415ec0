"""Ce que `ctg exporter plan` écrit : une fiche, le plan entier, le tableau de suivi, le bilan, les données."""

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ctgkit.documents.modele import Document, Image
from ctgkit.errors import CtgError, did_you_mean

if TYPE_CHECKING:
    from ctgkit.documents.catalogue.plan_sections import Voisins
    from ctgkit.storage.plans import PlanStore

DOCUMENTS = ("plan", "suivi", "bilan", "comite", "donnees")
# Un tableur demande des données que l'on pourra relire, un diaporama le comité, un traitement de texte le plan.
SELON_FORMAT = {"xlsx": "donnees", "csv": "donnees", "pptx": "comite"}
AIDE_DOCUMENT = "plan, suivi, bilan, comite (diapositives du comité) ou donnees ; sinon, selon le format"


def arguments(parser: argparse.ArgumentParser) -> None:
    groupe = parser.add_argument_group("plan d'actions")
    groupe.add_argument("--fiche", default="", metavar="N", help="une seule fiche, par son numéro")
    groupe.add_argument("--document", choices=DOCUMENTS, default="", help=AIDE_DOCUMENT)
    groupe.add_argument("--annee", type=int, default=0, help="année du bilan (l'année en cours sinon)")
    groupe.add_argument("--jour", default="", metavar="AAAA-MM-JJ", help="jour de lecture (aujourd'hui sinon)")
    groupe.add_argument(
        "--logo", action="append", default=[], metavar="FICHIER", help="logo d'une partie (PNG, JPEG, SVG)"
    )


def export(args: argparse.Namespace) -> tuple[bytes, list[str]]:
    from ctgkit.documents.catalogue.plan_donnees import data_json
    from ctgkit.documents.catalogue.plan_entier import count_pages, pages_sentence
    from ctgkit.documents.formats import render
    from ctgkit.formats import read_date
    from ctgkit.storage.plans import open_plan

    store, jour = open_plan(args.territoire), read_date(args.jour) if args.jour else date.today()
    voulu = args.document or ("plan" if args.fiche else SELON_FORMAT.get(args.format, "plan"))
    if args.format == "json":
        return data_json(store.plan, store.territoire, jour), []
    document = _with_logos(_document(store, voulu, args, jour), args.logo)
    octets = render(document, args.format)
    compter = voulu == "plan" and not args.fiche and args.format in ("docx", "odt", "pdf")
    pages = (
        [pages_sentence(count_pages(octets if args.format == "pdf" else render(document, "pdf")))] if compter else []
    )
    return octets, pages


def _document(store: "PlanStore", voulu: str, args: argparse.Namespace, jour: date) -> Document:
    from ctgkit.documents.catalogue.plan_bilan import annual_document
    from ctgkit.documents.catalogue.plan_comite import committee_document
    from ctgkit.documents.catalogue.plan_donnees import data_document
    from ctgkit.documents.catalogue.plan_entier import plan_document
    from ctgkit.documents.catalogue.plan_suivi import follow_up_document

    plan, territoire, annee = store.plan, store.territoire, args.annee or jour.year
    if args.fiche:
        return _fiche(store, args.fiche, jour)
    ecrire: dict[str, Callable[[], Document]] = {
        "plan": lambda: plan_document(plan, territoire, jour),
        "suivi": lambda: follow_up_document(plan, territoire, jour),
        "bilan": lambda: annual_document(plan, territoire, annee, jour, _neighbours(store, annee)),
        "comite": lambda: committee_document(plan, territoire, jour, _neighbours(store, jour.year)),
        "donnees": lambda: data_document(plan, territoire, jour, seules=args.format == "csv"),
    }
    return ecrire[voulu]()


def _fiche(store: "PlanStore", numero: str, jour: date) -> Document:
    from ctgkit.documents.catalogue.plan_fiche import fiche_document

    fiches = {f.code: f for f in store.plan.fiches}
    if numero not in fiches:
        conseil = did_you_mean(numero, fiches)
        raise CtgError(
            f"Aucune fiche n'a le numéro « {numero[:40]} ». {conseil}".strip(), f"plan de {store.territoire.nom}",
            f"Numéros connus : {', '.join(fiches)}." if fiches else "Écrire d'abord une fiche.",
        )  # fmt: skip
    return fiche_document(store.plan, fiches[numero], store.territoire, jour, _neighbours(store, jour.year))


def _neighbours(store: "PlanStore", annee: int) -> "Voisins":
    from ctgkit.views.plan.voisins import Voisins

    return Voisins(store.territoire, store.journal, annee)


def _with_logos(document: Document, chemins: list[str]) -> Document:
    from dataclasses import replace

    logos = []
    for chemin in chemins:
        try:
            logos.append(Image(Path(chemin).read_bytes(), f"Logo : {Path(chemin).stem}"))
        except OSError as cause:
            raise CtgError("Ce logo ne peut pas être lu.", chemin, "Vérifier son chemin.") from cause
    return replace(document, logos=tuple(logos)) if logos else document
