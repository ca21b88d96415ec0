"""Une fiche en une ligne de tableur, et l'inverse : rien ne se perd à l'aller-retour."""

from collections.abc import Mapping
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.plan.champs import Champ, champs, read_row, read_value, write_value
from ctgkit.plan.modele import Fiche

COUPE = " | "
# Une cellule de classeur ne va pas plus loin ; ce qui est coupé le dit, et ne se réimporte pas.
CELLULE_MAX = 32_767
MARQUE_DE_COUPE = " […] cellule coupée : le texte entier est dans l'export JSON"


def headers() -> dict[str, str]:
    """Le titre de colonne de chaque champ."""
    return {cle: c.libelle for cle, c in champs().items()}


def write_line(fiche: Fiche) -> dict[str, str]:
    return {cle: write_cell(c, fiche[cle]) for cle, c in champs().items()}


def write_cell(champ: Champ, valeur: Any) -> str:
    """Un tableau tient dans une cellule : une ligne par rangée, les cases séparées par une barre."""
    if champ.type != "tableau":
        return write_value(champ, valeur)
    rangees = [ligne for ligne in valeur or () if isinstance(ligne, Mapping)]
    return "\n".join(_join([write_value(c, ligne.get(c.cle)) for c in champ.colonnes]) for ligne in rangees)


def fit(texte: str) -> str:
    return texte if len(texte) <= CELLULE_MAX else texte[: CELLULE_MAX - len(MARQUE_DE_COUPE)] + MARQUE_DE_COUPE


def read_cell(champ: Champ, texte: str) -> Any:
    if champ.type == "codes":
        return read_value(champ, [c for c in texte.replace("\n", ",").split(",") if c.strip()])
    if champ.type != "tableau":
        return read_value(champ, texte)
    rangees = [_split(ligne) for ligne in texte.split("\n") if ligne.strip()]
    large = len(champ.colonnes)
    if trop := next((r for r in rangees if len(r) > large), None):
        raise CtgError(
            f"{len(trop)} cases dans une ligne de « {champ.libelle} », qui en a {large}.",
            champ.libelle,
            f"Écrire une ligne par rangée : {COUPE.join(c.libelle for c in champ.colonnes)}.",
        )
    cles = [c.cle for c in champ.colonnes]
    return [lue for r in rangees if (lue := read_row(champ, dict(zip(cles, r, strict=False))))]


def _join(cases: list[str]) -> str:
    while cases and not cases[-1]:
        cases.pop()
    return COUPE.join(c.replace("\\", "\\\\").replace("|", "\\|").replace("\n", "\\n") for c in cases)


def _split(ligne: str) -> list[str]:
    """Coupe aux barres qui ne sont pas protégées."""
    cases, case, suite = [], "", iter(ligne)
    for signe in suite:
        if signe == "\\":
            suivant = next(suite, "\\")
            case += "\n" if suivant == "n" else suivant
        elif signe == "|":
            cases.append(case.strip())
            case = ""
        else:
            case += signe
    return [*cases, case.strip()]
