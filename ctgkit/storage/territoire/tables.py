"""Un fichier CSV du contrat, lu colonne par colonne ; ses défauts vont au relevé."""

import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from ctgkit.formats import nombre, read_date, read_nombre
from ctgkit.storage.fichiers import LIMITE_CSV, read_text
from ctgkit.storage.report import LIBRES, REPETITIONS, Report, suggestion
from ctgkit.territoire import PAS_DELIBERE, Commune, Indicateur, Reference, Table, column_kinds
from ctgkit.texte import CsvQuoteError, csv_rows

ATTENDUS = {
    "float": ("nombre attendu", "un seul nombre, par exemple 1 234,50 ; vide si inconnu"),
    "int": ("nombre entier attendu", "un nombre entier, par exemple 2025 ; vide si inconnu"),
    "date": ("date attendue", "une date AAAA-MM-JJ ou JJ/MM/AAAA ; vide si inconnue"),
    "adhesion": (
        "date ou « non » attendus",
        "une date AAAA-MM-JJ ou JJ/MM/AAAA ; « non » si la commune n'a pas délibéré ; vide si inconnue",
    ),
    "bool": ("oui ou non attendu", "oui ou non ; vide si inconnu"),
}
_OUI_NON = {"oui": 1.0, "vrai": 1.0, "true": 1.0, "1": 1.0, "x": 1.0, "non": 0.0, "faux": 0.0, "false": 0.0, "0": 0.0}
_SIMPLES = re.compile(r"(?:[0-9]{1,15}(?:[.,][0-9]{1,9})?(?:\n|\Z))*")
_ORIGINE = date(1970, 1, 1)
LIMITE_LIGNES = 250_000
LIMITE_CELLULES = 5_000_000
# Ce que les dossiers d'avant n'ont pas : la colonne absente se lit comme ses cellules vides.
_CRITERES = ("qpv", "population_qpv", "frr", "revenu_fiscal_hab", "population_3_16", "source_criteres")
_AJOUTEES = {(Reference, "periode"), (Indicateur, "depuis"), *((Commune, c) for c in _CRITERES)}
_EXEMPLE = "une seule ligne de titres, séparés par « ; »"


def read_number(texte: str) -> float:
    lu = read_nombre(texte)
    if not math.isfinite(lu):
        raise ValueError(texte)
    return lu


def read_integer(texte: str) -> int:
    lu = read_number(texte)
    if lu != int(lu) or abs(lu) > 1e15:
        raise ValueError(texte)
    return int(lu)


def read_day(texte: str) -> date:
    """Une date, dans les siècles où une convention peut exister : `0203` ou `20225` sont des fautes de frappe."""
    jour = read_date(texte)
    if not 1900 <= jour.year <= 2100:
        raise ValueError(texte)
    return jour


def _membership_days(texte: str) -> int:
    """Le jour d'une délibération, ou « non » quand une source dit qu'il n'y en a pas."""
    refus = texte.lower() == "non" or texte == PAS_DELIBERE.isoformat()
    return (PAS_DELIBERE - _ORIGINE).days if refus else _days(texte)


def read_bool(texte: str) -> float:
    if texte.lower() not in _OUI_NON:
        raise ValueError(texte)
    return _OUI_NON[texte.lower()]


def _days(texte: str) -> int:
    return (read_day(texte) - _ORIGINE).days


_LECTEURS: dict[str, tuple[Callable[[str], float], type, float]] = {
    "float": (read_number, np.float64, math.nan),
    "int": (read_integer, np.float64, math.nan),
    "bool": (read_bool, np.float64, math.nan),
    "date": (_days, np.int64, np.iinfo(np.int64).min),
    "adhesion": (_membership_days, np.int64, np.iinfo(np.int64).min),
}


def convert(nature: str, cellules: list[str]) -> tuple[np.ndarray, list[int]]:
    """Le tableau de la colonne et le rang des cellules illisibles (inconnues dans le tableau)."""
    if nature == "str":
        tableau = np.empty(len(cellules), dtype=object)
        tableau[:] = cellules
        return tableau, []
    lire, sorte, inconnu = _LECTEURS[nature]
    distinctes = list(set(cellules) - {""})
    lus = _read_simple(distinctes) if nature == "float" else None
    if lus is None:
        lus = _read_each(distinctes, lire)
    fautifs = (
        [i for i, texte in enumerate(cellules) if texte and texte not in lus] if len(lus) < len(distinctes) else []
    )
    valeurs = np.fromiter((lus.get(texte, inconnu) for texte in cellules), dtype=sorte, count=len(cellules))
    return (valeurs.view("datetime64[D]") if sorte is np.int64 else valeurs), fautifs


def _read_simple(distinctes: list[str]) -> dict[str, float] | None:
    """Le cas courant, d'un seul coup : des chiffres et au plus une virgule. Rien dès qu'une seule cellule en sort."""
    texte = "\n".join(distinctes)
    if not _SIMPLES.fullmatch(texte):
        return None
    lus = list(map(float, texte.replace(",", ".").split("\n"))) if distinctes else []
    return dict(zip(distinctes, lus, strict=True)) if len(lus) == len(distinctes) else None


def _read_each(distinctes: list[str], lire: Callable[[str], float]) -> dict[str, float]:
    lus = {}
    for texte in distinctes:
        try:
            lus[texte] = lire(texte)
        except ValueError:
            continue
    return lus


@dataclass
class Reading:
    """Ce qu'un fichier a donné : le texte de chaque cellule, les tableaux, et la ligne d'où vient chaque rang."""

    record: type
    report: Report
    cellules: dict[str, list[str]]
    colonnes: dict[str, np.ndarray]
    lignes: list[int]
    absentes: frozenset[str] = frozenset()

    def table(self) -> Table:
        return Table(self.record, self.colonnes)

    def erreurs(
        self, colonne: str, rangs: Sequence[int], constat: str, attendu: str | Callable[[int], str] = ""
    ) -> None:
        """Un même défaut à plusieurs rangs ; au-delà de cent, ils sont seulement comptés."""
        self._signal("erreur", colonne, rangs, constat, attendu)

    def avis(self, colonne: str, rangs: Sequence[int], constat: str, attendu: str | Callable[[int], str] = "") -> None:
        self._signal("avis", colonne, rangs, constat, attendu)

    def _signal(
        self, niveau: str, colonne: str, rangs: Sequence[int], constat: str, attendu: str | Callable[[int], str]
    ) -> None:
        signaler = self.report.erreur if niveau == "erreur" else self.report.avis
        for i in rangs[:REPETITIONS]:
            dit = attendu if isinstance(attendu, str) else attendu(i)
            signaler(constat, dit, self.lignes[i], colonne, self.cellules[colonne][i])
        self.report.count(constat, colonne, niveau, max(0, len(rangs) - REPETITIONS))

    def replace(self, colonne: str, cellules: list[str]) -> None:
        self.cellules[colonne] = cellules
        self.colonnes[colonne] = convert("str", cellules)[0]


def read_table(chemin: Path, record: type, report: Report) -> Reading | None:
    """Rien quand la forme du fichier empêche de le lire ; sinon tout, avec chaque cellule fautive au relevé."""
    texte = read_text(chemin, LIMITE_CSV, report)
    return None if texte is None else parse_table(texte, record, report)


def parse_table(texte: str, record: type, report: Report) -> Reading | None:
    """Le même, d'un texte que l'on a déjà."""
    if not _is_table(texte, report):
        return None
    rangs, lignes = _rows(texte, report)
    if not rangs:
        return None
    entete = [titre.strip() for titre in rangs.pop(0)]
    ligne_entete = lignes.pop(0)
    absentes = _check_header(entete, record, ligne_entete, report)
    _align(rangs, lignes, len(entete), report)
    _check_untitled(entete, rangs, lignes, report)
    reading = Reading(record, report, _by_column(entete, rangs, record), {}, lignes, absentes)
    for colonne, sorte in column_kinds(record).items():
        nature = "adhesion" if (record, colonne) == (Commune, "adhesion") else sorte
        reading.colonnes[colonne], fautifs = convert(nature, reading.cellules[colonne])
        reading.erreurs(colonne, fautifs, *ATTENDUS.get(nature, ("",)))
    return reading


def _is_table(texte: str, report: Report) -> bool:
    if not texte.strip():
        report.erreur("fichier vide", _EXEMPLE)
        return False
    titres = texte.lstrip().split("\n", 1)[0]
    fautif = next((nom for signe, nom in ((",", "virgule"), ("\t", "tabulation")) if signe in titres), "")
    if ";" not in titres and fautif:
        constat = f"séparateur {fautif} au lieu du point-virgule"
        report.erreur(constat, "des colonnes séparées par « ; »", 1, valeur=titres)
        return False
    lignes, cellules = max(texte.count("\n"), texte.count("\r")), texte.count(";")
    if lignes > LIMITE_LIGNES or cellules > LIMITE_CELLULES:
        report.erreur("tableau trop grand", f"au plus {nombre(LIMITE_LIGNES)} lignes")
        return False
    return True


def _rows(texte: str, report: Report) -> tuple[list[list[str]], list[int]]:
    """Les lignes non vides et le numéro où chacune commence (une cellule peut tenir sur plusieurs lignes)."""
    rangs: list[list[str]] = []
    lignes: list[int] = []
    try:
        for debut, _, rang in csv_rows(io.StringIO(texte, newline="")):
            if any(map(str.strip, rang)):
                rangs.append(rang)
                lignes.append(debut)
    except CsvQuoteError as erreur:
        contenu = next((x for i, x in enumerate(io.StringIO(texte, newline=""), 1) if i == erreur.ligne), "")
        report.erreur(str(erreur), erreur.attendu, erreur.ligne, valeur=contenu)
        return [], []
    return rangs, lignes


def _check_header(entete: list[str], record: type, ligne: int, report: Report) -> frozenset[str]:
    attendues = list(column_kinds(record))
    absentes = [c for c in attendues if c not in entete]
    for colonne in dict.fromkeys(entete):
        if colonne and colonne not in attendues and not colonne.lower().startswith(LIBRES):
            conseil = suggestion(colonne, absentes or attendues)
            report.erreur(f"colonne inconnue{conseil}", f"une des colonnes {', '.join(attendues)}", ligne, colonne)
        elif colonne in attendues and entete.count(colonne) > 1:
            report.erreur("colonne présente plusieurs fois", "une seule fois chaque titre", ligne, colonne)
    for colonne in absentes:
        if (record, colonne) in _AJOUTEES:
            continue
        report.erreur("colonne manquante", "ce titre dans la première ligne, cellules vides si inconnu", ligne, colonne)
    return frozenset(absentes)


def _align(rangs: list[list[str]], lignes: list[int], largeur: int, report: Report) -> None:
    """Chaque ligne à la largeur de l'en-tête : des cellules vides en trop sont tolérées, le reste est un défaut."""
    for i, rang in enumerate(rangs):
        if len(rang) < largeur:
            report.erreur("ligne trop courte", f"{largeur} cellules", lignes[i], valeur=f"{len(rang)} cellules")
            rangs[i] = rang + [""] * (largeur - len(rang))
        elif len(rang) > largeur:
            if any(map(str.strip, rang[largeur:])):
                report.erreur("ligne trop longue", f"{largeur} cellules", lignes[i], valeur=f"{len(rang)} cellules")
            rangs[i] = rang[:largeur]


def _by_column(entete: list[str], rangs: list[list[str]], record: type) -> dict[str, list[str]]:
    vide = [""] * len(rangs)
    rangees = list(zip(*rangs, strict=True)) if rangs else [()] * len(entete)
    return {
        c: [x.strip() for x in rangees[entete.index(c)]] if c in entete else list(vide) for c in column_kinds(record)
    }


def _check_untitled(entete: list[str], rangs: list[list[str]], lignes: list[int], report: Report) -> None:
    for j in [j for j, titre in enumerate(entete) if not titre]:
        for i, rang in enumerate(rangs):
            if rang[j].strip():
                report.erreur("cellule sans titre de colonne", "un titre, ou rien", lignes[i], valeur=rang[j])


def where(masque: np.ndarray) -> list[int]:
    """Le rang de chaque cellule désignée."""
    return np.flatnonzero(masque).tolist()


def rows_with(reading: Reading, colonne: str, valeurs: set[str]) -> list[int]:
    """Le rang de chaque cellule dont le texte est l'un de ceux-là."""
    return [i for i, texte in enumerate(reading.cellules[colonne]) if texte in valeurs] if valeurs else []
