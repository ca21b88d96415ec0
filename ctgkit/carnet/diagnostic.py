"""Le diagnostic partagé dans un carnet : ses tables, ses figures, ses alertes ; le secret est déjà passé."""

import os

import pandas as pd
import plotly.graph_objects as go

from ctgkit import diagnostic, figures
from ctgkit.carnet.apercu import Apercu, Phrases
from ctgkit.carnet.lieu import Lieu, open_lieu
from ctgkit.diagnostic.carte import map_title, read_map
from ctgkit.diagnostic.domaines import ETAPES
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.figures.cartographie import with_contours
from ctgkit.formats import liste, pluriel
from ctgkit.storage.journal import has_journal, open_journal
from ctgkit.storage.journal.chiffres import saved_figures, with_figures
from ctgkit.territoire import Territoire


class DiagnosticPartage(Apercu, diagnostic.Diagnostic):
    """Ce que disent les chiffres d'un thème, comparés à leur repère. Un nombre masqué est vide, jamais zéro.

    >>> d = read_diagnostic("exemple", "petite_enfance")
    >>> d.table().columns[:3].tolist()
    ['code', 'indicateur', 'theme']
    """

    def table(self) -> pd.DataFrame:
        """Une ligne par indicateur : sa valeur, son repère, leur écart, sa source."""
        return self.mesures()

    @property
    def sentences(self) -> Phrases:
        """Chaque comparaison, en une phrase."""
        return Phrases(comparaison.lecture for comparaison in self.comparaisons if comparaison.lecture)

    def figure(self, laquelle: str = "ecarts") -> go.Figure:
        """Les écarts au repère, les évolutions, les priorités ou la couverture des domaines."""
        repere = self.publication.territoire.comparateur.nom
        dessins = {
            "ecarts": lambda: figures.gaps(self.ecarts(), self.repere or repere),
            "evolutions": lambda: figures.evolutions(self.series()),
            "priorites": lambda: figures.priorities(self.priorites()),
            "couverture": lambda: figures.coverage(self.couverture(), ETAPES),
        }
        if laquelle not in dessins:
            raise CtgError(
                f"Figure inconnue : « {laquelle} ». {did_you_mean(laquelle, dessins)}".strip(),
                "figure",
                f"Figures : {liste(list(dessins))}.",
            )
        return dessins[laquelle]()

    def map(self, code: str) -> go.Figure:
        """Un indicateur commune par commune : une classe commence au repère, une commune masquée est hachurée.

        >>> figure = read_diagnostic("exemple").map("PE03")
        >>> figure.layout.meta["table"]["lignes"][1]
        ['Aubrelle', 'valeur masquée (secret statistique)']
        """
        territoire = self.publication.territoire
        carte = read_map(self.publication, code, self.repere or territoire.comparateur.code, self.annee or None)
        lignes, choisies = with_contours(territoire, carte.lignes), {self.commune} - {""}
        phrase = f"{carte.definition.libelle}, par commune. {map_title(carte)}".rstrip(".")
        return figures.territory_map(lignes, carte.legende, choisies, phrase=phrase)

    def _resume(self) -> list[str]:
        lieu = self.publication.territoire.nom
        alertes = len(self.alertes_lues)
        return [
            f"Diagnostic, {lieu}{f', {self.theme}' if self.theme else ''}",
            f"{pluriel(len(self.comparaisons), 'indicateur')}.",
            *([f"{pluriel(alertes, 'alerte')} de cohérence : voir alertes()."] if alertes else []),
        ]

    def _extrait(self) -> pd.DataFrame | None:
        table = self.table()
        return table if table.empty else table[["indicateur", "valeur", "unite", "annee", "repere", "ecart"]]


def read_diagnostic(
    lieu: Lieu | str | os.PathLike[str], theme: str = "", commune: str = "", annee: int = 0
) -> DiagnosticPartage:
    """Les chiffres d'un lieu (ou d'une de ses communes), avec ceux que l'on a saisis sur la page.

    >>> read_diagnostic("exemple").alertes().empty
    False
    """
    ici = open_lieu(lieu)
    lu = diagnostic.read_diagnostic(_with_typed(ici), theme, commune, annee)
    return DiagnosticPartage(lu.publication, lu.theme, lu.commune, lu.annee, lu.repere)


def _with_typed(lieu: Lieu) -> Territoire:
    """Lire un diagnostic ne crée pas de journal."""
    if not lieu.dossier or not has_journal(lieu.dossier):
        return lieu.territoire
    return with_figures(lieu.territoire, saved_figures(open_journal(lieu.dossier), lieu.territoire))
