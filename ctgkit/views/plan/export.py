"""Un document du plan, demandé depuis la page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ctgkit.documents.modele import Image
from ctgkit.documents.registre import Offre, offres
from ctgkit.errors import CtgError

if TYPE_CHECKING:
    from ctgkit.views.plan.zones import Regard

GENRE = "application/octet-stream"
LOGO_MAX = 3_000_000


@dataclass(frozen=True)
class Fichier:
    nom: str
    octets: bytes
    dit: str = ""


@dataclass
class Logos:
    """Ceux des deux parties, le temps de la session : la convention les demande, l'atelier n'en fournit pas."""

    images: dict[str, Image] = field(default_factory=dict)

    def receive(self, nom: str, octets: bytes) -> None:
        if nom.rpartition(".")[2].lower() not in ("png", "jpg", "jpeg", "svg") or len(octets) > LOGO_MAX:
            raise CtgError(f"« {nom[:60]} » ne peut pas servir de logo.", "Logos", "Un fichier PNG, JPEG ou SVG.")
        self.images[nom] = Image(octets, f"Logo : {nom.rpartition('.')[0]}")


def offered(avec_fiche: bool) -> list[Offre]:
    """Les documents que la page propose ; ceux d'une fiche quand il y en a une de choisie, ou pas."""
    return [offre for offre in offres("plan").values() if offre.needs("fiche") == avec_fiche]


def export(r: "Regard", geste: Mapping[str, str], logos: Logos) -> Fichier:
    """Le document et le format demandés par un bouton de la page."""
    quoi, extension = geste.get("document", ""), geste.get("valeur", "")
    offre = offres("plan").get(quoi)
    if offre is None or extension not in offre.formats:
        raise CtgError("Ce document n'existe pas dans ce format.", "Exporter", "Choisir un des boutons de la page.")
    if offre.needs("fiche") and r.fiche is None:
        raise CtgError("Aucune fiche n'est choisie.", "Exporter", "Choisir une fiche dans la liste.")
    sources = {
        "plan": r.store.plan,
        "territoire": r.store.territoire,
        "jour": r.jour,
        "annee": r.jour.year,
        "voisins": r.voisins,
        "fiche": r.fiche,
    }
    ecrit = offre.write(extension, sources, tuple(logos.images.values()))
    suite = r.fiche.code if offre.needs("fiche") else r.store.territoire.code
    return Fichier(f"{quoi}-{_safe(suite)}.{extension}", ecrit.octets, ecrit.dit)


def _safe(nom: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in nom)[:60]
