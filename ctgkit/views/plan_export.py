"""Un document du plan, demandé depuis la page."""

from typing import TYPE_CHECKING

from ctgkit.errors import CtgError

if TYPE_CHECKING:
    from ctgkit.views.plan_zones import Regard

Fichier = tuple[str, bytes, str]
GENRE = "application/octet-stream"


def export_fiche(r: "Regard", extension: str) -> Fichier:
    from ctgkit.documents import render
    from ctgkit.documents.plan_fiche import fiche_document

    if r.fiche is None:
        raise CtgError("Aucune fiche n'est choisie.", "Exporter", "Choisir une fiche dans la liste.")
    document = fiche_document(r.store.plan, r.fiche, r.store.territoire, r.jour, r.voisins)
    return f"fiche-{_safe(r.fiche.code)}.{extension}", render(document, extension), GENRE


def export_plan(r: "Regard", extension: str) -> Fichier:
    from ctgkit.documents import render
    from ctgkit.documents.plan_donnees import data_document
    from ctgkit.documents.plan_entier import plan_document

    plan, territoire = r.store.plan, r.store.territoire
    # Un classeur sert à relire et à reprendre : il porte toutes les colonnes.
    ecrire = data_document if extension == "xlsx" else plan_document
    document = ecrire(plan, territoire, r.jour)
    return f"plan-{_safe(r.store.territoire.code)}.{extension}", render(document, extension), GENRE


def _safe(nom: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in nom)[:60]
