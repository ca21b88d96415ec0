"""Le plan d'actions : d'où viennent ce que ses documents demandent, quand c'est la commande qui les écrit."""

import argparse
from datetime import date
from typing import Any

from ctgkit.documents.catalogue.plan.voisins import Voisins
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.plan import Fiche, Plan
from ctgkit.storage.journal.plan import open_plan


def arguments(parser: argparse.ArgumentParser) -> None:
    groupe = parser.add_argument_group("plan d'actions")
    groupe.add_argument("--fiche", default="", metavar="N", help="une seule fiche, par son numéro")


def sources(args: argparse.Namespace, jour: date) -> dict[str, Any]:
    store, annee = open_plan(args.territoire), args.annee or jour.year
    plan, territoire = store.plan, store.territoire
    return {
        "plan": plan,
        "territoire": territoire,
        "jour": jour,
        "annee": annee,
        "voisins": Voisins(territoire, store.journal, annee),
        "fiche": _fiche(plan, args.fiche, territoire.nom) if args.fiche else None,
    }


def default(args: argparse.Namespace) -> str:
    """Le document que ces réglages demandent, quand on ne le nomme pas."""
    return "fiche" if args.fiche else ""


def _fiche(plan: Plan, numero: str, nom: str) -> Fiche:
    fiches = {f.code: f for f in plan.fiches}
    if numero not in fiches:
        raise CtgError(
            f"Aucune fiche n'a le numéro « {numero[:40]} ». {did_you_mean(numero, fiches)}".strip(),
            f"plan de {nom}",
            f"Numéros connus : {', '.join(fiches)}." if fiches else "Écrire d'abord une fiche.",
        )
    return fiches[numero]
