"""Du HTML à partir de gabarits : la prose est dans `gabarits/`, tout ce qui vient des fichiers est échappé."""

import pkgutil
import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup, escape

from ctgkit import formats, texte, views
from ctgkit.fourchette import Fourchette, Gain

_OU_PLUS = Markup('<span class="plus" aria-hidden="true">+</span><span class="cache">ou plus</span>')


def cellule(montant: Fourchette) -> Markup:
    """Un montant ou un écart dans un tableau en euros, sans le signe €."""
    if isinstance(montant, Gain):
        return _gain(montant)
    if montant.inconnu:
        return Markup('<span class="inconnu-mot">inconnu</span>')
    plus = _OU_PLUS if montant.ouvert else Markup("")
    if montant.unique:
        return Markup('<span class="fixe">{}{}</span>').format(formats.nombre(montant.bas), plus)
    return _range(formats.nombre(montant.bas), formats.nombre(montant.connu), plus)


def _gain(gain: Gain) -> Markup:
    if gain.nul:
        return Markup('<span class="fixe inchange">inchangé</span>')
    if gain.certain:
        return Markup('<span class="fixe">{}</span>').format(gain.court)
    if gain.ouvert:
        return Markup('<span class="fourchette"><span>{}</span></span>').format(gain.court)
    haut = formats.nombre(gain.haut, signe=gain.bas < 0 < gain.haut)
    return _range(formats.nombre(gain.bas, signe=True), haut)


def _range(bas: str, haut: str, plus: Markup = Markup("")) -> Markup:  # noqa: B008 - un texte vide ne change pas
    return Markup('<span class="fourchette"><span>{}</span> <span>à {}{}</span></span>').format(bas, haut, plus)


_FORMATS = ("nombre", "euros", "pluriel", "date_longue", "dates_longues", "liste")
FILTRES = {nom: getattr(formats, nom) for nom in _FORMATS} | {
    "majuscule": texte.majuscule,
    "minuscule": texte.minuscule,
    "fourchette": lambda *bornes: Fourchette(*bornes).write(),
    "cellule": cellule,
    "code": lambda prose: Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(prose)))),
}


def _pieces() -> list[str]:
    """Les pièces qui ont des gabarits : « bonus/constat » est `views/bonus/gabarits/constat.html.j2`."""
    pieces = pkgutil.iter_modules(views.__path__)
    return [m.name for m in pieces if (Path(m.module_finder.path) / m.name / "gabarits").is_dir()]


@cache
def _environment() -> Environment:
    env = Environment(
        loader=PrefixLoader({piece: PackageLoader(f"{views.__name__}.{piece}", "gabarits") for piece in _pieces()}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(FILTRES)
    return env


def render(gabarit: str, **donnees: Any) -> Markup:
    return typography(_environment().get_template(f"{gabarit}.html.j2").render(**donnees))


_BALISES = re.compile(r"(<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>)", re.S)
_ECHAPPEE = re.compile(r"(?<=\w)&#39;(?=\w)")
# Ce que l'on entend, ou que l'on colle ailleurs, sans le lire dans la page.
_DITS = re.compile(r'(?<=\s)(?:aria-label|alt|placeholder|title|data-copier)="[^"]*"')


def typography(html: str) -> Markup:
    """Apostrophes et espaces à la française, dans ce que la page montre et dans ce qu'elle dit sans le montrer."""
    morceaux = _BALISES.split(html)
    for rang, morceau in enumerate(morceaux):
        morceaux[rang] = _DITS.sub(lambda lu: _typeset(lu[0]), morceau) if rang % 2 else _typeset(morceau)
    return Markup("".join(morceaux))


def _typeset(morceau: str) -> str:
    return texte.typography(_ECHAPPEE.sub("'", morceau))
