"""Ce qu'un objet montre de lui dans un carnet, le même à l'écran, dans un lot et sur le papier ; ses tables."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ctgkit.documents import Bloc, Case, Colonne, Document, Liste, Morceau, Paragraphe, Tableau
from ctgkit.documents.renderers import html, json
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import liste, pluriel
from ctgkit.territoire import Table, column_kinds

LIGNES, EXTRAIT = 60, 8
SANS_BORNE = "sans limite"
EN_EUROS = ("bas", "haut", "haut_connu", "bas_connu")
_TYPES = {"date": "datetime64[s]", "int": "Int64", "bool": "boolean", "float": float, "str": object}
_NATURES = {"f": "nombre", "i": "nombre", "u": "nombre", "M": "date"}


class Montrable:
    """À compléter par `_document` ; un lot en fait un Word ou un PDF sans relire cette page."""

    def _document(self) -> Document:
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return html.shown(self._document())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        document = self._document()
        return {"text/html": html.shown(document), json.MIME: json.as_data(document)}


class Apercu(Montrable):
    """À compléter par `_resume` (le titre puis les phrases) et, si l'objet a une table, `_extrait`."""

    def _resume(self) -> list[str]:
        raise NotImplementedError

    def _extrait(self) -> pd.DataFrame | None:
        return None

    def __repr__(self) -> str:
        return "\n".join(self._resume())

    def _document(self) -> Document:
        titre, *phrases = self._resume()
        extrait = self._extrait()
        table = () if extrait is None or extrait.empty else shown_table(extrait, EXTRAIT)
        return Document("", (Paragraphe((Morceau(titre, gras=True),)), *map(Paragraphe, phrases), *table))


class Phrases(list[str], Apercu):
    """Des phrases que l'on lit, une par ligne."""

    def _resume(self) -> list[str]:
        return list(self) or ["Rien à dire."]

    def _document(self) -> Document:
        bloc: Bloc = Liste(tuple(self)) if self else Paragraphe(self._resume()[0])
        return Document("", (bloc,))

    __repr__ = Apercu.__repr__


@dataclass(frozen=True, repr=False)
class Enonce(Apercu):
    """La phrase qui ouvre une page, sous ce dont elle parle ; `suite` : ce qu'il faut lire avec elle."""

    phrase: str
    surtitre: str = ""
    suite: tuple[str, ...] = ()

    def _resume(self) -> list[str]:
        return [self.phrase, *self.suite]

    def _document(self) -> Document:
        return Document(self.phrase, tuple(Paragraphe(dit, "chapeau") for dit in self.suite), surtitre=self.surtitre)

    def __str__(self) -> str:
        return self.phrase


class Donnees(Montrable, pd.DataFrame):
    """Un DataFrame ordinaire, que le carnet montre en nombres français ; au-delà d'une page, il dit ce qui reste."""

    @property
    def _constructor(self) -> type["Donnees"]:
        return Donnees

    def _document(self) -> Document:
        if self.empty:
            return Document("", (Paragraphe("Aucune ligne.", "note"),))
        return Document("", shown_table(self, LIGNES))


def table_of(table: pd.DataFrame, titre: str) -> Tableau:
    """Le tableau d'un document ; ce qui n'est pas connu, ou pas borné, y est vide."""
    colonnes = tuple(Colonne(str(nom), _NATURES.get(serie.dtype.kind, "texte"), 2) for nom, serie in table.items())
    lignes = tuple(tuple(map(_plain, ligne)) for ligne in table.itertuples(index=False, name=None))
    return Tableau(colonnes, lignes, titre)


def _plain(valeur: Any) -> Any:
    if valeur is None or valeur is pd.NaT or valeur is pd.NA or valeur in (float("inf"), float("-inf")):
        return None
    if isinstance(valeur, pd.Timestamp):
        return valeur.date()
    return None if isinstance(valeur, float) and pd.isna(valeur) else valeur


def shown_table(table: pd.DataFrame, lignes: int) -> tuple[Bloc, ...]:
    """Ses premières lignes, pour l'écran ; le compte des autres est dit, et un index qui a un nom est une colonne."""
    entiere = table.reset_index() if any(table.index.names) else table
    series = [serie for _, serie in entiere.head(lignes).items()]
    colonnes = tuple(Colonne(_named(s.name), _nature(s), _decimals(s)) for s in series)
    rangs = tuple(zip(*(map(_said, serie.tolist()) for serie in series), strict=True))
    reste = len(entiere) - lignes
    suite = (Paragraphe(f"… et {pluriel(reste, 'autre ligne', 'autres lignes')}.", "note"),) if reste > 0 else ()
    return Tableau(colonnes, rangs), *suite


def _named(nom: Any) -> str:
    return " ".join(filter(None, map(str, nom))) if isinstance(nom, tuple) else str(nom)


def _nature(serie: pd.Series) -> str:
    nature = _NATURES.get(serie.dtype.kind, "texte")
    return "euros" if nature == "nombre" and (serie.name in EN_EUROS or str(serie.name).endswith("_eur")) else nature


def _decimals(serie: pd.Series) -> int:
    """Deux décimales quand une petite valeur en a ; une somme d'euros se lit entière."""
    if serie.dtype.kind != "f":
        return 0
    finies = serie[np.isfinite(serie.astype(float))]
    return 0 if ((finies % 1 == 0) | (finies.abs() >= 1000)).all() else 2


def _said(valeur: Any) -> Any:
    """Une année s'écrit sans espace ; ce qui n'a pas de borne le dit."""
    if isinstance(valeur, float) and np.isinf(valeur):
        return SANS_BORNE
    lue = _plain(valeur)
    if isinstance(lue, int | float) and not isinstance(lue, bool) and 1900 <= lue <= 2100 and lue == int(lue):
        return Case(str(int(lue)), int(lue))
    return lue if lue is None or isinstance(lue, str | bool | int | float | date) else str(lue)


def choose(laquelle: str, dessins: Mapping[str, Callable[[], go.Figure]]) -> go.Figure:
    """La figure de ce nom, ou une erreur qui dit celles que l'on peut demander."""
    if laquelle not in dessins:
        raise CtgError(
            f"Figure inconnue : « {laquelle} ». {did_you_mean(laquelle, dessins)}".strip(),
            "figure",
            f"Figures : {liste(list(dessins))}.",
        )
    return dessins[laquelle]()


def to_frame(table: Table) -> Donnees:
    """Une copie : la changer ne change pas le territoire. Ce qui n'est pas renseigné est vide, jamais zéro."""
    natures = column_kinds(table.record)
    return Donnees({nom: pd.Series(table[nom]).astype(_TYPES[nature]) for nom, nature in natures.items()})


def frame_of(record: type, lignes: Iterable[object]) -> Donnees:
    """Des enregistrements quelconques, une ligne chacun ; les colonnes même quand il n'y en a aucun."""
    return Donnees([asdict(ligne) for ligne in lignes], columns=[champ.name for champ in fields(record)])


def to_csv(frame: pd.DataFrame, record: type) -> str:
    """Le texte du fichier que ce DataFrame aurait donné ; une colonne facultative absente y est vide."""
    facultatives = {champ.name for champ in fields(record) if champ.default is not MISSING}
    complet = frame.assign(**{nom: None for nom in facultatives if nom not in frame.columns})
    return complet.to_csv(sep=";", index=False, date_format="%Y-%m-%d", lineterminator="\n")
