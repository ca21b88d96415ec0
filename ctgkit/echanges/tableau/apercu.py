"""Ce qu'un import écrirait, montré avant d'écrire quoi que ce soit."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ctgkit.echanges.sorties import Bilan, Sortie
from ctgkit.echanges.tableau.correspondances import Proposition
from ctgkit.echanges.tableau.modele import ESTIME, MASQUE, Rejet
from ctgkit.formats import liste, nombre, pluriel
from ctgkit.territoire import Indicateur

MONTRES = 20
_NIVEAUX = {
    "epci": "EPCI",
    "departement": "département",
    "region": "région",
    "france": "France",
    "iris": "Iris",
    "qpv": "QPV",
}
_INVARIABLES = ("EPCI", "Iris", "QPV", "France")


@dataclass(frozen=True)
class Apercu:
    """Le résultat d'une lecture : `apply` n'écrit rien d'autre que ce qui est ici."""

    fichier: str
    territoire: str
    nom_territoire: str
    format: str = ""
    libelle: str = ""
    lues: int = 0
    reprises: int = 0
    hors: int = 0
    vides: int = 0
    refusees: int = 0
    ecartees: Mapping[str, int] = field(default_factory=dict)
    lignes: tuple[Indicateur, ...] = ()
    rejets: tuple[Rejet, ...] = ()
    nombre_rejets: int = 0
    avis: tuple[str, ...] = ()
    colonnes_ignorees: tuple[str, ...] = ()
    feuilles_ignorees: tuple[str, ...] = ()
    sorties: tuple[Sortie, ...] = ()
    bilans: tuple[Bilan, ...] = ()
    propositions: tuple[Proposition, ...] = ()
    exemples: Mapping[tuple[str, int], Indicateur] = field(default_factory=dict)
    noms: Mapping[str, str] = field(default_factory=dict)
    libelles: Mapping[str, str] = field(default_factory=dict)

    @property
    def masquees(self) -> int:
        return sum(i.statut == MASQUE for i in self.lignes)

    @property
    def est_reconnu(self) -> bool:
        return bool(self.format)

    @property
    def a_ecrire(self) -> bool:
        return bool(self.sorties)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.fichier} : {self.libelle or 'format non reconnu'}"
        yield f"Territoire : {self.nom_territoire} ({self.territoire})"
        if self.est_reconnu:
            yield from self._counts()
            yield from self._values()
            yield from (f"  {b.fichier} : {_balance(b)}" for b in self.bilans)
        yield from self._notes()
        yield from self._rejections()

    def _counts(self) -> Iterator[str]:
        ecartees = [f"{pluriel(n, 'écartée')}, {raison}" for raison, n in sorted(self.ecartees.items())]
        comptes = [
            f"{nombre(self.reprises)} du territoire", f"{nombre(self.hors)} hors du territoire", *ecartees,
            pluriel(self.refusees, "rejetée"), pluriel(self.vides, "vide"),
        ]  # fmt: skip
        yield f"Lignes lues : {nombre(self.lues)}, dont {' ; '.join(comptes)}"

    def _values(self) -> Iterator[str]:
        if not self.lignes:
            return
        estimees = sum(i.statut == ESTIME for i in self.lignes)
        sans = sum(i.statut == "a_completer" for i in self.lignes)
        suites = [f"dont {pluriel(self.masquees, 'masquée')}"]
        suites += [pluriel(estimees, "calculée")] if estimees else []
        suites += [pluriel(sans, "non renseignée", "non renseignées")] if sans else []
        yield f"Valeurs : {nombre(len(self.lignes))}, {', '.join(suites)}"
        for (code, annee), lignes in sorted(self._groups().items()):
            quoi = f"{code:<6} {annee or 'sans année'}  {self.libelles.get(code, '')}"
            yield f"  {quoi} : {_where(lignes)}{self._example(code, annee)}"

    def _groups(self) -> dict[tuple[str, int], list[Indicateur]]:
        groupes: dict[tuple[str, int], list[Indicateur]] = {}
        for ligne in self.lignes:
            groupes.setdefault((ligne.code, ligne.annee or 0), []).append(ligne)
        return groupes

    def _example(self, code: str, annee: int) -> str:
        exemple = self.exemples.get((code, annee))
        if exemple is None:
            return ""
        nom = self.noms.get(exemple.geo)
        return f" ; ex. {f'{nom} ({exemple.geo})' if nom else exemple.geo} : {_short(exemple.valeur or 0)}"

    def _notes(self) -> Iterator[str]:
        if self.colonnes_ignorees:
            reste = len(self.colonnes_ignorees) - MONTRES
            suite = f" et {nombre(reste)} autres" if reste > 0 else ""
            yield f"Colonnes non reprises : {', '.join(self.colonnes_ignorees[:MONTRES])}{suite}"
        if self.feuilles_ignorees:
            yield f"Feuilles non reprises : {', '.join(self.feuilles_ignorees[:MONTRES])}"
        yield from (f"À savoir : {avis}" for avis in self.avis)

    def _rejections(self) -> Iterator[str]:
        if self.nombre_rejets:
            yield f"Rejets : {nombre(self.nombre_rejets)}"
        yield from (f"  {r.as_defaut(self.fichier)}" for r in self.rejets[:MONTRES])
        if self.nombre_rejets > MONTRES:
            raisons = liste([r for r, _ in Counter(r.raison for r in self.rejets[MONTRES:]).most_common(3)])
            yield f"  … et {nombre(self.nombre_rejets - MONTRES)} autres ({raisons})"


def _balance(bilan: Bilan) -> str:
    if not bilan.change:
        return "rien à changer"
    comptes = (bilan.ajoutees, "ajoutée"), (bilan.remplacees, "remplacée"), (bilan.inchangees, "inchangée")
    return ", ".join(pluriel(combien, mot) for combien, mot in comptes)


def _where(lignes: list[Indicateur]) -> str:
    niveaux = Counter(i.niveau for i in lignes)
    return liste([_level(niveau, n) for niveau, n in niveaux.items()])


def _level(niveau: str, combien: int) -> str:
    mot = _NIVEAUX.get(niveau, niveau)
    return "France" if mot == "France" else pluriel(combien, mot, mot if mot in _INVARIABLES else None)


def _short(valeur: float) -> str:
    decimales = 0 if valeur == int(valeur) else 1 if abs(valeur) >= 1 else 3
    return nombre(valeur, decimales)
