"""Ce que l'on sait avant de lire (le territoire, les choix de la personne) et ce que l'on relève en lisant."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ctgkit.echanges.sorties import Sortie
from ctgkit.echanges.tableau.modele import Brut, Rejet
from ctgkit.echanges.tableau.perimetre import Perimetre
from ctgkit.territoire import Territoire

LIMITE_REJETS = 1_000


@dataclass(frozen=True)
class Contexte:
    nom: str
    territoire: Territoire
    perimetre: Perimetre
    annee: int | None = None
    dossier: Path | None = None

    @property
    def titre(self) -> str:
        """Le nom du fichier sans son extension : ce que cite une référence."""
        return Path(self.nom).stem


@dataclass
class Releve:
    """Chaque ligne lue est comptée une fois et une seule : reprise, hors du territoire, écartée, rejetée ou vide."""

    lues: int = 0
    reprises: int = 0
    hors: int = 0
    vides: int = 0
    refusees: int = 0
    ecartees: Counter[str] = field(default_factory=Counter)
    bruts: list[Brut] = field(default_factory=list)
    rejets: list[Rejet] = field(default_factory=list)
    nombre_rejets: int = 0
    avis: list[str] = field(default_factory=list)
    ignorees: list[str] = field(default_factory=list)
    sorties: list[Sortie] = field(default_factory=list)
    feuilles: list[str] = field(default_factory=list)

    def reject(self, rejet: Rejet) -> None:
        self.nombre_rejets += 1
        if len(self.rejets) < LIMITE_REJETS:
            self.rejets.append(rejet)

    def warn(self, avis: str) -> None:
        if avis not in self.avis:
            self.avis.append(avis)
