"""Un format tabulaire : une déclaration, et la lecture qui vaut pour toutes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ctgkit.echanges.lecteurs.feuille import FeuilleLue
from ctgkit.echanges.tableau.contexte import Contexte, Releve
from ctgkit.echanges.tableau.entete import Entete, Resolution, resolve_level
from ctgkit.echanges.tableau.lecture import Lecture
from ctgkit.echanges.tableau.ligne import Ligne
from ctgkit.echanges.tableau.modele import MASQUE, Maille, Rejet


@dataclass(frozen=True)
class Format:
    """Ce qui change d'un fichier public à l'autre, déclaré ; la façon de lire est la même pour tous.

    `exige` : des motifs de colonnes sans lesquels ce n'est pas ce format. `periode` : la colonne de l'année ou
    de la date. `vide` : ce que veut dire une cellule vide. `trier` écarte une ligne (Skipped) ou la refuse
    (ValueError). `situer` dit si une ligne concerne le territoire quand le code seul n'y suffit pas.
    """

    code: str
    libelle: str
    source: str
    mailles: tuple[Maille, ...]
    exige: tuple[str, ...] = ()
    periode: str = ""
    annee_du_nom: bool = True
    annee_facultative: bool = False
    annee_fixe: int | None = None
    par_nom: bool = False
    une_maille: bool = False
    vide: str = MASQUE
    autres: Mapping[str, str] = field(default_factory=dict)
    situer: Callable[[Ligne, Contexte, Releve], bool] | None = None
    nommer: Callable[[Ligne], str] | None = None
    conclure: Callable[[Releve, Contexte], None] | None = None
    refuser: Callable[[str, Entete], str] | None = None

    def match(self, nom: str, entete: Entete) -> Resolution | None:  # noqa: ARG002
        if any(entete.find(motif) is None for motif in self.exige):
            return None
        mailles = tuple(m for m in (resolve_level(m, entete) for m in self.mailles) if m)
        annee = entete.find(self.periode) if self.periode else None
        if not mailles or mailles[0].maille != self._first(entete) or (self.periode and annee is None):
            return None
        if self.une_maille:
            mailles = mailles[:1]
        autres = {cle: rang for cle, motif in self.autres.items() if (rang := entete.find(motif)) is not None}
        return Resolution(entete, mailles, annee, autres)

    def _first(self, entete: Entete) -> Maille | None:
        return next((m for m in self.mailles if entete.find(m.colonne) is not None), None)

    def read(self, feuille: FeuilleLue, resolution: Resolution, contexte: Contexte, releve: Releve) -> None:
        raison = self.refuser(contexte.nom, resolution.entete) if self.refuser else ""
        if raison:
            releve.reject(Rejet(raison, resolution.entete.ligne))
            return
        Lecture(self, feuille, resolution, contexte, releve).run()
        if self.conclure:
            self.conclure(releve, contexte)
