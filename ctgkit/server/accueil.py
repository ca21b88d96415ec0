"""La page d'accueil : le territoire, le parcours, ce qui attend quelqu'un, d'où viennent les données. Aucun noyau."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ctgkit.formats import pluriel
from ctgkit.server.parcours import Avancement, Carnet, progress
from ctgkit.storage import origines
from ctgkit.territoire import Territoire
from ctgkit.views.composants.carte import silhouette_svg
from ctgkit.views.territoire.frise import frise_svg
from ctgkit.views.territoire.portrait import read_portrait

MANQUES_MONTRES = 6


@dataclass(frozen=True)
class Etape:
    carnet: Carnet
    avancement: Avancement


def describe_territoire(territoire: Territoire, carnets: list[Carnet], jour: date | None = None) -> dict[str, Any]:
    portrait = read_portrait(territoire, jour or date.today())
    etapes = [Etape(carnet, progress(carnet, territoire)) for carnet in carnets]
    return {
        "territoire": territoire,
        "portrait": portrait,
        "silhouette": silhouette_svg(territoire),
        "frise": frise_svg(portrait.horloge),
        "etapes": etapes,
        "a_reprendre": next((e for e in etapes if e.avancement.suite), etapes[0] if etapes else None),
        "manques": territoire.a_completer[:MANQUES_MONTRES],
        "autres_manques": _others(len(territoire.a_completer) - MANQUES_MONTRES),
        "documents": _cited(territoire),
    }


def _others(reste: int) -> str:
    return f"et {pluriel(reste, 'autre point', 'autres points')}" if reste > 0 else ""


def _cited(territoire: Territoire) -> list[dict[str, Any]]:
    registre = origines()
    cites = dict.fromkeys(x.document for x in (*territoire.faits, *territoire.a_completer) if x.document)
    return [{"titre": cle, "statut": "", "note": "", **registre.get(cle, {})} for cle in cites]


def describe_aide() -> dict[str, Any]:
    return {"documents": list(origines().values())}
