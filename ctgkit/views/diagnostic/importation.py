"""Importer un fichier depuis la page : ce qui serait écrit est montré, puis écrit sur demande."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import ipywidgets as widgets
from markupsafe import Markup

from ctgkit.diagnostic import load_catalogue, publish
from ctgkit.echanges import Apercu, ChoixImport, Correspondance, apply, preview
from ctgkit.errors import CtgError
from ctgkit.formats import nombre
from ctgkit.territoire import Indicateur, Table, Territoire
from ctgkit.views.composants.depot import Depot
from ctgkit.views.composants.html import render
from ctgkit.views.composants.panneau import guarded, message_html

LIEU, ANNEE = "lieu", "année"


class ImportFichier:
    """Un fichier à la fois ; rien n'est écrit tant que la personne ne l'a pas demandé."""

    def __init__(self, dossier: str, territoire: Callable[[], Territoire], changed: Callable[[], object]) -> None:
        self.dossier, self._territoire, self._changed = dossier, territoire, changed
        self.depot = Depot(self.receive, libelle="Choisir un fichier à importer")
        self.zone = widgets.HTML()
        self.nom, self.octets, self.apercu = "", b"", None

    @guarded
    def receive(self, nom: str, octets: bytes) -> None:
        self.nom, self.octets, self.apercu = nom, octets, None
        self._read(ChoixImport())

    @guarded
    def on_gesture(self, geste: Mapping[str, str]) -> None:
        {"importer": self.write, "renoncer": self.drop, "correspondre": lambda: self._read(self._mapping(geste))}[
            geste["geste"]
        ]()

    def _read(self, choix: ChoixImport) -> None:
        """Les années qui manquent se demandent ; une lecture refusée ne change rien au dossier."""
        if not self.octets and not self.nom:
            raise CtgError("Aucun fichier n'est choisi.", "Importer un fichier", "Choisir un fichier d'abord.")
        self.apercu = preview(self.octets, self.dossier, nom=self.nom, choix=choix)
        self.zone.value = show_preview(self.apercu, self._territoire())

    def write(self) -> None:
        if self.apercu is None or not self.apercu.a_ecrire:
            raise CtgError("Rien n'est prêt à être écrit.", "Importer un fichier", "Choisir un fichier d'abord.")
        bilans = apply(self.apercu, self.dossier)
        self.drop()
        self._changed()
        self.zone.value = render("diagnostic/import_fait", bilans=bilans)

    def drop(self) -> None:
        self.nom, self.octets, self.apercu = "", b"", None
        self.zone.value = ""

    def tell(self, erreur: CtgError) -> None:
        self.zone.value = message_html(erreur)

    def _mapping(self, geste: Mapping[str, str]) -> ChoixImport:
        """Les réponses du formulaire : pour chaque colonne, « lieu », « année » ou un indicateur."""
        propositions = self.apercu.propositions if self.apercu else ()
        roles = {p.colonne: geste.get(f"c{i}", "").strip() for i, p in enumerate(propositions)}
        lieu = next((c for c, r in roles.items() if r.lower() == LIEU), "")
        colonne_annee = next((c for c, r in roles.items() if r.lower() in (ANNEE, "annee")), "")
        codes = {c: r.split(" ", 1)[0].upper() for c, r in roles.items() if r and c not in (lieu, colonne_annee)}
        annee = geste.get("annee", "").strip()
        if annee and not (annee.isdigit() and len(annee) == 4):
            raise CtgError("L'année s'écrit avec quatre chiffres.", "Année des chiffres", "Par exemple 2024.")
        source = geste.get("source", "").strip()
        voulue = Correspondance(lieu, codes, source, "auto", int(annee) if annee else None, colonne_annee)
        return ChoixImport(correspondance=voulue.check())


def show_preview(apercu: Apercu, territoire: Territoire) -> Markup:
    """Ce qui serait écrit, par indicateur ; l'exemple est une valeur que la page montrerait, le secret appliqué."""
    montrees = publish(replace(territoire, indicateurs=Table.of(Indicateur, apercu.lignes))).lignes
    groupes: dict[tuple[str, int], list[Indicateur]] = {}
    for ligne in montrees:
        groupes.setdefault((ligne.code, ligne.annee or 0), []).append(ligne)
    valeurs = [
        (f"{code} {apercu.libelles.get(code, '')}", annee, lignes, _example(lignes))
        for (code, annee), lignes in sorted(groupes.items())
    ]
    options = [LIEU, ANNEE, *(f"{d.code} {d.libelle}" for d in load_catalogue().values())]
    return render("diagnostic/import", a=apercu, valeurs=valeurs, options=options, short=_short)


def _example(lignes: list[Indicateur]) -> Indicateur | None:
    return next((x for x in lignes if x.valeur is not None), None)


def _short(valeur: float) -> str:
    return nombre(valeur, 0 if valeur == int(valeur) else 1 if abs(valeur) >= 1 else 3)
