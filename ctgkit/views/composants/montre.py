"""Un document montré dans un carnet : sa page pour qui le lit, lui-même pour le lot qui en fait un Word ou un PDF."""

from dataclasses import dataclass
from typing import Any

from ctgkit.documents.modele import Document
from ctgkit.documents.renderers import html, json


@dataclass(frozen=True)
class Montre:
    """`page` : ce que l'on en voit, quand ce n'est pas la page ordinaire du document."""

    document: Document
    page: str = ""

    def _repr_html_(self) -> str:
        return self.page or html.shown(self.document)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/html": self._repr_html_(), json.MIME: json.as_data(self.document)}
