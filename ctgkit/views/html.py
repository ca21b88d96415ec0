"""Du HTML à partir de gabarits : la prose est dans `gabarits/`, tout ce qui vient des fichiers est échappé."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ctgkit import formats


@cache
def _environment() -> Environment:
    env = Environment(
        loader=PackageLoader("ctgkit.views", "gabarits"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for nom in ("nombre", "euros", "pourcent", "points", "pluriel", "fourchette", "date_longue", "liste"):
        env.filters[nom] = getattr(formats, nom)
    return env


def render(gabarit: str, **donnees: Any) -> Markup:
    return Markup(_environment().get_template(f"{gabarit}.html.j2").render(**donnees))
