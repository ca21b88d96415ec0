"""Ce qu'un import écrit dans le dossier du territoire : toujours le même résultat, rejoué autant qu'on veut."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ctgkit.echanges.lecteurs.feuille import LIMITE, number_text
from ctgkit.echanges.tableau.valeurs import ValeurLue
from ctgkit.errors import CtgError
from ctgkit.formats import read_nombre
from ctgkit.storage import read_bytes
from ctgkit.texte import CsvQuoteError, csv_rows, guard

INDICATEURS = "indicateurs.csv"
COLONNES = ("code", "geo", "niveau", "annee", "valeur", "statut", "source", "reference")
_CLE = ("code", "geo", "niveau", "annee", "source")
_BOM = "\ufeff"


@dataclass(frozen=True)
class BilanFichier:
    """Ce qui a changé dans un fichier."""

    fichier: str
    ajoutees: int = 0
    remplacees: int = 0
    inchangees: int = 0

    @property
    def change(self) -> bool:
        return bool(self.ajoutees or self.remplacees)


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


class _IndicateursCsv:
    """indicateurs.csv ligne à ligne : ce que l'import ne touche pas est rendu à l'octet près."""

    def __init__(self, ancien: bytes | None) -> None:
        texte = _BOM + ";".join(COLONNES) + "\n" if ancien is None else _decode(ancien)
        self._fin = "\r\n" if "\r\n" in texte else "\n"
        lus = _records(texte)
        self._bruts = [brut for brut, _ in lus]
        self._cellules = [cellules for _, cellules in lus]
        self._rangs = _positions(self._cellules)
        self._par_cle: dict[tuple[str, ...], int] = {}
        for i, cellules in enumerate(self._cellules[1:], 1):
            self._par_cle.setdefault(self._key(cellules), i)

    def _key(self, cellules: list[str]) -> tuple[str, ...]:
        return tuple(self._at(cellules, c) for c in _CLE)

    def _at(self, cellules: list[str], colonne: str) -> str:
        rang = self._rangs[colonne]
        return cellules[rang].strip() if rang < len(cellules) else ""

    def put(self, nouvelle: dict[str, str]) -> str:
        cle = tuple(nouvelle[c] for c in _CLE)
        rang = self._rank(cle)
        if rang is None:
            self._close_last()
            self._par_cle[cle] = len(self._bruts)
            self._cellules.append(self._fill([], nouvelle))
            self._bruts.append(self._write(self._cellules[-1]))
            return "ajoutees"
        datee = self._key(self._cellules[rang]) == cle
        if datee and self._says_the_same(self._cellules[rang], nouvelle):
            return "inchangees"
        self._cellules[rang] = self._fill(self._cellules[rang], nouvelle)
        self._bruts[rang] = self._write(self._cellules[rang])
        return "remplacees"

    def _rank(self, cle: tuple[str, ...]) -> int | None:
        """La ligne de cette clé ; à défaut celle que la même livraison avait écrite sans année, qui la reçoit."""
        *lieu, annee, source = cle
        sans_annee = (*lieu, "", source)
        if cle not in self._par_cle and annee and source.endswith(f"-{annee}") and sans_annee in self._par_cle:
            self._par_cle[cle] = self._par_cle.pop(sans_annee)
        return self._par_cle.get(cle)

    def _says_the_same(self, cellules: list[str], nouvelle: dict[str, str]) -> bool:
        """Même valeur et même statut : la référence déjà écrite reste, deux fichiers peuvent donner le même chiffre."""
        ancienne, statut = self._at(cellules, "valeur"), self._at(cellules, "statut")
        return statut == nouvelle["statut"] and _number(ancienne) == _number(nouvelle["valeur"])

    def _fill(self, cellules: list[str], nouvelle: dict[str, str]) -> list[str]:
        largeur = max(len(self._cellules[0]), len(cellules))
        pleines = cellules + [""] * (largeur - len(cellules))
        for colonne, rang in self._rangs.items():
            pleines[rang] = nouvelle[colonne]
        return pleines

    def _write(self, cellules: list[str]) -> str:
        flux = io.StringIO()
        csv.writer(flux, delimiter=";", lineterminator=self._fin).writerow(cellules)
        return flux.getvalue()

    def _close_last(self) -> None:
        if self._bruts and not self._bruts[-1].endswith(("\n", "\r")):
            self._bruts[-1] += self._fin

    def render(self) -> bytes:
        return "".join(self._bruts).encode()


def _number(texte: str) -> float | str:
    try:
        return read_nombre(texte)
    except ValueError:
        return texte


def _decode(ancien: bytes) -> str:
    try:
        return ancien.decode("utf-8")
    except UnicodeDecodeError as erreur:
        raise _broken("n'est pas en UTF-8") from erreur


def _records(texte: str) -> list[tuple[str, list[str]]]:
    """Chaque enregistrement avec son texte exact."""
    lignes = list(io.StringIO(texte, newline=""))
    try:
        return [("".join(lignes[debut - 1 : fin]), cellules) for debut, fin, cellules in csv_rows(lignes)]
    except CsvQuoteError as erreur:
        raise _broken("a un guillemet mal fermé") from erreur


def _positions(lignes: list[list[str]]) -> dict[str, int]:
    titres = [t.strip().lstrip(_BOM) for t in lignes[0]] if lignes else []
    if absentes := [c for c in COLONNES if c not in titres]:
        raise _broken(f"n'a pas la colonne « {absentes[0]} »")
    return {c: titres.index(c) for c in COLONNES}


def _broken(raison: str) -> CtgError:
    quoi = f"Le fichier {INDICATEURS} du territoire {raison} : rien n'est écrit."
    return CtgError(quoi, INDICATEURS, "Le corriger d'abord : « ctg verifier » dit où.")


def merge_all(sorties: Iterable[Ecriture], dossier: Path) -> list[tuple[Path, bytes, BilanFichier]]:
    """Tous les nouveaux contenus, calculés avant d'en écrire un seul."""
    prets = []
    for sortie in sorties:
        chemin = dossier / sortie.fichier
        prets.append((chemin, *sortie.merge(_existing(chemin))))
    return prets


def _existing(chemin: Path) -> bytes | None:
    return read_bytes(chemin, LIMITE) if chemin.exists() else None
