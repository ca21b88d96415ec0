"""Un rapport dans un carnet : le document que le lot imprime, et les chiffres qu'il en retient."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ctgkit.carnet.apercu import Apercu, Donnees
from ctgkit.documents import Document


@dataclass(frozen=True, repr=False)
class Sources(Apercu):
    """Les sources des chiffres d'un rapport, et elles seules."""

    document: Document

    def _resume(self) -> list[str]:
        return ["Sources"]

    def _document(self) -> Document:
        return self.document


@dataclass(frozen=True, repr=False)
class RapportLieu(Apercu):
    """Un document prêt à lire et à exporter, qui finit par ses sources ; `valeurs` : None quand on ne sait pas."""

    document: Document
    valeurs: Mapping[str, Any]

    def chiffres(self) -> Donnees:
        """Sur une ligne, ce que le tableau des résultats d'un lot en garde."""
        return Donnees({nom: [valeur] for nom, valeur in self.valeurs.items()})

    @property
    def sources(self) -> Sources:
        """Sa dernière section, que le carnet montre à part."""
        return Sources(Document("", self.document.blocs[-1:]))

    def _resume(self) -> list[str]:
        return [self.document.titre, self.document.suite]

    def _document(self) -> Document:
        return replace(self.document, blocs=self.document.blocs[:-1])
