"""Ce qu'un import écrirait, relevé en lisant et montré avant d'écrire quoi que ce soit."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ctgkit.echanges.sorties import BilanFichier, Ecriture
from ctgkit.echanges.tableau.perimetre import Perimetre
from ctgkit.echanges.tableau.valeurs import A_COMPLETER, ESTIME, MASQUE, CritereLu, ValeurLue
from ctgkit.errors import Defaut
from ctgkit.formats import liste, nombre, pluriel
from ctgkit.territoire import Indicateur, Territoire

MONTRES = 20
LIMITE_REJETS = 1_000
_NIVEAUX = {
    "epci": "EPCI",
    "departement": "département",
    "region": "région",
    "france": "France",
    "iris": "Iris",
    "qpv": "QPV",
}
_INVARIABLES = ("EPCI", "Iris", "QPV", "France")


class Skipped(Exception):
    """Une ligne que l'on ne lit pas, pour une raison que l'on dit et que l'on compte."""


@dataclass(frozen=True)
class Rejet:
    """Une ligne ou une cellule que l'on ne peut pas reprendre : où, pourquoi, ce qui a été lu."""

    raison: str
    ligne: int | None = None
    colonne: str = ""
    valeur: str = ""
    adresse: str = ""

    def as_defaut(self, fichier: str) -> Defaut:
        lieu = self.adresse or self.colonne
        return Defaut(fichier, self.raison, "", self.ligne, lieu, self.valeur)


@dataclass(frozen=True)
class Proposition:
    """Une colonne d'un fichier inconnu : des exemples, et ce qu'elle semble être."""

    colonne: str
    exemples: tuple[str, ...] = ()
    role: str = ""
    code: str = ""
    libelle: str = ""


@dataclass(frozen=True)
class CritereMontre:
    """Un critère des communes que le fichier donne : son année, combien de communes, un exemple."""

    libelle: str
    annee: int
    communes: int
    exemple: str

    def __str__(self) -> str:
        return f"{self.libelle}, {self.annee} : {pluriel(self.communes, 'commune')} ; ex. {self.exemple}"


@dataclass
class ApercuImport:
    """Chaque ligne lue est comptée une fois et une seule : reprise, hors du territoire, écartée, rejetée ou vide.

    `annee` est celle que la personne a donnée ; `lignes`, les valeurs lues, puis celles qui seraient écrites ;
    `nommees`, les communes que le fichier désigne par leur nom. `gardees` compte les critères de communes.csv déjà
    renseignés autrement : ils restent, sauf si l'on a demandé de les `remplacer`.
    """

    fichier: str
    territoire: Territoire
    perimetre: Perimetre
    annee: int | None = None
    dossier: Path | None = None
    format: str = ""
    libelle: str = ""
    lues: int = 0
    reprises: int = 0
    hors: int = 0
    vides: int = 0
    refusees: int = 0
    ecartees: Counter[str] = field(default_factory=Counter)
    lignes: list[ValeurLue] = field(default_factory=list)
    nommees: set[str] = field(default_factory=set)
    remplacer: bool = False
    criteres_lus: list[CritereLu] = field(default_factory=list)
    criteres: list[CritereMontre] = field(default_factory=list)
    gardees: int = 0
    rejets: list[Rejet] = field(default_factory=list)
    nombre_rejets: int = 0
    avis: list[str] = field(default_factory=list)
    colonnes_ignorees: list[str] = field(default_factory=list)
    feuilles_ignorees: tuple[str, ...] = ()
    sorties: list[Ecriture] = field(default_factory=list)
    bilans: tuple[BilanFichier, ...] = ()
    propositions: tuple[Proposition, ...] = ()
    exemples: dict[tuple[str, int], Indicateur] = field(default_factory=dict)
    libelles: Mapping[str, str] = field(default_factory=dict)

    def reject(self, rejet: Rejet) -> None:
        self.nombre_rejets += 1
        if len(self.rejets) < LIMITE_REJETS:
            self.rejets.append(rejet)

    def warn(self, avis: str) -> None:
        if avis not in self.avis:
            self.avis.append(avis)

    @property
    def titre(self) -> str:
        """Le nom du fichier sans son extension : ce que cite une référence."""
        return Path(self.fichier).stem

    @property
    def noms(self) -> Mapping[str, str]:
        return self.perimetre.communes

    @property
    def masquees(self) -> int:
        return sum(i.statut == MASQUE for i in self.lignes)

    @property
    def est_reconnu(self) -> bool:
        return bool(self.format)

    @property
    def a_ecrire(self) -> bool:
        return bool(self.sorties)

    @property
    def rien(self) -> str:
        """Pourquoi rien n'est entré : une phrase, tirée du compte des lignes."""
        if self.lues == self.vides:
            return "le fichier n'a aucune ligne remplie sous ses titres"
        causes = [f"{pluriel(self.hors, 'ligne')} hors du territoire"] if self.hors else []
        causes += [f"{pluriel(n, 'ligne écartée', 'lignes écartées')} ({r})" for r, n in sorted(self.ecartees.items())]
        causes += [pluriel(self.nombre_rejets, "rejet")] if self.nombre_rejets else []
        causes += [pluriel(self.gardees, "valeur déjà là, gardée", "valeurs déjà là, gardées")] if self.gardees else []
        sans = f"{pluriel(self.reprises, 'ligne')} du territoire sans valeur à y ranger"
        causes += [sans] if self.reprises and not self.nombre_rejets and not self.gardees else []
        return liste(causes)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.fichier} : {self.libelle or 'format non reconnu'}"
        yield f"Territoire : {self.territoire.nom} ({self.territoire.code})"
        if self.est_reconnu:
            yield from self._counts()
            yield from self._values()
            yield from (f"  {critere}" for critere in self.criteres)
            yield from (f"  {b.fichier} : {b.dit}" for b in self.bilans)
        yield from self._notes()
        yield from self._rejections()

    def _counts(self) -> Iterator[str]:
        dites = [f"{nombre(self.reprises)} du territoire", f"{nombre(self.hors)} hors du territoire"]
        dites += [f"{pluriel(n, 'écartée')}, {raison}" for raison, n in sorted(self.ecartees.items())]
        dites += [pluriel(self.refusees, "rejetée"), pluriel(self.vides, "vide")]
        yield f"Lignes lues : {nombre(self.lues)}, dont {' ; '.join(dites)}"

    def _values(self) -> Iterator[str]:
        if not self.lignes:
            return
        estimees = sum(i.statut == ESTIME for i in self.lignes)
        sans = sum(i.statut == A_COMPLETER for i in self.lignes)
        suites = [f"dont {pluriel(self.masquees, 'masquée')}"]
        suites += [pluriel(estimees, "calculée")] if estimees else []
        suites += [pluriel(sans, "non renseignée", "non renseignées")] if sans else []
        yield f"Valeurs : {nombre(len(self.lignes))}, {', '.join(suites)}"
        for (code, annee), lignes in sorted(self._groups().items()):
            quoi = f"{code:<6} {annee or 'sans année'}  {self.libelles.get(code, '')}"
            yield f"  {quoi} : {_where(lignes)}{self._example(code, annee)}"

    def _groups(self) -> dict[tuple[str, int], list[ValeurLue]]:
        groupes: dict[tuple[str, int], list[ValeurLue]] = {}
        for ligne in self.lignes:
            groupes.setdefault((ligne.code, ligne.annee or 0), []).append(ligne)
        return groupes

    def _example(self, code: str, annee: int) -> str:
        exemple = self.exemples.get((code, annee))
        if exemple is None:
            return ""
        nom, valeur = self.noms.get(exemple.geo), _short(exemple.valeur or 0)
        return f" ; ex. {nom} ({exemple.geo}) : {valeur}" if nom else f" ; ex. {exemple.geo} : {valeur}"

    def _notes(self) -> Iterator[str]:
        if self.colonnes_ignorees:
            yield f"Colonnes non reprises : {liste(self.colonnes_ignorees, MONTRES)}"
        if self.feuilles_ignorees:
            yield f"Feuilles non reprises : {liste(self.feuilles_ignorees, MONTRES)}"
        yield from (f"À savoir : {avis}" for avis in self.avis)

    def _rejections(self) -> Iterator[str]:
        if self.nombre_rejets:
            yield f"Rejets : {nombre(self.nombre_rejets)}"
        yield from (f"  {r.as_defaut(self.fichier)}" for r in self.rejets[:MONTRES])
        if self.nombre_rejets > MONTRES:
            raisons = liste([r for r, _ in Counter(r.raison for r in self.rejets[MONTRES:]).most_common(3)])
            yield f"  … et {pluriel(self.nombre_rejets - MONTRES, 'autre')} ({raisons})"


def _where(lignes: list[ValeurLue]) -> str:
    niveaux = Counter(i.niveau for i in lignes)
    return liste([_level(niveau, n) for niveau, n in niveaux.items()])


def _level(niveau: str, combien: int) -> str:
    mot = _NIVEAUX.get(niveau, niveau)
    return "France" if mot == "France" else pluriel(combien, mot, mot if mot in _INVARIABLES else None)


def _short(valeur: float) -> str:
    decimales = 0 if valeur == int(valeur) else 1 if abs(valeur) >= 1 else 3
    return nombre(valeur, decimales)
