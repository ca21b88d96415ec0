"""La référence de la façade, lue dans les sources : pour la page Aide et `ctg aide-python`. Rien n'y est chargé."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ctgkit.carnet import facade

Definition = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class NomPublic:
    """Un nom public : ce qu'il fait, un exemple qui marche, et ce que son objet sait faire."""

    nom: str
    signature: str
    texte: str
    exemple: str = ""
    membres: "tuple[NomPublic, ...]" = ()


@cache
def read_reference() -> tuple[NomPublic, ...]:
    """Les fonctions d'abord, dans l'ordre alphabétique, puis les objets qu'elles rendent."""
    noms = sorted(facade.PUBLICS, key=lambda nom: (nom[0].isupper(), nom.lower()))
    return tuple(_entry(_find(nom, f"ctgkit.{facade.PUBLICS[nom]}")) for nom in noms)


def _find(nom: str, module: str) -> Definition:
    source = Path(find_spec(module).origin).read_text(encoding="utf-8")
    return next(n for n in ast.parse(source).body if isinstance(n, Definition) and n.name == nom)


def _entry(definition: Definition) -> NomPublic:
    texte, exemple = _split(ast.get_docstring(definition) or "")
    if isinstance(definition, ast.FunctionDef):
        return NomPublic(definition.name, _signature(definition), texte, exemple)
    return NomPublic(definition.name, "", texte, exemple, tuple(_members(definition)))


def _members(classe: ast.ClassDef) -> Iterator[NomPublic]:
    for membre in classe.body:
        if isinstance(membre, ast.FunctionDef) and not membre.name.startswith("_") and ast.get_docstring(membre):
            entree = _entry(membre)
            propriete = any("property" in ast.unparse(d) for d in membre.decorator_list)
            yield NomPublic(entree.nom, "" if propriete else entree.signature, entree.texte, entree.exemple)


def _split(documentation: str) -> tuple[str, str]:
    """La prose, puis l'exemple (les lignes `>>>` et ce qu'elles rendent)."""
    prose, _, exemple = inspect.cleandoc(documentation).partition(">>>")
    return " ".join(prose.split()), f">>>{exemple}".strip() if exemple else ""


def _signature(fonction: ast.FunctionDef) -> str:
    arguments = ast.unparse(fonction.args).removeprefix("self").removeprefix(", ")
    return f"({arguments.replace('os.PathLike[str]', 'Path')})"


def as_text(entrees: tuple[NomPublic, ...]) -> str:
    """Pour un terminal."""
    blocs = []
    for entree in entrees:
        lignes = [f"ctg.{entree.nom}{entree.signature}", f"    {entree.texte}"]
        lignes += [f"        {ligne}" for ligne in entree.exemple.splitlines()]
        lignes += [f"    .{membre.nom}{membre.signature} : {membre.texte}" for membre in entree.membres]
        blocs.append("\n".join(lignes))
    return "\n\n".join(blocs)
