"""Le même rapport dans chaque format : page web, Word, OpenDocument, PDF, classeur."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from importlib.resources import files
from typing import Any

from ctgkit.batch.contenu import Partie
from ctgkit.documents import render
from ctgkit.documents.modele import Bloc, Champs, Document, Section
from ctgkit.documents.renderers import html

FORMATS = ("html", "docx", "odt", "pdf", "xlsx")


@dataclass(frozen=True)
class Pied:
    """Ce qu'il faut pour refaire le rapport à l'identique."""

    carnet: str
    parametres: Mapping[str, Any]
    version: str
    empreinte: str

    @property
    def origine(self) -> str:
        return "".join([self.carnet, *(f", {nom} = {valeur}" for nom, valeur in self.parametres.items())])


def render_report(extension: str, parties: Sequence[Partie], titre: str, pied: Pied) -> bytes:
    if extension == "html":
        return _web_page(parties, titre, pied)
    document = read_document(parties, titre, pied)
    if extension == "xlsx":
        parametres = ((nom, str(valeur)) for nom, valeur in pied.parametres.items())
        origine = Champs((("Carnet", pied.carnet), *parametres, ("Version", pied.version)))
        document = replace(document, blocs=(origine, *document.blocs))
    return render(document, extension)


def read_document(parties: Sequence[Partie], titre: str, pied: Pied) -> Document:
    """Un seul document de tout ce que le carnet montre ; son titre n'y est pas répété."""
    blocs = [bloc for partie in parties for bloc in partie.blocs()]
    ouverts = [b for bloc in blocs for b in (bloc.blocs if _is_title(bloc, titre) else [bloc])]
    sous_titre = next((m.sous_titre for m in parties if m.titre), "")
    fin = f"{pied.origine}. Atelier CTG {pied.version}, empreinte {pied.empreinte}."
    return Document(titre, tuple(ouverts), sous_titre, auteur="Atelier CTG", pied=fin)


def _is_title(bloc: Bloc, titre: str) -> bool:
    return isinstance(bloc, Section) and bloc.titre.split() == titre.split()


def _web_page(parties: Sequence[Partie], titre: str, pied: Pied) -> bytes:
    corps = [partie.page for partie in parties]
    if not any(partie.titre for partie in parties):
        corps.insert(0, html.fragment(Document(titre)))
    fin = (
        f"<p>Carnet {escape(pied.origine)}.</p>\n"
        f"<p>Atelier CTG {escape(pied.version)}, empreinte des entrées {escape(pied.empreinte)}.</p>"
    )
    style = (files("ctgkit.batch") / "gabarits/rapport.css").read_text(encoding="utf-8")
    return html.page("\n".join(corps), titre, fin, styles=style)
