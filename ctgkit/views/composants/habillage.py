"""La feuille de style : celle du cahier, puis celle qu'une page apporte dans son dossier (`page.css`).

Une page ne parle que d'elle : sa feuille est tenue dans son bloc, `.page-bonus` pour le dossier `bonus`, que `&` y
désigne. L'atelier envoie la feuille entière ; hors de lui, chaque page porte la sienne, tenue dans `.atelier-page`.
"""

import pkgutil
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

from ctgkit import views

COMMUNES = ("atelier.css", "carnet.css")
# Deux fois la même classe : ces règles passent devant celles de JupyterLab, et ne sortent pas du bloc.
BLOC = ".atelier-page.atelier-page"
FOND = (
    "& { background: var(--feuille); color: var(--encre); font: 400 var(--t-m)/1.5 var(--texte); padding: 1rem 1.5rem;"
    " font-variant-numeric: tabular-nums lining-nums; }"
)


def whole_sheet() -> str:
    """Le cahier et toutes ses pages."""
    return "\n".join([*map(_common, COMMUNES), *(_of_page(page, feuille) for page, feuille in _sheets().items())])


@cache
def sheet(page: str) -> str:
    """Ce qu'il faut à une page hors de l'atelier (JupyterLab, `voila` sans ctg)."""
    feuille = _sheets().get(page)
    # Un contrôle porte déjà la sienne ; reprise ici, à sa place, elle garde sa priorité sur celle du cahier.
    textes = [*map(_common, (*COMMUNES, *_of_controls())), _of_page(page, feuille) if feuille else "", FOND]
    propre = re.sub(r"/\*.*?\*/|\s*\n\s*", " ", "\n".join(textes), flags=re.S)
    # Tenue dans le bloc, une règle qui parle de la page entière ou du bloc ne trouverait plus rien : elle parle de `&`.
    tenue = re.sub(r"(:root|\.atelier-page) \{", "& {", propre)
    return f"{BLOC} {{ {tenue} }}".replace("</", "<\\/")


def _sheets() -> dict[str, Path]:
    pages = {m.name: Path(m.module_finder.path) / m.name / "page.css" for m in pkgutil.iter_modules(views.__path__)}
    return {nom: feuille for nom, feuille in sorted(pages.items()) if feuille.is_file()}


def _of_controls() -> list[str]:
    feuilles = {f.name for f in files(__package__).iterdir() if f.name.endswith(".css")}
    return sorted(feuilles - set(COMMUNES))


def _common(nom: str) -> str:
    return (files(__package__) / nom).read_text(encoding="utf-8")


def _of_page(page: str, feuille: Path) -> str:
    """`:where` : le bloc n'ajoute aucune priorité aux règles de la page."""
    return f":where(.page-{page}) {{\n{feuille.read_text(encoding='utf-8')}\n}}"
