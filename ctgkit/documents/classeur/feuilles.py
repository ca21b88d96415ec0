"""Un classeur Excel : les textes y restent des textes, chaque formule porte la valeur que Python a calculée."""

import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from numbers import Real
from types import MappingProxyType
from typing import Any

from ctgkit.documents.modele import Colonne
from ctgkit.documents.typographie import clean

TEXTE_MAX = 32_767
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_FORMATS = {
    "euros": '#,##0{0}\\ "€"',
    "nombre": "#,##0{0}",
    "pourcent": '#,##0{0}\\ "%"',
    "date": "dd/mm/yyyy",
    "fourchette": '#,##0{0}\\ "€"',
    "annee": "0",
}


@dataclass(frozen=True)
class Formule:
    """`texte` en anglais avec des virgules (`ROUND(B2*C2,2)`), `valeur` telle que Python la calcule.

    `libre` : dans une colonne que l'on change, on peut écrire une valeur à la place de la formule.
    """

    texte: str
    valeur: float | int | str | bool
    libre: bool = False


@dataclass(frozen=True)
class Figee:
    """Une valeur que l'atelier donne, et qui ne suit pas ce que l'on change : sa case est verrouillée."""

    valeur: float | int | str | bool | None


@dataclass
class Feuille:
    """Une feuille : un titre et des notes au-dessus, une ligne d'en-têtes figée, des lignes, un total éventuel.

    `prevues` : le nombre de lignes, quand d'autres feuilles citent une colonne avant qu'elle soit remplie.
    """

    nom: str
    colonnes: Mapping[str, Colonne]
    lignes: list[Sequence[Any]] = field(default_factory=list)
    titre: str = ""
    notes: tuple[str, ...] = ()
    total: Sequence[Any] = ()
    filtre: bool = False
    prevues: int = 0

    @classmethod
    def of(cls, nom: str, colonnes: Sequence[Colonne], lignes: Iterable[Sequence[Any]], **plus: Any) -> "Feuille":
        """Des lignes déjà faites, sous des colonnes que rien ne cite."""
        return cls(nom, {str(rang): colonne for rang, colonne in enumerate(colonnes)}, list(lignes), **plus)

    @cached_property
    def lettres(self) -> dict[str, str]:
        return {cle: letter(rang) for rang, cle in enumerate(self.colonnes)}

    @property
    def premiere(self) -> int:
        """Le numéro Excel de la première ligne de données."""
        return 2 + bool(self.titre) + len(self.notes) + bool(self.titre or self.notes)

    @property
    def suivante(self) -> int:
        """Le numéro de la ligne que l'on va ajouter."""
        return self.premiere + len(self.lignes)

    def add(self, cites: Mapping[str, str] = MappingProxyType({}), /, **valeurs: Any) -> int:
        """Ajoute une ligne et rend son numéro ; ce qui n'est pas donné reste vide.

        La formule d'une colonne cite par leur clé les cases de la ligne, et ce que nomme `cites`.
        """
        if inconnues := set(valeurs) - set(self.colonnes):
            raise KeyError(sorted(inconnues))
        ligne = self.suivante
        noms = {cle: self.here(cle, ligne) for cle in self.colonnes} | dict(cites)
        self.lignes.append([_filled(valeurs.get(cle), c.formule, noms) for cle, c in self.colonnes.items()])
        return ligne

    def here(self, cle: str, ligne: int) -> str:
        """Une case, citée de la même feuille."""
        return f"{self.lettres[cle]}{ligne}"

    def case(self, cle: str, ligne: int) -> str:
        """Une case, citée d'une autre feuille."""
        return f"{quote(self.nom)}!${self.lettres[cle]}${ligne}"

    def column(self, cle: str) -> str:
        """Toute une colonne de données."""
        lettre, fin = self.lettres[cle], self.premiere + max(len(self.lignes), self.prevues, 1) - 1
        return f"{quote(self.nom)}!${lettre}${self.premiere}:${lettre}${fin}"

    def value(self, cle: str, rang: int) -> Any:
        """Ce que vaut une case, formule ou non."""
        return value_of(self.lignes[rang][list(self.colonnes).index(cle)])


def _filled(valeur: Any, formule: str, noms: Mapping[str, str]) -> Any:
    if not formule or valeur is None or isinstance(valeur, Formule | Figee):
        return valeur
    return Formule(formule.format_map(noms), valeur)


def is_editable(colonne: Colonne, valeur: Any) -> bool:
    """La case est claire : on peut y écrire."""
    fixe = isinstance(valeur, Figee) or (isinstance(valeur, Formule) and not valeur.libre)
    return colonne.saisie and not fixe


def value_of(case: Any) -> Any:
    return case.valeur if isinstance(case, Formule | Figee) else case


def write_workbook(feuilles: Sequence[Feuille], titre: str = "", jour: date | None = None) -> bytes:
    """Mêmes données, mêmes octets. Dès qu'une colonne se change, tout le reste est verrouillé, sans mot de passe."""
    import xlsxwriter

    memoire = io.BytesIO()
    classeur = xlsxwriter.Workbook(memoire, _OPTIONS)
    creation = datetime(jour.year, jour.month, jour.day) if jour else datetime(1980, 1, 2)
    classeur.set_properties({"title": clean(titre)[:250], "created": creation})
    classeur.set_calc_mode("auto")
    styles = _Styles(classeur)
    vivant = any(colonne.saisie for feuille in feuilles for colonne in feuille.colonnes.values())
    for nom, feuille in zip(sheet_names([f.nom for f in feuilles]), feuilles, strict=True):
        ecrite = classeur.add_worksheet(nom)
        _write_sheet(ecrite, feuille, styles)
        if vivant:
            ecrite.protect("", {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True})
    classeur.close()
    return memoire.getvalue()


def sheet_names(noms: Sequence[str]) -> list[str]:
    """Des noms qu'Excel accepte, tous différents : 31 signes, sans `[ ] : * ? / \\` ni apostrophe au bord."""
    rendus: list[str] = []
    for nom in noms:
        propre = re.sub(r"[\[\]:*?/\\\n\t]", " ", clean(nom)).strip().strip("'").strip() or "Feuille"
        propre = propre if propre.lower() != "history" else "Historique"
        essais = [_cut(propre, 31), *(f"{_cut(propre, 28 - len(str(n)))} ({n})" for n in range(2, len(noms) + 2))]
        pris = {r.lower() for r in rendus}
        rendus.append(next(e for e in essais if e.lower() not in pris))
    return rendus


def _cut(nom: str, signes: int) -> str:
    """Excel compte les signes en UTF-16 : un emoji en vaut deux."""
    return nom.encode("utf-16-le")[: 2 * signes].decode("utf-16-le", "ignore").rstrip("' ")


def quote(nom: str) -> str:
    """Le nom d'une feuille dans une formule."""
    return "'" + nom.replace("'", "''") + "'"


def letter(rang: int) -> str:
    """La lettre de la colonne de rang `rang` (0 pour A)."""
    return ("" if rang < 26 else letter(rang // 26 - 1)) + chr(65 + rang % 26)


_FORMULES = ("=", "+", "-", "@")


class _Styles:
    """Chaque mise en forme, créée une fois."""

    def __init__(self, classeur: Any) -> None:
        self.classeur, self.faits = classeur, {}

    def get(self, **voulu: Any) -> Any:
        cle = tuple(sorted(voulu.items()))
        if cle not in self.faits:
            self.faits[cle] = self.classeur.add_format(
                {"font_name": "Arial", "font_size": 10, "valign": "top", **voulu}
            )
        return self.faits[cle]

    def of(self, colonne: Colonne, **plus: Any) -> Any:
        decimales = "." + "0" * colonne.decimales if colonne.decimales else ""
        modele = _FORMATS.get(colonne.nature)
        return self.get(**({"num_format": modele.format(decimales)} if modele else {"text_wrap": True}), **plus)


def _write_sheet(feuille: Any, contenu: Feuille, styles: _Styles) -> None:
    rang = 0
    for texte, style in (
        (contenu.titre, styles.get(bold=True, font_size=14, **_quoted(contenu.titre))),
        *((n, styles.get(**_quoted(n))) for n in contenu.notes),
    ):
        if texte:
            feuille.write_string(rang, 0, clean(texte)[:TEXTE_MAX], style)
            rang += 1
    rang = contenu.premiere - 2
    tete = {"bold": True, "text_wrap": True, "bg_color": "#F8F2E7", "bottom": 2}
    colonnes = list(contenu.colonnes.values())
    for c, colonne in enumerate(colonnes):
        libelle = styles.get(**tete, **_quoted(colonne.libelle))
        feuille.write_string(rang, c, clean(colonne.libelle)[:TEXTE_MAX], libelle)
        feuille.set_column(c, c, _width(colonne, contenu, c))
    feuille.freeze_panes(rang + 1, 0)
    feuille.repeat_rows(rang)
    feuille.set_landscape()
    feuille.set_paper(9)
    feuille.fit_to_pages(1, 0)
    for ligne in contenu.lignes:
        rang += 1
        for c, (valeur, colonne) in enumerate(zip(ligne, colonnes, strict=True)):
            fond = {"bg_color": "#FFF8E1", "locked": False} if is_editable(colonne, valeur) else {}
            write_cell(feuille, (rang, c), valeur, styles.of(colonne, **fond, **_quoted(valeur)))
    if contenu.filtre and contenu.lignes:
        feuille.autofilter(contenu.premiere - 2, 0, rang, len(colonnes) - 1)
    for c, (valeur, colonne) in enumerate(zip(contenu.total, colonnes, strict=bool(contenu.total))):
        write_cell(feuille, (rang + 1, c), valeur, styles.of(colonne, bold=True, top=1, **_quoted(valeur)))


def _quoted(valeur: Any) -> dict[str, bool]:
    """L'apostrophe d'Excel : même rouvert pour correction, le texte n'y devient pas une formule."""
    return {"quote_prefix": True} if isinstance(valeur, str) and valeur.lstrip().startswith(_FORMULES) else {}


def write_cell(feuille: Any, place: tuple[int, int], valeur: Any, style: Any) -> None:
    """Un texte ne devient jamais une formule, un lien ni un nombre ; l'inconnu reste une case vide."""
    if isinstance(valeur, Formule):
        feuille.write_formula(*place, f"={valeur.texte}", style, valeur.valeur)
    elif isinstance(valeur, Figee):
        write_cell(feuille, place, valeur.valeur, style)
    elif valeur is None or valeur == "":
        feuille.write_blank(*place, None, style)
    elif isinstance(valeur, bool):
        feuille.write_string(*place, "oui" if valeur else "non", style)
    elif isinstance(valeur, Real):
        _write_number(feuille, place, float(valeur), style)
    elif isinstance(valeur, date) and valeur.year >= 1900:
        feuille.write_datetime(*place, valeur, style)
    else:
        feuille.write_string(*place, clean(valeur)[:TEXTE_MAX], style)


def _write_number(feuille: Any, place: tuple[int, int], valeur: float, style: Any) -> None:
    if math.isfinite(valeur):
        feuille.write_number(*place, valeur, style)
    else:
        feuille.write_blank(*place, None, style)


def _width(colonne: Colonne, contenu: Feuille, rang: int) -> float:
    longueurs = [len(str(value_of(x[rang]))) for x in contenu.lignes[:200] if not isinstance(x[rang], Formule)]
    demandee = max([len(colonne.libelle) * 0.8, *longueurs, 8])
    return min(demandee + 2, 60)
