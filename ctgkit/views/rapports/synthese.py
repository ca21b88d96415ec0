"""La synthèse d'un territoire : où il en est, ce qui le distingue du repère, ce que vaut le bonus, où va le plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from IPython.display import HTML

from ctgkit import droit
from ctgkit.carnet.lieu import Lieu, read_lieu
from ctgkit.diagnostic.comparaison import Comparaison, compare_mesures
from ctgkit.diagnostic.mesures import measure
from ctgkit.diagnostic.noms import lieu_principal
from ctgkit.diagnostic.secret.publication import Publication, publish
from ctgkit.fourchette import Fourchette
from ctgkit.plan import count_states, read_plan
from ctgkit.simulation import AVERTISSEMENT, Alerte, Question, Resultat, aggregate, alertes, questions, simulate
from ctgkit.territoire import Territoire
from ctgkit.views.bonus.annuel import Annee, read_years, total_sentence, years_svg
from ctgkit.views.composants.html import render
from ctgkit.views.rapports.fiche_commune import short
from ctgkit.views.territoire.portrait import Portrait, read_portrait


@dataclass(frozen=True)
class LigneService:
    libelle: str
    structures: int
    montant: str


@dataclass(frozen=True)
class Synthese:
    portrait: Portrait
    indicateurs: tuple[Comparaison, ...]
    annees: tuple[Annee, ...]
    services: tuple[LigneService, ...]
    etats: Mapping[str, int]
    alertes: tuple[Alerte, ...]
    questions: tuple[Question, ...]

    @property
    def territoire(self) -> Territoire:
        return self.portrait.territoire

    @property
    def constat(self) -> str:
        return f"{self.portrait.constat} {total_sentence(self.annees)}"

    @property
    def fiches(self) -> int:
        return sum(self.etats.values())

    @property
    def chiffres(self) -> dict[str, Any]:
        """Ce que le tableau des résultats d'un lot retient ; None quand on ne sait pas."""
        annee = next((a for a in self.annees if a.annee == self.portrait.jour.year), None)
        adhesions = self.portrait.adhesions
        return {
            "nom": self.territoire.nom,
            "communes": adhesions.total,
            "adhesions_en_vigueur": adhesions.en_vigueur,
            "population": adhesions.population,
            "bonus_bas_eur": annee.bas_connu if annee else None,
            "bonus_haut_eur": annee.haut if annee else None,
            "fiches_action": self.fiches,
            "points_a_completer": len(self.territoire.a_completer),
        }


def read_synthese(lieu: Territoire | Lieu, annee: int) -> Synthese:
    """Lue au 31 décembre de l'année : la même demande donne toujours la même synthèse."""
    territoire, jour = read_lieu(lieu), date(annee, 12, 31)
    resultat = simulate(territoire, annees=territoire.annees or [annee])
    return Synthese(
        portrait=read_portrait(territoire, jour),
        indicateurs=tuple(_indicators(publish(territoire))),
        annees=_years(resultat),
        services=tuple(_services(resultat, annee)),
        etats={etat: n for etat, n in count_states(read_plan(territoire.plan), jour).items() if n},
        alertes=tuple(a for a in alertes(resultat) if a.niveau != "avis"),
        questions=questions(resultat),
    )


def show_synthese(synthese: Synthese) -> HTML:
    """La synthèse, sans contrôle : pour JupyterLab, un lot, une impression."""
    titre = f"Bonus territoire, {synthese.territoire.nom}"
    svg = years_svg(synthese.annees, titre) if synthese.annees else ""
    return HTML(render("rapports/synthese", s=synthese, svg=svg, short=short, avertissement=AVERTISSEMENT))


def _indicators(publication: Publication) -> list[Comparaison]:
    """Les indicateurs que le territoire a, face à son repère à la même année s'il existe, sinon à la plus récente."""
    ici, repere = lieu_principal(publication.territoire), publication.territoire.comparateur.code
    comparaisons = []
    for code in publication.catalogue:
        if not publication.of_code(code, ici):
            continue
        mesure = measure(publication, code, ici)
        memes = [measure(publication, code, repere, annee) for annee in (mesure.annee, None)]
        comparaisons.append(compare_mesures(publication, mesure, next((m for m in memes if m.est_connue), memes[0])))
    return comparaisons


def _years(resultat: Resultat) -> tuple[Annee, ...]:
    par_an = aggregate(resultat, "annee")
    return read_years(par_an[["annee", "bas", "haut", "haut_connu"]].itertuples(index=False))


def _services(resultat: Resultat, annee: int) -> list[LigneService]:
    par_service = aggregate(resultat, "service", "annee")
    types = list(resultat.territoire.structures["type"])
    services = droit.services()
    return [
        LigneService(
            services[x.service].libelle if x.service in services else x.service,
            types.count(x.service),
            Fourchette(x.bas, x.haut).tell(),
        )
        for x in par_service[par_service["annee"] == annee].itertuples()
    ]
