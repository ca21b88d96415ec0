"""L'habillage d'une page figée : la feuille de style du cahier, tenue dans son bloc pour JupyterLab et nbconvert."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from markupsafe import Markup

# Deux fois la même classe : ces règles passent devant celles de JupyterLab, et ne sortent pas du bloc.
BLOC = ".atelier-page.atelier-page"
FOND = (
    "& { background: var(--feuille); color: var(--encre); font: 400 var(--t-m)/1.5 var(--texte); padding: 1rem 1.5rem;"
    " font-variant-numeric: tabular-nums lining-nums; }"
)


def dressed(parties: Iterable[Markup], carnet: str, feuilles: Sequence[str] = ()) -> Markup:
    """Les parties d'une page dans le bloc et la classe de leur carnet, avec le style qu'il leur faut."""
    return Markup(
        '<div class="atelier-page"><style class="habillage">{}</style><div class="p-carnet p-{} statique">'
        '<div class="page-carnet figee">{}</div></div></div>'
    ).format(Markup(stylesheet(tuple(feuilles))), carnet, Markup("").join(parties))


@cache
def stylesheet(feuilles: tuple[str, ...]) -> str:
    dossier = files("ctgkit.server") / "gabarit/voila/templates/atelier/static"
    textes = [(dossier / nom).read_text(encoding="utf-8") for nom in ("atelier.css", "carnet.css", *feuilles)]
    textes.append((files(__package__) / "graphique.css").read_text(encoding="utf-8"))
    propre = re.sub(r"/\*.*?\*/|\s*\n\s*", " ", "".join(textes), flags=re.S)
    return f"{BLOC} {{ {propre.replace(':root {', '& {')} {FOND} }}".replace("</", "<\\/")
