"""Insee, Code officiel géographique, fichier des communes : noms en vigueur, communes déléguées et associées.

La liste des communes du territoire est comparée à la liste officielle, ou écrite quand il n'en a pas encore.
"""

from dataclasses import fields

from ctgkit.echanges.sorties import FichierEntier
from ctgkit.echanges.tableau.apercu import ApercuImport, Skipped
from ctgkit.echanges.tableau.codes import COMMUNE, is_nowhere, read_code, simplify
from ctgkit.echanges.tableau.entete import Piste
from ctgkit.echanges.tableau.lignes import FormatListe, LigneLue, browse
from ctgkit.formats import liste, pluriel
from ctgkit.territoire import Commune
from ctgkit.texte import csv_text

_ARRONDISSEMENT = "ARM"
FICHIER = "communes.csv"


class ListeCommunes:
    """Ce que la liste officielle dit des communes du territoire."""

    def __init__(self, apercu: ApercuImport) -> None:
        self._perimetre, self._apercu = apercu.perimetre, apercu
        self._vues: dict[str, str] = {}
        self._membres: dict[str, str] = {}
        self._deleguees: list[str] = []

    def see(self, code: str, nom: str, membre: bool) -> bool:
        """Une commune de la liste ; `membre` quand la liste la dit dans l'EPCI du territoire."""
        heritieres = self._perimetre.mouvements.heirs(code)
        actuelle = next(iter(heritieres)) if len(heritieres) == 1 else code
        if actuelle != code and (membre or actuelle in self._perimetre.communes):
            nouvelle = self._perimetre.mouvements.name(actuelle)
            self._apercu.warn(f"{nom} ({code}) a rejoint {nouvelle} ({actuelle}) depuis cette liste.")
            nom = nouvelle
        if membre:
            self._membres[actuelle] = nom
        if actuelle in self._perimetre.communes:
            self._vues[actuelle] = nom
        return membre or actuelle in self._perimetre.communes

    def delegate(self, code: str, nom: str, parent: str) -> bool:
        """Une commune déléguée ou associée : elle n'est plus une commune, mais de vieux fichiers gardent son code."""
        if code in self._perimetre.communes and code != parent:
            self._apercu.warn(f"{nom} ({code}) est une commune déléguée de {parent} : revoir la liste du territoire.")
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
            self._apercu.warn(f"Anciennes communes du territoire : {liste(self._deleguees[:20])}.")
        self._compare_names()
        if self._membres and not communes:
            self._apercu.sorties.append(FichierEntier(FICHIER, _render(self._membres), len(self._membres)))

    def _say(self, quoi: str, codes: list[str], noms: dict[str, str] | None = None) -> None:
        if codes:
            dites = liste([f"{(noms or self._perimetre.communes).get(c) or c} ({c})" for c in codes[:20]])
            self._apercu.warn(f"{pluriel(len(codes), 'commune')} {quoi} : {dites}.")

    def _compare_names(self) -> None:
        for code, nom in sorted(self._vues.items()):
            notre = self._perimetre.communes.get(code, "")
            if notre and simplify(notre) != simplify(nom):
                self._apercu.warn(
                    f"{code} s'appelle « {nom} » dans cette liste et « {notre} » dans le territoire : nom gardé."
                )


def _render(noms: dict[str, str]) -> str:
    titres = [champ.name for champ in fields(Commune)]
    vides = [""] * (len(titres) - 2)
    return "\ufeff" + csv_text([titres, *([code, nom, *vides] for code, nom in sorted(noms.items()))], "\n")


def _read(piste: Piste, apercu: ApercuImport) -> None:
    liste = ListeCommunes(apercu)

    def one(ligne: LigneLue) -> bool:
        if is_nowhere(ligne.get("code").upper()):
            raise Skipped("lignes sans code de commune")
        code = read_code(COMMUNE, ligne.get("code"))
        if ligne.get("type") == "COM":
            return liste.see(code, ligne.get("nom"), membre=False)
        if ligne.get("type") != _ARRONDISSEMENT and ligne.get("parent"):
            return liste.delegate(code, ligne.get("nom"), read_code(COMMUNE, ligne.get("parent")))
        return code in apercu.perimetre.communes

    browse(piste, apercu, one)
    liste.conclude(complete=False)


FORMAT = FormatListe(
    code="cog",
    libelle="Insee, Code officiel géographique (communes)",
    colonnes={"type": "typecom", "code": "com", "nom": "libelle", "parent": "comparent"},
    read=_read,
)
