"""Comparer la liste des communes du territoire à une liste officielle, ou l'écrire quand il n'en a pas encore."""

import csv
import io

from ctgkit.echanges.sorties import WholeFile
from ctgkit.echanges.tableau.codes import simplify
from ctgkit.echanges.tableau.contexte import Contexte, Releve
from ctgkit.formats import liste, pluriel
from ctgkit.texte import guard

FICHIER = "communes.csv"
_TITRES = (
    "code_insee", "nom", "population", "annee_population", "lat", "lon", "adhesion", "effet", "potentiel_financier_hab",
    "niveau_de_vie", "zone_prioritaire",
)  # fmt: skip


class CommuneList:
    """Ce que la liste officielle dit des communes du territoire."""

    def __init__(self, contexte: Contexte, releve: Releve) -> None:
        self._perimetre, self._releve = contexte.perimetre, releve
        self._vues: dict[str, str] = {}
        self._membres: dict[str, str] = {}
        self._deleguees: list[str] = []

    def see(self, code: str, nom: str, membre: bool) -> bool:
        """Une commune de la liste ; `membre` quand la liste la dit dans l'EPCI du territoire."""
        heritieres = self._perimetre.mouvements.heirs(code)
        actuelle = next(iter(heritieres)) if len(heritieres) == 1 else code
        if actuelle != code and (membre or actuelle in self._perimetre.communes):
            nouvelle = self._perimetre.mouvements.name(actuelle)
            self._releve.warn(f"{nom} ({code}) a rejoint {nouvelle} ({actuelle}) depuis cette liste.")
            nom = nouvelle
        if membre:
            self._membres[actuelle] = nom
        if actuelle in self._perimetre.communes:
            self._vues[actuelle] = nom
        return membre or actuelle in self._perimetre.communes

    def delegate(self, code: str, nom: str, parent: str) -> bool:
        """Une commune déléguée ou associée : elle n'est plus une commune, mais de vieux fichiers gardent son code."""
        if code in self._perimetre.communes and code != parent:
            self._releve.warn(f"{nom} ({code}) est une commune déléguée de {parent} : revoir la liste du territoire.")
        elif parent in self._perimetre.communes and code != parent:
            self._deleguees.append(f"{nom} ({code}, dans {parent})")
        return code in self._perimetre.communes or parent in self._perimetre.communes

    def conclude(self, complete: bool) -> None:
        communes = self._perimetre.communes
        self._say("absentes de cette liste officielle", sorted(set(communes) - set(self._vues)))
        if complete and self._membres and communes:
            self._say("du territoire, hors de l'EPCI selon cette liste", sorted(set(self._vues) - set(self._membres)))
            nouvelles = {c: n for c, n in self._membres.items() if c not in communes}
            absentes = "de l'EPCI selon cette liste, absentes du territoire (à ajouter à la main si besoin)"
            self._say(absentes, sorted(nouvelles), nouvelles)
        if self._deleguees:
            self._releve.warn(f"Anciennes communes du territoire : {liste(self._deleguees[:20])}.")
        self._compare_names()
        if self._membres and not communes:
            self._releve.sorties.append(WholeFile(FICHIER, _render(self._membres), len(self._membres)))

    def _say(self, quoi: str, codes: list[str], noms: dict[str, str] | None = None) -> None:
        if codes:
            dites = liste([f"{(noms or self._perimetre.communes).get(c) or c} ({c})" for c in codes[:20]])
            self._releve.warn(f"{pluriel(len(codes), 'commune')} {quoi} : {dites}.")

    def _compare_names(self) -> None:
        for code, nom in sorted(self._vues.items()):
            notre = self._perimetre.communes.get(code, "")
            if notre and simplify(notre) != simplify(nom):
                self._releve.warn(
                    f"{code} s'appelle « {nom} » dans cette liste et « {notre} » dans le territoire : nom gardé."
                )


def _render(noms: dict[str, str]) -> str:
    flux = io.StringIO()
    flux.write("\ufeff")
    ecrivain = csv.writer(flux, delimiter=";", lineterminator="\n")
    ecrivain.writerow(_TITRES)
    ecrivain.writerows([code, guard(nom), *[""] * (len(_TITRES) - 2)] for code, nom in sorted(noms.items()))
    return flux.getvalue()
