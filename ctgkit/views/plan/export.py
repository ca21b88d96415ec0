"""Un document du plan, demandé depuis la page."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ctgkit.errors import CtgError

if TYPE_CHECKING:
    from ctgkit.documents.modele import Document, Image
    from ctgkit.views.plan.zones import Regard

GENRE = "application/octet-stream"
LOGO_MAX = 3_000_000
NOMS = {
    "docx": "Word", "odt": "OpenDocument", "pdf": "PDF", "pptx": "Diaporama", "html": "Page web", "xlsx": "Excel",
    "csv": "CSV", "json": "JSON",
}  # fmt: skip


@dataclass(frozen=True)
class Offre:
    """Un document que l'on peut demander, et ses formats."""

    cle: str
    titre: str
    aide: str
    formats: tuple[str, ...]


OFFRES = (
    Offre("plan", "Le plan entier", "Enjeux, objectifs et fiches. La Caf du Nord demande dix pages au plus : le "
          "nombre de pages est dit.", ("docx", "odt", "pdf", "html")),
    Offre("suivi", "Le tableau de suivi", "Une ligne par fiche, pour la revue.", ("docx", "odt", "pdf", "xlsx")),
    Offre("bilan", "Le bilan annuel", "Ce qui est fait, mesuré, en retard, cette année.", ("docx", "odt", "pdf")),
    Offre("comite", "Les diapositives du comité", "L'avancement, les retards, les décisions attendues.", ("pptx",)),
    Offre("donnees", "Les données", "Tous les champs, à remplir dans un tableur puis à importer ici.",
          ("xlsx", "csv", "json")),
)  # fmt: skip
DE_FICHE = ("docx", "odt", "pdf")


@dataclass(frozen=True)
class Fichier:
    nom: str
    octets: bytes
    dit: str = ""


@dataclass
class Logos:
    """Ceux des deux parties, le temps de la session : la convention les demande, l'atelier n'en fournit pas."""

    images: dict[str, "Image"] = field(default_factory=dict)

    def receive(self, nom: str, octets: bytes) -> None:
        from ctgkit.documents.modele import Image

        if nom.rpartition(".")[2].lower() not in ("png", "jpg", "jpeg", "svg") or len(octets) > LOGO_MAX:
            raise CtgError(f"« {nom[:60]} » ne peut pas servir de logo.", "Logos", "Un fichier PNG, JPEG ou SVG.")
        self.images[nom] = Image(octets, f"Logo : {nom.rpartition('.')[0]}")

    def put_on(self, document: "Document") -> "Document":
        return replace(document, logos=tuple(self.images.values())) if self.images else document


def export(r: "Regard", geste: Mapping[str, str], logos: Logos) -> Fichier:
    """Le document et le format demandés par un bouton de la page."""
    quoi, extension = geste.get("document", ""), geste.get("valeur", "")
    offerts = {o.cle: o.formats for o in OFFRES} | {"fiche": DE_FICHE}
    if extension not in offerts.get(quoi, ()):
        raise CtgError("Ce document n'existe pas dans ce format.", "Exporter", "Choisir un des boutons de la page.")
    nom = f"fiche-{_safe(r.fiche.code)}" if quoi == "fiche" and r.fiche else f"{quoi}-{_safe(r.store.territoire.code)}"
    octets, dit = _write(r, quoi, extension, logos)
    return Fichier(f"{nom}.{extension}", octets, dit)


def _write(r: "Regard", quoi: str, extension: str, logos: Logos) -> tuple[bytes, str]:
    from ctgkit.documents import render
    from ctgkit.documents.catalogue.plan_donnees import data_json
    from ctgkit.documents.catalogue.plan_entier import count_pages, pages_sentence

    if extension == "json":
        return data_json(r.store.plan, r.store.territoire, r.jour), ""
    document = _document(r, quoi, extension)
    octets = render(document if quoi == "donnees" else logos.put_on(document), extension)
    if quoi == "plan" and extension in ("docx", "odt", "pdf"):
        pdf = octets if extension == "pdf" else render(logos.put_on(document), "pdf")
        return octets, pages_sentence(count_pages(pdf))
    return octets, ""


def _document(r: "Regard", quoi: str, extension: str) -> "Document":
    """Chacun ne charge que sa pièce."""
    plan, territoire, jour = r.store.plan, r.store.territoire, r.jour
    if quoi == "fiche" and r.fiche is None:
        raise CtgError("Aucune fiche n'est choisie.", "Exporter", "Choisir une fiche dans la liste.")
    commun = (plan, territoire, jour)
    appels: dict[str, tuple[str, str, tuple[Any, ...]]] = {
        "fiche": ("plan_fiche", "fiche_document", (plan, r.fiche, territoire, jour, r.voisins)),
        "plan": ("plan_entier", "plan_document", commun),
        "suivi": ("plan_suivi", "follow_up_document", commun),
        "bilan": ("plan_bilan", "annual_document", (plan, territoire, jour.year, jour, r.voisins)),
        "comite": ("plan_comite", "committee_document", (*commun, r.voisins)),
        "donnees": ("plan_donnees", "data_document", (*commun, extension == "csv")),
    }
    module, nom, arguments = appels[quoi]
    return getattr(importlib.import_module(f"ctgkit.documents.catalogue.{module}"), nom)(*arguments)


def _safe(nom: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in nom)[:60]
