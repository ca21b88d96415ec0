"""Le registre des documents : un dossier de `catalogue/` par sujet, un fichier par document, trouvés tout seuls.

Un fichier qui contient une `Offre` nommée `OFFRE` suffit : les pages le proposent, `ctg exporter` le connaît. Les
arguments de sa fonction sont ses paramètres ; `sujet.py`, dans le même dossier, dit à la commande où les prendre.
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from ctgkit.documents import catalogue
from ctgkit.documents.formats import format_of, render
from ctgkit.documents.modele import Document, Image
from ctgkit.errors import CtgError, did_you_mean

PAGINES = ("docx", "odt", "pdf")


@dataclass(frozen=True)
class Ecrit:
    """Un fichier prêt, et ce qu'il faut en dire."""

    octets: bytes
    genre: str
    dit: str = ""


@dataclass(frozen=True)
class Offre:
    """Un document que l'on sait faire : ses mots, les formats que l'on en propose, la fonction qui le fait."""

    cle: str
    titre: str
    aide: str
    formats: tuple[str, ...]
    document: Callable[..., Document] | None = None
    # Les formats qui ont leur propre fonction, et leur nom sur un bouton quand il n'est pas celui du format.
    fichiers: Mapping[str, Callable[..., bytes]] = field(default_factory=dict)
    noms: Mapping[str, str] = field(default_factory=dict)
    # Sa place sur la page, et les formats pour lesquels c'est lui que l'on veut quand on ne nomme aucun document.
    rang: int = 0
    defaut_pour: tuple[str, ...] = ()
    # Ce que l'on dit du nombre de pages, quand il compte.
    dire_pages: Callable[..., str] | None = None

    def needs(self, parametre: str) -> bool:
        return self.document is not None and parametre in inspect.signature(self.document).parameters

    def name(self, extension: str) -> str:
        return self.noms.get(extension) or format_of(extension).nom

    def write(self, extension: str, sources: Mapping[str, Any], logos: Sequence[Image] = ()) -> Ecrit:
        """Dans ce format ; de `sources`, chaque fonction prend ce qu'elle demande."""
        sources = {**sources, "extension": extension}
        if propre := self.fichiers.get(extension):
            return Ecrit(_call(propre, sources), format_of(extension).genre)
        if self.document is None:
            raise CtgError(
                f"{self.titre} : pas de format « {extension} ».", que_faire=f"Choisir : {', '.join(self.formats)}."
            )
        document = _call(self.document, sources)
        document = replace(document, logos=tuple(logos)) if logos else document
        octets = render(document, extension)
        return Ecrit(octets, format_of(extension).genre, self._pages(document, octets, sources))

    def _pages(self, document: Document, octets: bytes, sources: Mapping[str, Any]) -> str:
        extension = sources["extension"]
        if self.dire_pages is None or extension not in PAGINES:
            return ""
        pages = count_pages(octets if extension == "pdf" else render(document, "pdf"))
        return _call(self.dire_pages, {**sources, "pages": pages})


def sujets() -> dict[str, ModuleType]:
    """Ce dont un document peut parler."""
    noms = sorted(m.name for m in pkgutil.iter_modules(catalogue.__path__) if m.ispkg)
    return {nom: importlib.import_module(f"{catalogue.__name__}.{nom}.sujet") for nom in noms}


def offres(sujet: str) -> dict[str, Offre]:
    """Les documents d'un sujet, dans l'ordre de la page."""
    dossier = importlib.import_module(f"{catalogue.__name__}.{sujet}")
    modules = [importlib.import_module(f"{dossier.__name__}.{m.name}") for m in pkgutil.iter_modules(dossier.__path__)]
    trouvees = [module.OFFRE for module in modules if hasattr(module, "OFFRE")]
    return {offre.cle: offre for offre in sorted(trouvees, key=lambda o: (o.rang, o.cle))}


def find_offre(sujet: str, cle: str, extension: str = "") -> Offre:
    """Le document de cette clé ; sans clé, celui que ce format demande d'habitude."""
    connues = offres(sujet)
    if not cle:
        return next((o for o in connues.values() if extension in o.defaut_pour), next(iter(connues.values())))
    if cle not in connues:
        raise CtgError(
            f"Ce document n'existe pas : « {cle[:40]} ». {did_you_mean(cle, connues)}".strip(),
            que_faire=f"Choisir parmi : {', '.join(connues)}.",
        )
    return connues[cle]


def count_pages(pdf: bytes) -> int:
    """Le nombre de pages d'un PDF, lu dans son arbre de pages."""
    comptes = re.findall(rb"/Type\s*/Pages\b.{0,400}?/Count\s+(\d+)", pdf, re.S)
    return max(map(int, comptes), default=0)


def _call(faire: Callable[..., Any], sources: Mapping[str, Any]) -> Any:
    voulus = inspect.signature(faire).parameters
    return faire(**{nom: valeur for nom, valeur in sources.items() if nom in voulus})
