"""Ce qui entre et sort de la page du plan : un fichier importé après aperçu, un document demandé, les logos."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ctgkit.documents.modele import Image
from ctgkit.documents.registre import Offre, offres
from ctgkit.echanges.plan.colonnes import propose_columns
from ctgkit.echanges.plan.importation import ApercuPlan, UnknownHeadersError, apply_plan, preview_plan
from ctgkit.echanges.tableau.apercu import Proposition
from ctgkit.errors import CtgError
from ctgkit.formats import pluriel
from ctgkit.plan import champ, champs
from ctgkit.plan.differences import tell
from ctgkit.storage.journal.plan import PlanStore
from ctgkit.views.composants.html import render

MAXIMUM = 20_000_000
MONTREES = 60


class ImportPlan:
    """Un fichier à la fois ; rien n'est écrit tant que la personne ne l'a pas demandé."""

    def __init__(self, store: PlanStore) -> None:
        self.store = store
        self.drop()

    def drop(self) -> None:
        self.nom, self.octets, self.dit = "", b"", ""
        self.apercu: ApercuPlan | None = None
        self.propositions: tuple[Proposition, ...] = ()
        self.colonnes: dict[str, str] = {}

    def receive(self, nom: str, octets: bytes) -> None:
        self.drop()
        self.nom, self.octets = nom, octets
        try:
            self.read()
        except CtgError:
            self.drop()
            raise

    def read(self) -> None:
        """L'aperçu, ou les colonnes à désigner quand les titres ne disent rien."""
        self.apercu, self.dit = None, ""
        self.propositions = propose_columns(self.nom, self.octets)
        try:
            self.apercu = self._preview()
        except UnknownHeadersError as erreur:
            if not self.propositions:
                raise
            self.dit = erreur.quoi

    def _preview(self) -> ApercuPlan:
        return preview_plan(self.nom, self.store, self.colonnes, self.octets)

    def choose(self, geste: Mapping[str, str]) -> None:
        """Ce que chaque colonne devient, tel que la personne le désigne."""
        voulues = {p.colonne: geste.get(f"c{i}", "") for i, p in enumerate(self.propositions)}
        retenues = {t: c for t, c in voulues.items() if c in champs()}
        doubles = [c for c in retenues.values() if list(retenues.values()).count(c) > 1]
        if doubles:
            raise CtgError(
                f"Deux colonnes désignent « {champ(doubles[0]).libelle} ».", "Importer un plan", "N'en garder qu'une."
            )
        if "titre" not in retenues.values() and self.apercu is None:
            raise CtgError("Aucune colonne ne donne l'intitulé.", "Importer un plan", "Désigner celle de l'intitulé.")
        self.colonnes = retenues
        self.read()

    def write(self, role: str) -> str:
        """Écrit ce qui a été montré ; si le plan a changé entre-temps, l'aperçu est à relire."""
        if self.apercu is None or not self.apercu.a_ecrire:
            raise CtgError("Rien n'est prêt à être écrit.", "Importer un plan", "Choisir un fichier d'abord.")
        montre, self.apercu = self.apercu, self._preview()
        if montre != self.apercu:
            raise CtgError("Le plan a changé depuis cet aperçu.", "Importer un plan", "Relire l'aperçu, puis écrire.")
        ecrits = apply_plan(self.apercu, self.store, role or "import d'un fichier")
        self.drop()
        neuves = pluriel(len(montre.nouvelles), "fiche nouvelle", "fiches nouvelles")
        changees = pluriel(len(montre.changees), "fiche changée", "fiches changées")
        return f"Import écrit : {neuves}, {changees}, {pluriel(ecrits, 'champ')} au journal. Il s'annule d'un coup."

    def show(self) -> str:
        if not self.nom:
            return ""
        return render("plan/import", i=self, a=self.apercu, montrees=MONTREES, champs=champs(), told=_told)


def _told(cle: str, valeur: Any) -> str:
    return tell(champ(cle), valeur)


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


def export(geste: Mapping[str, str], sources: Mapping[str, Any], logos: Logos) -> Fichier:
    """Le document et le format demandés par un bouton de la page ; `sources` : ce qu'un document peut demander."""
    quoi, extension = geste.get("document", ""), geste.get("valeur", "")
    offre = offres("plan").get(quoi)
    if offre is None or extension not in offre.formats:
        raise CtgError("Ce document n'existe pas dans ce format.", "Exporter", "Choisir un des boutons de la page.")
    if offre.needs("fiche") and sources["fiche"] is None:
        raise CtgError("Aucune fiche n'est choisie.", "Exporter", "Choisir une fiche dans la liste.")
    ecrit = offre.write(extension, sources, tuple(logos.images.values()))
    suite = sources["fiche"].code if offre.needs("fiche") else sources["territoire"].code
    return Fichier(f"{quoi}-{_safe(suite)}.{extension}", ecrit.octets, ecrit.dit)


def _safe(nom: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in nom)[:60]
