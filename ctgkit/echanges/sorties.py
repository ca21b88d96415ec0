"""Ce qu'un import écrit dans le dossier du territoire : toujours le même résultat, rejoué autant qu'on veut."""

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ctgkit.echanges.lecteurs.feuille import LIMITE, number_text
from ctgkit.echanges.tableau.valeurs import ValeurLue
from ctgkit.errors import CtgError
from ctgkit.formats import pluriel, read_nombre
from ctgkit.storage import read_bytes
from ctgkit.storage.territoire.tables import read_bool
from ctgkit.territoire import Commune, column_kinds
from ctgkit.texte import CsvQuoteError, csv_line, csv_rows, guard

INDICATEURS = "indicateurs.csv"
COMMUNES = "communes.csv"
COLONNES = ("code", "geo", "niveau", "annee", "valeur", "statut", "source", "reference")
_CLE = ("code", "geo", "niveau", "annee", "source")
_BOM = "\ufeff"
_PROVENANCE = ("annee_population", "source_criteres")
_RANGS = ("inchangees", "ajoutees", "remplacees")
_MOTS_COMMUNES = ("commune complétée", "commune changée", "commune inchangée")


@dataclass(frozen=True)
class BilanFichier:
    """Ce qui a changé dans un fichier, et les mots qui comptent ses éléments."""

    fichier: str
    ajoutees: int = 0
    remplacees: int = 0
    inchangees: int = 0
    mots: tuple[str, str, str] = ("ajoutée", "remplacée", "inchangée")

    @property
    def change(self) -> bool:
        return bool(self.ajoutees or self.remplacees)

    @property
    def dit(self) -> str:
        if not self.change:
            return "rien à changer"
        comptes = zip((self.ajoutees, self.remplacees, self.inchangees), self.mots, strict=True)
        return ", ".join(pluriel(combien, mot, _plural(mot)) for combien, mot in comptes)


def _plural(groupe: str) -> str:
    return " ".join(f"{mot}s" for mot in groupe.split())


class Ecriture(Protocol):
    @property
    def fichier(self) -> str: ...

    def merge(self, ancien: bytes | None) -> tuple[bytes, BilanFichier]: ...


@dataclass(frozen=True)
class FichierEntier:
    """Un fichier réécrit entier, comme les contours."""

    fichier: str
    contenu: str
    elements: int = 1

    def merge(self, ancien: bytes | None) -> tuple[bytes, BilanFichier]:
        octets = self.contenu.encode()
        if ancien == octets:
            return octets, BilanFichier(self.fichier, inchangees=self.elements)
        if ancien is None:
            return octets, BilanFichier(self.fichier, ajoutees=self.elements)
        return octets, BilanFichier(self.fichier, remplacees=self.elements)


@dataclass(frozen=True)
class LignesIndicateurs:
    """Des lignes d'indicateurs.csv : celles qui existaient sont remplacées à leur place, les autres s'ajoutent."""

    lignes: tuple[ValeurLue, ...]
    fichier: str = INDICATEURS

    def merge(self, ancien: bytes | None) -> tuple[bytes, BilanFichier]:
        tableau = _IndicateursCsv(ancien)
        comptes = {"ajoutees": 0, "remplacees": 0, "inchangees": 0}
        for ligne in self.lignes:
            comptes[tableau.put(_cells(ligne))] += 1
        return tableau.render(), BilanFichier(self.fichier, **comptes)


@dataclass(frozen=True)
class CaseCommune:
    """Une case de communes.csv : ce que l'aperçu y a lu, ce qu'il y met."""

    code_insee: str
    colonne: str
    ancien: str
    nouveau: str


@dataclass(frozen=True)
class CasesCommunes:
    """Des cases de communes.csv ; une seule changée depuis l'aperçu arrête tout."""

    cases: tuple[CaseCommune, ...]
    fichier: str = COMMUNES

    def merge(self, ancien: bytes | None) -> tuple[bytes, BilanFichier]:
        tableau = _CsvGarde(self.fichier, ancien, ("code_insee",))
        rangs = {tableau.at(i, "code_insee").zfill(5): i for i in range(1, len(tableau))}
        touchees = dict.fromkeys((case.code_insee for case in self.cases), "inchangees")
        for case in self.cases:
            rang = rangs.get(case.code_insee, 0)
            lu = _sense(tableau.at(rang, case.colonne), case.colonne) if rang else None
            if lu not in (_sense(case.ancien, case.colonne), _sense(case.nouveau, case.colonne)):
                quoi = f"La commune {case.code_insee} a changé depuis cet aperçu : rien n'est écrit."
                raise CtgError(quoi, f"{self.fichier}, {case.colonne}", "Relire le fichier, puis écrire.")
            if lu != _sense(case.nouveau, case.colonne):
                tableau.set(rang, {case.colonne: case.nouveau})
                sort = "remplacees" if case.ancien and case.colonne not in _PROVENANCE else "ajoutees"
                touchees[case.code_insee] = max(touchees[case.code_insee], sort, key=_RANGS.index)
        return tableau.render(), BilanFichier(self.fichier, **Counter(touchees.values()), mots=_MOTS_COMMUNES)


def _sense(texte: str, colonne: str) -> float | str:
    """Ce que dit une case, quelle que soit la façon de l'écrire : « x » et « oui », « 1 085 » et « 1085,0 »."""
    propre = " ".join(texte.split())
    with suppress(ValueError):
        return read_bool(propre) if column_kinds(Commune)[colonne] == "bool" else read_nombre(propre)
    return propre


def _cells(ligne: ValeurLue) -> dict[str, str]:
    valeur = "" if ligne.valeur is None else ligne.texte or number_text(ligne.valeur).replace(".", ",")
    return {
        "code": ligne.code,
        "geo": ligne.geo,
        "niveau": ligne.niveau,
        "annee": "" if ligne.annee is None else str(ligne.annee),
        "valeur": valeur,
        "statut": ligne.statut,
        "source": _one_line(ligne.source),
        "reference": _one_line(ligne.reference),
    }


def _one_line(texte: str) -> str:
    """Sur une ligne, sans caractère invisible, et jamais pris pour une formule."""
    return guard(" ".join("".join(c if c.isprintable() else " " for c in texte).split()))


class _CsvGarde:
    """Un CSV du territoire ligne à ligne : ce que l'import ne touche pas est rendu à l'octet près."""

    def __init__(self, fichier: str, ancien: bytes | None, colonnes: Sequence[str]) -> None:
        self._fichier = fichier
        texte = _BOM + ";".join(colonnes) + "\n" if ancien is None else self._decode(ancien)
        self._fin = "\r\n" if "\r\n" in texte else "\n"
        lus = self._records(texte)
        self._bruts = [brut for brut, _ in lus]
        self._cellules = [cellules for _, cellules in lus]
        titres = [t.strip().lstrip(_BOM) for t in self._cellules[0]] if lus else []
        if absentes := [c for c in colonnes if c not in titres]:
            raise self._broken(f"n'a pas la colonne « {absentes[0]} »")
        self._rangs = {titre: i for i, titre in reversed(list(enumerate(titres)))}

    def __len__(self) -> int:
        return len(self._bruts)

    def at(self, rang: int, colonne: str) -> str:
        cellules, place = self._cellules[rang], self._rangs.get(colonne, len(self._cellules[0]))
        return cellules[place].strip() if place < len(cellules) else ""

    def set(self, rang: int, valeurs: Mapping[str, str]) -> None:
        """Ces cases d'une ligne ; une colonne que le fichier n'a pas est ajoutée au bout de toutes."""
        for colonne in [c for c in valeurs if c not in self._rangs]:
            self._add_column(colonne)
        cellules = self._cellules[rang]
        cellules += [""] * (len(self._cellules[0]) - len(cellules))
        for colonne, valeur in valeurs.items():
            cellules[self._rangs[colonne]] = valeur
        self._bruts[rang] = csv_line(cellules, self._fin)

    def append(self, valeurs: Mapping[str, str]) -> None:
        if self._bruts and not self._bruts[-1].endswith(("\n", "\r")):
            self._bruts[-1] += self._fin
        self._bruts.append("")
        self._cellules.append([])
        self.set(len(self._bruts) - 1, valeurs)

    def _add_column(self, colonne: str) -> None:
        largeur = len(self._cellules[0])
        self._rangs[colonne] = largeur
        for i, cellules in enumerate(self._cellules):
            if any(cellules):
                cellules.extend([""] * (largeur - len(cellules)) + ["" if i else colonne])
                self._bruts[i] = csv_line(cellules, self._fin)

    def render(self) -> bytes:
        return "".join(self._bruts).encode()

    def _decode(self, ancien: bytes) -> str:
        try:
            return ancien.decode("utf-8")
        except UnicodeDecodeError as erreur:
            raise self._broken("n'est pas en UTF-8") from erreur

    def _records(self, texte: str) -> list[tuple[str, list[str]]]:
        """Chaque enregistrement avec son texte exact."""
        lignes = list(io.StringIO(texte, newline=""))
        try:
            return [("".join(lignes[debut - 1 : fin]), cellules) for debut, fin, cellules in csv_rows(lignes)]
        except CsvQuoteError as erreur:
            raise self._broken("a un guillemet mal fermé") from erreur

    def _broken(self, raison: str) -> CtgError:
        quoi = f"Le fichier {self._fichier} du territoire {raison} : rien n'est écrit."
        return CtgError(quoi, self._fichier, "Le corriger d'abord : « ctg verifier » dit où.")


class _IndicateursCsv(_CsvGarde):
    def __init__(self, ancien: bytes | None) -> None:
        super().__init__(INDICATEURS, ancien, COLONNES)
        self._par_cle: dict[tuple[str, ...], int] = {}
        for i in range(1, len(self)):
            self._par_cle.setdefault(self._key(i), i)

    def _key(self, rang: int) -> tuple[str, ...]:
        return tuple(self.at(rang, c) for c in _CLE)

    def put(self, nouvelle: dict[str, str]) -> str:
        cle = tuple(nouvelle[c] for c in _CLE)
        rang = self._rank(cle)
        if rang is None:
            self._par_cle[cle] = len(self)
            self.append(nouvelle)
            return "ajoutees"
        if self._key(rang) == cle and self._says_the_same(rang, nouvelle):
            return "inchangees"
        self.set(rang, nouvelle)
        return "remplacees"

    def _rank(self, cle: tuple[str, ...]) -> int | None:
        """La ligne de cette clé ; à défaut celle que la même livraison avait écrite sans année, qui la reçoit."""
        *lieu, annee, source = cle
        sans_annee = (*lieu, "", source)
        if cle not in self._par_cle and annee and source.endswith(f"-{annee}") and sans_annee in self._par_cle:
            self._par_cle[cle] = self._par_cle.pop(sans_annee)
        return self._par_cle.get(cle)

    def _says_the_same(self, rang: int, nouvelle: dict[str, str]) -> bool:
        """Même valeur et même statut : la référence déjà écrite reste, deux fichiers peuvent donner le même chiffre."""
        ancienne, statut = self.at(rang, "valeur"), self.at(rang, "statut")
        return statut == nouvelle["statut"] and _number(ancienne) == _number(nouvelle["valeur"])


def _number(texte: str) -> float | str:
    try:
        return read_nombre(texte)
    except ValueError:
        return texte


def merge_all(sorties: Iterable[Ecriture], dossier: Path) -> list[tuple[Path, bytes, BilanFichier]]:
    """Tous les nouveaux contenus, calculés avant d'en écrire un seul."""
    prets = []
    for sortie in sorties:
        chemin = dossier / sortie.fichier
        prets.append((chemin, *sortie.merge(_existing(chemin))))
    return prets


def _existing(chemin: Path) -> bytes | None:
    return read_bytes(chemin, LIMITE) if chemin.exists() else None
