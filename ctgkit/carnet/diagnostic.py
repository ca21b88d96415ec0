"""Le diagnostic partagé dans un carnet : ses tables, ses figures, ses alertes ; le secret est déjà passé."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from ctgkit import diagnostic, figures
from ctgkit.carnet.apercu import Apercu, Donnees, Enonce, Phrases, choose
from ctgkit.carnet.cartes import draw_indicator, draw_spread
from ctgkit.carnet.lieu import Lieu, open_lieu
from ctgkit.diagnostic import Alerte, Mesure, MesureComparee, Poids, count_couverture, lieu_principal, rank_themes
from ctgkit.diagnostic.carte import CarteIndicateur, chosen, map_title, read_map
from ctgkit.diagnostic.coherence import name_sources
from ctgkit.diagnostic.domaines import ETAPES
from ctgkit.diagnostic.lecture import ecarts_table
from ctgkit.diagnostic.noms import short
from ctgkit.diagnostic.phrases import coverage_title, priorities_title, trends_title
from ctgkit.diagnostic.theme import ThemeLu
from ctgkit.formats import liste, pluriel
from ctgkit.storage import Registre, origines
from ctgkit.storage.journal import Journal, has_journal, open_journal
from ctgkit.storage.journal.chiffres import saved_explanations, saved_figures, saved_findings, with_figures
from ctgkit.storage.journal.plan import PlanStore
from ctgkit.territoire import Territoire

SANS_CARTE = "Aucun chiffre par commune : pas de carte."


@dataclass(frozen=True, repr=False)
class DiagnosticPartage(Apercu, diagnostic.Diagnostic):
    """Ce que disent les chiffres d'un thème, comparés à leur repère. Un nombre masqué est vide, jamais zéro.

    >>> d = read_diagnostic("exemple", "petite_enfance")
    >>> d.table().columns[:3].tolist()
    ['code', 'indicateur', 'theme']
    """

    raisons: Mapping[str, str] = field(default_factory=dict)
    retenus: Mapping[str, str] = field(default_factory=dict)

    def table(self) -> Donnees:
        """Une ligne par indicateur : sa valeur, son repère, leur écart, sa source."""
        return Donnees(self.mesures())

    @cached_property
    def _lu(self) -> ThemeLu:
        territoire = self.publication.territoire
        face = self.repere or territoire.comparateur.code
        return ThemeLu(
            self.publication, self.theme, self.commune or lieu_principal(territoire), face, self.comparaisons
        )

    @property
    def constat(self) -> Enonce:
        """Ce qui s'écarte le plus du repère, chiffré ; sinon ce que l'on ne sait pas."""
        ecarts = (self._lu.tell_gaps(self._lu.comparees),) if self._lu.comparees else ()
        return Enonce(self._lu.constat, self._lu.surtitre, ecarts)

    @property
    def sentences(self) -> Phrases:
        """Chaque comparaison, en une phrase."""
        return Phrases(comparaison.lecture for comparaison in self.comparaisons if comparaison.lecture)

    @property
    def retained(self) -> Phrases:
        """Les constats que l'on a retenus, et que les fiches action peuvent citer."""
        return Phrases(self.retenus.values())

    def definitions(self) -> Donnees:
        """Ce que veut dire chaque chiffre, d'où il vient, ses pièges."""
        lignes = [[lire(c) for lire in _DEFINITIONS.values()] for c in self.comparaisons]
        return Donnees(lignes, columns=list(_DEFINITIONS))

    def communes(self, code: str) -> Donnees:
        """Un indicateur commune par commune, du plus défavorable au plus favorable ; les autres ensuite."""
        return Donnees(super().communes(code))

    def evolutions(self) -> Donnees:
        """Ce qui change d'une année à l'autre, dit en une phrase."""
        return Donnees(super().evolutions())

    def alertes(self) -> Donnees:
        """Ce qui ne tombe pas juste : le calcul entier, où les chiffres sont lus, ce qui l'expliquerait."""
        return Donnees(super().alertes())

    def priorites(self, poids: Poids | None = None, gravites: Mapping[str, float] | None = None) -> Donnees:
        """Les thèmes classés avec ces poids et ces notes de gravité, le calcul de chaque score en toutes lettres."""
        return Donnees(super().priorites(poids, gravites))

    def couverture(self) -> Donnees:
        """Les domaines et ce que l'on y compte : chiffres, objectifs, actions, actions évaluées."""
        return Donnees(super().couverture())

    def jumelles(self, commune: str = "", combien: int = 5) -> Donnees:
        """Les communes du territoire qui ressemblent à celle-ci, par la taille et le niveau de vie."""
        return Donnees(super().jumelles(commune, combien))

    @cached_property
    def alertes_lues(self) -> tuple[Alerte, ...]:
        """Celles du thème, ou toutes ; celles que quelqu'un a expliquées à la fin, avec sa raison."""
        return mark(super().alertes_lues, self.raisons)

    def map(self, code: str = "") -> go.Figure:
        """Un indicateur commune par commune : une classe commence au repère, une commune masquée est hachurée.

        Sans code, le plus renseigné du thème.

        >>> figure = read_diagnostic("exemple").map("PE03")
        >>> figure.layout.meta["table"]["lignes"][1]
        ['Aubrelle', 'valeur masquée (secret statistique)']
        """
        carte = self._map(code)
        if carte is None:
            return figures.territory_map((), phrase="La carte des communes", vide=SANS_CARTE)
        phrase = f"{carte.definition.libelle}, par commune. {map_title(carte)}".rstrip(".")
        return draw_indicator(self.publication.territoire, carte, {self.commune} - {""}, phrase)

    def _map(self, code: str) -> CarteIndicateur | None:
        voulu = code or chosen(self.publication, "", self.theme)
        return read_map(self.publication, voulu, self._lu.repere, self.annee or None) if voulu else None

    def figure(self, laquelle: str = "ecarts", code: str = "") -> go.Figure:
        """Les écarts, les évolutions, les priorités, la couverture, ou la répartition d'un indicateur (`code`)."""
        return choose(
            laquelle,
            {
                "ecarts": self._draw_gaps,
                "evolutions": lambda: figures.evolutions(self.series(), phrase=_said(trends_title(self.tendances))),
                "priorites": lambda: figures.priorities(
                    self.priorites(), phrase=_said(priorities_title(rank_themes(self.publication)))
                ),
                "couverture": lambda: figures.coverage(
                    self.couverture(), ETAPES, phrase=_said(coverage_title(count_couverture(self.publication)))
                ),
                "repartition": lambda: draw_spread(carte) if (carte := self._map(code)) else self.map(code),
            },
        )

    def _draw_gaps(self) -> go.Figure:
        lu = self._lu
        table = ecarts_table([(lu.nom_theme, lu.comparees)])
        return figures.gaps(table, short(lu.nom_repere), phrase=_said(lu.tell_gaps(lu.comparees)))

    def _resume(self) -> list[str]:
        alertes = len(self.alertes_lues)
        return [
            f"Diagnostic, {self._lu.surtitre}",
            f"{pluriel(len(self.comparaisons), 'indicateur')}.",
            *([f"{pluriel(alertes, 'alerte')} de cohérence : voir alertes()."] if alertes else []),
        ]

    def _extrait(self) -> pd.DataFrame | None:
        table = self.table()
        return table if table.empty else table[["indicateur", "valeur", "unite", "annee", "repere", "ecart"]]


_DEFINITIONS: dict[str, Callable[[MesureComparee], Any]] = {
    "code": lambda c: c.mesure.code,
    "indicateur": lambda c: c.mesure.definition.libelle,
    "definition": lambda c: c.mesure.definition.definition,
    "valeur": lambda c: f"{c.mesure.texte}, {c.mesure.quand}",
    "calcul": lambda c: c.mesure.calcul or "",
    "echelles": lambda c: ", ".join(c.mesure.definition.geographies),
    "source": lambda c: source_name(c.mesure),
    "reference": lambda c: c.mesure.reference or "",
    "a_savoir": lambda c: " ; ".join(filter(None, (c.mesure.motif, *c.avertissements))),
    "pieges": lambda c: c.mesure.definition.piege or "",
}


def _said(titre: str) -> str:
    return titre.rstrip(".")


@cache
def registre() -> Registre:
    return origines()


def source_name(mesure: Mesure) -> str:
    """Le nom court du document ou du fichier ; plusieurs pour une valeur calculée."""
    cles = mesure.source.replace(" et ", ", ").split(", ") if mesure.calcul else [mesure.source]
    return liste([registre().court(c) for c in cles if c]) or "source non écrite"


def mark(alertes: Sequence[Alerte], raisons: Mapping[str, str]) -> tuple[Alerte, ...]:
    """Celles que quelqu'un a expliquées, avec sa raison, après les autres ; les documents y sont dits par leur nom."""
    lisibles = (name_sources(a, registre().nommer) for a in alertes)
    marquees = (replace(a, expliquee=True, raison=raisons[a.id]) if a.id in raisons else a for a in lisibles)
    return tuple(sorted(marquees, key=lambda a: a.expliquee))


def with_present_plan(territoire: Territoire, journal: Journal | None) -> Territoire:
    """Avec le plan tel qu'il est écrit aujourd'hui."""
    if journal is None:
        return territoire
    plan = PlanStore(territoire, journal).plan
    sortes = {"enjeux": plan.enjeux, "objectifs": plan.objectifs, "fiches": plan.fiches}
    return replace(territoire, plan={n: [{**e.valeurs, "code": e.cle} for e in x] for n, x in sortes.items()})


def read_diagnostic(
    lieu: Lieu | str | os.PathLike[str], theme: str = "", commune: str | int = "", annee: int = 0
) -> DiagnosticPartage:
    """Les chiffres d'un lieu (ou d'une de ses communes), avec ce que l'on a saisi, retenu et expliqué sur la page.

    >>> read_diagnostic("exemple").alertes().empty
    False
    """
    ici = open_lieu(lieu)
    # Lire un diagnostic ne crée pas de journal.
    if not ici.dossier or not has_journal(ici.dossier):
        return _shared(diagnostic.read_diagnostic(ici.territoire, theme, commune, annee))
    journal = open_journal(ici.dossier)
    saisi = with_figures(ici.territoire, saved_figures(journal, ici.territoire))
    lu = diagnostic.read_diagnostic(with_present_plan(saisi, journal), theme, commune, annee)
    return _shared(lu, saved_explanations(journal), saved_findings(journal))


def _shared(lu: diagnostic.Diagnostic, *gardes: Mapping[str, str]) -> DiagnosticPartage:
    return DiagnosticPartage(lu.publication, lu.theme, lu.commune, lu.annee, lu.repere, *gardes)
