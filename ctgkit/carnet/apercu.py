"""Ce qu'un objet montre de lui dans un carnet : un titre, quelques phrases, les premières lignes d'une table."""

from collections.abc import Iterable, Iterator
from html import escape

import numpy as np
import pandas as pd

from ctgkit.formats import nombre

LIGNES = 8


class Apercu:
    """À compléter par `_resume` (le titre puis les phrases) et, si l'objet a une table, `_extrait`."""

    def _resume(self) -> list[str]:
        raise NotImplementedError

    def _extrait(self) -> pd.DataFrame | None:
        return None

    def __repr__(self) -> str:
        return "\n".join(self._resume())

    def _repr_html_(self) -> str:
        titre, *phrases = self._resume()
        dits = "".join(f"<p>{escape(phrase)}</p>" for phrase in phrases)
        extrait = self._extrait()
        table = "" if extrait is None or extrait.empty else short_html(extrait)
        return f'<div class="ctg-apercu"><p><strong>{escape(titre)}</strong></p>{dits}{table}</div>'


class Phrases(list[str], Apercu):
    """Des phrases que l'on lit, une par ligne."""

    def _resume(self) -> list[str]:
        return list(self) or ["Rien à dire."]

    def _repr_html_(self) -> str:
        return f"<ul>{''.join(f'<li>{escape(phrase)}</li>' for phrase in self)}</ul>" if self else "<p>Rien à dire.</p>"

    __repr__ = Apercu.__repr__


def short_html(table: pd.DataFrame, lignes: int = LIGNES) -> str:
    """Les premières lignes, en nombres français ; le compte des autres est dit."""
    montre = table.head(lignes)
    titres = "".join(f'<th scope="col">{escape(str(c))}</th>' for c in montre.columns)
    rangs = "".join(f"<tr>{''.join(cells(rang))}</tr>" for rang in montre.itertuples(index=False, name=None))
    reste = len(table) - len(montre)
    suite = f"<p>… et {nombre(reste)} autre{'s' * (reste > 1)} ligne{'s' * (reste > 1)}.</p>" if reste > 0 else ""
    return f"<table><thead><tr>{titres}</tr></thead><tbody>{rangs}</tbody></table>{suite}"


def cells(rang: Iterable[object]) -> Iterator[str]:
    for valeur in rang:
        chiffre = isinstance(valeur, int | float | np.number) and not isinstance(valeur, bool)
        style = ' style="text-align:right"' if chiffre else ""
        yield f"<td{style}>{escape(said(valeur))}</td>"


def said(valeur: object) -> str:
    """Une cellule en français : l'inconnu est vide, l'infini est « sans limite »."""
    if valeur is None or valeur is pd.NA or valeur is pd.NaT or (isinstance(valeur, float) and np.isnan(valeur)):
        return ""
    if isinstance(valeur, bool | np.bool_):
        return "oui" if valeur else "non"
    if isinstance(valeur, int | np.integer):
        return str(valeur) if 1900 <= valeur <= 2100 else nombre(int(valeur))
    if isinstance(valeur, float | np.floating):
        return nombre(float(valeur), 0 if float(valeur).is_integer() or abs(valeur) >= 1000 else 2)
    if isinstance(valeur, pd.Timestamp):
        return f"{valeur:%d/%m/%Y}"
    return str(valeur)
