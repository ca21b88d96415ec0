"""Le rapport en une page HTML : un seul fichier, aucun script, aucun appel au réseau, imprimable en A4."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from ctgkit.batch.contenu import Bloc


@dataclass(frozen=True)
class Pied:
    """Ce qu'il faut pour refaire le rapport à l'identique."""

    carnet: str
    parametres: Mapping[str, Any]
    version: str
    empreinte: str


def render_page(blocs: Sequence[Bloc], titre: str, pied: Pied) -> bytes:
    sans_h1 = not any("<h1" in bloc.html for bloc in blocs)
    return _gabarit().render(titre=titre, blocs=blocs, pied=pied, style=Markup(stylesheets()), sans_h1=sans_h1).encode()


@cache
def _gabarit() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environnement = Environment(loader=PackageLoader("ctgkit.batch", "gabarits"), autoescape=True,
                                undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    return environnement.get_template("rapport.html.j2")


@cache
def stylesheets() -> str:
    """Les feuilles de style du cahier, puis celle du papier."""
    cahier = files("ctgkit.server") / "gabarit/voila/templates/atelier/static"
    feuilles = [f for f in cahier.iterdir() if f.name.endswith(".css")]
    feuilles.sort(key=lambda f: (f.name != "atelier.css", f.name))  # les jetons d'abord
    textes = [f.read_text(encoding="utf-8") for f in (*feuilles, files("ctgkit.batch") / "gabarits/rapport.css")]
    return "\n".join(textes).replace("</", "<\\/")
